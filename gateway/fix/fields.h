// QuickFIX's fields in the shapes that our readers and writers use, and how a fault of a message leaves nested readers.
// Included by .cpp files only, as quickfix.h is. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/message/types.h"
#include "gateway/fix/quickfix.h"

namespace pace::fix {

/// A message that cannot be taken as it is. Thrown by readers, caught where the message came in: a value by then.
struct Unusable {
  int reason = 0;  ///< 380 BusinessRejectReason
  std::string text;
};
/// 380
constexpr int other_fault = 0, unsupported_type = 3, not_available = 4, field_missing = 5;

// --- reading --------------------------------------------------------------------------------------------------------

std::optional<std::string> text_of(const FIX::FieldMap& fields, int tag);
/// The field's one character, or `otherwise` when it is not there.
char char_of(const FIX::FieldMap& fields, int tag, char otherwise);
/// "" when the field is not there; throws Unusable when it is longer than `longest`.
std::string id_text_of(const FIX::FieldMap& fields, int tag, std::size_t longest = 64);
/// Throws Unusable unless the text is a number of at most 20 digits that fits.
std::uint64_t number_of(const std::string& text, int tag);
/// 1 to 20 printable ASCII characters, or throws Unusable.
ClientId client_id_of(const FIX::FieldMap& fields, int tag);
/// CNY per tonne with two decimals, or throws Unusable; the field must be there.
Price price_of(const FIX::FieldMap& fields, int tag);
/// Whole kilograms, or throws Unusable; the field must be there.
Quantity quantity_of(const FIX::FieldMap& fields, int tag);
Side side_of(const FIX::FieldMap& fields);
/// Up to 40 characters of what was sent, for a text that names it.
std::string clipped(const std::string& text);

/// Parties (453) of a request: the principal (role 3), and what the request's kind takes besides: of an order the
/// trader (role 11, the member's short code), of a block the other side's member (role 17, its code). Throws Unusable
/// for any other role: what the log does not keep is not taken.
struct Parties {
  std::optional<AccountId> principal;
  TraderCode trader;
  std::string contra;
};
enum class Besides { nobody, trader, contra };
Parties parties_of(const FIX::FieldMap& fields, Besides besides = Besides::nobody);

// --- writing --------------------------------------------------------------------------------------------------------

inline void set(FIX::FieldMap& fields, int tag, const std::string& value) {
  fields.setField(tag, value);
}
inline void set(FIX::FieldMap& fields, int tag, std::string_view value) {
  fields.setField(tag, std::string(value));
}
inline void set(FIX::FieldMap& fields, int tag, const char* value) {
  fields.setField(tag, value);
}
inline void set(FIX::FieldMap& fields, int tag, char value) {
  fields.setField(tag, std::string(1, value));
}
template <class Integer>
requires std::is_integral_v<Integer>
void set(FIX::FieldMap& fields, int tag, Integer value) {
  fields.setField(tag, std::to_string(value));
}
/// Nothing for an empty text.
inline void set_text(FIX::FieldMap& fields, int tag, std::string_view text) {
  if (!text.empty()) set(fields, tag, text);
}
inline void set_type(FIX::Message& message, const char* type) {
  message.getHeader().setField(FIX::FIELD::MsgType, type);
}
inline std::string type_of(const FIX::Message& message) {
  return message.getHeader().getField(FIX::FIELD::MsgType);
}
constexpr char side_code(Side side) {
  return side == Side::buy ? '1' : '2';
}
/// The principal as a party; nothing for account 0.
void add_principal(FIX::FieldMap& fields, AccountId principal);
/// The trader as a party; nothing when none was named.
void add_trader(FIX::FieldMap& fields, const TraderCode& trader);
/// A member as a party of this role, by its code.
void add_member(FIX::FieldMap& fields, std::string_view code, int role);

}  // namespace pace::fix
