#include "tests/scenario/words.h"

#include <charconv>
#include <sstream>

namespace pace::test {
namespace {

std::int64_t parse_integer(std::string_view digits, const std::string& word) {
  std::int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || result.ec != std::errc{} || result.ptr != digits.data() + digits.size())
    throw Misread("'" + word + "' is no number");
  return value;
}

std::int64_t parse_hundredths(const std::string& word) {
  const std::size_t dot = word.find('.');
  if (dot == std::string::npos || dot + 3 != word.size()) throw Misread("'" + word + "' needs two decimals");
  return parse_integer(word.substr(0, dot) + word.substr(dot + 1), word);
}

std::string hundredths(std::int64_t value) {
  const std::string rest = std::to_string(value % 100);
  return std::to_string(value / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
}

}  // namespace

Words::Words(std::string_view line) {
  std::istringstream in{std::string(line)};
  for (std::string word; in >> word;) words_.push_back(word);
}

bool Words::take(std::string_view word) {
  if (done() || words_.front() != word) return false;
  words_.pop_front();
  return true;
}

std::string Words::next(std::string_view what) {
  if (done()) throw Misread(std::string(what) + " is missing");
  std::string word = words_.front();
  words_.pop_front();
  return word;
}

ClientId Words::id() {
  const std::string word = next("an order's id");
  if (const auto id = ClientId::from(word)) return *id;
  throw Misread("'" + word + "' is too long for an order's id");
}

Quantity Words::kilograms() {
  const std::string word = next("a quantity (20kg)");
  if (!word.ends_with("kg")) throw Misread("'" + word + "' is no quantity (20kg)");
  return Quantity(parse_integer(std::string_view(word).substr(0, word.size() - 2), word));
}

Price Words::price() {
  return Price(parse_hundredths(next("a price (80.00)")));
}

Cash Words::yuan() {
  return Cash(parse_hundredths(next("an amount (100.00)")) * 1000);
}

Date Words::date() {
  const std::string word = next("a date (2026-09-08)");
  if (const auto date = parse_date(word)) return *date;
  throw Misread("'" + word + "' is no date (2026-09-08)");
}

std::int64_t Words::integer() {
  const std::string word = next("a number");
  return parse_integer(word, word);
}

std::string text(Price price) {
  return hundredths(price.raw());
}
std::string text(Quantity quantity) {
  return std::to_string(quantity.raw()) + "kg";
}
std::string at(Quantity quantity, Price price) {
  return text(quantity) + " @ " + text(price);
}
std::string text(Cash cash) {
  return hundredths(cash.raw() / 1000);
}

std::string trimmed(std::string_view words) {
  const std::size_t first = words.find_first_not_of(' '), last = words.find_last_not_of(' ');
  return first == std::string_view::npos ? "" : std::string(words.substr(first, last - first + 1));
}

void append(std::string& list, std::string_view part) {
  if (part.empty()) return;
  if (!list.empty()) list += ", ";
  list += part;
}

}  // namespace pace::test
