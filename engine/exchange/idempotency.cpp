#include "engine/exchange/idempotency.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/packed.h"
#include "engine/message/codec.h"

namespace pace {
namespace {

void save_entry(ByteWriter& out, const Remembered& entry) {
  PackedWriter packed(out);
  encode_value(packed, entry.sender);
  encode_value(packed, entry.request_id);
  out.put(entry.digest);
  encode_value(packed, entry.sequence);
  packed.put(static_cast<std::uint16_t>(entry.code));
  packed.put(entry.order_or_value);
  packed.put(entry.outcome().limit);
}

void load_entry(ByteReader& in, Remembered& entry) {
  PackedReader packed(in);
  decode_value(packed, entry.sender);
  decode_value(packed, entry.request_id);
  entry.digest = in.get<std::uint64_t>();
  decode_value(packed, entry.sequence);
  entry.code = static_cast<Reject>(packed.get<std::uint16_t>());
  entry.order_or_value = packed.get<std::int64_t>();
  entry.limit = packed.get<std::int64_t>();
  const bool known = entry.code == Reject::none ? entry.limit == 0 : find_reject(entry.code) != nullptr;
  if (!known) in.fail();
}

constexpr std::size_t least_entry_bytes = 15;

}  // namespace

Idempotency::Generation::Generation(std::uint32_t half_of_cells, Reference first_entry, std::uint64_t capacity)
    : half(half_of_cells),
      first(first_entry),
      end(first_entry),
      outside_limit(static_cast<Reference>(first_entry + capacity - capacity / 16)),
      limit(static_cast<Reference>(first_entry + capacity)) {}

namespace {

// Four cells or more for each request of a day, so that most stand alone. The pages of a large index come zeroed from
// the system and are not touched before they are used; the same holds for the entries.
std::uint64_t cells_for(std::uint64_t capacity) {
  PACE_CHECK(capacity > 0 && capacity < (1ULL << 31));
  return std::bit_ceil(std::max<std::uint64_t>(capacity * 4, 256));
}

}  // namespace

Idempotency::Idempotency(std::uint64_t capacity, std::uint64_t touched)
    : capacity_(capacity),
      mask_(cells_for(capacity) - 1),
      place_mask_((Mark{1} << std::bit_width(capacity)) - 1),
      cells_(mask_ + 1),
      today_(0, 1, capacity),
      yesterday_(1, static_cast<Reference>(capacity + 1), capacity),
      entries_(capacity * 2 + 1) {
  if (touched == 0) return;
  cells_.touch(0, mask_ + 1);
  for (const Generation* generation : {&today_, &yesterday_})
    entries_.touch(generation->first, std::min(touched, capacity));
}

Idempotency::Key Idempotency::key_of(const Sender& sender, const ClientId& request_id) {
  // Each part is read by itself: three words copied together go through memory and are waited for there.
  std::uint64_t first{}, second{};
  std::uint32_t third{};
  const char* const bytes = request_id.bytes().data();
  std::memcpy(&first, bytes, sizeof first);
  std::memcpy(&second, bytes + 8, sizeof second);
  std::memcpy(&third, bytes + 16, sizeof third);
  const auto at_the_top = [](std::uint64_t word) { return word << (std::countl_zero(word | 1) & ~7); };
  if (second == 0) return key_of(sender.number, 0, at_the_top(first));
  if (third == 0) return key_of(sender.number, first, at_the_top(second));
  const std::size_t size = request_id.view().size();
  std::uint64_t tail{};
  std::memcpy(&tail, bytes + size - 8, sizeof tail);
  const std::uint64_t before_last_two = size == 17 ? second & (~0ULL >> 8) : second;
  return key_of(sender.number, first ^ before_last_two * 0x8ebc6af09c88c6e3, tail);
}

Idempotency::Found Idempotency::find(const Generation& generation, const Key& key, const Sender& sender,
                                     const ClientId& request_id) const {
  std::uint64_t step = 0, at = cell(key, step);
  for (; cells_[at].marks[generation.half] != 0; at = cell(key, ++step)) {
    const Mark mark = cells_[at].marks[generation.half];
    if ((mark & ~place_mask_) != tag_of(key)) continue;
    const Remembered& entry = entries_[entry_of(generation, mark)];
    if (entry.request_id == request_id && entry.sender == sender) return {&entry, {}};
  }
  return {nullptr, {at, tag_of(key)}};
}

Idempotency::Found Idempotency::find(const Sender& sender, const ClientId& request_id) const {
  return find(key_of(sender, request_id), sender, request_id);
}

Idempotency::Found Idempotency::find(Key key, const Sender& sender, const ClientId& request_id) const {
  Found found = find(today_, key, sender, request_id);
  if (found.entry == nullptr) found.entry = find(yesterday_, key, sender, request_id).entry;
  return found;
}

void Idempotency::add(Generation& generation, const Remembered& entry) {
  const Key key = key_of(entry.sender, entry.request_id);
  const Place place = find(generation, key, entry.sender, entry.request_id).place;
  cells_[place.cell].marks[generation.half] = mark_of(generation, generation.end, place.tag);
  entries_[generation.end++] = entry;
}

// Cell by cell: what a day touched is a part of what it may touch.
void Idempotency::clear(Generation& generation) {
  for (Reference i = generation.first; i != generation.end; ++i) {
    const Key key = key_of(entries_[i].sender, entries_[i].request_id);
    const Mark mark = mark_of(generation, i, tag_of(key));
    std::uint64_t step = 0;
    while (cells_[cell(key, step)].marks[generation.half] != mark) ++step;  // cells before it may be empty already
    cells_[cell(key, step)].marks[generation.half] = 0;
  }
  generation.end = generation.first;
}

Idempotency::Reference Idempotency::reference_to(const Sender& sender, const ClientId& request_id) const {
  const Remembered* const entry = find(sender, request_id).entry;
  return entry != nullptr ? static_cast<Reference>(entry - &entries_[0]) : 0;
}

void Idempotency::save(ByteWriter& out) const {
  for (const Generation* generation : {&yesterday_, &today_}) {
    out.put(generation->count());
    for (Reference i = generation->first; i != generation->end; ++i) save_entry(out, entries_[i]);
  }
}

bool Idempotency::load(ByteReader& in) {
  for (Generation* generation : {&yesterday_, &today_}) {
    clear(*generation);
    const auto count = in.get<std::uint64_t>();
    if (count > capacity_ || count > in.remaining() / least_entry_bytes) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      Remembered entry;
      load_entry(in, entry);
      if (!in.ok()) return false;
      add(*generation, entry);
    }
  }
  return in.ok();
}

}  // namespace pace
