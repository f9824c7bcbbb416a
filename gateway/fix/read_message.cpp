#include <charconv>
#include <optional>

#include "gateway/fix/decimal.h"
#include "gateway/fix/quickfix.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

enum Tag {
  cl_ord_id = 11,
  exec_inst = 18,
  order_id = 37,
  order_qty = 38,
  ord_type = 40,
  orig_cl_ord_id = 41,
  price = 44,
  side = 54,
  symbol = 55,
  time_in_force = 59,
  max_floor = 111,
  expire_date = 432,
  party_id = 448,
  party_role = 452,
  no_party_ids = 453,
  order_capacity = 528,
  mass_cancel_type = 530,
  status_request_id = 790,
  self_trade = 8000
};
constexpr int client_role = 3;
constexpr int other = 0, unsupported_type = 3, field_missing = 5;

// Thrown and caught in this file: how a field's fault leaves the nested readers.
struct Unusable {
  int reason;
  std::string text;
};

std::optional<std::string> text_of(const FIX::FieldMap& fields, int tag) {
  if (!fields.isSetField(tag)) return std::nullopt;
  return fields.getField(tag);
}
char char_of(const FIX::FieldMap& fields, int tag, char otherwise) {
  const auto text = text_of(fields, tag);
  return text && text->size() == 1 ? text->front() : otherwise;
}

ClientId client_id_of(const FIX::Message& message, int tag) {
  const auto id = ClientId::from(text_of(message, tag).value_or(""));
  if (!id || id->empty())
    throw Unusable{other, "tag " + std::to_string(tag) + " must be 1 to 20 printable ASCII characters"};
  return *id;
}

std::uint64_t number_of(const std::string& text, int tag) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
    throw Unusable{other, "tag " + std::to_string(tag) + " must be a number, not \"" + text.substr(0, 40) + "\""};
  return value;
}

OrderId order_id_of(const FIX::Message& message) {
  const auto text = text_of(message, order_id);
  return text ? OrderId(number_of(*text, order_id)) : OrderId{};
}

Price price_of(const FIX::Message& message) {
  const auto text = text_of(message, price);
  if (!text) throw Unusable{field_missing, "a limit order needs Price (44)"};
  const auto value = parse_price(*text);
  if (!value)
    throw Unusable{
        other, "Price (44) is CNY per tonne with exactly two decimals, as 97.49; not \"" + text->substr(0, 40) + "\""};
  return *value;
}

Quantity quantity_of(const FIX::Message& message, int tag) {
  const std::string text = text_of(message, tag).value_or("");
  const auto value = parse_quantity(text);
  if (!value)
    throw Unusable{
        other, "tag " + std::to_string(tag) + " is whole kilograms, digits only; not \"" + text.substr(0, 40) + "\""};
  return *value;
}

Side side_of(const FIX::Message& message) {
  return char_of(message, side, '1') == '2' ? Side::sell : Side::buy;
}

/// The PartyID of the client (role 3); other roles are for the broker's own records.
std::optional<AccountId> client_of(const FIX::Message& message) {
  if (!message.isSetField(no_party_ids)) return std::nullopt;
  std::optional<AccountId> found;
  for (int i = 1; i <= static_cast<int>(message.groupCount(no_party_ids)); ++i) {
    FIX::Group party(no_party_ids, party_id);
    static_cast<const FIX::FieldMap&>(message).getGroup(i, no_party_ids, party);
    if (number_of(text_of(party, party_role).value_or("0"), party_role) != client_role) continue;
    if (found) throw Unusable{other, "only one party may have PartyRole (452) 3"};
    found = AccountId(number_of(text_of(party, party_id).value_or(""), party_id));
  }
  return found;
}

AccountId principal_of(const FIX::Message& message, const Member& member) {
  const auto client = client_of(message);
  const bool own = char_of(message, order_capacity, 'A') == 'P';
  if (own && client && *client != member.own_account)
    throw Unusable{other, "OrderCapacity (528) P is for the member's own account; leave the client party out"};
  if (own) return member.own_account;
  if (!client)
    throw Unusable{field_missing, "an agency order names its principal: NoPartyIDs (453) with PartyRole (452) 3"};
  return *client;
}

