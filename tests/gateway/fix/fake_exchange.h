// A pocket exchange for conversations: every command gets a sequence number and, while `durable` is on, becomes an
// entry of the feed at once. Orders are accepted, trade against each other at equal price, and obey a few triggers:
// quantity 13 is rejected, and every pool. Repeats are answered as the exchange does. Thread rule: any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <mutex>

#include "engine/sequencer/port.h"

namespace pace {

class FakeExchange final : public CommandPort, public QueryPort, public EventFeed {
 public:
  static constexpr const char* name = "pocket";
  FakeExchange() {
    RegisterBroker ann{.broker = BrokerId(1), .code = "ANN", .title = "Ann", .own_account = AccountId(999)};
    RegisterBroker bob{.broker = BrokerId(2), .code = "BOB", .title = "Bob", .own_account = AccountId(998)};
    ListInstrument pca{.instrument = InstrumentId(1), .symbol = "PCA-2026", .vintage = Year(2026)};
    put({{Role::exchange_operator, 0}, "r1", ann});
    put({{Role::exchange_operator, 0}, "r2", bob});
    put({{Role::authority, 0}, "r3", pca});
  }

  Reject submit(Request request, CommandPort::Answered answered = {}) override {
    std::vector<std::function<void()>> wakes;
    Entry entry;
    {
      const std::lock_guard lock(mutex_);
      if (busy) return Reject::busy;
      ++submitted;
      if (!durable) return Reject::none;  // taken, then lost: as a kill before the sync
      entry = make(request);
      append(entry);
      for (const auto& [id, woken] : subscribers_) wakes.push_back(woken);
    }
    if (answered) answered(entry);
    for (const auto& wake : wakes) wake();
    return Reject::none;
  }

  /// An empty market: what is asked of it is told with the real exchange (real_market.h).
  Reject ask(Question question, QueryPort::Answered answered) override {
    if (std::holds_alternative<AskOrders>(question)) answered(OrdersView{.as_of = released()});
    if (std::holds_alternative<AskMarket>(question)) answered(MarketView{.as_of = released()});
    if (std::holds_alternative<AskAccount>(question)) answered(std::monostate{});
    return Reject::none;
  }

  EntryBatchPtr next(Sequence after, std::chrono::milliseconds) override {
    const std::lock_guard lock(mutex_);
    if (after.raw() >= entries_.size()) return nullptr;
    Bytes bytes;
    std::vector<std::size_t> ends;
    ByteWriter out(bytes);
    for (std::size_t i = after.raw(); i < entries_.size() && ends.size() < 64; ++i) {
      encode_entry(out, entries_[i]);
      ends.push_back(bytes.size());
    }
    return std::make_shared<EntryBatch>(pace::next(after), std::move(bytes), std::move(ends));
  }
  Sequence released() const override {
    const std::lock_guard lock(mutex_);
    return Sequence(entries_.size());
  }
  Subscription subscribe(std::function<void()> woken) override {
    const std::lock_guard lock(mutex_);
    const int id = ++next_subscriber_;
    subscribers_[id] = std::move(woken);
    return Subscription(reinterpret_cast<void*>(1), [this, id](void*) {
      const std::lock_guard inner(mutex_);
      subscribers_.erase(id);
    });
  }

  /// Reports of fills owed so far: one per side.
  std::uint64_t fills() const {
    const std::lock_guard lock(mutex_);
    return trades_ * 2;
  }

  /// A command from elsewhere (the operator, another edge).
  void put(const Request& request) { (void)submit(request); }

  std::atomic<bool> durable = true;
  std::atomic<bool> busy = false;
  std::atomic<std::size_t> submitted = 0;

 private:
  Entry make(const Request& request) {
    const Sequence sequence(entries_.size() + 1);
    Entry entry{
        .stamped = {sequence,
                    Timestamp(1'789'435'800'000'000'000 + static_cast<std::int64_t>(sequence.raw()) * 1'000'000),
                    request}};
    const auto key = std::make_pair(request.sender, request.request_id);
    if (const auto first = answered_.find(key); first != answered_.end()) {
      entry.repeats = first->second;
      entry.outcome = entries_[first->second.raw() - 1].outcome;
      return entry;
    }
    answered_[key] = sequence;
    const BrokerId broker(request.sender.number);
    if (const auto* order = std::get_if<NewOrder>(&request.command)) place(entry, *order, broker);
    if (const auto* pool = std::get_if<NewPooledOrder>(&request.command))
      entry.outcome = {Reject::pool_size, static_cast<std::int64_t>(pool->split.size()), 3};
    if (const auto* cancel = std::get_if<CancelOrder>(&request.command)) remove(entry, *cancel, broker);
    if (const auto* replace = std::get_if<ReplaceOrder>(&request.command)) change(entry, *replace, broker);
    if (const auto* mass = std::get_if<MassCancel>(&request.command)) remove_all(entry, *mass, broker);
    return entry;
  }

