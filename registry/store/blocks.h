// Serial blocks of one batch: who owns which kilograms, and how issues and transfers split them. Pure.
// A transfer takes the seller's blocks in order of first serial, so the same events give the same blocks however they
// are cut into batches. Serial numbers of an instrument run from 1 to what is issued. Thread rule: one thread.
// Invariant: blocks never overlap and never vanish; a block's first serial is its name for good.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

struct SerialBlock {
  InstrumentId instrument;
  std::uint64_t first{}, last{};
  AccountId owner;
  Sequence since;
  [[nodiscard]] Quantity quantity() const { return Quantity(static_cast<std::int64_t>(last - first + 1)); }
  bool operator==(const SerialBlock&) const = default;
};
struct BlockMove {
  Sequence sequence;
  InstrumentId instrument;
  std::uint64_t first{}, last{};
  AccountId from;  ///< 0: issued
  AccountId to;
  bool operator==(const BlockMove&) const = default;
};

class BlockBook {
 public:
  /// A block that exists already. REQUIRES: before the first issue or move.
  void load(const SerialBlock& block);
  /// Units issued before this batch. REQUIRES: before the instrument's first issue.
  void load_issued(InstrumentId instrument, Quantity issued) { issued_[instrument] = issued; }

  void issue(Sequence at, InstrumentId instrument, AccountId to, Quantity quantity);
  /// False when the loaded blocks of `from` do not cover the quantity; then nothing was moved.
  [[nodiscard]] bool move(Sequence at, InstrumentId instrument, AccountId from, AccountId to, Quantity quantity);

  [[nodiscard]] const std::vector<BlockMove>& moves() const { return moves_; }
  /// Every block that is new or not as it was loaded.
  [[nodiscard]] std::vector<SerialBlock> changed() const;
  [[nodiscard]] const std::map<InstrumentId, Quantity>& issued() const { return issued_; }

 private:
  struct Held {
    std::uint64_t last{};
    Sequence since;
    bool changed{};
  };
  using Blocks = std::map<std::uint64_t, Held>;  // by first serial

  std::map<std::pair<InstrumentId, AccountId>, Blocks> owned_;
  std::map<InstrumentId, Quantity> issued_;
  std::vector<BlockMove> moves_;
};

}  // namespace pace
