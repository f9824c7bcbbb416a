// Who holds what: units per account and instrument, money per account, and what of it is held for open orders. Pure.
// Delivery versus payment happens here: settle() moves units, money and fees in one step (rulebook 8).
// Invariants, asserted: nothing is negative, held <= total; per instrument issued = sum of all totals (surrender and
// cancellation are accounts too); the legs of every movement sum to zero (settlement/ledger/posting.h).
// Thread rule: owned by the exchange's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/date.h"
#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

struct Holding {
  Quantity total;
  Quantity held;          ///< for open sell orders
  Quantity bought;        ///< on `bought_on`; locked that day (T+1)
  Date bought_on;
  /// Bought on this very day.
  [[nodiscard]] Quantity locked(Date today) const { return bought_on == today ? bought : Quantity{}; }
};

struct Money {
  Cash total;
  Cash held;  ///< for open buy orders, fees included
  [[nodiscard]] Cash free() const { return total - held; }
};

/// One trade as the ledger sees it. `buy_held` and `sell_held` are what was held for this fill and is let go of now.
struct Settlement {
  AccountIndex buyer, seller;
  InstrumentId instrument;
  Quantity quantity;
  Cash value;               ///< price * quantity
  Cash buy_fee, sell_fee;
  Cash buy_held;            ///< >= value + buy_fee
  Date day;
};

class Ledger {
 public:
  /// `fees` is the account that receives exchange fees; it must be opened before the first settle().
  void open_account(AccountIndex account);  ///< REQUIRES: the next index in order (0, 1, 2 …)
  void list_instrument(InstrumentId instrument);  ///< REQUIRES: the next in order (1, 2, 3 …)
  void set_fee_account(AccountIndex fees) { fees_ = fees; }

  [[nodiscard]] const Holding& holding(AccountIndex account, InstrumentId instrument) const;
  [[nodiscard]] const Money& money(AccountIndex account) const;
  [[nodiscard]] Quantity issued(InstrumentId instrument) const;
  [[nodiscard]] std::size_t accounts() const { return money_.size(); }
  [[nodiscard]] std::size_t instruments() const { return holdings_.size(); }

  void issue(AccountIndex to, InstrumentId instrument, Quantity quantity);
  /// REQUIRES: quantity <= total - held of `from`.
  void move(AccountIndex from, AccountIndex to, InstrumentId instrument, Quantity quantity);
  void hold_units(AccountIndex account, InstrumentId instrument, Quantity quantity);
  void release_units(AccountIndex account, InstrumentId instrument, Quantity quantity);

  /// Money enters from and leaves to the bank, whose side is the omnibus account's negative.
  void deposit(AccountIndex account, Cash amount);
  void withdraw(AccountIndex account, Cash amount);
  void move_cash(AccountIndex from, AccountIndex to, Cash amount);
  void hold_cash(AccountIndex account, Cash amount);
  void release_cash(AccountIndex account, Cash amount);
  [[nodiscard]] Cash at_bank() const { return at_bank_; }

  void settle(const Settlement& s);

  /// Sums everything again; aborts on the first difference. For tests, snapshots and day ends.
  void check() const;
  void save(ByteWriter& out) const;
  /// False when the bytes are not a ledger's.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  Holding& at(AccountIndex account, InstrumentId instrument);

  std::vector<std::vector<Holding>> holdings_;  // by instrument, then account
  std::vector<Money> money_;
  std::vector<Quantity> issued_;
  Cash at_bank_;
  AccountIndex fees_;
};

}  // namespace pace
