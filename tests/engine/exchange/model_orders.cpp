// What the model asks of an order at the door, and the commands about orders, block reports and trades. Rulebook 6, 7.
#include <algorithm>

#include "tests/engine/exchange/model.h"

namespace pace::test {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t breakable = 64;  // small_capacity()

// A pool's reject names the principal; the rule is the same.
Reject of_pool(Reject code) {
  switch (code) {
    case Reject::entrustment_price:
      return Reject::pool_entrustment_price;
    case Reject::entrustment_order_quantity:
    case Reject::entrustment_total_quantity:
      return Reject::pool_entrustment_quantity;
    case Reject::not_enough_units:
    case Reject::units_bought_today:
    case Reject::units_not_released:
      return Reject::pool_units;
    case Reject::not_enough_cash:
      return Reject::pool_cash;
    case Reject::position_limit:
      return Reject::pool_position;
    default:
      return code;
  }
}

}  // namespace

// --- what an order must meet -----------------------------------------------------------------------------------------

bool Model::call_ending() const {
  return is_call(phase_) && now_.raw() >= phase_ends_.raw() - 60 * second;
}

// The circuit breaker's call lasts two minutes here.
bool Model::too_late_to_leave(const Book& book) const {
  return call_ending() || (book.breaking && now_.raw() >= book.call_ends.raw() - 60 * second);
}

Reject Model::check_session(const Book& book) const {
  if (book.halted) return Reject::instrument_halted;
  return is_call(phase_) || is_continuous(phase_) ? Reject::none : Reject::market_closed;
}

