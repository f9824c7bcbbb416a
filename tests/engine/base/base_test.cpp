#include <doctest/doctest.h>
#include <openssl/sha.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <functional>
#include <random>
#include <set>

#include "engine/base/account_number.h"
#include "engine/base/bytes.h"
#include "engine/base/date.h"
#include "engine/base/fixed_string.h"
#include "engine/base/packed.h"
#include "engine/base/sha256.h"
#include "engine/base/sha256_blocks.h"
#include "engine/base/units.h"

using namespace pace;

namespace {

// True when `action` ends the process by an abort. In a child, so that the test lives.
bool aborts(const std::function<void()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::fclose(stderr);
    ::signal(SIGABRT, SIG_DFL);
    action();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

// What the compiler must not take: no bare number is money, no unit becomes another.
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
static_assert(!std::is_convertible_v<std::int64_t, Cash>);
static_assert(!std::is_convertible_v<Cash, std::int64_t>);
static_assert(!std::is_convertible_v<Cash, Quantity>);
static_assert(!Addable<Cash, Quantity>);
static_assert(!Addable<Price, Price> || std::is_same_v<decltype(Price() + Price()), Price>);
static_assert(!std::is_convertible_v<BrokerId, InstrumentId>);

}  // namespace

TEST_CASE("units: exact products and sums") {
  CHECK(Price(8'000) * Quantity(20) == Cash(160'000));
  CHECK(Cash(3) + Cash(4) - Cash(9) == Cash(-2));
  CHECK(-Quantity(7) == Quantity(-7));
  CHECK(try_multiply(Price(most), Quantity(1)) == Cash(most));
  CHECK(try_multiply(Price(most), Quantity(2)) == std::nullopt);
  CHECK(try_multiply(Price(least), Quantity(-1)) == std::nullopt);
  CHECK(try_add(Cash(most), Cash(0)) == Cash(most));
  CHECK(try_add(Cash(most), Cash(1)) == std::nullopt);
  CHECK(try_add(Cash(least), Cash(-1)) == std::nullopt);
}

TEST_CASE("units: an overflow inside aborts") {
  CHECK(!aborts([] { static_cast<void>(Cash(most - 1) + Cash(1)); }));
  CHECK(aborts([] { static_cast<void>(Cash(most) + Cash(1)); }));
  CHECK(aborts([] { static_cast<void>(Cash(least) - Cash(1)); }));
  CHECK(aborts([] { static_cast<void>(-Cash(least)); }));
  CHECK(aborts([] { static_cast<void>(Price(most) * Quantity(2)); }));
  CHECK(aborts([] { static_cast<void>(muldiv_floor(most, 2, 1)); }));
  CHECK(aborts([] { static_cast<void>(muldiv_floor(-1, 1, 1)); }));
  CHECK(aborts([] { static_cast<void>(muldiv_half_up(1, 1, 0)); }));
}

TEST_CASE("units: muldiv is exact in 128 bits, floor and half up") {
  CHECK(muldiv_floor(most, most, most) == most);
  CHECK(muldiv_half_up(most, most, most) == most);
  CHECK(muldiv_floor(7, 1, 2) == 3);
  CHECK(muldiv_half_up(7, 1, 2) == 4);
  CHECK(muldiv_half_up(1, 1, 3) == 0);
  CHECK(muldiv_half_up(2, 1, 3) == 1);
  CHECK(muldiv_half_up(1, 499, 1000) == 0);
  CHECK(muldiv_half_up(1, 500, 1000) == 1);
  CHECK(muldiv_floor(0, most, 1) == 0);
}

TEST_CASE("sha256: the same answers as OpenSSL at every length and split") {
  std::mt19937_64 random(1);
  Bytes bytes(300);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    const BytesView view = BytesView(bytes).first(n);
    std::array<std::uint8_t, 32> expected{};
    ::SHA256(view.data(), view.size(), expected.data());
    REQUIRE(sha256(view) == expected);
    Sha256 split;
    split.update(view.first(n / 3));
    split.update(view.subspan(n / 3, n / 2 - n / 3));
    split.update(view.subspan(n / 2));
    REQUIRE(split.finish() == expected);
  }
  const std::string million(1'000'000, 'a');  // FIPS 180-4's long message
  CHECK(sha256(million)[0] == 0xcd);
  CHECK(sha256(million)[31] == 0xd0);
}

TEST_CASE("sha256: the processor's instructions and the portable way agree") {
  std::mt19937_64 random(2);
  Bytes bytes(64 * 9);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (std::size_t blocks = 0; blocks <= 9; ++blocks) {
    Sha256State one{};
    for (std::uint32_t& word : one) word = static_cast<std::uint32_t>(random());
    Sha256State other = one;
    sha256_blocks(one, bytes.data(), blocks);
    sha256_blocks_portable(other, bytes.data(), blocks);
    REQUIRE(one == other);
  }
}

