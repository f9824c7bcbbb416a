#include "engine/base/sha256.h"

#include <algorithm>

#include "engine/base/sha256_blocks.h"

namespace pace {
void Sha256::block(const std::uint8_t* bytes) {
  sha256_blocks(state_, bytes, 1);
}

void Sha256::update(BytesView bytes) {
  total_ += bytes.size();
  if (pending_size_ != 0) {
    const std::size_t n = std::min(bytes.size(), pending_.size() - pending_size_);
    std::copy_n(bytes.begin(), n, pending_.begin() + static_cast<std::ptrdiff_t>(pending_size_));
    pending_size_ += n;
    bytes = bytes.subspan(n);
    if (pending_size_ < pending_.size()) return;
    block(pending_.data());
    pending_size_ = 0;
  }
  const std::size_t whole = bytes.size() / 64;
  sha256_blocks(state_, bytes.data(), whole);
  bytes = bytes.subspan(64 * whole);
  std::copy(bytes.begin(), bytes.end(), pending_.begin());
  pending_size_ = bytes.size();
}

std::array<std::uint8_t, 32> Sha256::finish() {
  const std::uint64_t bits = total_ * 8;
  std::array<std::uint8_t, 72> tail{0x80};
  const std::size_t zeros = (pending_size_ < 56 ? 56 : 120) - pending_size_;
  for (std::size_t i = 0; i < 8; ++i) tail[zeros + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  update(BytesView(tail.data(), zeros + 8));
  std::array<std::uint8_t, 32> digest{};
  for (std::size_t i = 0; i < 32; ++i) digest[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

std::array<std::uint8_t, 32> sha256(BytesView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::array<std::uint8_t, 32> sha256(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish();
}

}  // namespace pace
