#include "tools/pace/exchange_flow.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <variant>

#include "engine/base/account_number.h"
#include "engine/message/special_accounts.h"

namespace pace::tool {
namespace {

constexpr Year vintage{2026};
constexpr BrokerId broker{1};
constexpr Sender operators{Role::exchange_operator, 1}, registry{Role::registry_operator, 1},
    authority{Role::authority, 1}, bank{Role::bank, 1}, verifier{Role::verifier, 1}, member{Role::broker, broker.raw()};
constexpr AccountId member_account = account_number(first_open_serial);
constexpr Timestamp founded = at(make_date(2026, 8, 3), hms(8, 0));
/// A Monday on which half of the year's allocation and ten weekly parts are released: what is not must be reckoned
/// with.
constexpr Timestamp opening = at(make_date(2026, 9, 7), hms(9, 30));

constexpr Quantity units_each{1'000'000'000};  // of every instrument: a flow trades a thousandth of it
constexpr Cash money_each{10'000'000'000'000};
constexpr Quantity most_in_order{20'000};

AccountId principal(std::uint32_t number) {
  return account_number(first_open_serial + number);
}

std::uint32_t principals_of(const Flow& flow) {
  std::uint32_t most = 0;
  for (const FlowMessage& m : flow.messages) most = std::max(most, m.account);
  if (most == 0 || most > 10'000) throw std::runtime_error("the flow's accounts are not 1 to 10,000");
  return most;
}

// Prices of a flow lie around the middle of its range.
Price reference_of(const FlowHeader& header) {
  return Price((std::int64_t{header.lowest_price} + header.highest_price + 1) / 2);
}

Capacity capacity_for(const Flow& flow) {
  if (flow.header.most_resting > OrderPool::max_capacity / 2)
    throw std::runtime_error("the flow has more resting orders than the book has slots");
  return {.accounts = 20'000,
          .open_orders = std::max<std::uint32_t>(1 << 20, static_cast<std::uint32_t>(flow.header.most_resting * 2)),
          .instruments = flow.header.instruments,
          .requests_per_day = flow.messages.size() * 16 / 15 + 100'000,
          .requests_touched = flow.messages.size()};  // as in a service that has been running for days
}

}  // namespace

ExchangeFlow::ExchangeFlow(const Flow& flow)
    : exchange_(capacity_for(flow)),
      start_(opening),
      last_ahead_(flow.messages.data() + flow.messages.size() -
                  std::min(flow.messages.size(), 2 * Exchange::look_ahead)),
      enter_{member, "E-FLOW00000000", NewOrder{.self_trade = SelfTrade::allow}},
      cancel_{member, "C-FLOW00000000", CancelOrder{}},
      replace_{member, "R-FLOW00000000", ReplaceOrder{}},
      sent_(flow.header.highest_id + 1),
      id_of_(std::size_t{capacity_for(flow).open_orders} + 1) {
  set_up(flow);
  sent_.touch(0, flow.header.highest_id + 1);
}

std::uint32_t ExchangeFlow::resting() const {
  return static_cast<std::uint32_t>(std::get<OrdersView>(exchange_.answer(AskOrders{})).orders.size());
}

void ExchangeFlow::traded(const FlowMessage& m, const std::uint8_t* trade) {
  // Trade: trade id, instrument, price, quantity, aggressor, auction, then the sides, each beginning with its order.
  constexpr std::ptrdiff_t price_at = 12, quantity_at = 20, buy_at = 30, sell_at = buy_at + encoded_size<TradeSide>;
  const auto price = field<std::uint64_t>(trade, price_at), quantity = field<std::uint64_t>(trade, quantity_at);
  const OrderId maker(field<OrderId::Rep>(trade, m.side == 0 ? sell_at : buy_at));
  const std::uint64_t maker_id = id_of_[OrderPool::slot(maker)];
  sent_[maker_id].filled += static_cast<std::uint32_t>(quantity);
  sent_[m.id].filled += static_cast<std::uint32_t>(quantity);
  ++totals_.trades;
  totals_.volume += quantity;
  totals_.notional += price * quantity;
  totals_.trade_hash = fold_trade(totals_.trade_hash, maker_id, m.id, price, quantity);
}

// --- the exchange before the first message --------------------------------------------------------------------------

void ExchangeFlow::must(const Sender& sender, Command command) {
  events_.clear();
  sequence_ = next(sequence_);
  const std::string id = "S" + std::to_string(sequence_.raw());
  const Request request{sender, *ClientId::from(id), std::move(command)};
  const Applied applied = exchange_.apply(sequence_, std::max(founded, exchange_.last_time()), request, events_);
  if (!applied.outcome.accepted())
    throw std::runtime_error(std::string(name_of(request.command)) + ": " + to_text(applied.outcome));
}

void ExchangeFlow::wait_until(Timestamp time) {
  events_.clear();
  sequence_ = next(sequence_);
  exchange_.apply(sequence_, time, {{Role::system, 0}, {}, AdvanceTime{}}, events_);
}

void ExchangeFlow::set_up(const Flow& flow) {
  const std::uint32_t principals = principals_of(flow);
  for (std::uint32_t i = 0; i <= principals; ++i) principals_.push_back(principal(i));
  must(authority, ActivateRules{"BENCH",
                                "",
                                {{"minimum_order_kg", 1},
                                 {"price_limit_permille", 999},
                                 {"position_allocation_permille", 4'000},
                                 {"breaker_move_permille", 1000},
                                 {"split_notice_working_days", 0}}});
  must(operators, RegisterBroker{broker, "BENCH", "Bench", member_account});
  must(authority, RegisterParty{verifier, "VERIFY", "Verifier", {}});
  open_principals(principals);
  list_instruments(flow.header.instruments, principals, reference_of(flow.header));
  wait_until(opening);
}

void ExchangeFlow::open_principals(std::uint32_t count) {
  for (std::uint32_t i = 1; i <= count; ++i) {
    must(registry, OpenAccount{principal(i), AccountKind::person, RegionId(1), make_date(1980, 5, 1), {}, {}});
    must(registry, GrantEntrustment{.entrustment = EntrustmentId(i),
                                    .principal = principal(i),
                                    .broker = broker,
                                    .instruments = InstrumentClass::both,
                                    .sides = Sides::both,
                                    .floor = Price(1),
                                    .ceiling = Price(1'000'000),
                                    .order_limit = most_in_order,
                                    .total_limit = Quantity(1'000'000'000'000),
                                    .start = local_date(founded),
                                    .end = make_date(2027, 12, 31)});
    must(bank, DepositCash{broker, principal(i), money_each, "opening"});
  }
}

// The first is the year's allowance, allocated and in part released; the others are credits.
void ExchangeFlow::list_instruments(std::uint32_t instruments, std::uint32_t principals, Price reference) {
  const std::int64_t free_pool = units_each.raw() * principals;
  must(operators, ListInstrument{InstrumentId(1), "PCA-2026", InstrumentKind::allowance, vintage, {}, reference});
  must(authority, SetCap{vintage, Quantity(free_pool / 95 * 100)});  // the reserve keeps 5%
  must(authority, RunAllocation{vintage});
  must(authority, ReleaseAllocation{vintage});
  for (std::uint32_t i = 2; i <= instruments; ++i) {
    const std::string code = "P" + std::to_string(i);
    must(registry, RegisterProject{.project = ProjectId(i),
                                   .code = *Code::from(code),
                                   .scheme = InstrumentKind::phcer,
                                   .methodology = "PV-HOUSE",
                                   .methodology_version = 1,
                                   .region = RegionId(1),
                                   .verifier = verifier.number,
                                   .offset_eligible = true});
    must(operators, ListInstrument{InstrumentId(i), *Symbol::from("PHCER-" + code + "-2026"), InstrumentKind::phcer,
                                   vintage, ProjectId(i), reference});
    issue_credits(InstrumentId(i), principals);
  }
}

void ExchangeFlow::issue_credits(InstrumentId instrument, std::uint32_t principals) {
  const ApplicationId application(instrument.raw());
  const Quantity all(units_each.raw() * principals);
  std::vector<SplitShare> split;
  for (std::uint32_t i = 1; i <= principals; ++i) split.push_back({principal(i), 1});
  must(member, ApplyCredits{application, instrument, all, split});
  must(verifier, StateCredits{application, all});
  must(authority, DecideCredits{application, true, "bench"});
}

}  // namespace pace::tool
