#include "engine/book/pool.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/book/book.h"

namespace pace {
namespace {

struct Silent {
  void filled(const Fill&) {}
  void refilled(const RestingOrder&) {}
  void prevented(OrderId, Quantity) {}
};

OrderId rest_one(OrderPool& pool, Book& book, Price price, Quantity display = {}) {
  const OrderId id = pool.acquire();
  book.enter({.id = id, .owner = AccountIndex(7), .price = price, .open = Quantity(10), .display = display}, Silent{});
  return id;
}

Bytes saved(const OrderPool& pool) {
  Bytes bytes;
  ByteWriter out(bytes);
  pool.save(out);
  return bytes;
}

}  // namespace

TEST_CASE("pool: the slot freed last is used first, under a new id") {
  OrderPool pool(3);
  const OrderId a = pool.acquire(), b = pool.acquire(), c = pool.acquire();
  CHECK(pool.full());
  CHECK(pool.in_use() == 3);
  CHECK(std::vector{OrderPool::slot(a), OrderPool::slot(b), OrderPool::slot(c)} == std::vector{1u, 2u, 3u});
  pool.release(a);
  pool.release(c);
  const OrderId d = pool.acquire();
  CHECK(OrderPool::slot(d) == OrderPool::slot(c));
  CHECK(d != c);
  CHECK(OrderPool::slot(pool.acquire()) == OrderPool::slot(a));
  CHECK(pool.full());
}

TEST_CASE("pool: an id finds its order while it rests and never again") {
  OrderPool pool(2);
  Book book(pool, window_around(Price(8'000)));
  const OrderId id = rest_one(pool, book, Price(8'000));
  CHECK(pool.resting(id));
  CHECK(pool.order(id).order.owner == AccountIndex(7));
  CHECK(pool.open(id) == Quantity(10));
  book.cancel(id);
  CHECK_FALSE(pool.resting(id));
  const OrderId next = rest_one(pool, book, Price(8'000));
  CHECK(OrderPool::slot(next) == OrderPool::slot(id));
  CHECK_FALSE(pool.resting(id));
  CHECK(pool.resting(next));
}

TEST_CASE("pool: an id made up finds nothing") {
  OrderPool pool(2);
  Book book(pool, window_around(Price(8'000)));
  const OrderId id = rest_one(pool, book, Price(8'000));
  book.cancel(id);
  // Nothing at all, no slot, a slot never used or beyond the pool, the id that this slot will have next.
  const std::vector<std::uint64_t> ids = {0,
                                          id.raw() & ~std::uint64_t{OrderPool::max_capacity},
                                          id.raw() + 1,
                                          id.raw() + 2,
                                          ~std::uint64_t{0},
                                          id.raw() + (1ull << OrderPool::slot_bits)};
  for (const std::uint64_t made_up : ids) CHECK_FALSE(pool.resting(OrderId(made_up)));
}

TEST_CASE("pool: ids stay below 2^53") {
  constexpr std::uint64_t greatest =
      std::uint64_t{OrderPool::last_generation} << OrderPool::slot_bits | OrderPool::max_capacity;
  CHECK(greatest < 1ull << 53);
}

TEST_CASE("pool: a slot whose generations are used up is retired") {
  // A saved pool of one slot, free, in its last generation.
  OrderPool fresh(1);
  const OrderId first = fresh.acquire();
  fresh.release(first);
  Bytes bytes = saved(fresh);
  ByteWriter(bytes).patch(bytes.size() - 4, OrderPool::last_generation);
  OrderPool pool(1);
  ByteReader in(bytes);
  REQUIRE(pool.load(in));
  const OrderId last = pool.acquire();
  CHECK((last.raw() >> OrderPool::slot_bits) == OrderPool::last_generation);
  pool.release(last);
  CHECK(pool.full());
  CHECK(pool.in_use() == 0);
}

TEST_CASE("pool: refuses bytes that are cut, too large for it, or name a slot twice") {
  OrderPool pool(4);
  const OrderId a = pool.acquire(), b = pool.acquire();
  pool.release(a);
  pool.release(b);
  const Bytes bytes = saved(pool);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    ByteReader in(BytesView(bytes.data(), n));
    OrderPool copy(4);
    REQUIRE_FALSE(copy.load(in));
  }
  ByteReader whole(bytes);
  CHECK_FALSE(OrderPool(1).load(whole));
  Bytes twice = bytes;
  ByteWriter(twice).patch(twice.size() - 8, OrderPool::slot(b));
  ByteReader in(twice);
  CHECK_FALSE(OrderPool(4).load(in));
}

TEST_CASE("book: refuses to restore what cannot rest") {
  OrderPool source(4);
  Book book(source, window_around(Price(8'000)));
  const OrderId first = rest_one(source, book, Price(8'000)),
                second = rest_one(source, book, Price(8'000), Quantity(3));
  const Bytes bytes = saved(source);
  const RestingOrder one = source.order(first), two = source.order(second);
  const auto restores = [&](const std::vector<RestingOrder>& orders) {
    OrderPool pool(4);
    Book copy(pool, window_around(Price(8'000)));
    ByteReader in(bytes);
    REQUIRE(pool.load(in));
    for (const RestingOrder& order : orders)
      if (!copy.restore(order)) return false;
    copy.check(false);
    return pool.in_use() == orders.size();
  };
  const auto changed = [&](auto change) {
    RestingOrder order = one;
    change(order);
    return std::vector{order};
  };
  CHECK(restores({one, two}));
  CHECK_FALSE(restores({two, one}));  // out of order
  CHECK_FALSE(restores({one, one}));  // twice
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.price = Price(0); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.price = book_max_price + Price(1); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.open = Quantity(0); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.open = book_max_quantity + Quantity(1); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.shown = Quantity(11); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.shown = Quantity(3); })));  // no iceberg, yet not all shown
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.display = Quantity(-1); })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.arrival = 99; })));
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.id = OrderId(r.order.id.raw() + 2); })));  // never used
  CHECK_FALSE(restores(changed([](RestingOrder& r) { r.order.id = OrderId(OrderPool::slot(r.order.id)); })));
}

}  // namespace pace
