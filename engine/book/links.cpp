#include "engine/book/links.h"

#include "engine/base/check.h"

namespace pace {

LinkMemory::LinkMemory(std::uint32_t nodes, std::uint32_t books)
    : units_(std::size_t{nodes} * (units_per_node + units_per_far) + std::size_t{books} * 2 * levels_stride),
      nodes_end_(nodes * units_per_node),
      levels_next_(nodes_end_),
      levels_end_(levels_next_ + books * 2 * levels_stride),
      far_next_(levels_end_),
      far_end_(far_next_ + nodes * units_per_far) {
  static_assert(std::uint64_t{1 << 24} * (units_per_node + units_per_far) +
                    std::uint64_t{max_books} * 2 * levels_stride <
                1ull << 32);
  PACE_CHECK(books <= max_books && nodes <= 1 << 24);
}

LinkRef LinkMemory::take_levels() {
  PACE_CHECK(levels_next_ < levels_end_);
  const LinkRef taken = levels_next_;
  levels_next_ += levels_stride;
  return taken;
}

void* LinkMemory::take_far() {
  LinkRef taken = far_free_;
  if (taken != 0) {
    far_free_ = units_[taken].next;
  } else {
    PACE_CHECK(far_next_ < far_end_);
    taken = far_next_;
    far_next_ += units_per_far;
  }
  return &units_[taken];
}

void LinkMemory::give_far(void* place) {
  Link* const link = static_cast<Link*>(place);
  *link = {far_free_, 0};
  far_free_ = ref(*link);
}

}  // namespace pace
