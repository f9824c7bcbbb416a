#include "engine/exchange/kill_switch.h"

#include <algorithm>

#include "engine/exchange/market.h"

namespace pace {

bool trades(const Command& command) {
  switch (type_of(command)) {
    case NewOrder::type:
    case ReplaceOrder::type:
    case NewPooledOrder::type:
    case ReportBlock::type:
    case AnnounceAuction::type:
    case BidAuction::type:
      return true;
    default:
      return false;
  }
}

Outcome Registrar::apply(const SetKillSwitch& c, const Occasion&, EventBuffer& events) {
  const auto member = std::find_if(brokers_.begin(), brokers_.end(), [&](const Broker& b) { return b.id == c.broker; });
  if (member == brokers_.end()) return {Reject::unknown_broker, c.broker.raw(), 0};
  if (member->suspended == c.active) return {};
  member->suspended = c.active;
  count_suspended();
  events.emit(KillSwitchSet{c.broker, c.active, c.reason});
  return {};
}

void Registrar::count_suspended() {
  suspended_ = static_cast<std::uint32_t>(
      std::count_if(brokers_.begin(), brokers_.end(), [](const Broker& b) { return b.suspended; }));
}

// At any time, also at the end of a call: what the switch is for does not wait.
void Market::suspended(BrokerId broker, EventBuffer& events) {
  sweep(events, [&](const Listing&, const Order& order) -> std::optional<CancelReason> {
    return info(order.id).broker == broker ? std::optional(CancelReason::kill_switch) : std::nullopt;
  });
}

}  // namespace pace
