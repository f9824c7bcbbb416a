// The resting orders of all books: 32 bytes each, in slots that are reused. An OrderId names slot and generation, so
// finding an order is one array access, and a stale id finds nothing.
//
//   OrderId   | generation (27 bits) | slot (24 bits) |   below 2^53, never used twice
//
// The queues they stand in run through the same memory (links.h).
// The slot freed last is used first (it is in the cache). A slot whose generations are used up is retired.
// Slots, generations and arrivals are a pure function of the history; save() and load() keep them, free list included.
// The exchange keeps what else it knows of an order in an array of its own, by slot.
// Invariants: a slot is free, held by an order on its way in, or linked into exactly one level of one book
// (its resting bit is set, shown > 0).
// Thread rule: owned by the exchange's thread.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/book/links.h"
#include "engine/book/order.h"
#include "engine/book/zeroed_array.h"

namespace pace {

class OrderPool {
 public:
  static constexpr unsigned slot_bits = 24;
  static constexpr unsigned generation_bits = 27;
  static constexpr std::uint32_t max_capacity = (1u << slot_bits) - 1;
  static constexpr std::uint32_t last_generation = (1u << generation_bits) - 1;

  /// For so many orders, and the price levels of so many books. REQUIRES: 0 < capacity <= max_capacity, 0 < books <=
  /// LinkMemory::max_books. Slots are 1 … capacity.
  explicit OrderPool(std::uint32_t capacity, std::uint32_t books = 1);

  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  /// Orders that hold a slot.
  [[nodiscard]] std::uint32_t in_use() const { return in_use_; }
  /// No slot is left: refuse the order.
  [[nodiscard]] bool full() const { return free_ == 0 && used_ == capacity_; }

  /// Takes a slot for an order about to enter. REQUIRES: !full().
  [[nodiscard]] OrderId acquire(AccountIndex owner = {});
  /// Of an order that holds its slot, or did before the last acquire(): resting, on its way in, or just gone.
  [[nodiscard]] AccountIndex owner(OrderId id) const { return AccountIndex(nodes_[slot(id)].owner); }
  /// Gives back the slot of an order that never entered a book; the books release theirs themselves.
  void release(OrderId id) { release_slot(slot(id)); }

  /// Place of the order in arrays parallel to the pool: 1 … capacity. REQUIRES: an id that acquire() gave.
  [[nodiscard]] static constexpr std::uint32_t slot(OrderId id) {
    return static_cast<std::uint32_t>(id.raw()) & max_capacity;
  }
  /// Whether an id, from wherever it comes, names an order that rests in a book now.
  [[nodiscard]] bool resting(OrderId id) const;
  /// Whether the pool has the slot that an id names, and so a node and a record.
  [[nodiscard]] bool has_slot(OrderId id) const { return slot(id) <= capacity_; }
  /// Fetches an order's node. REQUIRES: has_slot(id).
  void fetch(OrderId id) const { __builtin_prefetch(&nodes_[slot(id)], 1); }
  /// Its neighbours in the queue, once the node is there. REQUIRES: has_slot(id).
  void fetch_neighbours(OrderId id) const;
  /// REQUIRES: resting(id).
  [[nodiscard]] RestingOrder order(OrderId id) const;
  /// REQUIRES: resting(id).
  [[nodiscard]] Quantity open(OrderId id) const;
  /// What an iceberg shows at a time; 0 of any other order. REQUIRES: resting(id).
  [[nodiscard]] Quantity display(OrderId id) const { return Quantity(display_at(slot(id))); }

  /// Everything but the resting orders; those are the books' (Book::for_each_order, Book::restore).
  void save(ByteWriter& out) const;
  /// Into a pool just constructed. False when the bytes are not a pool's or need more capacity.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  friend class Book;

  struct Node {
    Link link;            // in the ring of its price; a free slot's `next` is the slot freed before it, 0: none
    std::uint32_t key;    // the price as its ladder orders it
    std::uint32_t shown;  // of a resting order
    std::uint32_t owner;
    std::uint32_t tag;  // generation, then 5 bits: resting, iceberg, self-trade mode, side
    std::uint64_t arrival;

