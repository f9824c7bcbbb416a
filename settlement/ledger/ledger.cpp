#include "settlement/ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/packed.h"

namespace pace {

// Every column has room for the account from now on: its first units, which a trade may bring, ask for no memory.
void Ledger::open_account(AccountIndex account) {
  PACE_CHECK(account.raw() == money_.size());
  money_.emplace_back();
  for (const std::unique_ptr<Column>& column : holdings_)
    if (column->capacity() < money_.size()) column->reserve(money_.capacity());
}

void Ledger::list_instrument(InstrumentId instrument) {
  PACE_CHECK(instrument.raw() == holdings_.size() + 1);
  holdings_.emplace_back(std::make_unique<Column>())->reserve(money_.capacity());
  issued_.emplace_back();
}

Holding& Ledger::new_holding(AccountIndex account, Column& column) {
  PACE_CHECK(account.raw() < money_.size());
  column.resize(account.raw() + 1);
  return column.back();
}

const Holding& Ledger::no_holding(AccountIndex account) const {
  static constexpr Holding nothing{};
  PACE_CHECK(account.raw() < money_.size());
  return nothing;
}

Quantity Ledger::issued(InstrumentId instrument) const {
  PACE_CHECK(instrument.raw() - 1 < issued_.size());
  return issued_[instrument.raw() - 1];
}

// --- units ----------------------------------------------------------------------------------------------------------

void Ledger::issue(AccountIndex to, InstrumentId instrument, Quantity quantity) {
  PACE_CHECK(quantity >= Quantity{});
  at(to, instrument).total += quantity;
  issued_[instrument.raw() - 1] += quantity;
}

void Ledger::move(AccountIndex from, AccountIndex to, InstrumentId instrument, Quantity quantity) {
  Holding& giver = at(from, instrument);
  PACE_CHECK(quantity >= Quantity{} && quantity <= giver.total - giver.held);
  giver.total -= quantity;
  giver.bought = std::min(giver.bought, giver.total - giver.held);
  at(to, instrument).total += quantity;
}

// --- money ----------------------------------------------------------------------------------------------------------

void Ledger::deposit(AccountIndex account, Cash amount) {
  PACE_CHECK(amount >= Cash{});
  at(account).total += amount;
  at_bank_ += amount;
}

void Ledger::withdraw(AccountIndex account, Cash amount) {
  Money& m = at(account);
  PACE_CHECK(amount >= Cash{} && amount <= m.free());
  m.total -= amount;
  at_bank_ -= amount;
}

void Ledger::move_cash(AccountIndex from, AccountIndex to, Cash amount) {
  Money& giver = at(from);
  PACE_CHECK(amount >= Cash{} && amount <= giver.free());
  giver.total -= amount;
  at(to).total += amount;
}

// Of a principal to its broker's own account; that account's own trades pay none.
void Ledger::pay(AccountIndex from, Commission commission) {
  at(from).total -= commission.amount;
  at(commission.member).total += commission.amount;
}

void Ledger::reverse(const Reversal& r) {
  Holding& bought = at(r.buyer, r.instrument);
  PACE_CHECK(r.quantity > Quantity{} && r.quantity <= bought.total - bought.held);
  bought.total -= r.quantity;
  if (bought.bought_on == r.bought_on) bought.bought -= std::min(bought.bought, r.quantity);
  bought.bought = std::min(bought.bought, bought.total - bought.held);
  at(r.seller, r.instrument).total += r.quantity;

  move_cash(r.buy_commission.member, r.buyer, r.buy_commission.amount);
  move_cash(r.sell_commission.member, r.seller, r.sell_commission.amount);
  move_cash(fees_, r.buyer, r.buy_fee);
  move_cash(fees_, r.seller, r.sell_fee);
  move_cash(r.seller, r.buyer, r.value);
}

// --- proof and storage ----------------------------------------------------------------------------------------------

bool Ledger::sound(std::size_t instrument) const {
  Quantity sum;
  for (const Holding& h : *holdings_[instrument]) {
    if (h.held < Quantity{} || h.total < h.held || h.bought < Quantity{} || h.bought > h.total - h.held) return false;
    const std::optional<Quantity> more = try_add(sum, h.total);
    if (!more) return false;
    sum = *more;
  }
  return sum == issued_[instrument];
}

bool Ledger::sound() const {
  Cash sum;
  for (const Money& m : money_) {
    if (m.held < Cash{} || m.total < m.held) return false;
    const std::optional<Cash> more = try_add(sum, m.total);
    if (!more) return false;
    sum = *more;
  }
  if (sum != at_bank_) return false;
  for (std::size_t i = 0; i < holdings_.size(); ++i)
    if (!sound(i)) return false;
  return true;
}

void Ledger::check() const {
  PACE_CHECK(sound());
}

void Ledger::save(ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(money_.size()));
  out.put(static_cast<std::uint32_t>(holdings_.size()));
  out.put(fees_.raw());
  out.put(at_bank_.raw());
  PackedWriter packed(out);
  for (const Money& m : money_) {
    packed.put(m.total.raw());
    packed.put(m.held.raw());
  }
  for (std::size_t i = 0; i < holdings_.size(); ++i) {
    const auto held = [](const Holding& h) { return h != Holding{}; };
    out.put(issued_[i].raw());
    const Column& column = *holdings_[i];
    out.put(static_cast<std::uint32_t>(std::count_if(column.begin(), column.end(), held)));
    std::uint32_t passed = 0;  // accounts without a holding since the last one that has
    for (const Holding& h : column) {
      if (!held(h)) {
        ++passed;
        continue;
      }
      packed.put(std::exchange(passed, 0));
      packed.put(h.total.raw());
      packed.put(h.held.raw());
      packed.put(h.bought.raw());
      packed.put(h.bought_on.raw());
    }
  }
}

