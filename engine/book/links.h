// The memory that the queues of orders run through. The orders of a price stand in a ring that its price level closes:
// orders and levels both begin with a Link, and all of them lie in one stretch of memory, so that an order leaves its
// ring without a question where it stood in it.
//
//   | nodes, 32 bytes each | levels of the price windows, 8 bytes each | levels outside of them, 64 bytes each |
//
// Reserved whole at the start; pages that nobody touches cost nothing. There are as many levels outside the windows as
// orders, so they cannot run out. Thread rule: as its owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "engine/book/zeroed_array.h"

namespace pace {

/// Where a Link lies: in units of its size from the start of the memory. A node's is four times its slot. 0: nowhere.
using LinkRef = std::uint32_t;

struct Link {
  LinkRef next, prev;  ///< of a level: the oldest and the newest order, both 0 when it is empty
};

class LinkMemory {
 public:
  static constexpr std::uint32_t units_per_node = 4;
  /// Price levels in the window of one side of a book, at most.
  static constexpr std::uint32_t levels_per_side = 1 << 16;
  /// From one side's window to the next: not a power of two, or the levels near the market of all books would compete
  /// for the same few places of the cache.
  static constexpr std::uint32_t levels_stride = levels_per_side + 72;
  /// What a level outside the windows may take, with what finds it.
  static constexpr std::size_t far_bytes = 64;
  static constexpr std::uint32_t max_books = 8'192;

  /// For `nodes` nodes, node 0 included, and the levels of `books` books. REQUIRES: books <= max_books.
  LinkMemory(std::uint32_t nodes, std::uint32_t books);

  [[nodiscard]] Link* first() { return &units_[0]; }
  [[nodiscard]] const Link* first() const { return &units_[0]; }
  [[nodiscard]] LinkRef ref(const Link& link) const { return static_cast<LinkRef>(&link - first()); }
  [[nodiscard]] bool is_node(LinkRef ref) const { return ref < nodes_end_; }

  /// The window of one side. REQUIRES: not more than two for each book.
  [[nodiscard]] LinkRef take_levels();
  /// far_bytes for one level outside a window. REQUIRES: not more at a time than nodes.
  [[nodiscard]] void* take_far();
  void give_far(void* place);

 private:
  static constexpr std::uint32_t units_per_far = far_bytes / sizeof(Link);

  ZeroedArray<Link> units_;
  LinkRef nodes_end_, levels_next_, levels_end_;
  LinkRef far_next_, far_end_;
  LinkRef far_free_ = 0;  // given back last; its `next` is the one before
};

/// Lets a standard container of single nodes live in the memory above.
template <class T>
struct FarAllocator {
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  explicit FarAllocator(LinkMemory& where) : memory(&where) {}
  template <class U>
  FarAllocator(const FarAllocator<U>& other) : memory(other.memory) {}

  [[nodiscard]] T* allocate(std::size_t) {
    static_assert(sizeof(T) <= LinkMemory::far_bytes);
    return static_cast<T*>(memory->take_far());
  }
  void deallocate(T* place, std::size_t) { memory->give_far(place); }
  bool operator==(const FarAllocator&) const = default;

  LinkMemory* memory;
};

}  // namespace pace