    [[nodiscard]] std::uint32_t generation() const { return tag >> tag_bits; }
    [[nodiscard]] Side side() const { return static_cast<Side>(tag & 1); }
    [[nodiscard]] SelfTrade self_trade() const { return static_cast<SelfTrade>((tag >> 1) & 3); }
    [[nodiscard]] bool iceberg() const { return (tag & iceberg_bit) != 0; }
    [[nodiscard]] bool resting() const { return (tag & resting_bit) != 0; }
  };
  static_assert(sizeof(Node) == 32, "two orders in a cache line");
  static constexpr unsigned tag_bits = 5;
  static constexpr std::uint32_t tag_mask = (1u << tag_bits) - 1;
  static constexpr std::uint32_t iceberg_bit = 8, resting_bit = 16;

  struct Iceberg {
    std::uint32_t hidden, display;
  };

  static_assert(sizeof(Node) == LinkMemory::units_per_node * sizeof(Link));

  [[nodiscard]] Node& node(std::uint32_t slot) { return nodes_[slot]; }
  [[nodiscard]] const Node& node(std::uint32_t slot) const { return nodes_[slot]; }
  [[nodiscard]] OrderId id_of(std::uint32_t slot) const {
    const std::uint64_t generation_only = nodes_[slot].tag & ~tag_mask;
    return OrderId(generation_only << (slot_bits - tag_bits) | slot);
  }
  [[nodiscard]] std::uint32_t hidden(const Node& order, std::uint32_t slot) const {
    return order.iceberg() ? icebergs_[slot].hidden : 0;
  }
  [[nodiscard]] std::uint32_t display_at(std::uint32_t slot) const {
    return nodes_[slot].iceberg() ? icebergs_[slot].display : 0;
  }
  void release_slot(std::uint32_t slot) { release_node(nodes_[slot], slot); }
  void release_node(Node& node, std::uint32_t slot);

  LinkMemory memory_;
  Node* nodes_;                    // its first part
  ZeroedArray<Iceberg> icebergs_;  // beside the nodes: only orders with a hidden part touch it
  std::uint64_t next_arrival_ = 1;
  std::uint32_t free_ = 0;  // the slot freed last
  std::uint32_t used_ = 0;  // slots 1 … used_ were handed out at least once
  std::uint32_t in_use_ = 0;
  std::uint32_t capacity_;
};

[[gnu::always_inline]] inline OrderId OrderPool::acquire(AccountIndex owner) {
  std::uint32_t slot = free_;
  if (slot != 0) [[likely]] {
    free_ = nodes_[slot].link.next;
  } else {
    PACE_CHECK(used_ < capacity_);
    slot = ++used_;
    nodes_[slot].tag = 1u << tag_bits;
  }
  ++in_use_;
  nodes_[slot].owner = owner.raw();
  return id_of(slot);
}

[[gnu::always_inline]] inline void OrderPool::release_node(Node& node, std::uint32_t slot) {
  --in_use_;
  node.tag = (node.tag | tag_mask) + 1;  // the next generation; after the last one 0, and the slot stays out of use
  if (node.tag == 0) [[unlikely]]
    return;
  node.link.next = free_;
  free_ = slot;
}

inline bool OrderPool::resting(OrderId id) const {
  const std::uint32_t at = slot(id);
  if (at > capacity_) return false;
  // Generation and resting bit are compared in one go.
  return nodes_[at].tag >> (tag_bits - 1) == (id.raw() >> slot_bits << 1 | 1);
}

[[gnu::always_inline]] inline void OrderPool::fetch_neighbours(OrderId id) const {
  const Link around = nodes_[slot(id)].link;
  __builtin_prefetch(memory_.first() + around.next, 1);
  __builtin_prefetch(memory_.first() + around.prev, 1);
}

[[gnu::always_inline]] inline RestingOrder OrderPool::order(OrderId id) const {
  const std::uint32_t at = slot(id);
  const Node& resting = nodes_[at];
  const bool buys = resting.side() == Side::buy;
  return {.order = {.id = id,
                    .owner = AccountIndex(resting.owner),
                    .side = resting.side(),
                    .self_trade = resting.self_trade(),
                    .price = Price(buys ? ~resting.key : resting.key),
                    .open = open(id),
                    .display = Quantity(display_at(at))},
          .shown = Quantity(resting.shown),
          .arrival = resting.arrival};
}

inline Quantity OrderPool::open(OrderId id) const {
  const std::uint32_t at = slot(id);
  return Quantity(std::int64_t{nodes_[at].shown} + hidden(nodes_[at], at));
}

}  // namespace pace
