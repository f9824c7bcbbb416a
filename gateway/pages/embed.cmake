# Writes the files of the pages into one C++ source, as arrays of bytes (any content, no limit of a literal).
# Called at build time: cmake -DOUT=… -DROOT=… -P embed.cmake
set(code "// Made by gateway/pages/embed.cmake from the files beside it.\n#include \"gateway/pages/pages.h\"\n\n#include <array>\n\nnamespace pace {\nnamespace {\n\n")
set(rows "")
foreach(entry "/market|text/html; charset=utf-8|market.html" "/market.css|text/css; charset=utf-8|market.css"
              "/market.js|text/javascript; charset=utf-8|market.js" "/icon.svg|image/svg+xml|icon.svg"
              "/api/v1/openapi.yaml|application/yaml|openapi.yaml" "/api/v1/asyncapi.yaml|application/yaml|asyncapi.yaml")
  string(REPLACE "|" ";" parts "${entry}")
  list(GET parts 0 path)
  string(REGEX REPLACE "^[^|]*\\|([^|]*)\\|.*$" "\\1" type "${entry}")
  string(REGEX REPLACE "^.*\\|" "" file "${entry}")
  file(READ "${ROOT}/${file}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(MAKE_C_IDENTIFIER "${file}" name)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," list "${hex}")
  string(APPEND code "constexpr char ${name}[] = {${list}'\\0'};\n")
  string(APPEND rows "    Page{\"${path}\", \"${type}\", {${name}, ${bytes}}},\n")
endforeach()
string(APPEND code "\nconstexpr auto pages = std::to_array<Page>({\n${rows}});\n\n}  // namespace\n\n")
string(APPEND code "const Page* find_page(std::string_view path) {\n  for (const Page& page : pages)\n    if (page.path == path) return &page;\n  return nullptr;\n}\n\n}  // namespace pace\n")
file(WRITE "${OUT}" "${code}")