Reject Model::check_terms(const Book& book, const NewOrder& c, bool member) const {
  if (in_call(book) && (c.order_type == OrderType::market || !keeps(c.time_in_force) || c.post_only))
    return Reject::order_type_not_in_call;
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

// The order itself, whoever it is for. A market order is bounded here.
Reject Model::check_order(Book& book, const NewOrder& n, bool member, Order& order) const {
  if (const Reject r = check_terms(book, n, member); r != Reject::none) return r;
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
  const bool meets = other != nullptr && crosses(n.side, order.price, other->price);
  return n.post_only && meets ? Reject::post_only_would_trade : Reject::none;
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

Reject Model::check_part(const Order& order, Part& part, Days days) const {
  if (const Reject r = check_standing(part.principal); r != Reject::none) return r;
  if (const Reject r = check_mandate(order, part, days); r != Reject::none) return r;
  if (order.side == Side::sell) return check_units(order, part.principal, part.open());
  if (const Reject r = check_position(order, part.principal, part.open()); r != Reject::none) return r;
  const Balance b = balance(part.principal, order.instrument);
  const std::int64_t hold = part.open() * order.hold_per_kg(part.commission);
  return hold > b.cash - b.cash_held ? Reject::not_enough_cash : Reject::none;
}

// A member's own account needs no mandate. Of several mandates the newest in force counts.
Reject Model::check_mandate(const Order& order, Part& part, Days days) const {
  if (const BrokerId member = accounts_.at(part.principal).member)
    return member == order.broker ? Reject::none : Reject::no_entrustment;
  Reject answer = Reject::no_entrustment;
  for (auto m = mandates_.rbegin(); m != mandates_.rend(); ++m) {
    const GrantEntrustment& terms = m->second.terms;
    if (terms.principal != part.principal || terms.broker != order.broker || m->second.revoked) continue;
    answer = Reject::entrustment_not_active;
    if (days.today < terms.start || days.today > terms.end) continue;
    part.mandate = m->first;
    part.commission = terms.fee.raw();
    if (const Reject r = check_bounds(m->second, order, part.open(), part.open()); r != Reject::none) return r;
    return terms.end < days.until ? answer : Reject::none;
  }
  return answer;
}

Reject Model::check_bounds(const Mandate& mandate, const Order& order, std::int64_t quantity, std::int64_t more) const {
  const GrantEntrustment& terms = mandate.terms;
  if (terms.sides != Sides::both && (terms.sides == Sides::buy) != (order.side == Side::buy))
    return Reject::entrustment_side;
  if (order.side == Side::sell && order.price < terms.floor.raw()) return Reject::entrustment_price;
  if (order.side == Side::buy && terms.ceiling != Price{} && order.price > terms.ceiling.raw())
    return Reject::entrustment_price;
  if (terms.order_limit != Quantity{} && quantity > terms.order_limit.raw()) return Reject::entrustment_order_quantity;
  if (terms.total_limit != Quantity{} && more > terms.total_limit.raw() - mandate_used(terms.entrustment))
    return Reject::entrustment_total_quantity;
  return Reject::none;
}

// Open and filled.
std::int64_t Model::mandate_used(EntrustmentId id) const {
  std::int64_t used = mandates_.at(id).filled;
  for_each_open([&](const Order&, const Part& part) {
    if (part.mandate == id) used += part.open();
  });
  return used;
}

// Rulebook 3: half on 1 July, then 26 weekly parts, the last of which takes the remainder. Of the next year's 800 kg
// nothing yet.
std::int64_t Model::unreleased(AccountId account, InstrumentId instrument) const {
  if (instrument == credit || !accounts_.at(account).person) return 0;
  if (instrument == next_allowance) return 800;
  const int weeks = std::min((local_date(now_).raw() - make_date(2026, 7, 1).raw()) / 7, 26);
  return weeks == 26 ? 0 : 600 - weeks * (600 / 26);
}

Reject Model::check_units(const Order& order, AccountId principal, std::int64_t more) const {
  const Balance b = balance(principal, order.instrument);
  if (more <= b.sellable) return Reject::none;
  if (more > b.units - b.units_held) return Reject::not_enough_units;
  const std::int64_t locked = bought_today(principal, order.instrument);
  return more > b.units - b.units_held - locked ? Reject::units_bought_today : Reject::units_not_released;
}

// Rulebook 7: twice the yearly allocation of 1,200 kg; a member 0.1 × B + 0.025 × (cap − B), B = 20% of the cap of
// 8,842. The next year's: of 800 kg and 8,000. Credits go by the latest year.
Reject Model::check_position(const Order& order, AccountId principal, std::int64_t more) const {
  std::int64_t position = accounts_.at(principal).units.at(order.instrument) + more;
  for_each_open([&](const Order& o, const Part& part) {
    if (part.principal == principal && o.instrument == order.instrument && o.side == Side::buy) position += part.open();
  });
  const bool member = static_cast<bool>(accounts_.at(principal).member);
  const std::int64_t most = order.instrument == allowance ? (member ? 176 + 176 : 2'400) : member ? 160 + 160 : 1'600;
  return position > most ? Reject::position_limit : Reject::none;
}

// --- orders ----------------------------------------------------------------------------------------------------------

Model::Order Model::order_of(const StampedCommand& c, const NewOrder& n) const {
  Order order{.ids = {c.request.request_id},
              .number = {},
              .broker = BrokerId(c.request.sender.number),
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
  return order;
}

Reject Model::act(const StampedCommand& c, const NewOrder& n) {
  const auto at = books_.find(n.instrument);
  if (at == books_.end()) return Reject::unknown_instrument;
  if (const Reject r = check_session(at->second); r != Reject::none) return r;
  if (!accounts_.contains(n.principal)) return Reject::unknown_account;
  Order order = order_of(c, n);
  const bool member = static_cast<bool>(accounts_.at(n.principal).member);
  if (const Reject r = check_order(at->second, n, member, order); r != Reject::none) return r;
  Part part{.principal = n.principal, .mandate = {}, .declared = order.quantity};
  if (const Reject r = check_part(order, part); r != Reject::none) return r;
  order.stake = ++last_stake_;
  stakes_[order.stake] = {{part}, 0};
  execute(at->second, order);
  return Reject::none;
}

// Rulebook 6: for persons, each once; each is asked for what an order of its own would be.
Reject Model::act(const StampedCommand& c, const NewPooledOrder& n) {
  const auto at = books_.find(n.instrument);
  if (at == books_.end()) return Reject::unknown_instrument;
  if (const Reject r = check_session(at->second); r != Reject::none) return r;
  if (n.split.empty()) return Reject::pool_size;
  Stake stake;
  std::int64_t sum = 0;
  for (const PoolShare& share : n.split) {
    const auto account = accounts_.find(share.principal);
    if (account == accounts_.end()) return Reject::unknown_account;
    for (const Part& part : stake.parts)
      if (part.principal == share.principal) return Reject::pool_principal_twice;
    if (account->second.member) return Reject::wrong_account_kind;
    if (share.quantity.raw() < 1 || share.quantity.raw() > rules_.at("principal_maximum_order_kg"))
      return Reject::pool_share_quantity;
    sum += share.quantity.raw();
    stake.parts.push_back({.principal = share.principal, .mandate = {}, .declared = share.quantity.raw()});
  }
  const NewOrder whole{.principal = {},
                       .instrument = n.instrument,
                       .side = n.side,
                       .order_type = n.order_type,
                       .time_in_force = n.time_in_force,
                       .self_trade = n.self_trade,
                       .post_only = n.post_only,
                       .price = n.price,
                       .quantity = Quantity(sum),
                       .display = n.display,
                       .expiry = n.expiry};
  Order order = order_of(c, whole);
  order.pooled = true;
  if (const Reject r = check_order(at->second, whole, true, order); r != Reject::none) return r;
  if (n.display != Quantity{} && n.display.raw() < static_cast<std::int64_t>(n.split.size()))
    return Reject::display_quantity;
  for (Part& part : stake.parts)
    if (const Reject r = check_part(order, part); r != Reject::none) return of_pool(r);
  order.stake = ++last_stake_;
  stakes_[order.stake] = stake;
  execute(at->second, order);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const CancelOrder& command) {
  Order* order = find(c.request.sender, command.order, command.original);
  if (order == nullptr) return Reject::unknown_order;
  if (order->broker != BrokerId(c.request.sender.number)) return Reject::not_your_order;
  if (too_late_to_leave(books_.at(order->instrument))) return Reject::call_auction_no_cancel;
  cancel(*order, CancelReason::requested);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const ReplaceOrder& r) {
  Order* order = find(c.request.sender, r.order, r.original);
  if (order == nullptr) return Reject::unknown_order;
  if (order->broker != BrokerId(c.request.sender.number)) return Reject::not_your_order;
  if (order->pooled) return Reject::pooled_order_not_replaced;
  Book& book = books_.at(order->instrument);
  Part part = parts(*order).front();
  if (const Reject no = check_session(book); no != Reject::none) return no;
  if (too_late_to_leave(book)) return Reject::call_auction_no_cancel;
  const std::int64_t price = r.price.raw(), quantity = r.quantity.raw(), filled = order->quantity - order->open;
  if (price == order->price && quantity == order->quantity) return Reject::replace_changes_nothing;
  if (quantity < rules_.at("minimum_order_kg")) return Reject::quantity_below_minimum;
  if (quantity > (accounts_.at(part.principal).member ? 99'999'999 : rules_.at("principal_maximum_order_kg")))
    return Reject::quantity_above_maximum;
  const std::int64_t least = std::max(rules_.at("minimum_order_kg"), (quantity + 99) / 100);
  if (order->display != 0 && quantity > order->quantity && (order->display < least || order->display > quantity))
    return Reject::display_quantity;
  if (quantity <= filled) return Reject::replace_below_filled;
  if (const Reject no = check_price(book, price); no != Reject::none) return no;
  const Order* other = best(book, opposite(order->side));
  if (order->post_only && !in_call(book) && price != order->price && other != nullptr &&
      crosses(order->side, price, other->price))
    return Reject::post_only_would_trade;
  if (const Reject no = check_standing(part.principal); no != Reject::none) return no;

  Order changed = *order;
  changed.ids.push_back(c.request.request_id);
  changed.price = price;
  changed.quantity = quantity;
  changed.open = quantity - filled;
  if (price == order->price && quantity < order->quantity) {  // keeps its place and its rate
    changed.shown = std::min(changed.shown, changed.open);
    *order = changed;
    stakes_.at(order->stake).parts.front().declared = quantity;
    return Reject::none;
  }
  changed.rate = rules_.at("fee_permille");
  const std::int64_t more = std::max<std::int64_t>(changed.open - order->open, 0);
  if (part.mandate)
    if (const Reject no = check_bounds(mandates_.at(part.mandate), changed, quantity, more); no != Reject::none)
      return no;
  if (more > 0) {
    const Reject no = changed.side == Side::sell ? check_units(changed, part.principal, more)
                                                 : check_position(changed, part.principal, more);
    if (no != Reject::none) return no;
  }
  if (changed.side == Side::buy) {
    const Balance b = balance(part.principal, changed.instrument);
    const std::int64_t hold = changed.open * changed.hold_per_kg(part.commission);
    if (hold - order->open * order->hold_per_kg(part.commission) > b.cash - b.cash_held) return Reject::not_enough_cash;
  }
  std::erase_if(book.orders, [&](const Order& o) { return &o == order; });
  stakes_.at(changed.stake).parts.front().declared = quantity;
  execute(book, changed);
  return Reject::none;
}

// Over all instruments it leaves those whose circuit breaker's call is about to end.
Reject Model::act(const StampedCommand& c, const MassCancel& command) {
  const BrokerId broker(c.request.sender.number);
  if (command.instrument ? too_late_to_leave(books_.at(command.instrument)) : call_ending())
    return Reject::call_auction_no_cancel;
  sweep([&](const Book& book, const Order& o) -> std::optional<CancelReason> {
    const bool side = command.side == Sides::both || (command.side == Sides::buy) == (o.side == Side::buy);
    const bool principal =
        !command.principal || any_part(o, [&](const Part& part) { return part.principal == command.principal; });
    const bool instrument = !command.instrument || o.instrument == command.instrument;
    const bool hit = o.broker == broker && side && principal && instrument && !too_late_to_leave(book);
    return hit ? std::optional(command.reason) : std::nullopt;
  });
  return Reject::none;
}

// --- block trades ----------------------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand& c, const ReportBlock& r) {
  const auto at = books_.find(r.instrument);
  if (at == books_.end()) return Reject::unknown_instrument;
  const Book& book = at->second;
  if (book.halted) return Reject::instrument_halted;
  if (!is_continuous(phase_) && phase_ != Phase::lunch) return Reject::market_closed;
  if (!accounts_.contains(r.principal)) return Reject::unknown_account;
  if (r.quantity.raw() < rules_.at("block_minimum_kg")) return Reject::block_below_minimum;
  const std::int64_t band = book.reference * 300 / 1000;
  if (r.price.raw() < book.reference - band || r.price.raw() > book.reference + band) return Reject::block_price;
  if (r.counter_broker.raw() < 1 || r.counter_broker.raw() > 2) return Reject::unknown_broker;
  const NewOrder terms{.instrument = r.instrument, .side = r.side, .price = r.price, .quantity = r.quantity};
  Block block{BlockId(last_block_ + 1), order_of(c, terms), r.counter_broker, r.agreement};
  Part part{.principal = r.principal, .mandate = {}, .declared = r.quantity.raw()};
  if (const Reject no = check_part(block.side, part); no != Reject::none) return no;
  const auto match = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& other) {
    return other.side.side == opposite(r.side) && other.side.instrument == r.instrument &&
           other.side.price == r.price.raw() && other.side.quantity == r.quantity.raw() &&
           other.side.broker == block.counter && other.counter == block.side.broker &&
           other.agreement == block.agreement;
  });
  if (match != blocks_.end() && parts(match->side).front().principal == r.principal)
    return Reject::block_same_principal;
  ++last_block_;
  block.side.stake = ++last_stake_;
  stakes_[block.side.stake] = {{part}, 0};
  if (match == blocks_.end()) {
    blocks_.push_back(block);
    return Reject::none;
  }
  const Order other = match->side;
  const Order &buy = r.side == Side::buy ? block.side : other, &sell = r.side == Side::buy ? other : block.side;
  settle(buy, stakes_.at(buy.stake).parts.front(), sell, stakes_.at(sell.stake).parts.front(), r.price.raw(),
         r.quantity.raw());
  done_.back().makes_price = false;
  blocks_.erase(match);
  return Reject::none;
}

Reject Model::act(const StampedCommand& c, const WithdrawBlock& w) {
  const auto mine = [&](const Block& b) {
    return b.id == w.block && b.side.broker == BrokerId(c.request.sender.number);
  };
  if (std::none_of(blocks_.begin(), blocks_.end(), mine)) return Reject::unknown_block;
  sweep_blocks(CancelReason::requested, mine);
  return Reject::none;
}

// --- trade break -----------------------------------------------------------------------------------------------------

// Undone by the opposite: what has to come back must be there and free.
Reject Model::act(const StampedCommand&, const BreakTrade& b) {
  const std::size_t oldest = done_.size() > breakable ? done_.size() - breakable : 0;
  if (b.trade.raw() <= oldest || b.trade.raw() > done_.size()) return Reject::unknown_trade;
  Done& trade = done_[b.trade.raw() - 1];
  if (trade.broken) return Reject::trade_broken_already;
  const std::int64_t value = trade.price * trade.quantity;
  Account &buyer = accounts_.at(trade.buy.account), &seller = accounts_.at(trade.sell.account);
  const Balance had = balance(trade.buy.account, trade.instrument);
  if (trade.quantity > had.units - had.units_held) return Reject::not_enough_units;
  if (trade.quantity > had.units - had.units_held - unreleased(trade.buy.account, trade.instrument))
    return Reject::units_not_released;
  std::map<AccountId, std::int64_t> owed;
  owed[trade.sell.account] += value - trade.sell.fee - trade.sell.commission;
  for (const Leg* leg : {&trade.buy, &trade.sell})
    if (leg->commission > 0)
      for (const auto& [id, account] : accounts_)
        if (account.member == leg->broker) owed[id] += leg->commission;
  for (const auto& [id, cash] : owed) {
    const Balance has = balance(id, trade.instrument);
    if (cash > has.cash - has.cash_held) return Reject::not_enough_cash;
  }

  trade.broken = true;
  if (trade.day == day_) trade.makes_price = false;
  buyer.cash += value + trade.buy.fee + trade.buy.commission;
  for (const auto& [id, cash] : owed) accounts_.at(id).cash -= cash;
  fees_ -= trade.buy.fee + trade.sell.fee;
  buyer.units[trade.instrument] -= trade.quantity;
  seller.units[trade.instrument] += trade.quantity;
  // What goes back are free units. Those bought today are among them as far as nothing else is free.
  std::int64_t& bought = buyer.bought_today[trade.instrument];
  if (trade.day == day_) bought -= std::min(bought, trade.quantity);
  bought = std::min(bought, had.units - had.units_held - trade.quantity);
  Done opposite = trade;
  opposite.makes_price = false;
  std::swap(opposite.buy, opposite.sell);
  for (Leg* leg : {&opposite.buy, &opposite.sell}) {
    if (leg->mandate) mandates_.at(leg->mandate).filled -= trade.quantity;
    leg->fee = -leg->fee;
    leg->commission = -leg->commission;
  }
  done_.push_back(opposite);
  deals_.push_back(said("", "", opposite));
  return Reject::none;
}

}  // namespace pace::test
