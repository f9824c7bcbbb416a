#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/fix/checksum.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/framer.h"
#include "gateway/fix/session_file.h"
#include "tests/gateway/fix/fix_talk.h"

namespace pace {
namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("pace-fix-store-" + std::to_string(::getpid()));
  Folder() { std::filesystem::remove_all(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::filesystem::path file(const char* name = "00000001.log") const { return path / name; }
};

}  // namespace

TEST_CASE("fix decimals: a price is exactly two decimals") {
  CHECK(fix::parse_price("97.49") == Price(9749));
  CHECK(fix::parse_price("0.01") == Price(1));
  CHECK(fix::parse_price("999999999999999.99") == Price(99'999'999'999'999'999));
  for (const char* wrong : {"", "97", "97.4", "97.490", ".49", "-1.00", "+1.00", "1e3.00", "1,00", " 1.00", "1.0 ",
                            "9999999999999999.00", "1..0"})
    CHECK_MESSAGE(!fix::parse_price(wrong), wrong);
  CHECK(fix::price_text(Price(9749)) == "97.49");
  CHECK(fix::price_text(Price(5)) == "0.05");
}

TEST_CASE("fix decimals: quantities, fees, averages, times") {
  CHECK(fix::parse_quantity("20000") == Quantity(20000));
  CHECK_FALSE(fix::parse_quantity("20.0"));
  CHECK_FALSE(fix::parse_quantity("-5"));
  CHECK_FALSE(fix::parse_quantity("1234567890123456"));
  CHECK(fix::cash_text(Cash(2'924'700)) == "29.24700");
  CHECK(fix::cash_text(Cash(-125)) == "-0.00125");
  CHECK(fix::average_price_text(Cash(0), Quantity(0)) == "0");
  CHECK(fix::average_price_text(Price(8000) * Quantity(10), Quantity(10)) == "80.00");
  CHECK(fix::average_price_text(Price(8000) * Quantity(1) + Price(8001) * Quantity(2), Quantity(3)) == "80.006667");
  CHECK(fix::average_price_text(Price(8000) * Quantity(1) + Price(8001) * Quantity(1), Quantity(2)) == "80.005");
  CHECK(fix::parse_fix_date("20260915") == make_date(2026, 9, 15));
  CHECK_FALSE(fix::parse_fix_date("20260931"));
  CHECK(fix::fix_time_text(at(make_date(2026, 9, 15), hms(9, 30))) == "20260915-01:30:00.000");
}

TEST_CASE("fix framing: every cut of a message waits, the whole of it is one, what is not FIX is hopeless") {
  const std::string message = fix_frame("35=0|49=A|56=B|34=1|52=20260101-00:00:00|");
  for (std::size_t n = 0; n < message.size(); ++n)
    CHECK(fix::next_frame(message.substr(0, n), 4096).state == fix::FrameState::incomplete);
  const fix::Frame whole = fix::next_frame(message + message, 4096);
  CHECK(whole.state == fix::FrameState::message);
  CHECK(whole.size == message.size());
  std::string garbled = message;
  garbled[30] = static_cast<char>(garbled[30] + 1);
  CHECK(fix::next_frame(garbled, 4096).state == fix::FrameState::garbled);
  CHECK(fix::next_frame(message, 10).state == fix::FrameState::hopeless);
  CHECK(fix::next_frame("GET / HTTP/1.1\r\n", 4096).state == fix::FrameState::hopeless);
  CHECK(fix::next_frame("8=FIX.4.4.4.4.4.4.4.4", 4096).state == fix::FrameState::hopeless);
  CHECK(fix::next_frame("8=FIX.4.4\0019=x", 4096).state == fix::FrameState::hopeless);
  CHECK(fix::next_frame("8=FIX.4.4\0019=99999999999", 4096).state == fix::FrameState::hopeless);
  CHECK(fix::find_tag(message, 34) == "1");
  CHECK(fix::find_tag(message, 4) == std::nullopt);
}

TEST_CASE("fix framing: what is garbled is skipped to where FIX goes on, and not waited for without end") {
  const std::string message = fix_frame("35=0|49=A|56=B|34=1|52=20260101-00:00:00|");
  const std::string noise = "35=0\001" + message;
  CHECK(fix::next_frame(noise, 4096).state == fix::FrameState::garbled);
  CHECK(fix::next_frame(noise, 4096).size == 5);
  std::string short_length = message;
  short_length.replace(short_length.find("9=") + 2, 2, "12");
  const fix::Frame skipped = fix::next_frame(short_length + message, 4096);
  CHECK(skipped.state == fix::FrameState::garbled);
  CHECK(skipped.size == message.size());
  std::string long_length = message;
  long_length.replace(long_length.find("9=") + 2, 2, "60");
  CHECK(fix::next_frame(long_length, 4096).state == fix::FrameState::incomplete);
  CHECK(fix::next_frame(long_length + message, 4096).size == 2 * message.size());  // as QuickFIX does
  CHECK(fix::next_frame(long_length + std::string(9000, '\001'), 4096).state == fix::FrameState::hopeless);
}

TEST_CASE("fix store: the checksum is CRC-32C, by either way") {
  CHECK(fix::crc32c("123456789") == 0xE3069283);
  for (std::size_t n = 0; n < 40; ++n)
    CHECK(fix::crc32c(std::string(n, 'x')) == fix::crc32c_portable(std::string(n, 'x')));
}

TEST_CASE("fix store: what was flushed is there again, what was not is not") {
  const Folder folder;
  {
    SessionFile file(folder.path, 100, false);
    file.append(1, "one", {});
    file.append(2, "two", {Sequence(7), 3});
    file.set_expected(5);
    file.flush();
    file.append(3, "three", {Sequence(8), 1});
  }
  SessionFile file(folder.path, 100, false);
  CHECK(file.next_sender() == 3);
  CHECK(file.expected() == 5);
  CHECK(file.cause() == Cause{Sequence(7), 3});
  std::string text;
  CHECK(file.read(2, text));
  CHECK(text == "two");
  CHECK_FALSE(file.read(3, text));
}

TEST_CASE("fix store: a torn tail is cut at any byte, damage before the end is named") {
  const Folder folder;
  std::uintmax_t before = 0, after = 0;
  {
    SessionFile file(folder.path, 100, false);
    file.append(1, "one", {Sequence(4), 1});
    file.flush();
    before = std::filesystem::file_size(folder.file());
    file.append(2, "two", {Sequence(5), 1});
    file.flush();
    after = std::filesystem::file_size(folder.file());
  }
  for (std::uintmax_t size = after - 1; size > before; --size) {
    std::filesystem::resize_file(folder.file(), size);
    SessionFile file(folder.path, 100, false);
    CHECK(file.next_sender() == 2);
    CHECK(file.bytes_cut() == size - before);
    file.append(2, "two", {Sequence(5), 1});
    file.flush();
  }
  std::fstream damage(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(static_cast<std::streamoff>(before) - 2);
  damage.put('X');
  damage.close();
  CHECK_THROWS_WITH_AS(SessionFile(folder.path, 100, false), doctest::Contains("damaged at byte"), std::runtime_error);
}

TEST_CASE("fix store: it stays bounded, keeps the newest, and a reset keeps the cause") {
  const Folder folder;
  {
    SessionFile file(folder.path, 64, false);
    for (int number = 1; number <= 1000; ++number) {
      file.append(number, "message " + std::to_string(number), {Sequence(static_cast<std::uint64_t>(number)), 1});
      if (number % 3 == 0) file.flush();
    }
    file.flush();
    std::string text;
    for (int number = 1000 - 63; number <= 1000; ++number) CHECK(file.read(number, text));
    CHECK_FALSE(file.read(800, text));
  }
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.path)) ++files;
  CHECK(files <= 10);
  {
    SessionFile file(folder.path, 64, false);
    CHECK(file.next_sender() == 1001);
    std::string text;
    CHECK(file.read(999, text));
    CHECK(text == "message 999");
    file.reset();
    file.append(1, "fresh", {});
    file.flush();
  }
  SessionFile file(folder.path, 64, false);
  CHECK(file.next_sender() == 2);
  CHECK(file.expected() == 1);
  CHECK(file.cause() == Cause{Sequence(1000), 1});
  std::string text;
  CHECK(file.read(1, text));
  CHECK_FALSE(file.read(999, text));
}

}  // namespace pace
