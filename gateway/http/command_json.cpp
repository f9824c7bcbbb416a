#include "gateway/http/command_json.h"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "engine/base/nearest.h"
#include "engine/message/text.h"

namespace pace {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

template <class T>
bool read_value(const json::value& from, T& to, const std::string& where, JsonFault& fault);

template <class T>
bool does_not_fit(const json::value& from, const std::string& where, JsonFault& fault) {
  const std::string given = from.is_object()  ? "an object"
                            : from.is_array() ? "a list"
                                              : shorten(json::serialize(from));
  fault = {where, where + ": " + given + " does not fit; it takes " + what_fits<T>()};
  return false;
}

template <class Rep>
bool read_integer(const json::value& from, Rep& to) {
  if (const std::int64_t* number = from.if_int64()) {
    to = static_cast<Rep>(*number);
    return std::in_range<Rep>(*number);
  }
  const std::uint64_t* number = from.if_uint64();
  if (number == nullptr || !std::in_range<Rep>(*number)) return false;
  to = static_cast<Rep>(*number);
  return true;
}

template <Message T>
bool read_fields(const json::object& from, T& to, const std::string& where, JsonFault& fault) {
  const std::string prefix = where.empty() ? "" : where + ".";
  bool fits = true;
  std::size_t found = 0;
  for_each_field(to, [&](std::string_view name, auto& field) {
    if (!fits) return;
    const json::value* value = from.if_contains({name.data(), name.size()});
    if (value == nullptr) return;
    ++found;
    fits = read_value(*value, field, prefix + std::string(name), fault);
  });
  if (!fits || found == from.size()) return fits;
  std::vector<std::string_view> known;
  for_each_field(to, [&](std::string_view name, auto&) { known.push_back(name); });
  for (const json::key_value_pair& member : from) {
    const std::string_view name = view(member.key());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string full = prefix + shorten(name);
    fault = {full, full + ": there is no such field" + did_you_mean(name, known)};
    return false;
  }
  return true;
}

template <class T>
bool read_list(const json::value& from, T& to, const std::string& where, JsonFault& fault) {
  const json::array* list = from.if_array();
  if (list == nullptr || list->size() > max_list_items) {
    fault = {where, where + ": expected a list of at most " + std::to_string(max_list_items) + " items"};
    return false;
  }
  to.clear();
  to.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i)
    if (!read_value((*list)[i], to.emplace_back(), where + "[" + std::to_string(i) + "]", fault)) return false;
  return true;
}

template <class T>
bool read_value(const json::value& from, T& to, const std::string& where, JsonFault& fault) {
  bool fits = false;
  if constexpr (IsList<T>::value) {
    return read_list(from, to, where, fault);
  } else if constexpr (Message<T>) {
    const json::object* object = from.if_object();
    if (object != nullptr) return read_fields(*object, to, where, fault);
  } else if constexpr (std::is_same_v<T, bool>) {
    const bool* flag = from.if_bool();
    fits = flag != nullptr;
    if (fits) to = *flag;
  } else if (const json::string* text = from.if_string()) {
    // Numbers are JSON numbers; of the strong integers only dates and instants have a text form.
    constexpr bool number =
        std::is_integral_v<T> || (StrongInteger<T> && !std::is_same_v<T, Date> && !std::is_same_v<T, Timestamp>);
    if constexpr (!number) fits = parse_text(view(*text), to);
  } else if constexpr (std::is_integral_v<T>) {
    fits = read_integer(from, to);
  } else if constexpr (StrongInteger<T> && !std::is_same_v<T, Date>) {
    typename T::Rep raw{};
    fits = read_integer(from, raw);
    to = T(raw);
  }
  return fits || does_not_fit<T>(from, where, fault);
}

template <std::size_t... I>
constexpr auto command_names(std::index_sequence<I...>) {
  return std::to_array<std::string_view>({std::variant_alternative_t<I, Command>::name...});
}
constexpr auto known_commands = command_names(std::make_index_sequence<std::variant_size_v<Command>>{});

