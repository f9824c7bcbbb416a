#include "tests/engine/exchange/model.h"

#include <algorithm>

namespace pace::test {
namespace {

constexpr std::int64_t second = 1'000'000'000;

// Rulebook 7, trading day.
struct DayStep {
  std::int64_t at;
  Phase phase;
};
constexpr DayStep day_steps[] = {{hms(9, 15), Phase::opening_call}, {hms(9, 25), Phase::pre_open},
                                 {hms(9, 30), Phase::morning},      {hms(11, 30), Phase::lunch},
                                 {hms(13, 0), Phase::afternoon},    {hms(14, 57), Phase::closing_call},
                                 {hms(15, 0), Phase::closed}};

}  // namespace

template <class ReasonOf>
void Model::sweep(ReasonOf&& reason_of) {
  for (auto& [id, book] : books_)
    for (std::size_t i = 0; i < book.orders.size();) {
      if (const std::optional<CancelReason> reason = reason_of(book, book.orders[i]))
        cancel(book.orders[i], *reason);
      else
        ++i;
    }
}

Model::Model(const World& world) : now_(world.now()) {
  rules_ = {{"fee_permille", 5},
            {"minimum_order_kg", 10},
            {"principal_maximum_order_kg", 20'000},
            {"price_limit_permille", 100},
            {"market_order_levels", 5}};
  for (const char* name : {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"}) {
    Account& a = accounts_[world.account(name)];
    if (std::string(name).starts_with("house")) a.member = BrokerId(world.broker_of(name).number);
    a.cash = world.holdings(name).cash.raw();
    for (const InstrumentId i : {allowance, credit}) a.units[i] = world.holding(name, i).total.raw();
  }
  std::uint64_t mandate = 0;
  for (const char* name : {"ann", "bo", "cy", "dan", "guy", "fay", "eve"}) {
    const EntrustmentId id(++mandate);
    told_mandate({.entrustment = id,
                  .principal = world.account(name),
                  .broker = BrokerId(world.broker_of(name).number),
                  .sides = Sides::both,
                  .start = make_date(2026, 8, 3),
                  .end = make_date(2027, 12, 31)});
    if (std::string(name) == "fay") told_revoked(id);
  }
  for (const InstrumentId i : {allowance, credit}) {
    books_[i].reference = 8000;
    set_limits(books_[i]);
  }
}

Reject Model::apply(const StampedCommand& c) {
  deals_.clear();
  cancels_.clear();
  pass_time(c.time);
  return std::visit([&](const auto& command) { return act(c, command); }, c.request.command);
}

std::vector<std::string> Model::cancels() const {
  std::vector<std::string> sorted = cancels_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

void Model::told_mandate(const GrantEntrustment& mandate) {
  mandates_[mandate.entrustment].terms = mandate;
}

void Model::told_revoked(EntrustmentId id) {
  mandates_[id].revoked = true;
  sweep([&](const Book&, const Order& o) {
    return o.mandate == id ? std::optional(CancelReason::entrustment_revoked) : std::nullopt;
  });
}

void Model::told_order(const ClientId& id, OrderId number) {
  for (auto& [instrument, book] : books_)
    for (Order& o : book.orders)
      if (o.ids.back() == id) o.number = number;
}

// --- the clock -------------------------------------------------------------------------------------------------------

void Model::pass_time(Timestamp to) {
  for (Date day = local_date(now_); day <= local_date(to); day = add_days(day, 1)) {
    if (weekday(day) >= 5) continue;
    for (const DayStep& step : day_steps) {
      const Timestamp at = pace::at(day, step.at);
      if (at <= now_ || at > to) continue;
      if (step.phase == Phase::opening_call) {
        day_ = day;
        start_day();
      }
      const auto* following = &step + 1;
      phase_ends_ = following == std::end(day_steps) ? Timestamp{} : pace::at(day, following->at);
      enter(step.phase);
    }
  }
  now_ = to;
}

void Model::start_day() {
  for (auto& [id, account] : accounts_) account.bought_today.clear();
  for (auto& [id, book] : books_) set_limits(book);
  sweep([&](const Book& book, const Order& o) -> std::optional<CancelReason> {
    if (o.expiry < day_) return CancelReason::expired;
    if (o.mandate && mandates_.at(o.mandate).terms.end < day_) return CancelReason::entrustment_revoked;
    if (o.price < book.lower || o.price > book.upper) return CancelReason::price_limit;
    return std::nullopt;
  });
}

void Model::set_limits(Book& book) const {
  const std::int64_t down = book.reference * rules_.at("price_limit_permille") / 1000;
  book.lower = book.reference - down;
  book.upper = book.reference + down;
}

void Model::enter(Phase phase) {
  if (in_call() || is_continuous(phase))
    for (auto& [id, book] : books_) uncross(book);
  phase_ = phase;
  if (phase != Phase::closed) return;
  sweep([&](const Book&, const Order& o) -> std::optional<CancelReason> {
    if (o.time_in_force == TimeInForce::day) return CancelReason::end_of_day;
    return o.expiry <= day_ ? std::optional(CancelReason::expired) : std::nullopt;
  });
}

bool Model::too_late_to_leave(Timestamp time) const {
  return in_call() && time.raw() >= phase_ends_.raw() - 60 * second;
}

// --- what an order must meet -----------------------------------------------------------------------------------------

Reject Model::check_session(const Book& book) const {
  if (book.halted) return Reject::instrument_halted;
  return in_call() || is_continuous(phase_) ? Reject::none : Reject::market_closed;
}

Reject Model::check_terms(const NewOrder& c) const {
  if (in_call() && (c.order_type == OrderType::market || !keeps(c.time_in_force) || c.post_only))
    return Reject::order_type_not_in_call;
  const bool member = static_cast<bool>(accounts_.at(c.principal).member);
  if (c.quantity.raw() < rules_.at("minimum_order_kg")) return Reject::quantity_below_minimum;
  if (c.quantity.raw() > (member ? 99'999'999 : rules_.at("principal_maximum_order_kg")))
    return Reject::quantity_above_maximum;
  const std::int64_t least = std::max(rules_.at("minimum_order_kg"), (c.quantity.raw() + 99) / 100);
  if (c.display != Quantity{} && (c.display.raw() < least || c.display > c.quantity)) return Reject::display_quantity;
  const std::int64_t days = std::int64_t{c.expiry.raw()} - day_.raw();
  if (c.time_in_force == TimeInForce::gtc && c.expiry != Date{} && (days < 0 || days > 30))
    return Reject::expiry_out_of_range;
  return Reject::none;
}

Reject Model::check_price(const Book& book, std::int64_t price) const {
  if (price < 1) return Reject::price_not_positive;
  if (price > book.upper) return Reject::price_above_limit;
  return price < book.lower ? Reject::price_below_limit : Reject::none;
}

Reject Model::check_standing(AccountId account) const {
  const AccountStatus status = accounts_.at(account).status;
  if (status == AccountStatus::frozen) return Reject::account_frozen;
  return status == AccountStatus::surrender_only ? Reject::account_surrender_only : Reject::none;
}

// A member's own account needs no mandate. Of several mandates the newest in force counts.
Reject Model::check_mandate(const Order& order, EntrustmentId& found) const {
  if (const BrokerId member = accounts_.at(order.principal).member)
    return member == order.broker ? Reject::none : Reject::no_entrustment;
  Reject answer = Reject::no_entrustment;
  for (auto m = mandates_.rbegin(); m != mandates_.rend(); ++m) {
    const GrantEntrustment& terms = m->second.terms;
    if (terms.principal != order.principal || terms.broker != order.broker || m->second.revoked) continue;
    answer = Reject::entrustment_not_active;
    if (day_ < terms.start || day_ > terms.end) continue;
    found = m->first;
    return check_bounds(m->second, order, order.quantity);
  }
  return answer;
}

Reject Model::check_bounds(const Mandate& mandate, const Order& order, std::int64_t more) const {
  const GrantEntrustment& terms = mandate.terms;
  if (terms.sides != Sides::both && (terms.sides == Sides::buy) != (order.side == Side::buy))
    return Reject::entrustment_side;
  if (order.side == Side::sell && order.price < terms.floor.raw()) return Reject::entrustment_price;
  if (order.side == Side::buy && terms.ceiling != Price{} && order.price > terms.ceiling.raw())
    return Reject::entrustment_price;
  if (terms.order_limit != Quantity{} && order.quantity > terms.order_limit.raw())
    return Reject::entrustment_order_quantity;
  if (terms.total_limit != Quantity{} && more > terms.total_limit.raw() - mandate_used(terms.entrustment))
    return Reject::entrustment_total_quantity;
  return Reject::none;
}

// Open and filled.
std::int64_t Model::mandate_used(EntrustmentId id) const {
  std::int64_t used = mandates_.at(id).filled;
  for (const auto& [instrument, book] : books_)
    for (const Order& o : book.orders)
      if (o.mandate == id) used += o.open;
  return used;
}

// Rulebook 3: half on 1 July, then 26 weekly parts, the last of which takes the remainder.
std::int64_t Model::unreleased(AccountId account, InstrumentId instrument) const {
  if (instrument != allowance || accounts_.at(account).member) return 0;
  const int weeks = std::min((local_date(now_).raw() - make_date(2026, 7, 1).raw()) / 7, 26);
  return weeks == 26 ? 0 : 600 - weeks * (600 / 26);
}

Model::Balance Model::balance(AccountId id, InstrumentId instrument) const {
  const Account& account = accounts_.at(id);
  Balance b{account.cash, 0, account.units.at(instrument), 0, 0};
  for (const auto& [i, book] : books_)
    for (const Order& o : book.orders) {
      if (o.principal != id) continue;
      if (o.side == Side::buy) b.cash_held += o.hold();
      if (o.side == Side::sell && i == instrument) b.units_held += o.open;
    }
  const auto bought = account.bought_today.find(instrument);
  const std::int64_t locked = bought == account.bought_today.end() ? 0 : bought->second;
  b.sellable = std::max<std::int64_t>(b.units - b.units_held - locked - unreleased(id, instrument), 0);
  return b;
}

Reject Model::check_units(const Order& order, std::int64_t more) const {
  const Balance b = balance(order.principal, order.instrument);
  if (more <= b.sellable) return Reject::none;
  if (more > b.units - b.units_held) return Reject::not_enough_units;
  const auto& bought = accounts_.at(order.principal).bought_today;
  const auto locked = bought.find(order.instrument);
  if (locked != bought.end() && more > b.units - b.units_held - locked->second) return Reject::units_bought_today;
  return Reject::units_not_released;
}

// Rulebook 7: twice the yearly allocation of 1,200 kg; a member 0.1 × B + 0.025 × (cap − B), B = 20% of the cap of
// 8,842.
Reject Model::check_position(const Order& order, std::int64_t more) const {
  std::int64_t position = accounts_.at(order.principal).units.at(order.instrument) + more;
  for (const Order& o : books_.at(order.instrument).orders)
    if (o.principal == order.principal && o.side == Side::buy) position += o.open;
  return position > (accounts_.at(order.principal).member ? 176 + 176 : 2'400) ? Reject::position_limit : Reject::none;
}

// --- orders ----------------------------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand& c, const NewOrder& n) {
  const auto at = books_.find(n.instrument);
  if (at == books_.end()) return Reject::unknown_instrument;
  Book& book = at->second;
  if (const Reject r = check_session(book); r != Reject::none) return r;
  if (!accounts_.contains(n.principal)) return Reject::unknown_account;
  if (const Reject r = check_terms(n); r != Reject::none) return r;

  Order order{.ids = {c.request.request_id},
              .number = {},
              .broker = BrokerId(c.request.sender.number),
              .principal = n.principal,
              .instrument = n.instrument,
              .side = n.side,
              .time_in_force = n.time_in_force,
              .self_trade = n.self_trade,
              .post_only = n.post_only,
              .price = n.price.raw(),
              .quantity = n.quantity.raw(),
              .open = n.quantity.raw(),
              .display = n.display.raw(),
              .rate = rules_.at("fee_permille"),
              .expiry = n.expiry};
  if (n.time_in_force != TimeInForce::gtc)
    order.expiry = day_;
  else if (n.expiry == Date{})
    order.expiry = add_days(day_, 30);
  if (n.order_type == OrderType::market) {
    if (order.time_in_force != TimeInForce::fok) order.time_in_force = TimeInForce::ioc;
    std::vector<std::int64_t> prices;
    for (const Order* o : sorted(book, opposite(n.side)))
      if (prices.empty() || prices.back() != o->price) prices.push_back(o->price);
    if (prices.empty()) return Reject::no_opposite_price;
    order.price = prices[std::min(prices.size(), static_cast<std::size_t>(rules_.at("market_order_levels"))) - 1];
  }
  if (const Reject r = check_price(book, order.price); r != Reject::none) return r;
  const Order* other = best(book, opposite(n.side));
  if (n.post_only && other != nullptr && crosses(n.side, order.price, other->price))
    return Reject::post_only_would_trade;
  if (const Reject r = check_standing(n.principal); r != Reject::none) return r;
  if (const Reject r = check_mandate(order, order.mandate); r != Reject::none) return r;
  if (n.side == Side::sell) {
    if (const Reject r = check_units(order, order.open); r != Reject::none) return r;
  } else {
    if (const Reject r = check_position(order, order.open); r != Reject::none) return r;
    const Balance b = balance(n.principal, n.instrument);
    if (order.hold() > b.cash - b.cash_held) return Reject::not_enough_cash;
  }
  execute(book, order);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const CancelOrder& command) {
  Order* order = find(c.request.sender, command.order, command.original);
  if (order == nullptr) return Reject::unknown_order;
  if (order->broker != BrokerId(c.request.sender.number)) return Reject::not_your_order;
  if (too_late_to_leave(c.time)) return Reject::call_auction_no_cancel;
  cancel(*order, CancelReason::requested);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const ReplaceOrder& r) {
  Order* order = find(c.request.sender, r.order, r.original);
  if (order == nullptr) return Reject::unknown_order;
  if (order->broker != BrokerId(c.request.sender.number)) return Reject::not_your_order;
  Book& book = books_.at(order->instrument);
  if (const Reject no = check_session(book); no != Reject::none) return no;
  if (too_late_to_leave(c.time)) return Reject::call_auction_no_cancel;
  const std::int64_t price = r.price.raw(), quantity = r.quantity.raw(), filled = order->quantity - order->open;
  if (price == order->price && quantity == order->quantity) return Reject::replace_changes_nothing;
  if (quantity < rules_.at("minimum_order_kg")) return Reject::quantity_below_minimum;
  if (quantity > (accounts_.at(order->principal).member ? 99'999'999 : rules_.at("principal_maximum_order_kg")))
    return Reject::quantity_above_maximum;
  const std::int64_t least = std::max(rules_.at("minimum_order_kg"), (quantity + 99) / 100);
  if (order->display != 0 && quantity > order->quantity && (order->display < least || order->display > quantity))
    return Reject::display_quantity;
  if (quantity <= filled) return Reject::replace_below_filled;
  if (const Reject no = check_price(book, price); no != Reject::none) return no;
  const Order* other = best(book, opposite(order->side));
  if (order->post_only && is_continuous(phase_) && price != order->price && other != nullptr &&
      crosses(order->side, price, other->price))
    return Reject::post_only_would_trade;
  if (const Reject no = check_standing(order->principal); no != Reject::none) return no;

  Order changed = *order;
  changed.ids.push_back(c.request.request_id);
  changed.price = price;
  changed.quantity = quantity;
  changed.open = quantity - filled;
  if (price == order->price && quantity < order->quantity) {  // keeps its place and its rate
    changed.shown = std::min(changed.shown, changed.open);
    *order = changed;
    return Reject::none;
  }
  changed.rate = rules_.at("fee_permille");
  const std::int64_t more = std::max<std::int64_t>(changed.open - order->open, 0);
  if (changed.mandate)
    if (const Reject no = check_bounds(mandates_.at(changed.mandate), changed, more); no != Reject::none) return no;
  if (more > 0) {
    const Reject no = changed.side == Side::sell ? check_units(changed, more) : check_position(changed, more);
    if (no != Reject::none) return no;
  }
  if (changed.side == Side::buy) {
    const Balance b = balance(changed.principal, changed.instrument);
    if (changed.hold() - order->hold() > b.cash - b.cash_held) return Reject::not_enough_cash;
  }
  std::erase_if(book.orders, [&](const Order& o) { return &o == order; });
  execute(book, changed);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const MassCancel& command) {
  const BrokerId broker(c.request.sender.number);
  if (too_late_to_leave(c.time)) return Reject::call_auction_no_cancel;
  sweep([&](const Book&, const Order& o) -> std::optional<CancelReason> {
    const bool hit =
        o.broker == broker && (command.side == Sides::both || (command.side == Sides::buy) == (o.side == Side::buy));
    return hit ? std::optional(command.reason) : std::nullopt;
  });
  return Reject::none;
}

// --- operator, register, bank ----------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand&, const HaltInstrument& command) {
  for (auto& [id, book] : books_)
    if (!command.instrument || id == command.instrument) book.halted = true;
  return !command.instrument || books_.contains(command.instrument) ? Reject::none : Reject::unknown_instrument;
}

// A call may have ended while the instrument was halted.
Reject Model::act(const StampedCommand&, const ResumeInstrument& command) {
  for (auto& [id, book] : books_) {
    if ((command.instrument && id != command.instrument) || !book.halted) continue;
    book.halted = false;
    if (!in_call() && phase_ != Phase::closed) uncross(book);
  }
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const SetAccountStatus& command) {
  accounts_.at(command.account).status = command.status;
  sweep([&](const Book&, const Order& o) {
    return check_standing(o.principal) == Reject::none ? std::nullopt : std::optional(CancelReason::operator_action);
  });
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const ActivateRules& command) {
  for (const RuleValue& rule : command.values) rules_[std::string(rule.rule.view())] = rule.value;
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const DepositCash& command) {
  accounts_.at(command.account).cash += command.amount.raw();
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const WithdrawCash& command) {
  if (accounts_.at(command.account).status == AccountStatus::frozen) return Reject::account_frozen;
  const Balance b = balance(command.account, credit);
  if (command.amount.raw() > b.cash - b.cash_held) return Reject::withdrawal_above_free;
  accounts_.at(command.account).cash -= command.amount.raw();
  return Reject::none;
}

// --- views -----------------------------------------------------------------------------------------------------------

std::vector<std::string> Model::orders() const {
  std::vector<std::string> said;
  for (auto [id, book] : books_)
    for (const Side side : {Side::buy, Side::sell})
      for (const Order* o : sorted(book, side))
        said.push_back(name_of_order(*o) + " " + std::string(name_of(side)) + " " + std::to_string(o->price) + " " +
                       std::to_string(o->open) + "/" + std::to_string(o->shown) + "/" + std::to_string(o->quantity) +
                       " " + std::to_string(o->value));
  return said;
}

std::vector<OrderId> Model::order_ids() const {
  std::vector<OrderId> ids;
  for (const auto& [id, book] : books_)
    for (const Order& o : book.orders) ids.push_back(o.number);
  return ids;
}

}  // namespace pace::test
