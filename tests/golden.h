// Golden files: what a format looks like, frozen under tests/golden. A test that differs from its file fails and shows
// the first difference; PACE_UPDATE_GOLDEN=1 writes the file anew, for a change that is meant, and the diff goes into
// review.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/base/hex.h"

namespace pace::test {

/// 16 bytes a line.
inline std::string to_hex_lines(BytesView bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16)
    out += to_hex(bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at))) + "\n";
  return out;
}

/// Tests run in the root of the tree.
inline std::string read_golden(const std::string& name) {
  std::ifstream in("tests/golden/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void check_golden(const std::string& name, const std::string& content) {
  const char* update = std::getenv("PACE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream("tests/golden/" + name, std::ios::binary) << content;
    return;
  }
  const std::string golden = read_golden(name);
  REQUIRE_MESSAGE(!golden.empty(), "no tests/golden/", name, ": write it with PACE_UPDATE_GOLDEN=1");
  std::istringstream expected(golden), got(content);
  std::string expected_line, got_line;
  for (int line = 1; golden != content; ++line) {
    const bool more = static_cast<bool>(std::getline(expected, expected_line));
    const bool more_got = static_cast<bool>(std::getline(got, got_line));
    if (more && more_got && expected_line == got_line) continue;
    FAIL("tests/golden/", name, " line ", line, "\n  is      ", more_got ? got_line : "(nothing)", "\n  should be ",
         more ? expected_line : "(nothing)");
  }
}

}  // namespace pace::test
