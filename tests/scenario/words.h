// The words of one line of a story, and how prices, masses and money are written in it (README.md). Reading something
// else than what stands there throws Misread, which the runner reports with file and line.
// Thread rule: values.
#pragma once

#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/base/date.h"
#include "engine/base/units.h"
#include "engine/message/types.h"

namespace pace::test {

/// The line is not of the language; says what would be.
struct Misread : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Words {
 public:
  explicit Words(std::string_view line);

  [[nodiscard]] bool done() const { return words_.empty(); }
  /// Takes the next word if it is this one.
  bool take(std::string_view word);
  /// The next word. `what` names it for the error when the line is over.
  std::string next(std::string_view what);

  ClientId id();           ///< a1
  Quantity kilograms();    ///< 20kg
  Price price();           ///< 80.00, CNY per tonne
  Cash yuan();             ///< 9998.39, CNY
  Date date();             ///< 2026-09-08
  std::int64_t integer();  ///< 15
  /// One of the enumeration's names.
  template <NamedEnum E>
  E name_of_a(std::string_view what) {
    const std::string word = next(what);
    if (const auto value = enum_from<E>(word)) return *value;
    throw Misread("'" + word + "' is no " + std::string(what));
  }

 private:
  std::deque<std::string> words_;
};

std::string text(Price price);
std::string text(Quantity quantity);
/// "20kg @ 80.00".
std::string at(Quantity quantity, Price price);
/// CNY with two decimals, the rest cut off.
std::string text(Cash cash);

std::string trimmed(std::string_view words);
/// Adds a part behind a comma; an empty part is left out.
void append(std::string& list, std::string_view part);

}  // namespace pace::test
