// Drives a whole exchange with a flow's messages, the work that `pace bench exchange` times. The exchange is set up
// through its commands alone: a member, principals with money, units and a mandate in force, instruments listed, rules
// that let the flow's prices and quantities pass and check them all the same; it stands in continuous trading.
// Each message becomes a Request with an id of its own, in a place kept for its kind, as a decoder fills the one it
// keeps. That is part of the time, and so is what a member's own system does: the flow's id is looked up in a dense
// array of order ids, and every event is read for trades.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <variant>
#include <vector>

#include "engine/book/pool.h"
#include "engine/book/zeroed_array.h"
#include "engine/exchange/exchange.h"
#include "tools/pace/flow.h"

namespace pace::tool {

class ExchangeFlow {
 public:
  /// Throws std::runtime_error when the flow asks for more than the exchange can be set up for.
  explicit ExchangeFlow(const Flow& flow);

  /// REQUIRES: each message of the flow once, in order, itself and no copy of it.
  void apply(const FlowMessage& m) {
    look_ahead(m);
    events_.clear();
    sequence_ = next(sequence_);
    const Applied applied =
        exchange_.apply(sequence_, start_ + Timestamp(static_cast<std::int64_t>(m.time_ns)), request_for(m), events_);
    if (!applied.outcome.accepted()) [[unlikely]]
      ++totals_.rejects;
    else if (m.kind != FlowKind::cancel)
      learn(m);
  }

  [[nodiscard]] const FlowTotals& totals() const { return totals_; }
  [[nodiscard]] std::uint32_t resting() const;
  [[nodiscard]] const Exchange& exchange() const { return exchange_; }

 private:
  /// What a member knows of an order of its own, by the flow's id.
  struct Sent {
    OrderId order;
    std::uint32_t filled;
  };

  // Messages come in batches: what the exchange does with an order is fetched some messages before, and so is the
  // order's id. Of new orders nothing is: the few principals of a flow are at hand.
  void look_ahead(const FlowMessage& m) {
    if (&m >= last_ahead_) return;
    const FlowMessage& soon = (&m)[Exchange::look_ahead];
    __builtin_prefetch(&sent_[(&m)[2 * Exchange::look_ahead].id], 1);
    if (soon.kind == FlowKind::cancel || soon.kind == FlowKind::replace) exchange_.expect(sent_[soon.id].order);
  }

  const Request& request_for(const FlowMessage& m) {
    if (m.kind == FlowKind::cancel) {
      std::get<CancelOrder>(cancel_.command).order = sent_[m.id].order;
      return numbered(cancel_);
    }
    if (m.kind == FlowKind::replace) {
      auto& c = std::get<ReplaceOrder>(replace_.command);
      c.order = sent_[m.id].order;
      c.price = Price(m.price);
      c.quantity = Quantity(std::int64_t{m.quantity} + sent_[m.id].filled);  // of the whole order, as in FIX
      return numbered(replace_);
    }
    auto& c = std::get<NewOrder>(enter_.command);
    c.principal = principals_[m.account];
    c.instrument = InstrumentId(m.instrument + 1u);
    c.side = static_cast<Side>(m.side);
    c.time_in_force = m.kind == FlowKind::ioc ? TimeInForce::ioc : TimeInForce::day;
    c.price = Price(m.price);
    c.quantity = Quantity(m.quantity);
    return numbered(enter_);
  }
  /// "E-FLOW00000001", "E-FLOW00000002" …: ids as members' systems count them.
  static const Request& numbered(Request& request) {
    auto& digits = request.request_id.bytes();
    for (std::size_t i = last_digit; ++digits[i] > '9'; --i) digits[i] = '0';
    return request;
  }

  // The events of an order: accepted or replaced first, then its trades, then what became of the rest.
  void learn(const FlowMessage& m) {
    const std::uint8_t* at = events_.bytes().data();
    const std::uint8_t* const end = at + events_.bytes().size();
    if (m.kind == FlowKind::replace) {
      at += event_size<OrderReplaced>;
    } else {
      const auto order = field<OrderId::Rep>(at, 0);
      sent_[m.id].order = OrderId(order);
      id_of_[OrderPool::slot(OrderId(order))] = static_cast<std::uint32_t>(m.id);
      at += event_size<OrderAccepted>;
    }
    for (; at != end && field<std::uint16_t>(at, -2) == Trade::type; at += event_size<Trade>) traded(m, at);
  }
  void traded(const FlowMessage& m, const std::uint8_t* trade);

  // Events as they are encoded: type number, then the fields in their order.
  template <class E>
  static constexpr std::size_t event_size = sizeof(E::type) + encoded_size<E>;
  template <class T>
  static T field(const std::uint8_t* event, std::ptrdiff_t offset) {
    T value;
    std::memcpy(&value, event + sizeof(std::uint16_t) + offset, sizeof value);
    return value;
  }

  void set_up(const Flow& flow);
  void open_principals(std::uint32_t count);
  void list_instruments(std::uint32_t instruments, std::uint32_t principals, Price reference);
  void issue_credits(InstrumentId instrument, std::uint32_t principals);
  void must(const Sender& sender, Command command);
  void wait_until(Timestamp time);

  Exchange exchange_;
  EventBuffer events_;
  Sequence sequence_;
  Timestamp start_;
  const FlowMessage* last_ahead_;  // from here on the flow has nothing to look ahead to
  static constexpr std::size_t last_digit = 13;
  Request enter_, cancel_, replace_;
  std::vector<AccountId> principals_;  // by the flow's account
  ZeroedArray<Sent> sent_;             // by the flow's id
  ZeroedArray<std::uint32_t> id_of_;   // the flow's id by slot
  FlowTotals totals_;
};

}  // namespace pace::tool
