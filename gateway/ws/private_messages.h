// What a member sees of the log: its own orders, its own side of its trades, and the answers to its commands.
// Everything that leaves the gateway about accounts goes through here. Thread rule: functions without shared state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/message/entry.h"
#include "engine/message/queries.h"

namespace pace {

/// The broker's orders in this entry: accepted, replaced, cancelled, and its order commands that were rejected.
std::vector<std::string> orders_updates(const Entry& entry, BrokerId broker);
/// The broker's sides of this entry's trades.
std::vector<std::string> fills_updates(const Entry& entry, BrokerId broker);
/// The same one by one.
std::vector<std::string> order_items(const Entry& entry, BrokerId broker);
std::vector<std::string> fill_items(const Entry& entry, BrokerId broker);
/// What the member should know beside its orders: halts, rules, auctions, broken trades of its own, the kill switch,
/// its mandates and its clients' money.
std::vector<std::string> notices_updates(const Entry& entry, BrokerId broker);
/// "holdings":[…], or "cash":…,"cash_held":…: what is compared to know a change.
std::string account_state(bool holdings, const AccountView& view);
/// {"channel":…,"sequence":…,"account":…,<state>}
std::string account_message(std::string_view channel, const AccountView& view, std::string_view state);
/// [{"event":…},…]: the events of an entry that `viewer` may see. The operator, the registry and the authority see all;
/// a broker sees the market's own and those of its orders, its fills without the other side; others see everything
/// but orders and trades. Rulebook 10, privacy.
std::string visible_events(const Entry& entry, Sender viewer);

/// May a user with this sender ask for the accounts and orders of everybody?
bool sees_everything(Sender viewer);
/// A broker sees the accounts whose mandate it has, and its own; 0 sees everything.
bool may_see(std::uint32_t broker, const AccountView& view);

}  // namespace pace
