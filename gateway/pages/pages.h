// The pages of the web door, embedded into the binary at build time from the files of this folder: nothing is read from
// disk at run time, so no path of a request can reach a file. Thread rule: constants.
#pragma once

#include <string_view>

namespace pace {

struct Page {
  std::string_view path;
  std::string_view type;
  std::string_view body;
};

/// Everything a page uses comes from the page's own host.
inline constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// nullptr when there is no page at this path.
const Page* find_page(std::string_view path);

}  // namespace pace
