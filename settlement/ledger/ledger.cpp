#include "settlement/ledger/ledger.h"

#include <algorithm>

#include "engine/base/check.h"

namespace pace {
namespace {

constexpr Holding nothing{};

}  // namespace

// Every column has room for the account from now on: its first units, which a trade may bring, ask for no memory.
void Ledger::open_account(AccountIndex account) {
  PACE_CHECK(account.raw() == money_.size());
  money_.emplace_back();
  for (std::vector<Holding>& column : holdings_)
    if (column.capacity() < money_.size()) column.reserve(money_.capacity());
}

void Ledger::list_instrument(InstrumentId instrument) {
  PACE_CHECK(instrument.raw() == holdings_.size() + 1);
  holdings_.emplace_back().reserve(money_.capacity());
  issued_.emplace_back();
}

Holding& Ledger::at(AccountIndex account, InstrumentId instrument) {
  PACE_CHECK(account.raw() < money_.size() && instrument.raw() - 1 < holdings_.size());
  std::vector<Holding>& column = holdings_[instrument.raw() - 1];
  if (account.raw() >= column.size()) [[unlikely]]
    column.resize(account.raw() + 1);
  return column[account.raw()];
}

Money& Ledger::at(AccountIndex account) {
  PACE_CHECK(account.raw() < money_.size());
  return money_[account.raw()];
}

const Holding& Ledger::holding(AccountIndex account, InstrumentId instrument) const {
  PACE_CHECK(account.raw() < money_.size() && instrument.raw() - 1 < holdings_.size());
  const std::vector<Holding>& column = holdings_[instrument.raw() - 1];
  return account.raw() < column.size() ? column[account.raw()] : nothing;
}

const Money& Ledger::money(AccountIndex account) const {
  PACE_CHECK(account.raw() < money_.size());
  return money_[account.raw()];
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

void Ledger::hold_units(AccountIndex account, InstrumentId instrument, Quantity quantity) {
  Holding& h = at(account, instrument);
  PACE_CHECK(quantity >= Quantity{} && quantity <= h.total - h.held);
  h.held += quantity;
  h.bought = std::min(h.bought, h.total - h.held);
}

void Ledger::release_units(AccountIndex account, InstrumentId instrument, Quantity quantity) {
  Holding& h = at(account, instrument);
  PACE_CHECK(quantity >= Quantity{} && quantity <= h.held);
  h.held -= quantity;
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

void Ledger::hold_cash(AccountIndex account, Cash amount) {
  Money& m = at(account);
  PACE_CHECK(amount >= Cash{} && amount <= m.free());
  m.held += amount;
}

void Ledger::release_cash(AccountIndex account, Cash amount) {
  Money& m = at(account);
  PACE_CHECK(amount >= Cash{} && amount <= m.held);
  m.held -= amount;
}

// --- delivery versus payment ----------------------------------------------------------------------------------------

void Ledger::settle(const Settlement& s) {
  PACE_CHECK(s.quantity > Quantity{} && s.value >= Cash{} && s.buy_fee >= Cash{} && s.sell_fee >= Cash{});
  PACE_CHECK(s.sell_fee <= s.value);

  Holding& sold = at(s.seller, s.instrument);
  PACE_CHECK(s.quantity <= sold.held);
  sold.held -= s.quantity;
  sold.total -= s.quantity;
  Holding& bought = at(s.buyer, s.instrument);
  bought.total += s.quantity;
  bought.bought = s.quantity + bought.locked(s.day);
  bought.bought_on = s.day;

  Money& payer = at(s.buyer);
  PACE_CHECK(s.value + s.buy_fee <= s.buy_held && s.buy_held <= payer.held);
  payer.held -= s.buy_held;
  payer.total -= s.value + s.buy_fee;
  at(s.seller).total += s.value - s.sell_fee;
  at(fees_).total += s.buy_fee + s.sell_fee;
}

// --- proof and storage ----------------------------------------------------------------------------------------------

bool Ledger::sound(std::size_t instrument) const {
  Quantity sum;
  for (const Holding& h : holdings_[instrument]) {
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
  for (const Money& m : money_) {
    out.put(m.total.raw());
    out.put(m.held.raw());
  }
  for (std::size_t i = 0; i < holdings_.size(); ++i) {
    const auto held = [](const Holding& h) { return h != nothing; };
    out.put(issued_[i].raw());
    out.put(static_cast<std::uint32_t>(std::count_if(holdings_[i].begin(), holdings_[i].end(), held)));
    for (std::uint32_t account = 0; account < holdings_[i].size(); ++account) {
      const Holding& h = holdings_[i][account];
      if (!held(h)) continue;
      out.put(account);
      out.put(h.total.raw());
      out.put(h.held.raw());
      out.put(h.bought.raw());
      out.put(h.bought_on.raw());
    }
  }
}

bool Ledger::read_column(ByteReader& in) {
  issued_.emplace_back(in.get<std::int64_t>());
  std::vector<Holding>& column = holdings_.emplace_back();
  column.reserve(money_.capacity());
  const auto count = in.get<std::uint32_t>();
  if (!in.ok() || count > money_.size()) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto account = in.get<std::uint32_t>();
    if (!in.ok() || account >= money_.size() || account < column.size()) return false;
    column.resize(account + 1);
    Holding& h = column.back();
    h.total = Quantity(in.get<std::int64_t>());
    h.held = Quantity(in.get<std::int64_t>());
    h.bought = Quantity(in.get<std::int64_t>());
    h.bought_on = Date(in.get<std::int32_t>());
    if (h == nothing) return false;
  }
  return in.ok();
}

bool Ledger::read(ByteReader& in) {
  const auto accounts = in.get<std::uint32_t>();
  const auto instruments = in.get<std::uint32_t>();
  fees_ = AccountIndex(in.get<std::uint32_t>());
  at_bank_ = Cash(in.get<std::int64_t>());
  if (!in.ok() || accounts > in.remaining() / 16 || instruments > in.remaining() / 12) return false;
  for (std::uint32_t i = 0; i < accounts; ++i) {
    const Cash total{in.get<std::int64_t>()};
    money_.push_back({.total = total, .held = Cash(in.get<std::int64_t>())});
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
