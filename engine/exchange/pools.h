// The declared splits of open pooled orders (rulebook 6): who has a part in which order, and how much of it is filled.
// A pool's owner number, an AccountIndex with the pooled bit, stands in the book in the place of a principal. A
// principal whose part is filled leaves the pool: what is left concerns the others alone, and the work of a fill is at
// most a kilogram's each of what is open. Room is reserved whole at the start; only the number of parts decides whether
// there is some, so a loaded state answers as the saved one. Invariants: every part is open (filled < declared); a
// principal stands in a pool once. Thread rule: owned by the market.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/book/order.h"
#include "engine/book/zeroed_array.h"
#include "registry/rules/split.h"

namespace pace {

class Pools {
 public:
  struct Part {
    EntrustmentId entrustment;
    AccountIndex principal;
    std::uint32_t declared_kg;
    std::uint32_t filled_kg;
    std::uint32_t due_kg;     ///< of a fill that is being settled
    std::uint32_t next;       ///< place of the next part, 0: the last
    std::uint8_t commission;  ///< per mille, under the part's mandate

    [[nodiscard]] Quantity open() const { return Quantity(std::int64_t{declared_kg} - filled_kg); }
  };

  /// Room for so many parts, `largest` of them in one pool. REQUIRES: parts < 2^31.
  Pools(std::uint32_t parts, std::size_t largest, std::uint64_t accounts);

  [[nodiscard]] std::uint32_t in_use() const { return in_use_; }
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] bool has_room(std::size_t parts) const { return parts <= capacity_ - in_use_; }

  // --- a split on its way in ----------------------------------------------------------------------------------------

  /// Forgets the split before. Then note() each principal; false: it is noted already.
  void begin_split();
  [[nodiscard]] bool note(AccountIndex principal);
  /// Whether the owner, an account or a pool, has a principal in common with the split noted last.
  [[nodiscard]] bool noted(AccountIndex owner) const;

  /// The parts in declared order, and what was declared and is filled in all: more than the parts say when principals
  /// have left. Returns the pool's owner number. REQUIRES: has_room, 1 part at least, each open.
  AccountIndex open(std::span<const Part> parts, Quantity declared, Quantity filled);
  void close(AccountIndex pool);

  // --- open pools ---------------------------------------------------------------------------------------------------

  /// Principals whose part is not filled.
  [[nodiscard]] std::uint32_t size(AccountIndex pool) const { return at(pool).parts; }
  /// Declared, the parts that are filled included; and how much of it is filled.
  [[nodiscard]] Quantity declared(AccountIndex pool) const { return Quantity(at(pool).declared_kg); }
  [[nodiscard]] Quantity filled(AccountIndex pool) const { return Quantity(at(pool).filled_kg); }
  /// visit(const Part&) in declared order until it returns true; whether one did.
  template <class Visit>
  bool any_of(AccountIndex pool, Visit&& visit) const {
    for (std::uint32_t i = at(pool).first; i != 0; i = parts_[i].next)
      if (visit(parts_[i])) return true;
    return false;
  }
  /// Whether two owners, at least one of them a pool, have a principal in common. O(parts), O(1) for one pool after
  /// another.
  [[nodiscard]] bool share_principal(AccountIndex one, AccountIndex other);

  // --- fills --------------------------------------------------------------------------------------------------------

  /// Kilograms that the pool has traded and that are to be shared out.
  void gather(AccountIndex pool, Quantity quantity) { at(pool).gathered_kg += kilograms(quantity); }
  /// Shares out what was gathered since the last time. Does nothing without.
  void share_out(AccountIndex pool);
  /// The first part that something is due to. REQUIRES: there is one.
  [[nodiscard]] const Part& next_due(AccountIndex pool);
  /// `quantity` of what is due to that part is settled.
  void settled(AccountIndex pool, Quantity quantity);
  /// All that was shared out is settled: principals whose part is filled leave, a pool without any is closed. Does
  /// nothing when nothing was shared out.
  void finish(AccountIndex pool);

 private:
  struct Pool {
    std::uint32_t first;  // of a free pool: the next free one
    std::uint32_t parts;
    std::uint32_t declared_kg, filled_kg;
    std::uint32_t gathered_kg;
    std::uint32_t due;  // part whose share is settled next; 0: nothing was shared out
  };

  static std::uint32_t kilograms(Quantity quantity) { return static_cast<std::uint32_t>(quantity.raw()); }
  [[nodiscard]] Pool& at(AccountIndex pool) { return pools_[pool.raw() & ~pooled_owner_bit]; }
  [[nodiscard]] const Pool& at(AccountIndex pool) const { return pools_[pool.raw() & ~pooled_owner_bit]; }
  [[nodiscard]] std::uint32_t take_part();
  void give_part(std::uint32_t place);
  void begin_marks(AccountIndex pool);
  void mark(AccountIndex pool);

  std::uint32_t capacity_;
  std::uint64_t accounts_;
  ZeroedArray<Part> parts_;  // from 1
  ZeroedArray<Pool> pools_;  // from 1
  std::uint32_t free_part_ = 0, used_parts_ = 0, in_use_ = 0;
  std::uint32_t free_pool_ = 0, used_pools_ = 0;
  // Who stands in one split: by account the number of the marking that set it. No part of the state.
  ZeroedArray<std::uint32_t> marks_;
  std::uint32_t mark_ = 0;
  AccountIndex marked_;  // the pool whose principals are marked; 0: a split on its way in, or none
  std::vector<PoolPart> sharing_;
  std::vector<std::uint64_t> remainders_;
};

}  // namespace pace