TEST_CASE("dates: there and back for every day of four centuries, as the C library counts") {
  Date date = make_date(1970, 1, 1);
  CHECK(date == Date(0));
  for (; date < make_date(2401, 1, 1); date = add_days(date, 1)) {
    const CivilDate c = civil(date);
    REQUIRE(make_date(c.year, c.month, c.day) == date);
    const std::time_t seconds = std::time_t{date.raw()} * 86400;
    std::tm tm{};
    ::gmtime_r(&seconds, &tm);
    REQUIRE(c.year == tm.tm_year + 1900);
    REQUIRE(c.month == tm.tm_mon + 1);
    REQUIRE(c.day == tm.tm_mday);
    REQUIRE(weekday(date) == (tm.tm_wday + 6) % 7);
  }
  for (std::int32_t day = -1000; day < 0; ++day) {
    const CivilDate c = civil(Date(day));
    REQUIRE(make_date(c.year, c.month, c.day) == Date(day));
    REQUIRE(weekday(Date(day)) == ((day + 3) % 7 + 7) % 7);
  }
}

TEST_CASE("dates: texts that are no date are refused") {
  CHECK(parse_date("2026-09-15") == make_date(2026, 9, 15));
  CHECK(parse_date("2028-02-29") == make_date(2028, 2, 29));
  for (const char* bad : {"", "2026-9-15", "2026-09-15 ", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
                          "2026/09/15", "2026-09-1x", "-026-09-15", "1899-12-31"})
    CHECK(parse_date(bad) == std::nullopt);
}

TEST_CASE("dates: the exchange's day starts at 16:00 UTC of the day before") {
  const Date day = make_date(2026, 9, 15);
  CHECK(at(day, 0).raw() == (std::int64_t{day.raw()} * 86400 - 8 * 3600) * 1'000'000'000);
  CHECK(local_date(at(day, 0)) == day);
  CHECK(local_date(Timestamp(at(day, 0).raw() - 1)) == add_days(day, -1));
  CHECK(local_date(at(day, 86399)) == day);
  CHECK(to_text(at(day, hms(9, 30)) + Timestamp(5)) == "2026-09-15T09:30:00.000000005+08:00");
  CHECK(to_text(make_date(987, 1, 2)) == "0987-01-02");
  CHECK(parse_local_time("2026-09-15T09:30") == at(day, hms(9, 30)));
  CHECK(parse_local_time("2026-09-15T09:30:07") == at(day, hms(9, 30, 7)));
  CHECK(parse_local_time("2026-09-15") == at(day, 0));
  CHECK(parse_local_time("2261-12-31T23:59:59") > at(day, 0));
  CHECK(parse_local_time("1678-01-01") < Timestamp{});
  for (const char* beyond : {"2262-01-01", "2509-09-25", "9999-12-31T23:59:59", "1677-12-31"})
    CHECK(parse_local_time(beyond) == std::nullopt);
  for (const char* bad : {"2026-09-15T24:00", "2026-09-15T09:60", "2026-09-15T09:30:60", "2026-09-15 09:30",
                          "2026-09-15T9:30", "2026-09-15T09:30:0", "2026-09-15T09:30:07Z"})
    CHECK(parse_local_time(bad) == std::nullopt);
}

TEST_CASE("account numbers: check digits find every wrong digit and every swap of neighbours") {
  for (const std::uint64_t serial : {1u, 9u, 10u, 12345u, 999'999u, 16'777'216u}) {
    const AccountId account = account_number(serial);
    CHECK(well_formed(account));
    CHECK(account_serial(account) == serial);
    const std::string digits = std::to_string(account.raw());
    for (std::size_t i = 0; i < digits.size(); ++i) {
      for (char c = '0'; c <= '9'; ++c) {
        std::string typed = digits;
        typed[i] = c;
        if (typed != digits) CHECK(!well_formed(AccountId(std::stoull(typed))));
      }
      if (i + 1 < digits.size() && digits[i] != digits[i + 1]) {
        std::string typed = digits;
        std::swap(typed[i], typed[i + 1]);
        CHECK(!well_formed(AccountId(std::stoull(typed))));
      }
    }
  }
  CHECK(!well_formed(AccountId(0)));
  CHECK(!well_formed(AccountId(98)));
  CHECK(account_serial(AccountId(12345)) == std::nullopt);
}

TEST_CASE("account numbers: no two serials share a number") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t serial = 1; serial <= 10'000; ++serial) CHECK(seen.insert(account_number(serial).raw()).second);
}

TEST_CASE("fixed string: what fits is kept, what does not is refused") {
  using Text = FixedString<4>;
  CHECK(Text::from("abcd")->view() == "abcd");
  CHECK(Text::from("")->empty());
  CHECK(Text("ab") == Text::from("ab"));
  CHECK(!Text::from("abcde"));
  CHECK(!Text::from("a\n"));
  CHECK(!Text::from(std::string_view("a\0b", 3)));
  CHECK(!Text::from("\x7f"));
  CHECK(!Text::from("碳"));
  CHECK(Text("ab") < Text("b"));
  const auto held = [](std::array<char, 4> bytes) {
    Text text;
    text.bytes() = bytes;
    return text.well_formed();
  };
  CHECK(held({}));
  CHECK(held({'a', '~', ' ', 'd'}));
  CHECK(held({'a', 'b'}));
  CHECK_FALSE(held({'a', '\0', 'b'}));
  CHECK_FALSE(held({'\0', '\0', '\0', 'b'}));
  CHECK_FALSE(held({'a', '\x1f'}));
  CHECK_FALSE(held({'\x7f'}));
  CHECK_FALSE(held({'a', 'b', 'c', '\xff'}));
}

TEST_CASE("bytes: a writer with a sink gives every byte in order, in pieces of its size") {
  struct Pieces final : ByteSink {
    void take(BytesView piece) override {
      most = std::max(most, piece.size());
      all.insert(all.end(), piece.begin(), piece.end());
    }
    Bytes all;
    std::size_t most = 0;
  };
  const auto write = [](ByteWriter& out) {
    for (std::uint32_t i = 0; i < 100; ++i) {
      out.put(i);
      out.put_text(std::string(i % 7, 'x'));
    }
    out.put_bytes(nullptr, 0);
  };
  Bytes kept;
  ByteWriter plain(kept);
  write(plain);
  plain.flush();  // nothing to do
  Bytes piece(16);
  Pieces pieces;
  ByteWriter out(piece, pieces);
  write(out);
  CHECK(pieces.all.size() < kept.size());
  out.flush();
  CHECK(pieces.all == kept);
  CHECK(pieces.most <= 16);
  out.put_text(std::string(40, 'y'));  // too long for a piece: goes by it
  out.flush();
  CHECK(pieces.all.size() == kept.size() + 44);
  CHECK(pieces.most == 40);
}

TEST_CASE("packed: every value comes back, in its one form") {
  Bytes bytes;
  ByteWriter out(bytes);
  PackedWriter packed(out);
  const auto back = [&]<class T>(T value) {
    bytes.clear();
    packed.put(value);
    ByteReader in(bytes);
    PackedReader reader(in);
    return reader.get<T>() == value && in.done();
  };
  for (std::uint64_t shift = 0; shift < 64; ++shift)
    for (const std::uint64_t near : {0u, 1u, 2u}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) - near;
      CHECK(back(value));
      CHECK(back(static_cast<std::int64_t>(value)));
      CHECK(back(-static_cast<std::int64_t>(value >> 1)));
      CHECK(back(static_cast<std::uint32_t>(value)));
      CHECK(back(static_cast<std::int32_t>(value)));
      CHECK(back(static_cast<std::int8_t>(value)));
    }
  bytes.clear();
  packed.put(std::int64_t{-65});
  CHECK(bytes == Bytes{0x81, 0x01});
  bytes.clear();
  packed.put_bytes("ab\0\0", 4);
  packed.put_bytes("\0\0", 2);
  packed.put_text("xyz");
  CHECK(bytes == Bytes{2, 'a', 'b', 0, 3, 'x', 'y', 'z'});
  ByteReader in(bytes);
  PackedReader reader(in);
  std::array<char, 4> text{'?', '?', '?', '?'};
  reader.get_bytes(text.data(), 4);
  CHECK(std::string_view(text.data(), 4) == std::string_view("ab\0\0", 4));
  reader.get_bytes(text.data(), 2);
  CHECK(text[0] == 0);
  CHECK(reader.get<std::uint32_t>() == 3);
}

