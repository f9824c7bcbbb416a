#include "engine/exchange/content_digest.h"

#include <algorithm>
#include <variant>

namespace pace {

std::uint64_t ContentSum::fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0xa0761d6478bd642fULL) * (b ^ 0xe7037ed1a0b428dbULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t ContentSum::hash_of(const std::string& text) {
  std::uint64_t hash = fold(0, text.size());
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    hash = fold(hash, word);
  }
  return hash;
}

std::uint64_t content_digest(const Command& command) {
  return std::visit([](const auto& body) { return content_digest(body); }, command);
}

}  // namespace pace
