// Holdings and money of one account as FIX messages: AP AO, BA BG. docs/fix.md has the tags. Thread rule: pure
// functions.
#pragma once

#include <string_view>

#include "engine/message/queries.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {

/// AP: the holding at `i` of `view`. REQUIRES: i < view.holdings.size().
void write_holding(Outgoing& message, std::string_view request, const AccountView& view, std::size_t i,
                   std::string_view symbol, Date day);
/// AO: there is nothing to list. `refused`: the account is not this broker's to see.
void write_no_holdings(Outgoing& message, std::string_view request, AccountId account, bool refused,
                       std::string_view text);
/// BA.
void write_money(Outgoing& message, std::string_view request, const AccountView& view);
/// BG, refused.
void write_no_money(Outgoing& message, std::string_view request, std::string_view text);

}  // namespace pace::fix
