#include "registry/store/blocks.h"

#include <algorithm>

namespace pace {
namespace {

std::uint64_t count(Quantity quantity) {
  return static_cast<std::uint64_t>(quantity.raw());
}

}  // namespace

void BlockBook::load(const SerialBlock& block) {
  owned_[{block.instrument, block.owner}][block.first] = {.last = block.last, .since = block.since, .changed = false};
}

void BlockBook::issue(Sequence at, InstrumentId instrument, AccountId to, Quantity quantity) {
  PACE_CHECK(quantity > Quantity{});
  Quantity& issued = issued_[instrument];
  const std::uint64_t first = count(issued) + 1;
  issued += quantity;
  owned_[{instrument, to}][first] = {.last = count(issued), .since = at, .changed = true};
  moves_.push_back({at, instrument, first, count(issued), {}, to});
}

bool BlockBook::move(Sequence at, InstrumentId instrument, AccountId from, AccountId to, Quantity quantity) {
  if (from == to) return true;
  Blocks& source = owned_[{instrument, from}];
  std::uint64_t left = count(quantity);
  std::uint64_t there = 0;
  for (const auto& [first, held] : source)
    if ((there += held.last - first + 1) >= left) break;
  if (there < left) return false;

  Blocks& target = owned_[{instrument, to}];
  while (left > 0) {
    const auto [first, held] = *source.begin();
    const std::uint64_t last = std::min(held.last, first + left - 1);
    source.erase(source.begin());
    if (last < held.last) source.emplace(last + 1, Held{.last = held.last, .since = held.since, .changed = true});
    target.emplace(first, Held{.last = last, .since = at, .changed = true});
    moves_.push_back({at, instrument, first, last, from, to});
    left -= last - first + 1;
  }
  return true;
}

std::vector<SerialBlock> BlockBook::changed() const {
  std::vector<SerialBlock> blocks;
  for (const auto& [key, held_blocks] : owned_)
    for (const auto& [first, held] : held_blocks)
      if (held.changed) blocks.push_back({key.first, first, held.last, key.second, held.since});
  return blocks;
}

}  // namespace pace
