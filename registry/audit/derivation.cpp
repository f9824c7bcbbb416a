#include "registry/audit/derivation.h"

#include "engine/message/json.h"
#include "engine/message/special_accounts.h"
#include "registry/audit/hash.h"

namespace pace::audit {

template <class E>
void Derivation::take(const E& event) {
  constexpr bool summed = std::is_same_v<E, Trade> || std::is_same_v<E, UnitsIssued> ||
                          std::is_same_v<E, UnitsSurrendered> || std::is_same_v<E, UnitsCancelled> ||
                          std::is_same_v<E, AllocationComputed> || std::is_same_v<E, AllowanceAllocated> ||
                          std::is_same_v<E, EmissionStateChanged> || std::is_same_v<E, ComplianceAssessed> ||
                          std::is_same_v<E, SurchargeCollected>;
  if constexpr (summed) {
    if (!plausible_.admit(event))
      return state_.breach(entry_->sequence(), std::string(E::name) + " holds a figure that no register can hold");
  }
  on(event);
}

void Derivation::add(const Entry& entry) {
  entry_ = &entry;
  if (!entry.outcome.accepted()) on_reject(entry);
  const bool applied = entry.outcome.accepted() && !entry.repeats;
  if (applied) on_command(entry);
  // Events of a refused command are what time passing with it did: they count.
  for (const Event& event : entry.events) std::visit([&](const auto& body) { take(body); }, event);
  if (applied) checks_.after_command(entry);
}

RowBuilder& Derivation::begin(Table table) {
  row_.begin(table);
  return row_ << entry_->sequence() << entry_->stamped.time;
}

void Derivation::on_reject(const Entry& entry) {
  const Request& request = entry.stamped.request;
  const RejectEntry* const row = find_reject(entry.outcome.code);
  begin(Table::rejects) << request.sender.role << request.sender.number << request.request_id
                        << name_of(request.command) << row->name << entry.outcome.value << entry.outcome.limit
                        << to_text(entry.outcome);
  row_.end();
}

void Derivation::on_command(const Entry& entry) {
  state_.apply_command(entry);
  const Command& command = entry.stamped.request.command;
  if (const auto* rules = std::get_if<ActivateRules>(&command)) {
    on_rules(*rules);
  } else if (const auto* deposit = std::get_if<DepositCash>(&command)) {
    if (!plausible_.admit(*deposit)) return state_.breach(entry.sequence(), "a deposit that no register can hold");
    money("deposit", {}, {}, -deposit->amount);
    money("deposit", deposit->broker, deposit->account, deposit->amount);
  } else if (const auto* withdrawal = std::get_if<WithdrawCash>(&command)) {
    if (!plausible_.admit(*withdrawal))
      return state_.breach(entry.sequence(), "a withdrawal that no register can hold");
    money("withdrawal", {}, {}, withdrawal->amount);
    money("withdrawal", withdrawal->broker, withdrawal->account, -withdrawal->amount);
  } else if (const auto* broker = std::get_if<RegisterBroker>(&command)) {
    members_[broker->broker] = broker->own_account;
  } else if (const auto* factor = std::get_if<RegisterFactor>(&command)) {
    factors_[{factor->factor, factor->version}] = *factor;
  } else if (const auto* request = std::get_if<RequestOffset>(&command)) {
    begin(Table::offsets) << "requested" << request->principal << request->year << request->instrument
                          << request->quantity << "";
    row_.end();
  }
}

void Derivation::on_rules(const ActivateRules& rules) {
  const std::string basis = rules.legal_basis.empty() ? "pilot mode" : rules.legal_basis;
  for (const RuleValue& value : rules.values) {
    begin(Table::rules) << rules.version << basis << value.rule << value.value;
    row_.end();
  }
}

/// Who asked for it, as the present command's sender says. Empty unless that is the request of this id: a command also
/// lets time pass and meets others' orders.
std::string Derivation::trader(BrokerId broker, const ClientId& request_id) const {
  const Request& request = entry_->stamped.request;
  if (request.sender != Sender{Role::broker, broker.raw()} || request.request_id != request_id) return {};
  return std::visit(
      [](const auto& command) -> std::string {
        if constexpr (requires { command.trader; }) return std::string(command.trader.view());
        return {};
      },
      request.command);
}

void Derivation::on(const OrderAccepted& e) {
  begin(Table::orders) << "accepted" << e.order << e.broker << e.client_id << "" << e.principal << e.entrustment
                       << e.instrument << e.side << e.order_type << e.time_in_force << e.price << e.quantity
                       << e.quantity << "" << trader(e.broker, e.client_id);
  row_.end();
  pool_shares(e);
}

void Derivation::on(const OrderReplaced& e) {
  begin(Table::orders) << "replaced" << e.order << e.broker << e.client_id << e.old_client_id << e.principal << ""
                       << e.instrument << e.side << ""
                       << "" << e.price << e.quantity << e.open << "" << trader(e.broker, e.client_id);
  row_.end();
}

void Derivation::on(const OrderCancelled& e) {
  begin(Table::orders) << "cancelled" << e.order << e.broker << e.client_id << "" << e.principal << "" << e.instrument
                       << e.side << ""
                       << "" << e.price << "" << e.open << e.reason
                       << (e.reason == CancelReason::requested ? trader(e.broker, entry_->stamped.request.request_id)
                                                               : "");
  row_.end();
}

/// The trade that the present command breaks; empty for every other command.
std::string Derivation::corrected() const {
  const auto* broken = std::get_if<BreakTrade>(&entry_->stamped.request.command);
  return broken != nullptr ? std::to_string(broken->trade.raw()) : "";
}

void Derivation::on(const Trade& e) {
  const Cash value = e.price * e.quantity;
  begin(Table::trades) << e.trade << e.instrument << e.price << e.quantity << value << e.kind << e.aggressor
                       << e.buy.order << e.buy.account << e.buy.broker << e.buy.fee << e.buy.commission << e.sell.order
                       << e.sell.account << e.sell.broker << e.sell.fee << e.sell.commission << corrected()
                       << e.own_against_principal;
  row_.end();
  if (e.own_against_principal) flag_own_trade(e);
  if (e.kind == TradeKind::block) block_traded(e);
  if (e.kind == TradeKind::auction) won_.push_back(e);
  transfer("trade", e.instrument, e.sell.account, e.buy.account, e.quantity, std::to_string(e.trade.raw()));
  money("trade", e.buy.broker, e.buy.account, -(value + e.buy.fee));
  money("trade", e.sell.broker, e.sell.account, value - e.sell.fee);
  money("trade", {}, fee_account, e.buy.fee + e.sell.fee);
  for (const TradeSide* side : {&e.buy, &e.sell}) {
    pay_commission(*side);
    count_fee(*side, e.kind == TradeKind::correction ? -1 : 1, value);
  }

  if (e.kind != TradeKind::continuous && e.kind != TradeKind::call) return;  // blocks and the like make no price
  DayFigures& day = day_of(e.instrument);
  if (day.open == Price{}) day.open = e.price;
  ++day.trades;
  day.volume += e.quantity;
  day.value += value;
  day.at[e.price] += e.quantity;
  day.close = e.price;
}

// The sums and extremes are of what stands; the first and the last price were seen and acted on (docs/decisions/0020).
void Derivation::on(const TradeBroken& e) {
  if (!e.same_day || (e.kind != TradeKind::continuous && e.kind != TradeKind::call)) return;
  for (const Event& event : entry_->events) {
    const auto* const opposite = std::get_if<Trade>(&event);
    if (opposite == nullptr || opposite->trade != e.opposite) continue;
    DayFigures& day = day_of(opposite->instrument);
    const auto stands = day.at.find(opposite->price);
    if (stands == day.at.end() || stands->second < opposite->quantity)
      return state_.breach(entry_->sequence(), "trade " + std::to_string(e.trade.raw()) + " did not stand this day");
    --day.trades;
    day.volume -= opposite->quantity;
    day.value -= opposite->price * opposite->quantity;
    stands->second -= opposite->quantity;
    if (stands->second == Quantity{}) day.at.erase(stands);
    return;
  }
}

Derivation::DayFigures& Derivation::day_of(InstrumentId instrument) {
  const auto [place, made] = days_.try_emplace({day_, instrument});
  if (const InstrumentState* listed = state_.find_instrument(instrument); made && listed != nullptr) {
    place->second.reference = listed->reference;
    place->second.lower = listed->lower;
    place->second.upper = listed->upper;
  }
  return place->second;
}

void Derivation::pay_commission(const TradeSide& side) {
  money("commission", side.broker, side.account, -side.commission);
  money("commission", side.broker, members_[side.broker], side.commission);
}

/// A correction counts against what it undoes.
void Derivation::count_fee(const TradeSide& side, std::int64_t sign, Cash value) {
  if (!side.broker) return;  // the authority sells through none, and pays no fee
  FeeFigures& figures = fees_[{day_, side.broker}];
  figures.fills += sign;
  figures.value += sign > 0 ? value : -value;
  figures.fee += side.fee;
  figures.commission += side.commission;
}

void Derivation::on(const TradingDayStarted& e) {
  day_ = e.day;
}

void Derivation::on(const ReferencePriceSet& e) {
  InstrumentState* const listed = state_.find_instrument(e.instrument);
  if (listed == nullptr) return;
  listed->reference = e.reference;
  listed->lower = e.lower;
  listed->upper = e.upper;
  DayFigures& day = day_of(e.instrument);
  day.reference = e.reference;
  day.lower = e.lower;
  day.upper = e.upper;
}

void Derivation::transfer(std::string_view kind, InstrumentId instrument, AccountId from, AccountId to,
                          Quantity quantity, std::string_view reference) {
  if (from) {
    state_.move(entry_->sequence(), from, to, instrument, quantity);
  } else {
    state_.issue(entry_->sequence(), to, instrument, quantity);
  }
  begin(Table::transfers) << kind << instrument;
  if (from) {
    row_ << from;
  } else {
    row_ << "";
  }
  row_ << to << quantity << reference;
  row_.end();
}

void Derivation::on(const UnitsIssued& e) {
  transfer("issue", e.instrument, {}, e.account, e.quantity, "");
}

void Derivation::on(const UnitsSurrendered& e) {
  transfer("surrender", e.instrument, e.account, surrender_account, e.quantity, std::to_string(e.year.raw()));
  checks_.on(entry_->sequence(), e);
}

void Derivation::on(const UnitsCancelled& e) {
  transfer("cancel", e.instrument, e.account, cancellation_account, e.quantity, name_of(e.reason));
}

/// Account 0 is the bank.
void Derivation::money(std::string_view kind, BrokerId broker, AccountId account, Cash amount) {
  if (amount == Cash{}) return;
  const Cash balance = state_.post(entry_->sequence(), account, amount);
  begin(Table::member_money) << kind;
  if (broker) {
    row_ << broker;
  } else {
    row_ << "";
  }
  if (account) {
    row_ << account;
  } else {
    row_ << "bank";
  }
  row_ << amount << balance;
  row_.end();
}

void Derivation::on(const AllocationComputed& e) {
  begin(Table::allocation_runs) << e.year << e.cap << e.reserve << e.paid_pool << e.free_pool << e.accounts
                                << e.weight_sum << to_hex(e.inputs_digest);
  row_.end();
  checks_.on(entry_->sequence(), e);
}

void Derivation::on(const AllowanceAllocated& e) {
  row_.begin(Table::allocation);
  row_ << entry_->sequence() << e.year << e.account << e.holder << e.weight << e.quantity;
  row_.end();
  checks_.on(entry_->sequence(), e);
}

void Derivation::on(const EmissionRecorded& e) {
  const auto* const submitted = std::get_if<SubmitEmission>(&entry_->stamped.request.command);
  if (submitted == nullptr) return state_.breach(entry_->sequence(), "an emission record without a submission");
  emissions_[e.record] = *submitted;
  emission_row(e.record, e.status, e.year, checks_.verified(submitted->principal, e.year));
}

void Derivation::on(const EmissionStateChanged& e) {
  checks_.on(entry_->sequence(), e);
  emission_row(e.record, e.status, e.year, e.verified_total);
}

void Derivation::emission_row(EmissionId record, EmissionStatus status, Year year, Quantity verified_total) {
  const auto found = emissions_.find(record);
  if (found == emissions_.end())
    return state_.breach(entry_->sequence(),
                         "emission record " + std::to_string(record.raw()) + " was never submitted");
  const SubmitEmission& e = found->second;
  const RegisterFactor& factor = factors_[{e.factor, e.factor_version}];
  begin(Table::emissions) << record << status << e.principal << year << e.source << e.device << e.period_from
                          << e.period_to << e.activity_milli << e.factor << e.factor_version << factor.methodology
                          << factor.methodology_version << e.computed << verified_total;
  row_.end();
}

void Derivation::on(const OffsetGranted& e) {
  begin(Table::offsets) << "granted" << e.principal << e.year << e.instrument << e.requested << e.granted;
  row_.end();
}

void Derivation::on(const ComplianceAssessed& e) {
  begin(Table::compliance) << e.principal << e.year << e.status << e.liability << e.from_credits << e.from_banked
                           << e.from_vintage << e.shortfall << e.banked << e.not_banked;
  row_.end();
  checks_.on(entry_->sequence(), e);
  if (e.shortfall == Quantity{}) return;
  begin(Table::penalties) << "assessed" << e.principal << e.year << e.shortfall << e.deducted << e.debt << e.surcharge
                          << ""
                          << "";
  row_.end();
}

void Derivation::on(const SurchargeCollected& e) {
  begin(Table::penalties) << "collected" << e.principal << e.year << ""
                          << ""
                          << ""
                          << "" << e.collected << e.owed;
  row_.end();
  money("surcharge", {}, e.principal, -e.collected);
  money("surcharge", {}, authority_account, e.collected);
}

void Derivation::finish() {
  finish_market();
  finish_register();
  state_.check_sums();
}

void Derivation::finish_market() {
  for (const auto& [key, day] : days_) {
    const InstrumentState* const listed = state_.find_instrument(key.second);
    row_.begin(Table::market_days);
    row_ << key.first << key.second << (listed != nullptr ? listed->listing.symbol : Symbol{}) << day.reference
         << day.lower << day.upper << day.trades << day.volume << day.value << day.open
         << (day.at.empty() ? Price{} : day.at.rbegin()->first) << (day.at.empty() ? Price{} : day.at.begin()->first)
         << day.close;
    row_.end();
  }
  for (const auto& [key, fee] : fees_) {
    row_.begin(Table::fees);
    row_ << key.first << key.second << fee.fills << fee.value << fee.fee << fee.commission;
    row_.end();
  }
}

void Derivation::finish_register() {
  for (const auto& [id, instrument] : state_.instruments()) {
    const ListInstrument& listing = instrument.listing;
    const auto project = state_.projects().find(listing.project);
    const RegisterProject credit = project == state_.projects().end() ? RegisterProject{} : project->second;
    row_.begin(Table::instruments);
    row_ << id << listing.symbol << listing.kind << listing.vintage << listing.project << credit.code
         << credit.methodology << credit.methodology_version << credit.region << credit.offset_eligible;
    row_.end();

    const Quantity held = state_.held(id);
    const bool capped = listing.kind == InstrumentKind::allowance;
    const auto cap = state_.caps().find(listing.vintage);
    const Quantity allowed = cap == state_.caps().end() ? Quantity{} : cap->second;
    row_.begin(Table::cap);
    row_ << id << listing.symbol << listing.vintage << (capped ? std::to_string(allowed.raw()) : std::string())
         << instrument.issued << held << instrument.surrendered << instrument.cancelled
         << (!capped || instrument.issued <= allowed)
         << (instrument.issued == held + instrument.surrendered + instrument.cancelled);
    row_.end();
  }
  for (const auto& [id, account] : state_.accounts()) {
    row_.begin(Table::accounts);
    row_ << id << account->kind << account->status << account->region << account->guardian << account->opened_at;
    row_.end();
    for (const auto& [instrument, quantity] : account->holdings) {
      if (quantity == Quantity{}) continue;
      const InstrumentState* const listed = state_.find_instrument(instrument);
      row_.begin(Table::register_);
      row_ << id << account->kind << instrument << (listed != nullptr ? listed->listing.symbol : Symbol{}) << quantity;
      row_.end();
    }
  }
}

}  // namespace pace::audit
