// Orders that mandates of the modes auto_sell and auto_comply ask for by themselves (rulebook 6, docs/decisions/0013).
// From each opening on the accounts with such mandates are walked once, in their order in the register, a bounded
// number in each step. This part only says which orders; they go in by the same door as a broker's, and what becomes of
// them is told by the same events. Invariant: nothing is due while no walk is under way. Thread rule: owned by the
// exchange's thread.
#pragma once

#include <functional>
#include <optional>

#include "engine/exchange/market.h"
#include "engine/exchange/registrar.h"

namespace pace {

class Automatic {
 public:
  /// Enters an order for the broker; false: it was refused.
  using Enter = std::function<bool(BrokerId, const NewOrder&)>;

  /// REQUIRES: all three outlive this.
  Automatic(const Ledger& ledger, const Registrar& registrar, const Market& market)
      : ledger_(ledger), registrar_(registrar), market_(market) {}

  /// The market opens: a walk begins if there is anything to sell or to comply with.
  void start_day(Timestamp now);
  /// What the walk has not reached is left: it sells on from there on the next day.
  void end_day();
  /// The next step of the walk; Timestamp::max(): none is under way.
  [[nodiscard]] Timestamp next_due() const { return due_; }
  /// One step. REQUIRES: next_due() <= now.
  void step(Timestamp now, const Enter& enter);

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  void all_offered();
  /// What a principal lacks, or has too much of, and the order that helps.
  struct Wanted {
    Quantity quantity;
    NewOrder order;
  };
  [[nodiscard]] std::optional<Wanted> wanted(AccountIndex account) const;
  [[nodiscard]] std::optional<Wanted> to_sell(AccountIndex account, const Entrustment& mandate) const;
  [[nodiscard]] std::optional<Wanted> to_buy(AccountIndex account, const Entrustment& mandate) const;
  [[nodiscard]] std::optional<Wanted> bounded(AccountIndex account, const Entrustment& mandate, Quantity wanted,
                                              Quantity most, NewOrder order) const;
  std::int64_t serve(AccountIndex account, std::int64_t most, const Enter& enter, bool& done);

  const Ledger& ledger_;
  const Registrar& registrar_;
  const Market& market_;
  Timestamp due_ = Timestamp::max();
  AccountIndex account_;              // the walk goes on here
  std::uint64_t released_parts_ = 0;  // of the walk under way, or of the last
  std::uint64_t offered_parts_ = 0;   // for which the surplus was offered to the end
  AccountIndex sell_from_;            // who comes before was offered for the parts released
};

}  // namespace pace
