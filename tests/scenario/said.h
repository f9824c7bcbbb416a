// What an event says in a story, in the words of README.md; empty for what a story leaves out (acceptances, session
// phases, reference prices). A new event that a rule-maker cares about gets its words in said.cpp.
// Thread rule: values.
#pragma once

#include <map>
#include <string>

#include "engine/message/events.h"

namespace pace::test {

/// The ids under which the story knows open orders: the latest of each chain of replacements.
using OrderNames = std::map<OrderId, ClientId>;

/// `about` is the order of the line itself: what happens to other orders is said with their id.
std::string what_is_said(const Event& event, OrderNames& names, const ClientId& about);

}  // namespace pace::test
