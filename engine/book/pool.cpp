#include "engine/book/pool.h"

namespace pace {

OrderPool::OrderPool(std::uint32_t capacity, std::uint32_t books)
    : memory_(capacity + 1, books),
      nodes_(reinterpret_cast<Node*>(memory_.first())),
      icebergs_(capacity + 1),
      capacity_(capacity) {
  PACE_CHECK(capacity > 0 && capacity <= max_capacity);
}

// u64 next arrival, u32 slots ever used, u32 free slots, then slot and generation of each, the next to be used first.
void OrderPool::save(ByteWriter& out) const {
  out.put(next_arrival_);
  out.put(used_);
  std::uint32_t count = 0;
  for (std::uint32_t slot = free_; slot != 0; slot = nodes_[slot].link.next) ++count;
  out.put(count);
  for (std::uint32_t slot = free_; slot != 0; slot = nodes_[slot].link.next) {
    out.put(slot);
    out.put(nodes_[slot].generation());
  }
}

bool OrderPool::load(ByteReader& in) {
  PACE_CHECK(used_ == 0);
  const auto next_arrival = in.get<std::uint64_t>();
  const auto used = in.get<std::uint32_t>();
  const auto count = in.get<std::uint32_t>();
  if (!in.ok() || used > capacity_ || count > used || next_arrival == 0) return false;
  std::uint32_t* link = &free_;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto slot = in.get<std::uint32_t>();
    const auto generation = in.get<std::uint32_t>();
    const bool fits = slot > 0 && slot <= used && generation > 0 && generation <= last_generation;
    if (!in.ok() || !fits || nodes_[slot].tag != 0) return false;
    nodes_[slot].tag = generation << tag_bits;
    *link = slot;
    link = &nodes_[slot].link.next;
  }
  next_arrival_ = next_arrival;
  used_ = used;
  return true;
}

}  // namespace pace
