// Commands from JSON, over the same field lists that write them (engine/message/json.h). Strict: an unknown field is an
// error that names the nearest known one, a wrong type or range says what the field takes; a missing field has its
// default. Thread rule: functions without shared state; a CommandReader is one thread's.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/message/commands.h"

namespace pace {

/// What is wrong with JSON from outside. `field`: "body.side", empty when the text is no JSON at all.
struct JsonFault {
  std::string field;
  std::string text;
};

/// `object` into the command called `name`; nothing, with the fault, when it does not fit. `where` stands before field
/// names in faults ("body").
std::optional<Command> read_command(std::string_view name, const boost::json::object& object, std::string_view where,
                                    JsonFault& fault);

/// Text of at most 64 bytes for an error message, cut between characters.
std::string shorten(std::string_view text);
/// " (did you mean \"side\"?)" with the member of `known` that `name` was probably meant to be; nothing when none is
/// near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

/// Reads many requests, reusing its memory: {"command":"new_order","request_id":"…","body":{…}}.
class CommandReader {
 public:
  struct Line {
    std::optional<Request> request;  ///< nothing: see fault
    ClientId request_id;             ///< when it could be read, also beside a fault
    JsonFault fault;
  };
  /// Deepest nesting taken: envelope, body, list, item.
  static constexpr std::size_t max_depth = 4;

  CommandReader();
  Line read(std::string_view line, Sender sender);

 private:
  std::array<unsigned char, 8 * 1024> values_{};
  std::array<unsigned char, 4 * 1024> stack_{};
  boost::json::parser parser_;
};

}  // namespace pace
