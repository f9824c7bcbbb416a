// Block trades as FIX messages: AE in and out, AR, AQ. docs/fix.md has the tags. Thread rule: pure functions.
#pragma once

#include <string_view>

#include "gateway/fix/incoming.h"
#include "gateway/fix/order_desk.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {

/// AE from a member: a report, or the withdrawal of one. Throws Unusable.
Command read_block(const Fields& message, const OrderDesk& desk);

/// AR to whoever reported or withdrew; AE to both sides of a trade, and of one that was broken.
void write_block_report(Outgoing& message, const Report& report, const OrderDesk& desk);

/// AR to a request said twice: what its first answer was, in words.
void write_block_repeat(Outgoing& message, const ClientId& client_id, const Outcome& first, std::string_view text);

/// AQ: how many AE follow for AD. And the one at `i`.
void write_block_count(Outgoing& message, std::string_view request, char type, std::size_t total);
void write_listed_block(Outgoing& message, std::string_view request, const BlockState& block, std::size_t i,
                        std::size_t total, const OrderDesk& desk);

}  // namespace pace::fix