TEST_CASE("packed: what is too large, longer than it needs or cut is refused") {
  const auto refused = []<class T>(T, const Bytes& bytes) {
    ByteReader in(bytes);
    PackedReader reader(in);
    return reader.get<T>() == 0 && !in.ok();
  };
  CHECK(refused(std::uint64_t{}, {0x80}));
  CHECK(refused(std::uint64_t{}, {0x80, 0x00}));
  CHECK(refused(std::uint8_t{}, {0x80, 0x02}));
  CHECK(refused(std::int8_t{}, {0x80, 0x02}));
  CHECK(refused(std::uint64_t{}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}));
  CHECK(refused(std::uint64_t{}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x01}));
  const auto text_refused = [](const Bytes& bytes) {
    ByteReader in(bytes);
    PackedReader reader(in);
    std::array<char, 2> text{};
    reader.get_bytes(text.data(), 2);
    return !in.ok();
  };
  CHECK(text_refused({3, 'a', 'b', 'c'}));
  CHECK(text_refused({2, 'a', 0}));
  CHECK(text_refused({2, 'a'}));
  CHECK(!text_refused({1, 'a'}));
}

TEST_CASE("bytes: a reader that came up short stays failed and yields zeros") {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put(std::uint16_t{0x0201});
  out.put_text("xyz");
  CHECK(bytes == Bytes{1, 2, 3, 0, 0, 0, 'x', 'y', 'z'});
  ByteReader in(bytes);
  CHECK(in.get<std::uint16_t>() == 0x0201);
  CHECK(in.get_text() == "xyz");
  CHECK(in.done());
  CHECK(in.get<std::uint8_t>() == 0);
  CHECK(!in.ok());
  ByteReader cut(BytesView(bytes).first(8));
  cut.get<std::uint16_t>();
  CHECK(cut.get_text().empty());
  CHECK(cut.get<std::uint8_t>() == 0);
  CHECK(!cut.ok());
}
