#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "gateway/pages/pages.h"

using namespace pace;

TEST_CASE("pages: each file is embedded byte for byte") {
  for (const auto& [path, file] : {std::pair("/market", "market.html"), std::pair("/market.css", "market.css"),
                                   std::pair("/market.js", "market.js"), std::pair("/icon.svg", "icon.svg")}) {
    std::ostringstream text;
    text << std::ifstream(std::string("gateway/pages/") + file, std::ios::binary).rdbuf();
    const Page* page = find_page(path);
    REQUIRE(page != nullptr);
    CHECK(page->body == text.str());
    CHECK_FALSE(page->body.empty());
  }
}

TEST_CASE("pages: nothing comes from elsewhere and nothing is written into the page's source") {
  for (const char* path : {"/market", "/market.css", "/market.js"}) {
    const std::string_view body = find_page(path)->body;
    for (const char* foreign : {"http://", "https://", "//cdn", "@import", "innerHTML", " onclick", "style=\""}) {
      const std::size_t at = body.find(foreign);
      INFO(path, " ", foreign);
      CHECK((at == std::string_view::npos || body.substr(at).starts_with("http://www.w3.org/2000/svg")));
    }
  }
}

TEST_CASE("pages: no other path is a page") {
  for (const char* path : {"", "/market/", "/market.html", "/../market", "/pages.h"}) CHECK(find_page(path) == nullptr);
}