template <std::size_t I>
bool read_alternative(const json::object& object, Command& command, const std::string& where, JsonFault& fault) {
  return read_fields(object, command.emplace<I>(), where, fault);
}
using ReadAlternative = bool (*)(const json::object&, Command&, const std::string&, JsonFault&);
template <std::size_t... I>
constexpr auto alternative_readers(std::index_sequence<I...>) {
  return std::array<ReadAlternative, sizeof...(I)>{read_alternative<I>...};
}
constexpr auto readers = alternative_readers(std::make_index_sequence<std::variant_size_v<Command>>{});

bool read_envelope(const json::object& object, CommandReader::Line& line, Command& command) {
  static constexpr auto known = std::to_array<std::string_view>({"command", "request_id", "body"});
  for (const json::key_value_pair& member : object) {
    const std::string_view name = view(member.key());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    line.fault = {shorten(name), shorten(name) + ": there is no such field" + did_you_mean(name, known)};
    return false;
  }
  if (const json::value* id = object.if_contains("request_id"))
    if (!read_value(*id, line.request_id, "request_id", line.fault)) return false;
  const json::value* name = object.if_contains("command");
  if (name == nullptr || !name->is_string()) {
    line.fault = {"command", "command: the name of a command is required"};
    return false;
  }
  static const json::object nothing;
  const json::value* body = object.if_contains("body");
  if (body != nullptr && !body->is_object()) {
    line.fault = {"body", "body: expected an object"};
    return false;
  }
  auto read =
      read_command(view(name->get_string()), body != nullptr ? body->get_object() : nothing, "body", line.fault);
  if (read) command = std::move(*read);
  return read.has_value();
}

json::parse_options strict_options() {
  json::parse_options options;
  options.max_depth = CommandReader::max_depth;
  return options;
}

}  // namespace

std::string shorten(std::string_view text) {
  constexpr std::size_t most = 64;
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // inside a UTF-8 character
  return std::string(text.substr(0, end)) + "…";
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  if (name.size() > 64) return {};
  const std::string_view near = nearest(name, known, name.size() / 2 + 1);
  return near.empty() ? std::string() : " (did you mean \"" + std::string(near) + "\"?)";
}

std::optional<Command> read_command(std::string_view name, const json::object& object, std::string_view where,
                                    JsonFault& fault) {
  const auto found = std::find(known_commands.begin(), known_commands.end(), name);
  if (found == known_commands.end()) {
    fault = {"command", "command: there is no command \"" + shorten(name) + "\"" + did_you_mean(name, known_commands)};
    return std::nullopt;
  }
  Command command;
  const auto index = static_cast<std::size_t>(found - known_commands.begin());
  if (!readers[index](object, command, std::string(where), fault)) return std::nullopt;
  return command;
}

CommandReader::CommandReader() : parser_(json::storage_ptr(), strict_options(), stack_.data(), stack_.size()) {}

CommandReader::Line CommandReader::read(std::string_view text, Sender sender) {
  Line line;
  json::monotonic_resource memory(values_.data(), values_.size());
  parser_.reset(&memory);
  json::error_code error;
  parser_.write(text.data(), text.size(), error);
  if (error) {
    line.fault.text = "this is not JSON: " + error.message();
    if (error == json::error::too_deep) line.fault.text = "nested deeper than " + std::to_string(max_depth) + " levels";
    parser_.reset();
    return line;
  }
  {
    const json::value value = parser_.release();  // gone before the memory it lies in
    Command command;
    if (!value.is_object()) {
      line.fault.text = "expected an object {\"command\":…,\"request_id\":…,\"body\":{…}}";
    } else if (read_envelope(value.get_object(), line, command)) {
      line.request = Request{sender, line.request_id, std::move(command)};
    }
  }
  parser_.reset();
  return line;
}

}  // namespace pace
