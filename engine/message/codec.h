// Binary form of every message, from its field list: little endian, in order, no padding. Integers and enums at their
// width, fixed strings at their length, text as u32 length + bytes, lists as u32 count + items.
// engine/journal/FORMAT.md describes the bytes for readers who do not have this code.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/message/commands.h"
#include "engine/message/fields.h"
#include "engine/message/types.h"

namespace pace {

/// Longest text and list a decoder accepts: what an outside message may make us hold.
inline constexpr std::uint32_t max_text_bytes = 4096;
inline constexpr std::uint32_t max_list_items = 100'000;

// A writer has put(integer), put_bytes(from, n) and, for text, put_text: ByteWriter, PackedWriter for what is stored
// dense (packed.h), and what EventBuffer uses for events.
template <class Writer, class T>
constexpr void encode_value(Writer& out, const T& value);

template <class Writer, Message T>
constexpr void encode_fields(Writer& out, const T& message) {
  for_each_field(message, [&](std::string_view, const auto& value) { encode_value(out, value); });
}

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};
template <class T>
struct IsFixedString : std::false_type {};
template <std::size_t N>
struct IsFixedString<FixedString<N>> : std::true_type {};
template <class T>
struct IsByteArray : std::false_type {};
template <std::size_t N>
struct IsByteArray<std::array<std::uint8_t, N>> : std::true_type {};
template <class T>
concept StrongInteger = requires(T t) {
  typename T::Rep;
  t.raw();
};

template <class Writer, class T>
constexpr void encode_value(Writer& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.put(static_cast<std::uint8_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    out.put(value);
  } else if constexpr (std::is_enum_v<T>) {
    out.put(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (StrongInteger<T>) {
    out.put(value.raw());
  } else if constexpr (IsFixedString<T>::value) {
    out.put_bytes(value.bytes().data(), T::capacity);
  } else if constexpr (IsByteArray<T>::value) {
    out.put_bytes(value.data(), value.size());
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.put_text(value);
  } else if constexpr (IsList<T>::value) {
    out.put(static_cast<std::uint32_t>(value.size()));
    for (const auto& item : value) encode_value(out, item);
  } else {
    static_assert(Message<T>, "no binary form for this type");
    encode_fields(out, value);
  }
}

/// Counts instead of writing.
struct SizeWriter {
  std::size_t size = 0;
  template <class T>
  constexpr void put(T) {
    size += sizeof(T);
  }
  constexpr void put_bytes(const void*, std::size_t n) { size += n; }
};
/// Bytes of a message without text and lists: the same for every value. (Does not compile for others.)
template <Message T>
inline constexpr std::size_t encoded_size = [] {
  SizeWriter out;
  encode_fields(out, T{});
  return out.size;
}();

/// The same for one field.
template <class T>
inline constexpr std::size_t encoded_width = [] {
  SizeWriter out;
  encode_value(out, T{});
  return out.size;
}();

// A reader is a ByteReader or a PackedReader.
template <class Reader, class T>
void decode_value(Reader& in, T& value);

template <class Reader, Message T>
void decode_fields(Reader& in, T& message) {
  for_each_field(message, [&](std::string_view, auto& value) { decode_value(in, value); });
}

template <class Reader, class T>
void decode_value(Reader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto byte = in.template get<std::uint8_t>();
    if (byte > 1) in.fail();
    value = byte == 1;
  } else if constexpr (std::is_integral_v<T>) {
    value = in.template get<T>();
  } else if constexpr (std::is_enum_v<T>) {
    const auto raw = in.template get<std::underlying_type_t<T>>();
    if (raw >= EnumNames<T>::names.size()) in.fail();
    value = in.ok() ? static_cast<T>(raw) : T{};
  } else if constexpr (StrongInteger<T>) {
    value = T(in.template get<typename T::Rep>());
  } else if constexpr (IsFixedString<T>::value) {
    in.get_bytes(value.bytes().data(), T::capacity);
    if (!value.well_formed()) in.fail();
  } else if constexpr (IsByteArray<T>::value) {
    in.get_bytes(value.data(), value.size());
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto n = in.template get<std::uint32_t>();
    if (n > max_text_bytes) in.fail();
    const BytesView view = in.ok() ? in.get_view(n) : BytesView{};
    value.assign(reinterpret_cast<const char*>(view.data()), view.size());
  } else if constexpr (IsList<T>::value) {
    const auto n = in.template get<std::uint32_t>();
    if (n > max_list_items || n > in.remaining()) in.fail();
    value.clear();
    for (std::uint32_t i = 0; in.ok() && i < n; ++i) decode_value(in, value.emplace_back());
  } else {
    static_assert(Message<T>, "no binary form for this type");
    decode_fields(in, value);
  }
}

/// Type number, then the fields: the alternative of a variant of messages.
template <class Variant>
void encode_variant(ByteWriter& out, const Variant& message) {
  std::visit(
      [&]<class T>(const T& body) {
        out.put(T::type);
        encode_fields(out, body);
      },
      message);
}
template <class Variant, std::size_t I = 0>
void decode_variant_as(ByteReader& in, std::uint16_t type, Variant& message) {
  if constexpr (I == std::variant_size_v<Variant>) {
    in.fail();
  } else {
    using T = std::variant_alternative_t<I, Variant>;
    if (type == T::type) {
      decode_fields(in, message.template emplace<I>());
    } else {
      decode_variant_as<Variant, I + 1>(in, type, message);
    }
  }
}
template <class Variant>
void decode_variant(ByteReader& in, Variant& message) {
  decode_variant_as(in, in.get<std::uint16_t>(), message);
}

/// Sender, request id, type, fields: the payload of a journal record (sequence and time stand in the record's header).
void encode_request(ByteWriter& out, const Request& request);
/// Nothing when the bytes are not exactly one request.
std::optional<Request> decode_request(BytesView bytes);
/// The same into a request that is there; false, and it holds anything, when they are not.
[[nodiscard]] bool decode_request(BytesView bytes, Request& into);
/// Sequence, time, request.
void encode_stamped(ByteWriter& out, const StampedCommand& stamped);

}  // namespace pace
