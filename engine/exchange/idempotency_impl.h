// The parts of Idempotency that every request goes through. Included by idempotency.h alone.
#pragma once

#include <bit>
#include <cstring>

#include "engine/exchange/idempotency.h"

namespace pace {

// Ids are mostly counters. All of an id but its last two characters is hashed, with its sender; those two place it
// within a run of 256 cells from there; if that cell is taken, some of the sixteen around it are tried, and then the
// hash of the whole says where to look on. So a sender's consecutive ids lie in a few lines of a large index instead of
// each on a page of its own. (Measured: with a plain hash into an index for 20 million, page faults took four times as
// long as everything else.)
// `before`: words before the last eight characters, folded into one if there are two; `tail`: the last eight
// characters, zero bytes in front of a shorter id. The hash is a 64 x 64 -> 128 bit product, its halves folded.
[[gnu::always_inline]] inline Idempotency::Key Idempotency::key_of(std::uint64_t sender, std::uint64_t before,
                                                                   std::uint64_t tail) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::uint64_t odd = 0xe7037ed1a0b428db, odd_32 = 0x589965cd;
  const Wide product = static_cast<Wide>(before + sender * odd_32) * (tail << 16 ^ odd);
  const auto run = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  const std::uint64_t last_two = tail >> 48;
  // The last character counts one, the one before it sixteen: digits meet nowhere, ten in a row share a line or two.
  return {run + static_cast<std::uint8_t>((last_two << 4) + (last_two >> 8)), run + last_two * odd_32};
}

[[gnu::always_inline]] inline std::uint64_t Idempotency::cell(const Key& key, std::uint64_t step) const {
  // Of any sixteen cells of a run of counters ten are taken: one of these four is free unless other runs lie here too.
  constexpr std::uint64_t neighbours = 4, apart = 4;
  if (step < neighbours) return (key.cell & mask_) ^ (step * apart);
  return ((key.whole * 0xa0761d6478bd642f >> 24) + step) & mask_;
}

// Straight for ids of nine to sixteen characters, as most are, whose cell is free; find() for the others.
[[gnu::always_inline]] inline bool Idempotency::is_new(const Sender& sender, const ClientId& request_id,
                                                       Place& place) const {
  const char* const bytes = request_id.bytes().data();
  std::uint64_t first{}, second{};
  std::uint32_t third{};
  std::memcpy(&first, bytes, sizeof first);
  std::memcpy(&second, bytes + 8, sizeof second);
  std::memcpy(&third, bytes + 16, sizeof third);
  Key key;
  if (second != 0 && third == 0) [[likely]] {
    key = key_of(sender.number, first, second << (std::countl_zero(second) & ~7));
    const std::uint64_t at = cell(key, 0);
    if (std::bit_cast<std::uint64_t>(cells_[at]) == 0) [[likely]] {
      place = {at, tag_of(key)};
      return true;
    }
  } else {
    key = key_of(sender, request_id);
  }
  const Found found = find(key, sender, request_id);
  place = found.place;
  return found.entry == nullptr && !request_id.empty();
}

[[gnu::always_inline]] inline Remembered& Idempotency::remember(const Place& place) {
  const Reference reference = today_.end++;
  cells_[place.cell].marks[today_.half] = mark_of(today_, reference, place.tag);
  return entries_[reference];
}

inline void Idempotency::forget_last(const Place& place) {
  cells_[place.cell].marks[today_.half] = 0;
  --today_.end;
}

}  // namespace pace