  struct Resting {
    OrderId order;
    BrokerId broker;
    ClientId client_id;
    NewOrder terms;
    Quantity open;
  };

  void place(Entry& entry, const NewOrder& order, BrokerId broker) {
    if (order.quantity == Quantity(13)) {
      entry.outcome = {Reject::quantity_above_maximum, 13, 12};
      return;
    }
    if (!order.instrument) {
      entry.outcome = {Reject::unknown_instrument, 0, 0};
      return;
    }
    Resting mine{OrderId(entry.sequence().raw() * 10), broker, entry.stamped.request.request_id, order, order.quantity};
    entry.events.emplace_back(OrderAccepted{.order = mine.order,
                                            .broker = broker,
                                            .client_id = mine.client_id,
                                            .principal = order.principal,
                                            .entrustment = EntrustmentId(order.principal.raw() < 900 ? 5 : 0),
                                            .instrument = order.instrument,
                                            .side = order.side,
                                            .order_type = order.order_type,
                                            .time_in_force = order.time_in_force,
                                            .price = order.price,
                                            .quantity = order.quantity,
                                            .display = order.display});
    for (auto other = book_.begin(); other != book_.end() && mine.open != Quantity{};) {
      if (other->terms.side == order.side || other->terms.price != order.price) {
        ++other;
        continue;
      }
      const Quantity traded = std::min(other->open, mine.open);
      other->open -= traded;
      mine.open -= traded;
      const TradeSide theirs{other->order, other->terms.principal, other->broker, other->client_id, other->open,
                             Cash(125)};
      const TradeSide ours{mine.order, order.principal, broker, mine.client_id, mine.open, Cash(125)};
      const bool buying = order.side == Side::buy;
      entry.events.emplace_back(pace::Trade{.trade = TradeId(++trades_),
                                            .instrument = order.instrument,
                                            .price = order.price,
                                            .quantity = traded,
                                            .aggressor = order.side,
                                            .buy = buying ? ours : theirs,
                                            .sell = buying ? theirs : ours});
      other = other->open == Quantity{} ? book_.erase(other) : std::next(other);
    }
    if (mine.open != Quantity{}) book_.push_back(mine);
  }

  std::list<Resting>::iterator find(BrokerId broker, const ClientId& id) {
    return std::find_if(book_.begin(), book_.end(),
                        [&](const Resting& r) { return r.broker == broker && r.client_id == id; });
  }

  static OrderCancelled gone(const Resting& r, CancelReason reason) {
    return {.order = r.order,
            .broker = r.broker,
            .client_id = r.client_id,
            .principal = r.terms.principal,
            .instrument = r.terms.instrument,
            .side = r.terms.side,
            .price = r.terms.price,
            .open = r.open,
            .reason = reason};
  }

  void remove(Entry& entry, const CancelOrder& cancel, BrokerId broker) {
    const auto order = find(broker, cancel.original);
    if (order == book_.end()) {
      entry.outcome = {Reject::unknown_order, 0, 0};
      return;
    }
    entry.events.emplace_back(gone(*order, CancelReason::requested));
    book_.erase(order);
  }

  void change(Entry& entry, const ReplaceOrder& replace, BrokerId broker) {
    const auto order = find(broker, replace.original);
    if (order == book_.end()) {
      entry.outcome = {Reject::unknown_order, 0, 0};
      return;
    }
    order->open = replace.quantity - (order->terms.quantity - order->open);
    order->terms.quantity = replace.quantity;
    order->terms.price = replace.price;
    order->client_id = entry.stamped.request.request_id;
    entry.events.emplace_back(OrderReplaced{.order = order->order,
                                            .broker = broker,
                                            .old_client_id = replace.original,
                                            .client_id = order->client_id,
                                            .principal = order->terms.principal,
                                            .instrument = order->terms.instrument,
                                            .side = order->terms.side,
                                            .price = replace.price,
                                            .quantity = replace.quantity,
                                            .open = order->open});
  }

  void remove_all(Entry& entry, const MassCancel& mass, BrokerId broker) {
    for (auto order = book_.begin(); order != book_.end();) {
      if (order->broker == broker) entry.events.emplace_back(gone(*order, mass.reason));
      order = order->broker == broker ? book_.erase(order) : std::next(order);
    }
  }

  void append(const Entry& entry) { entries_.push_back(entry); }

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::map<std::pair<Sender, ClientId>, Sequence> answered_;
  std::map<int, std::function<void()>> subscribers_;
  std::list<Resting> book_;
  int next_subscriber_ = 0;
  std::uint64_t trades_ = 0;
};

}  // namespace pace
