#include "engine/exchange/pools.h"

#include <utility>

#include "engine/base/check.h"

namespace pace {

Pools::Pools(std::uint32_t parts, std::size_t largest, std::uint64_t accounts)
    : capacity_(parts),
      accounts_(accounts),
      parts_(std::size_t{parts} + 1),
      pools_(std::size_t{parts} + 1),
      marks_(accounts) {
  PACE_CHECK(parts < pooled_owner_bit);
  sharing_.reserve(largest);
  remainders_.reserve(largest);
}

std::uint32_t Pools::take_part() {
  PACE_CHECK(in_use_ < capacity_);
  ++in_use_;
  if (free_part_ == 0) return ++used_parts_;
  return std::exchange(free_part_, parts_[free_part_].next);
}

void Pools::give_part(std::uint32_t place) {
  --in_use_;
  parts_[place].next = std::exchange(free_part_, place);
}

AccountIndex Pools::open(std::span<const Part> parts, Quantity declared, Quantity filled) {
  PACE_CHECK(!parts.empty() && has_room(parts.size()));
  const std::uint32_t number = free_pool_ != 0 ? std::exchange(free_pool_, pools_[free_pool_].first) : ++used_pools_;
  Pool& pool = pools_[number] = {.first = 0,
                                 .parts = static_cast<std::uint32_t>(parts.size()),
                                 .declared_kg = kilograms(declared),
                                 .filled_kg = kilograms(filled),
                                 .gathered_kg = 0,
                                 .due = 0};
  std::uint32_t* link = &pool.first;
  for (const Part& part : parts) {
    PACE_CHECK(part.open() > Quantity{});
    *link = take_part();
    Part& taken = parts_[*link] = part;
    link = &taken.next;
  }
  *link = 0;
  return AccountIndex(number | pooled_owner_bit);
}

void Pools::close(AccountIndex owner) {
  Pool& pool = at(owner);
  for (std::uint32_t i = pool.first; i != 0;) give_part(std::exchange(i, parts_[i].next));
  pool = {};
  pool.first = std::exchange(free_pool_, owner.raw() & ~pooled_owner_bit);
  if (marked_ == owner) marked_ = AccountIndex{};
}

// --- principals in common --------------------------------------------------------------------------------------------

void Pools::begin_marks(AccountIndex pool) {
  if (++mark_ == 0) {
    marks_ = ZeroedArray<std::uint32_t>(accounts_);
    mark_ = 1;
  }
  marked_ = pool;
}

void Pools::begin_split() {
  begin_marks(AccountIndex{});
}

bool Pools::note(AccountIndex principal) {
  return std::exchange(marks_[principal.raw()], mark_) != mark_;
}

bool Pools::noted(AccountIndex owner) const {
  if (!is_pooled(owner)) return marks_[owner.raw()] == mark_;
  return any_of(owner, [&](const Part& part) { return marks_[part.principal.raw()] == mark_; });
}

void Pools::mark(AccountIndex pool) {
  begin_marks(pool);
  any_of(pool, [&](const Part& part) {
    marks_[part.principal.raw()] = mark_;
    return false;
  });
}

// A pool that meets many is marked once and then asked: the larger of two, so that the smaller is walked.
bool Pools::share_principal(AccountIndex one, AccountIndex other) {
  if (one == other) return true;
  if (marked_ != one && marked_ != other)
    mark(!is_pooled(other) || (is_pooled(one) && size(one) > size(other)) ? one : other);
  return noted(marked_ == one ? other : one);
}

// --- fills -----------------------------------------------------------------------------------------------------------

void Pools::share_out(AccountIndex owner) {
  Pool& pool = at(owner);
  if (pool.gathered_kg == 0) return;
  sharing_.clear();
  for (std::uint32_t i = pool.first; i != 0; i = parts_[i].next)
    sharing_.push_back({Quantity(parts_[i].declared_kg), Quantity(parts_[i].filled_kg), {}, 0});
  share_fill(Quantity(pool.gathered_kg), Quantity(pool.declared_kg), Quantity(pool.filled_kg), sharing_, remainders_);
  auto share = sharing_.begin();
  for (std::uint32_t i = pool.first; i != 0; i = parts_[i].next) parts_[i].due_kg = kilograms((share++)->share);
  pool.filled_kg += std::exchange(pool.gathered_kg, 0);
  pool.due = pool.first;
}

const Pools::Part& Pools::next_due(AccountIndex owner) {
  Pool& pool = at(owner);
  while (parts_[pool.due].due_kg == 0) {
    pool.due = parts_[pool.due].next;
    PACE_CHECK(pool.due != 0);
  }
  return parts_[pool.due];
}

void Pools::settled(AccountIndex owner, Quantity quantity) {
  Part& part = parts_[at(owner).due];
  PACE_CHECK(quantity.raw() <= part.due_kg && quantity <= part.open());
  part.due_kg -= kilograms(quantity);
  part.filled_kg += kilograms(quantity);
}

void Pools::finish(AccountIndex owner) {
  Pool& pool = at(owner);
  if (pool.due == 0) return;
  pool.due = 0;
  for (std::uint32_t* link = &pool.first; *link != 0;) {
    const std::uint32_t place = *link;
    Part& part = parts_[place];
    PACE_CHECK(part.due_kg == 0);
    if (part.open() > Quantity{}) {
      link = &part.next;
      continue;
    }
    *link = part.next;
    --pool.parts;
    give_part(place);
    if (marked_ == owner) marked_ = AccountIndex{};
  }
  if (pool.parts == 0) close(owner);
}

}  // namespace pace
