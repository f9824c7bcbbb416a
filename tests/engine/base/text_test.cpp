#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <vector>

#include "engine/base/csv_field.h"
#include "engine/base/hex.h"
#include "engine/base/nearest.h"

using namespace pace;

namespace {

std::string csv(std::string_view field) {
  std::string row = "a,";
  append_csv(row, field);
  return row;
}

}  // namespace

TEST_CASE("hex: every byte comes back from its text") {
  for (unsigned value = 0; value <= std::numeric_limits<std::uint8_t>::max(); ++value) {
    const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(value), 0x5a};
    std::array<std::uint8_t, 2> read{};
    REQUIRE(read_hex(to_hex(bytes), read));
    CHECK(read == bytes);
  }
  CHECK(to_hex(std::array<std::uint8_t, 3>{0x00, 0x9f, 0xa0}) == "009fa0");
  CHECK(to_hex({}).empty());
}

TEST_CASE("hex: a value has one text only") {
  std::array<std::uint8_t, 2> read{};
  for (const char* text : {"", "0", "012", "01234", "01g3", "0A12", "0x12", "01 2", "-123"})
    CHECK_FALSE(read_hex(text, read));
}

TEST_CASE("csv: a field is quoted where it must be, and only there") {
  CHECK(csv("") == "a,");
  CHECK(csv("two words") == "a,two words");
  CHECK(csv("1,5") == "a,\"1,5\"");
  CHECK(csv("the \"free\" pool") == "a,\"the \"\"free\"\" pool\"");
  CHECK(csv("two\nlines") == "a,\"two\nlines\"");
  CHECK(csv("two\r") == "a,\"two\r\"");
}

TEST_CASE("nearest: the word with the fewest changes, the earlier of two, none beyond the bound") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  const std::vector<std::string_view> known{"price", "side", "size"};
  CHECK(nearest("prise", known) == "price");
  CHECK(nearest("sizes", known) == "size");
  CHECK(nearest("sie", known) == "side");
  CHECK(nearest("quantity", known, 3).empty());
  CHECK(nearest("x", std::vector<std::string_view>{}).empty());
}
