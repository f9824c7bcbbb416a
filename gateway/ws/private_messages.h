// What a member sees of the log: its own orders, its own side of its trades, and the answers to its commands.
// Everything that leaves the gateway about accounts goes through here. Thread rule: functions without shared state.
#pragma once

#include <string>
#include <vector>

#include "engine/message/entry.h"

namespace pace {

/// The broker's orders in this entry: accepted, replaced, cancelled, and its order commands that were rejected.
std::vector<std::string> orders_updates(const Entry& entry, BrokerId broker);
/// The broker's sides of this entry's trades.
std::vector<std::string> fills_updates(const Entry& entry, BrokerId broker);
/// [{"event":…},…]: the events of an entry that `viewer` may see. The operator, the registry and the authority see all;
/// a broker sees the market's own and those of its orders, its fills without the other side; others see everything
/// but orders and trades. Rulebook 10, privacy.
std::string visible_events(const Entry& entry, Sender viewer);

/// May a user with this sender ask for the accounts and orders of everybody?
bool sees_everything(Sender viewer);

}  // namespace pace