bool Ledger::read_column(ByteReader& in) {
  issued_.emplace_back(in.get<std::int64_t>());
  Column& column = *holdings_.emplace_back(std::make_unique<Column>());
  column.reserve(money_.capacity());
  const auto count = in.get<std::uint32_t>();
  if (!in.ok() || count > money_.size()) return false;
  PackedReader packed(in);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto passed = packed.get<std::uint32_t>();
    if (!in.ok() || passed >= money_.size() - column.size()) return false;
    column.resize(column.size() + passed + 1);
    Holding& h = column.back();
    h.total = Quantity(packed.get<std::int64_t>());
    h.held = Quantity(packed.get<std::int64_t>());
    h.bought = Quantity(packed.get<std::int64_t>());
    h.bought_on = Date(packed.get<std::int32_t>());
    if (h == Holding{}) return false;
  }
  return in.ok();
}

bool Ledger::read(ByteReader& in) {
  const auto accounts = in.get<std::uint32_t>();
  const auto instruments = in.get<std::uint32_t>();
  fees_ = AccountIndex(in.get<std::uint32_t>());
  at_bank_ = Cash(in.get<std::int64_t>());
  if (!in.ok() || accounts > in.remaining() / 2 || instruments > in.remaining() / 12) return false;
  PackedReader packed(in);
  for (std::uint32_t i = 0; i < accounts; ++i) {
    const Cash total{packed.get<std::int64_t>()};
    money_.push_back({.total = total, .held = Cash(packed.get<std::int64_t>())});
  }
  for (std::uint32_t i = 0; i < instruments; ++i)
    if (!read_column(in)) return false;
  return in.ok() && (fees_.raw() < accounts || fees_ == AccountIndex{}) && sound();
}

bool Ledger::load(ByteReader& in) {
  *this = Ledger{};
  if (read(in)) return true;
  *this = Ledger{};
  return false;
}

}  // namespace pace
