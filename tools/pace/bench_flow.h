// Drives the books with a flow's messages, the work that `pace bench book` times: the flow's id is looked up in a dense
// array, the book applies the message, and every trade is added up and folded into the hash.
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/book/book.h"
#include "tools/pace/flow.h"

namespace pace::tool {

/// Where events go when nobody wants them.
struct NoReport {
  void event(std::uint64_t, OrderId, OrderId, Price, Quantity, Quantity, std::uint64_t) {}
};

/// Writes each event as a record of one cache line into a ring, as an engine does that hands them to another thread.
class RingReport {
 public:
  void event(std::uint64_t kind, OrderId order, OrderId other, Price price, Quantity quantity, Quantity open,
             std::uint64_t client_id) {
    const auto bits = [](auto value) { return static_cast<std::uint64_t>(value.raw()); };
    Record& record = ring_[next_ % records];
    record.names = Half{kind, ++next_, order.raw(), other.raw()};
    record.terms = Half{bits(price), bits(quantity), bits(open), client_id};
  }

 private:
  // Put together in registers: written in two stores, a record leaves room for those that wait for memory.
  using Half = std::uint64_t __attribute__((vector_size(32)));
  struct alignas(64) Record {
    Half names;  // kind, sequence, order, other order
    Half terms;  // price, quantity, open, the client's id
  };
  static_assert(sizeof(Record) == 64);
  static constexpr std::size_t records = 2'048;
  std::unique_ptr<Record[]> ring_ = std::make_unique<Record[]>(records);
  std::uint64_t next_ = 0;
};

template <class Report>
class FlowEngine {
 public:
  explicit FlowEngine(const Flow& flow) : FlowEngine(flow.header) {}
  explicit FlowEngine(const FlowHeader& header)
      : pool_(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(header.highest_id, 1, OrderPool::max_capacity)),
              header.instruments),
        order_of_(header.highest_id + 1),
        id_of_(pool_.capacity() + 1) {
    // Touched before the clock runs, as an engine in service has long been: a page fault is no part of a message.
    constexpr std::size_t per_page = 4096 / sizeof order_of_[0];
    for (std::size_t id = 0; id <= header.highest_id; id += per_page) order_of_[id] = 0;
    const std::int64_t levels = header.highest_price - header.lowest_price + 1;
    const auto window =
        static_cast<std::uint32_t>(std::min<std::int64_t>((levels + 4095) / 4096 * 4096, LinkMemory::levels_per_side));
    books_.reserve(header.instruments);
    for (std::uint32_t i = 0; i < header.instruments; ++i)
      books_.emplace_back(pool_, PriceWindow{Price(header.lowest_price), window});
  }

  /// In the order of how often they come.
  [[gnu::always_inline]] void apply(const FlowMessage& m) {
    Book& book = books_[m.instrument];
    if (m.kind == FlowKind::add) return enter(book, m);
    if (m.kind == FlowKind::cancel) return cancel(book, m);
    if (m.kind == FlowKind::replace) return replace(book, m);
    take(book, m);
  }

  // What the book tells.
  void filled(const Fill& f) {
    const auto price = static_cast<std::uint64_t>(f.price.raw()),
               quantity = static_cast<std::uint64_t>(f.quantity.raw());
    const std::uint64_t maker = id_of_[OrderPool::slot(f.maker)], taker = id_of_[OrderPool::slot(f.taker)];
    ++totals_.trades;
    totals_.volume += quantity;
    totals_.notional += price * quantity;
    totals_.trade_hash = fold_trade(totals_.trade_hash, maker, taker, price, quantity);
    report_.event(trade, f.maker, f.taker, f.price, f.quantity, f.maker_open, maker);
  }
  void refilled(const RestingOrder&) {}
  void prevented(OrderId, Quantity) {}

  [[nodiscard]] const FlowTotals& totals() const { return totals_; }
  [[nodiscard]] std::uint32_t resting() const { return pool_.in_use(); }

 private:
  enum Kind : std::uint64_t { accepted, trade, cancelled, replaced, rejected };

  void reject(const FlowMessage& m) {
    ++totals_.rejects;
    report_.event(rejected, OrderId(order_of_[m.id]), {}, {}, {}, {}, m.id);
  }

  [[nodiscard]] bool refused(const FlowMessage& m) const { return m.quantity == 0 || m.price <= 0 || pool_.full(); }

  [[gnu::always_inline]] Order new_order(const FlowMessage& m) {
    const Order order{.id = pool_.acquire(),
                      .owner = AccountIndex(m.account),
                      .side = static_cast<Side>(m.side),
                      .self_trade = SelfTrade::allow,
                      .price = Price(m.price),
                      .open = Quantity(m.quantity)};
    id_of_[OrderPool::slot(order.id)] = static_cast<std::uint32_t>(m.id);
    report_.event(accepted, order.id, {}, order.price, order.open, order.open, m.id);
    return order;
  }

  [[gnu::always_inline]] void enter(Book& book, const FlowMessage& m) {
    if (refused(m)) [[unlikely]]
      return reject(m);
    const Order order = new_order(m);
    order_of_[m.id] = order.id.raw();
    book.enter(order, *this);
  }

  [[gnu::always_inline]] void take(Book& book, const FlowMessage& m) {
    if (refused(m)) [[unlikely]]
      return reject(m);
    const Order order = new_order(m);
    const Entered left = book.take(order, *this);
    if (left.open != Quantity{}) report_.event(cancelled, order.id, {}, order.price, left.open, {}, m.id);
  }

  [[gnu::always_inline]] void cancel(Book& book, const FlowMessage& m) {
    const OrderId id(order_of_[m.id]);
    if (!pool_.resting(id)) return reject(m);
    const Quantity open = book.cancel(id);
    report_.event(cancelled, id, {}, {}, open, {}, m.id);
  }

  [[gnu::always_inline]] void replace(Book& book, const FlowMessage& m) {
    const OrderId id(order_of_[m.id]);
    if (!pool_.resting(id) || m.quantity == 0 || m.price <= 0) [[unlikely]]
      return reject(m);
    Order order = book.withdraw(id);
    order.price = Price(m.price);
    order.open = Quantity(m.quantity);
    report_.event(replaced, id, {}, order.price, order.open, order.open, m.id);
    book.enter(order, *this);
  }

  OrderPool pool_;
  std::vector<Book> books_;
  ZeroedArray<OrderId::Rep> order_of_;  // by the flow's id
  ZeroedArray<std::uint32_t> id_of_;    // by slot
  FlowTotals totals_;
  [[no_unique_address]] Report report_;
};

}  // namespace pace::tool
