// The parts of Idempotency that every request goes through. Included by idempotency.h alone.
#pragma once

#include <bit>
#include <cstring>

#include "engine/exchange/idempotency.h"

namespace pace {

// Ids are mostly counters. All of an id but its last two characters is hashed, with its sender; those two place it
// within a run of 256 cells from there; if that cell is taken, the hash of the whole says where to look on. So a
// sender's consecutive ids lie in a few lines of a large index instead of each on a page of its own. (Measured: with a
// plain hash into an index for 20 million, page faults took four times as long as everything else.)
// The hash is a sum of words times odd constants, of which the high bits count: ids are at most three words long.
[[gnu::always_inline]] inline Idempotency::Key Idempotency::key_of(const Sender& sender, const ClientId& request_id) {
  const char* const bytes = request_id.bytes().data();
  const auto word = [&](std::size_t at) {
    std::uint64_t value;
    std::memcpy(&value, bytes + at, sizeof value);
    return value;
  };
  // Up to the last byte of a word that is not zero.
  const auto used = [](std::uint64_t of) { return (71 - static_cast<std::size_t>(std::countl_zero(of))) / 8; };
  const auto first_bytes = [](std::uint64_t of, std::size_t n) { return n >= 8 ? of : of & ((1ull << 8 * n) - 1); };

  constexpr std::uint64_t odd[] = {0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3};
  std::uint64_t run = (std::uint64_t{sender.number} << 8 | static_cast<std::uint64_t>(sender.role)) * odd[0];
  std::uint64_t tail;  // the last eight characters
  if (const std::uint64_t second = word(8); second != 0) [[likely]] {
    const std::uint64_t third = word(ClientId::capacity - 8) >> 32;
    const std::size_t size = third != 0 ? 16 + used(third) : 8 + used(second);
    tail = word(size - 8);
    run += first_bytes(word(0), size - 2) * odd[1];
    if (third != 0) [[unlikely]]
      run += first_bytes(second, size - 10) * odd[3];
  } else {
    tail = word(0) << (std::countl_zero(word(0) | 1) & ~7);
  }
  run += (tail << 16) * odd[2];
  const std::uint64_t last_two = tail >> 48;
  return {run, (last_two << 4 & 0xf0) ^ last_two >> 8, (run ^ last_two) * odd[1]};
}

[[gnu::always_inline]] inline Idempotency::Found Idempotency::Generation::find(const Key& key, const Sender& sender,
                                                                               const ClientId& request_id) const {
  const std::uint64_t at = first_cell(key);
  if (cells[at] == 0) [[likely]]
    return {nullptr, at};
  return find_on(key, sender, request_id);
}

[[gnu::always_inline]] inline Remembered& Idempotency::Generation::add(const Place& place) {
  cells[place.cell] = place.tag | (count + 1);
  return entries[count++];
}

[[gnu::always_inline]] inline const Remembered* Idempotency::find(const Sender& sender, const ClientId& request_id,
                                                                  Place& place) const {
  const Key key = key_of(sender, request_id);
  const Found found = today().find(key, sender, request_id);
  if (found.entry != nullptr) [[unlikely]]
    return found.entry;
  place = {found.cell, tag_of(key)};
  return yesterday().find(key, sender, request_id).entry;
}

}  // namespace pace
