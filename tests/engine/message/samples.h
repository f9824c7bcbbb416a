// One message of each kind, every field with a value of its own: made from the field lists, so that a new message is in
// the golden files without anybody remembering it, and any change on the wire shows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/message/codec.h"
#include "engine/message/entry.h"

namespace pace::test {

/// Fills fields with values that differ from each other.
class Filler {
 public:
  template <class T>
  void fill(T& value) {
    const std::uint64_t n = ++count_;
    if constexpr (std::is_same_v<T, bool>) {
      value = n % 2 == 1;
    } else if constexpr (std::is_integral_v<T>) {
      value = number<T>(n);
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(n % EnumNames<T>::names.size());
    } else if constexpr (StrongInteger<T>) {
      value = T(number<typename T::Rep>(n));
    } else if constexpr (IsFixedString<T>::value) {
      value = T::from("s" + std::to_string(n)).value();
    } else if constexpr (IsByteArray<T>::value) {
      for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<std::uint8_t>(n * 3 + i);
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = "text " + std::to_string(n) + " \"碳\"\n";
    } else if constexpr (IsList<T>::value) {
      value.resize(2);
      for (auto& item : value) fill(item);
    } else {
      for_each_field(value, [&](std::string_view, auto& field) { fill(field); });
    }
  }

 private:
  // Every byte of a wide number differs from its neighbours.
  template <class Int>
  static Int number(std::uint64_t n) {
    if constexpr (sizeof(Int) == 1) return static_cast<Int>(n);
    if constexpr (sizeof(Int) == 2) return static_cast<Int>(0x0100 + n);
    if constexpr (sizeof(Int) == 4) return static_cast<Int>(0x00030200 + n);
    return static_cast<Int>(0x0007060504030200 + n);
  }

  std::uint64_t count_ = 0;
};

template <class Body>
Body filled() {
  Body body;
  Filler().fill(body);
  return body;
}
template <class Variant, std::size_t... I>
std::vector<Variant> one_of_each(std::index_sequence<I...>) {
  return {Variant(filled<std::variant_alternative_t<I, Variant>>())...};
}
inline std::vector<Command> every_command() {
  return one_of_each<Command>(std::make_index_sequence<std::variant_size_v<Command>>{});
}
inline std::vector<Event> every_event() {
  return one_of_each<Event>(std::make_index_sequence<std::variant_size_v<Event>>{});
}

inline Request sample_request(Command command) {
  return {Sender{Role::broker, 0x01020304}, "request-1", std::move(command)};
}
inline Entry sample_entry(Command command, std::vector<Event> events) {
  return {StampedCommand{Sequence(0x1112131415161718), Timestamp(1'790'000'000'123'456'789),
                         sample_request(std::move(command))},
          Outcome{Reject::quantity_above_maximum, 25'000, 20'000}, Sequence(77), std::move(events)};
}

inline Bytes encoded(const Request& request) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_request(out, request);
  return bytes;
}
inline Bytes encoded(const Entry& entry) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_entry(out, entry);
  return bytes;
}

}  // namespace pace::test
