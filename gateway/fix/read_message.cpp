#include "gateway/fix/block_messages.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"
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
  no_allocs = 78,
  alloc_account = 79,
  alloc_qty = 80,
  max_floor = 111,
  expire_date = 432,
  order_capacity = 528,
  mass_cancel_type = 530,
  trade_report_id = 571,
  status_request_id = 790,
  self_trade = 8000,
  entrustment = 8001
};

OrderId order_id_of(const Fields& message) {
  const auto text = message.find(order_id);
  return text ? OrderId(number_of(*text, order_id)) : OrderId{};
}

AccountId principal_of(const Fields& message, const std::optional<AccountId>& client, const Member& member) {
  const bool own = char_of(message, order_capacity, 'A') == 'P';
  if (own && client && *client != member.own_account)
    throw Unusable{other_fault, "OrderCapacity (528) P is for the member's own account; leave the client party out"};
  if (own) return member.own_account;
  if (!client)
    throw Unusable{field_missing, "an agency order names its principal: NoPartyIDs (453) with PartyRole (452) 3"};
  return *client;
}

TimeInForce time_in_force_of(const Fields& message) {
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

SelfTrade self_trade_of(const Fields& message) {
  switch (char_of(message, self_trade, 'N')) {
    case 'O':
      return SelfTrade::cancel_oldest;
    case 'B':
      return SelfTrade::cancel_both;
    default:
      return SelfTrade::cancel_newest;
  }
}

Date expiry_of(const Fields& message) {
  const auto text = message.find(expire_date);
  if (!text) return {};
  const auto date = parse_fix_date(*text);
  if (!date) throw Unusable{other_fault, "ExpireDate (432) must be a date as YYYYMMDD"};
  return *date;
}

/// What a plain and a pooled order say alike.
template <class Order>
void read_terms(Order& order, const Fields& message, const OrderDesk& desk) {
  order.instrument = desk.instrument(text_of(message, symbol));
  order.side = side_of(message);
  order.order_type = char_of(message, ord_type, '2') == '1' ? OrderType::market : OrderType::limit;
  order.time_in_force = time_in_force_of(message);
  order.self_trade = self_trade_of(message);
  order.post_only = message.has(exec_inst);
  if (order.order_type == OrderType::limit) {
    if (!message.has(price)) throw Unusable{field_missing, "a limit order needs Price (44)"};
    order.price = price_of(message, price);
  } else if (message.has(price)) {
    throw Unusable{other_fault, "a market order has no Price (44): the fifth opposite price bounds it"};
  }
  if (message.has(max_floor)) order.display = quantity_of(message, max_floor);
  order.expiry = expiry_of(message);
}

Command new_order(const Fields& message, const Member& member, const OrderDesk& desk) {
  NewOrder order;
  const Parties parties = parties_of(message, Besides::trader);
  order.principal = principal_of(message, parties.principal, member);
  order.trader = parties.trader;
  if (const auto mandate = message.find(entrustment))
    order.entrustment = EntrustmentId(number_of(*mandate, entrustment));
  read_terms(order, message, desk);
  order.quantity = quantity_of(message, order_qty);
  return order;
}

// NoAllocs (78) declares the split: one order for many principals. Its quantity is theirs together, so a split that was
// cut or mistyped on its way does not pass for another.
Command pooled_order(const Fields& message, const OrderDesk& desk) {
  NewPooledOrder order;
  read_terms(order, message, desk);
  const Parties parties = parties_of(message, Besides::trader);
  order.trader = parties.trader;
  if (parties.principal || char_of(message, order_capacity, 'A') == 'P')
    throw Unusable{other_fault,
                   "a pooled order names its principals in NoAllocs (78) alone, and is never the member's own"};
  const Fields::Entries shares = message.entries(no_allocs);
  order.split.reserve(shares.size());
  Quantity sum;
  for (const Fields share : shares) {
    const AccountId principal(number_of(text_of(share, alloc_account), alloc_account));
    order.split.push_back({principal, quantity_of(share, alloc_qty)});
    const auto more = try_add(sum, order.split.back().quantity);
    if (!more) throw Unusable{other_fault, "the shares of NoAllocs (78) are more than can be"};
    sum = *more;
  }
  if (quantity_of(message, order_qty) != sum)
    throw Unusable{other_fault, "OrderQty (38) must be the sum of the shares, " + std::to_string(sum.raw()) + " kg"};
  return order;
}

Command cancel_order(const Fields& message) {
  return CancelOrder{.order = order_id_of(message),
                     .original = client_id_of(message, orig_cl_ord_id),
                     .trader = parties_of(message, Besides::trader).trader};
}

Command replace_order(const Fields& message) {
  return ReplaceOrder{.order = order_id_of(message),
                      .original = client_id_of(message, orig_cl_ord_id),
                      .price = price_of(message, price),
                      .quantity = quantity_of(message, order_qty),
                      .trader = parties_of(message, Besides::trader).trader};
}

Command mass_cancel(const Fields& message, const OrderDesk& desk) {
  MassCancel cancel{.side = Sides::both, .reason = CancelReason::mass_cancel};
  const auto name = message.find(symbol);
  if (char_of(message, mass_cancel_type, '7') == '1') {
    if (!name) throw Unusable{field_missing, "MassCancelRequestType (530) 1 needs Symbol (55)"};
    cancel.instrument = desk.instrument(*name);
    if (!cancel.instrument) throw Unusable{other_fault, "Symbol (55) " + clipped(*name) + " is not listed"};
  } else if (name) {
    throw Unusable{other_fault, "Symbol (55) needs MassCancelRequestType (530) 1; 7 is for all symbols"};
  }
  if (message.has(side)) cancel.side = side_of(message) == Side::buy ? Sides::buy : Sides::sell;
  cancel.principal = parties_of(message).principal.value_or(AccountId{});
  return cancel;
}

StatusQuery status_query(const Fields& message) {
  return {.client_id = client_id_of(message, cl_ord_id),
          .order = order_id_of(message),
          .request_id = std::string(text_of(message, status_request_id)),
          .symbol = std::string(text_of(message, symbol)),
          .side = char_of(message, side, '1')};
}

/// The field that names a request of this type.
int id_tag_of(std::string_view type) {
  return type == "AE" ? trade_report_id : cl_ord_id;
}

Intake read(std::string_view type, const Fields& message, const Member& member, const OrderDesk& desk) {
  if (type == "H") return status_query(message);
  Request request{.sender = {Role::broker, member.broker.raw()}, .request_id = client_id_of(message, id_tag_of(type))};
  if (type == "D") {
    request.command = message.has(no_allocs) ? pooled_order(message, desk) : new_order(message, member, desk);
  } else if (type == "F") {
    request.command = cancel_order(message);
  } else if (type == "G") {
    request.command = replace_order(message);
  } else if (type == "q") {
    request.command = mass_cancel(message, desk);
  } else if (type == "AE") {
    request.command = read_block(message, desk);
  } else {
    throw Unusable{unsupported_type,
                   "the exchange does not take messages of this type; docs/fix.md lists those it does"};
  }
  return request;
}

}  // namespace

Intake read_order_message(const Incoming& message, const Member& member, const OrderDesk& desk) {
  try {
    return read(message.type(), message.body(), member, desk);
  } catch (const Unusable& fault) {
    return Refusal{fault.reason, std::string(text_of(message.body(), id_tag_of(message.type()))), fault.text};
  }
}

}  // namespace pace::fix
