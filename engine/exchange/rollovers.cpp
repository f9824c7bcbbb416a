#include "engine/exchange/rollovers.h"

#include <algorithm>

#include "engine/message/codec.h"

namespace pace {

void Rollovers::add(AuctionKind kind, InstrumentId instrument, Quantity unsold, std::int64_t auctions) {
  if (unsold > Quantity{} && auctions > 0)
    unsold_.push_back({kind, instrument, unsold, static_cast<std::uint32_t>(auctions)});
}

Quantity Rollovers::pending(AuctionKind kind, InstrumentId instrument) const {
  Quantity sum;
  for (const Unsold& u : unsold_)
    if (u.kind == kind && u.instrument == instrument) sum += u.left;
  return sum;
}

Quantity Rollovers::take(AuctionKind kind, InstrumentId instrument, Quantity room) {
  const Quantity whole = room;
  for (Unsold& u : unsold_) {
    if (u.kind != kind || u.instrument != instrument) continue;
    const Quantity part = std::min(Quantity(u.left.raw() / u.auctions), room);  // of the last one: all
    u.left -= part;
    --u.auctions;
    room -= part;
  }
  std::erase_if(unsold_, [](const Unsold& u) { return u.auctions == 0 || u.left == Quantity{}; });
  return whole - room;
}

void Rollovers::save(ByteWriter& out) const {
  encode_value(out, unsold_);
}

bool Rollovers::load(ByteReader& in) {
  decode_value(in, unsold_);
  return in.ok() && std::all_of(unsold_.begin(), unsold_.end(),
                                [](const Unsold& u) { return u.left > Quantity{} && u.auctions > 0; });
}

}  // namespace pace
