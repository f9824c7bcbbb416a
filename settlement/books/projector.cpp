#include "settlement/books/projector.h"

#include <array>
#include <string>

#include "engine/base/check.h"
#include "engine/message/special_accounts.h"

namespace pace {
namespace {

bool is_special(AccountId account) {
  return account.raw() / 100 < first_open_serial;
}

/// The command itself took effect: not rejected, and not answered from memory.
bool took_effect(const Entry& entry) {
  return entry.outcome.accepted() && !entry.repeats;
}

}  // namespace

std::string bank_account_name(BrokerId broker, bool house) {
  return (house ? "house-" : "clients-") + std::to_string(broker.raw());
}

void collect_money_accounts(const Entry& entry, Members& members, std::unordered_set<AccountId>& accounts) {
  const auto add = [&](AccountId account) {
    if (!is_special(account)) accounts.insert(account);
  };
  for (const Event& event : entry.events) {
    if (const auto* trade = std::get_if<Trade>(&event)) {
      for (const TradeSide* side : {&trade->buy, &trade->sell}) {
        add(side->account);
        if (side->commission != Cash{}) add(members.at(side->broker));
      }
    } else if (const auto* surcharge = std::get_if<SurchargeCollected>(&event)) {
      add(surcharge->principal);
    }
  }
  if (!took_effect(entry)) return;
  if (const auto* broker = std::get_if<RegisterBroker>(&entry.stamped.request.command))
    members[broker->broker] = broker->own_account;
  if (const auto* deposit = std::get_if<DepositCash>(&entry.stamped.request.command)) add(deposit->account);
  if (const auto* withdrawal = std::get_if<WithdrawCash>(&entry.stamped.request.command)) add(withdrawal->account);
}

void Projector::take(const Entry& entry) {
  PACE_CHECK(entry.sequence() == next(position_.sequence));
  position_.sequence = entry.sequence();
  movement_ = 0;
  const auto dispatch = [&]<class T>(const T& message) {
    if constexpr (requires { on(entry, message); }) on(entry, message);
  };
  // What was due by the command's time happened before the command.
  for (const Event& event : entry.events) std::visit(dispatch, event);
  const Command& command = entry.stamped.request.command;
  if (took_effect(entry)) std::visit(dispatch, command);
  // The books' own report has arrived, whatever was answered.
  if (std::holds_alternative<ReportReconciliation>(command))
    rows_.reports.push_back({entry.stamped.request.request_id, entry.sequence(), entry.outcome});
}

void Projector::on(const Entry&, const TradingDayStarted& event) {
  position_.day = event.day;
}

void Projector::on(const Entry& entry, const TradingDayEnded& event) {
  rows_.day_ends.push_back({position_.period, event.day, entry.sequence()});
  ++position_.period;
}

void Projector::on(const Entry& entry, const Trade& event) {
  const Date day = position_.day == Date{} ? local_date(entry.stamped.time) : position_.day;
  rows_.trades.push_back({entry.sequence(), position_.period, day, event});
  give_home(event.buy.account, event.buy.broker);
  give_home(event.sell.account, event.sell.broker);
  for (const TradeSide* side : {&event.buy, &event.sell})
    if (side->commission != Cash{}) give_home(member_of(*side), side->broker);
  const auto legs = legs_of(TradePosting{.buyer = event.buy.account,
                                         .seller = event.sell.account,
                                         .fees = fee_account,
                                         .buy_member = member_of(event.buy),
                                         .sell_member = member_of(event.sell),
                                         .instrument = event.instrument,
                                         .quantity = event.quantity,
                                         .value = event.price * event.quantity,
                                         .buy_fee = event.buy.fee,
                                         .sell_fee = event.sell.fee,
                                         .buy_commission = event.buy.commission,
                                         .sell_commission = event.sell.commission});
  static constexpr std::size_t delivery_and_payment = 4, with_fees = 8;
  leg_ = 0;
  for (std::size_t i = 0; i < legs.size(); ++i)
    post_leg(i < delivery_and_payment ? PostingKind::trade
             : i < with_fees          ? PostingKind::fee
                                      : PostingKind::commission,
             legs[i]);
  ++movement_;
}

/// Whose own account earns the side's commission.
AccountId Projector::member_of(const TradeSide& side) const {
  return side.commission == Cash{} ? AccountId{} : members_.at(side.broker);
}

void Projector::on(const Entry&, const TradeBroken& event) {
  rows_.broken.push_back({event.trade, event.opposite});
}

void Projector::on(const Entry&, const UnitsIssued& event) {
  post(PostingKind::issue, issue_legs(event.account, event.instrument, event.quantity));
}

void Projector::on(const Entry&, const UnitsSurrendered& event) {
  post(PostingKind::surrender, delivery_legs(event.account, surrender_account, event.instrument, event.quantity));
}

void Projector::on(const Entry&, const UnitsCancelled& event) {
  post(PostingKind::cancellation, delivery_legs(event.account, cancellation_account, event.instrument, event.quantity));
}

void Projector::on(const Entry&, const SurchargeCollected& event) {
  post(PostingKind::surcharge, payment_legs(event.principal, authority_account, event.collected));
}

void Projector::on(const Entry& entry, const DepositCash& command) {
  if (Purse* money = purse(command.account); money != nullptr && money->home && money->home != command.broker)
    port(command.account, *money, command.broker);
  give_home(command.account, command.broker);
  post(PostingKind::deposit, deposit_legs(command.account, command.amount));
  rows_.deposits.push_back(
      {entry.sequence(), position_.period, command.broker, command.account, command.amount, command.bank_reference});
}

void Projector::on(const Entry& entry, const WithdrawCash& command) {
  give_home(command.account, command.broker);
  post(PostingKind::withdrawal, withdrawal_legs(command.account, command.amount));
  rows_.withdrawals.push_back(
      {entry.sequence(), position_.period, command.broker, command.account, command.amount, command.bank_reference});
  // Paid from where the money stands, whichever broker asked.
  const Purse* money = purse(command.account);
  rows_.instructions.push_back({entry.sequence(), position_.period,
                                money != nullptr ? bank_account_name(money->home, money->house) : "exchange",
                                command.account, command.amount, command.bank_reference});
}

void Projector::on(const Entry&, const RegisterBroker& command) {
  rows_.brokers.push_back(command);
  if (Purse* money = purse(command.own_account)) money->house = true;
}
void Projector::on(const Entry&, const ListInstrument& command) {
  rows_.instruments.push_back(command);
}

void Projector::post(PostingKind kind, std::span<const Leg> legs) {
  leg_ = 0;
  for (const Leg& leg : legs) post_leg(kind, leg);
  ++movement_;
}

/// A leg of zero (no fee, nothing collected) moves nothing and is left out.
void Projector::post_leg(PostingKind kind, const Leg& leg) {
  if (leg.amount == 0) return;
  const AccountId account = leg.holder == Holder::account ? leg.account : outside_account;
  BrokerId broker;
  if (leg.instrument == cash_asset) {
    if (Purse* money = purse(account)) {
      money->cash += leg.amount;
      broker = money->home;
    }
  }
  rows_.postings.push_back(
      {position_.sequence, movement_, leg_++, position_.period, account, leg.instrument, broker, leg.amount, kind});
}

/// Money stands where it was first moved, until a deposit under another broker takes it along.
void Projector::give_home(AccountId account, BrokerId broker) {
  Purse* money = purse(account);
  if (money == nullptr || money->home) return;
  money->home = broker;
  money->moved = true;
}

/// All of a principal's money follows to the broker where it was deposited last, so that one broker answers for it.
void Projector::port(AccountId account, Purse& money, BrokerId to) {
  const std::int64_t amount = money.cash;
  const BrokerId from = money.home;
  money.home = to;
  money.moved = true;
  if (amount == 0) return;
  const auto leg = [&](std::int16_t number, BrokerId broker, std::int64_t value) {
    rows_.postings.push_back({position_.sequence, movement_, number, position_.period, account, cash_asset, broker,
                              value, PostingKind::ported});
  };
  leg(0, from, -amount);
  leg(1, to, amount);
  ++movement_;
}

/// nullptr for the exchange's own accounts and for what is outside.
Purse* Projector::purse(AccountId account) {
  const auto found = purses_.find(account);
  return found == purses_.end() ? nullptr : &found->second;
}

}  // namespace pace
