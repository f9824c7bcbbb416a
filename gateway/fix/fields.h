// Fields in the shapes that our readers and writers use, and how a fault of a message leaves nested readers. Thread
// rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/message/types.h"
#include "gateway/fix/incoming.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {

/// A message that cannot be taken as it is. Thrown by readers, caught where the message came in: a value by then.
struct Unusable {
  int reason = 0;  ///< 380 BusinessRejectReason
  std::string text;
};
/// 380
constexpr int other_fault = 0, unsupported_type = 3, not_available = 4, field_missing = 5;

// --- reading --------------------------------------------------------------------------------------------------------

/// "" when the field is not there.
inline std::string_view text_of(const Fields& fields, int tag) {
  return fields.find(tag).value_or("");
}
/// The field's one character, or `otherwise` when it is not there.
char char_of(const Fields& fields, int tag, char otherwise);
/// "" when the field is not there; throws Unusable when it is longer than `longest`.
std::string id_text_of(const Fields& fields, int tag, std::size_t longest = 64);
/// Throws Unusable unless the text is a number of at most 20 digits that fits.
std::uint64_t number_of(std::string_view text, int tag);
/// 1 to 20 printable ASCII characters, or throws Unusable.
ClientId client_id_of(const Fields& fields, int tag);
/// CNY per tonne with two decimals, or throws Unusable; the field must be there.
Price price_of(const Fields& fields, int tag);
/// Whole kilograms, or throws Unusable; the field must be there.
Quantity quantity_of(const Fields& fields, int tag);
Side side_of(const Fields& fields);
/// Up to 40 characters of what was sent, for a text that names it.
std::string clipped(std::string_view text);

/// Parties (453) of a request: the principal (role 3), and what the request's kind takes besides: of an order the
/// trader (role 11, the member's short code), of a block the other side's member (role 17, its code). Throws Unusable
/// for any other role: what the log does not keep is not taken.
struct Parties {
  std::optional<AccountId> principal;
  TraderCode trader;
  std::string_view contra;
};
enum class Besides { nobody, trader, contra };
Parties parties_of(const Fields& fields, Besides besides = Besides::nobody);
constexpr int client_role = 3, trader_role = 11, contra_role = 17;

// --- writing --------------------------------------------------------------------------------------------------------

constexpr char side_code(Side side) {
  return side == Side::buy ? '1' : '2';
}
void put_time(Outgoing& message, int tag, Timestamp time);
/// The principal and the trader as parties; nothing for account 0, or a trader that was not named.
void add_principal(Outgoing& message, AccountId principal, const TraderCode& trader = {});
/// A party of a group that is open.
void add_party(Outgoing& message, Outgoing::Group& parties, std::string_view id, int role);

}  // namespace pace::fix
