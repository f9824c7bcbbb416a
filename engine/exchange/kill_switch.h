// The kill switch of rulebook 7: a suspended member's open orders are gone, and nothing that trades is taken from it
// until the switch is lifted. It can still cancel and withdraw, and do what is not trading (credits, offsets).
// Thread rule: pure.
#pragma once

#include "engine/message/commands.h"

namespace pace {

/// Could the command end in a trade? Such a command of a suspended member is refused with broker_suspended.
[[nodiscard]] bool trades(const Command& command);

}  // namespace pace
