// Memory that begins at a block boundary, for writes past the system's cache (disk.h): bytes are gathered behind one
// another and written in whole blocks. Keeps its memory. Thread rule: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/journal/disk.h"

namespace pace {

class BlockBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint8_t* data() { return blocks_.empty() ? nullptr : blocks_.front().data(); }
  /// New bytes hold what they held before, or zeros.
  void resize(std::size_t size) {
    size_ = size;
    if (const std::size_t blocks = (size + File::block_bytes - 1) / File::block_bytes; blocks > blocks_.size())
      blocks_.resize(std::max(blocks, 2 * blocks_.size()));
  }
  void append(BytesView bytes) {
    const std::size_t at = size_;
    resize(at + bytes.size());
    if (!bytes.empty()) std::memcpy(data() + at, bytes.data(), bytes.size());
  }
  /// Everything, and zeros up to the end of the last block.
  [[nodiscard]] BytesView whole_blocks() {
    const std::size_t end = (size_ + File::block_bytes - 1) / File::block_bytes * File::block_bytes;
    if (end > size_) std::memset(data() + size_, 0, end - size_);
    return {data(), end};
  }
  /// Forgets the full blocks: what stood behind them stands at the beginning.
  void keep_tail() {
    const std::size_t tail = size_ % File::block_bytes;
    if (size_ > tail) std::memmove(data(), data() + size_ - tail, tail);
    size_ = tail;
  }

 private:
  struct alignas(File::block_bytes) Block : std::array<std::uint8_t, File::block_bytes> {};
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace pace
