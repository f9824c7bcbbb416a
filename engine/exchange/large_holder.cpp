// Large holders, rulebook 7: whoever brings a position (held and bid for, as the limit counts it) from below the share
// of its limit to the share or above is reported, once per crossing. No list is kept of who is one: the crossing is in
// the two figures.
#include "engine/exchange/market.h"

namespace pace {

void Market::note_large(AccountIndex account, InstrumentId instrument, Quantity before, Quantity position) const {
  if (!registrar_.is_large(account, instrument, before)) large_.push_back({account, instrument, position});
}

void Market::emit_large_holders(const Outcome& outcome, EventBuffer& events) {
  if (outcome.accepted())
    for (const LargePosition& large : large_)
      events.emit(LargeHolder{registrar_.account(large.account).id, large.instrument, large.position,
                              registrar_.position_limit(large.account, large.instrument)});
  large_.clear();
}

}  // namespace pace