TimeInForce time_in_force_of(const FIX::Message& message) {
  switch (char_of(message, time_in_force, '0')) {
    case '1':
      return TimeInForce::gtc;
    case '3':
      return TimeInForce::ioc;
    case '4':
      return TimeInForce::fok;
    default:
      return TimeInForce::day;
  }
}

SelfTrade self_trade_of(const FIX::Message& message) {
  switch (char_of(message, self_trade, 'N')) {
    case 'O':
      return SelfTrade::cancel_oldest;
    case 'B':
      return SelfTrade::cancel_both;
    default:
      return SelfTrade::cancel_newest;
  }
}

Date expiry_of(const FIX::Message& message) {
  const auto text = text_of(message, expire_date);
  if (!text) return {};
  const auto date = parse_fix_date(*text);
  if (!date) throw Unusable{other, "ExpireDate (432) must be a date as YYYYMMDD"};
  return *date;
}

Command new_order(const FIX::Message& message, const Member& member, const OrderDesk& desk) {
  NewOrder order;
  order.principal = principal_of(message, member);
  order.instrument = desk.instrument(text_of(message, symbol).value_or(""));
  order.side = side_of(message);
  order.order_type = char_of(message, ord_type, '2') == '1' ? OrderType::market : OrderType::limit;
  order.time_in_force = time_in_force_of(message);
  order.self_trade = self_trade_of(message);
  order.post_only = message.isSetField(exec_inst);
  if (order.order_type == OrderType::limit) order.price = price_of(message);
  order.quantity = quantity_of(message, order_qty);
  if (message.isSetField(max_floor)) order.display = quantity_of(message, max_floor);
  order.expiry = expiry_of(message);
  return order;
}

Command cancel_order(const FIX::Message& message) {
  return CancelOrder{.order = order_id_of(message), .original = client_id_of(message, orig_cl_ord_id)};
}

Command replace_order(const FIX::Message& message) {
  return ReplaceOrder{.order = order_id_of(message),
                      .original = client_id_of(message, orig_cl_ord_id),
                      .price = price_of(message),
                      .quantity = quantity_of(message, order_qty)};
}

Command mass_cancel(const FIX::Message& message, const OrderDesk& desk) {
  MassCancel cancel{.side = Sides::both, .reason = CancelReason::mass_cancel};
  const auto name = text_of(message, symbol);
  if (char_of(message, mass_cancel_type, '7') == '1') {
    if (!name) throw Unusable{field_missing, "MassCancelRequestType (530) 1 needs Symbol (55)"};
    cancel.instrument = desk.instrument(*name);
    if (!cancel.instrument) throw Unusable{other, "Symbol (55) is not listed"};
  }
  if (message.isSetField(side)) cancel.side = side_of(message) == Side::buy ? Sides::buy : Sides::sell;
  cancel.principal = client_of(message).value_or(AccountId{});
  return cancel;
}

StatusQuery status_query(const FIX::Message& message) {
  return {.client_id = client_id_of(message, cl_ord_id),
          .order = order_id_of(message),
          .request_id = text_of(message, status_request_id).value_or(""),
          .symbol = text_of(message, symbol).value_or(""),
          .side = char_of(message, side, '1')};
}

Intake read(const FIX::Message& message, const Member& member, const OrderDesk& desk) {
  const std::string type = message.getHeader().getField(FIX::FIELD::MsgType);
  if (type == "H") return status_query(message);
  Request request{.sender = {Role::broker, member.broker.raw()}, .request_id = client_id_of(message, cl_ord_id)};
  if (type == "D") {
    request.command = new_order(message, member, desk);
  } else if (type == "F") {
    request.command = cancel_order(message);
  } else if (type == "G") {
    request.command = replace_order(message);
  } else if (type == "q") {
    request.command = mass_cancel(message, desk);
  } else {
    throw Unusable{unsupported_type, "the exchange takes D, F, G, H and q"};
  }
  return request;
}

}  // namespace

Intake read_order_message(const FIX::Message& message, const Member& member, const OrderDesk& desk) {
  try {
    return read(message, member, desk);
  } catch (const Unusable& fault) {
    return Refusal{fault.reason, text_of(message, cl_ord_id).value_or(""), fault.text};
  }
}

}  // namespace pace::fix
