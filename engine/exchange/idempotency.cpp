#include "engine/exchange/idempotency.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/message/codec.h"

namespace pace {
namespace {

void save_entry(ByteWriter& out, const Remembered& entry) {
  const Outcome outcome = entry.outcome();
  encode_value(out, entry.sender);
  encode_value(out, entry.request_id);
  out.put(entry.digest);
  encode_value(out, entry.sequence);
  out.put(static_cast<std::uint16_t>(outcome.code));
  out.put(outcome.value);
  out.put(outcome.limit);
  encode_value(out, entry.order());
}

void load_entry(ByteReader& in, Remembered& entry) {
  Outcome outcome;
  OrderId order;
  decode_value(in, entry.sender);
  decode_value(in, entry.request_id);
  entry.digest = in.get<std::uint64_t>();
  decode_value(in, entry.sequence);
  outcome.code = static_cast<Reject>(in.get<std::uint16_t>());
  outcome.value = in.get<std::int64_t>();
  outcome.limit = in.get<std::int64_t>();
  decode_value(in, order);
  entry.answer(outcome, order);
  const bool whole = entry.outcome() == outcome && entry.order() == order;
  if (!whole || (!outcome.accepted() && find_reject(outcome.code) == nullptr)) in.fail();
}

constexpr std::size_t saved_entry_bytes = 5 + ClientId::capacity + 8 + 8 + 2 + 8 + 8 + 8;

}  // namespace

// Four cells for each request, so that most stand alone. The pages of a large index come zeroed from the system and are
// not touched before they are used; the same holds for the entries.
Idempotency::Generation::Generation(std::uint64_t capacity, std::uint64_t touched)
    : cells(std::bit_ceil(capacity * 4)),
      entries(capacity),
      mask(std::bit_ceil(capacity * 4) - 1),
      shift(static_cast<unsigned>(std::countl_zero(mask))) {
  if (touched == 0) return;
  cells.touch(mask + 1);
  entries.touch(std::min(touched, capacity));
}

Idempotency::Found Idempotency::Generation::find_on(const Key& key, const Sender& sender,
                                                    const ClientId& request_id) const {
  std::uint64_t step = 0, at = cell(key, step);
  for (; cells[at] != 0; at = cell(key, ++step)) {
    if ((cells[at] ^ key.whole) >> 32 != 0) continue;
    const Remembered& entry = entries[(cells[at] & 0xffff'ffff) - 1];
    if (entry.request_id == request_id && entry.sender == sender) return {&entry, at};
  }
  return {nullptr, at};
}

void Idempotency::Generation::add(const Remembered& entry) {
  const Key key = key_of(entry.sender, entry.request_id);
  add({find(key, entry.sender, entry.request_id).cell, tag_of(key)}) = entry;
}

// Cell by cell: what a day touched is a part of what it may touch.
void Idempotency::Generation::clear() {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Key key = key_of(entries[i].sender, entries[i].request_id);
    std::uint64_t step = 0;
    while ((cells[cell(key, step)] & 0xffff'ffff) != i + 1) ++step;  // cells before it may be empty already
    cells[cell(key, step)] = 0;
  }
  count = 0;
}

Idempotency::Idempotency(std::uint64_t capacity, std::uint64_t touched)
    : capacity_(capacity),
      outside_capacity_(capacity - capacity / 16),
      generations_{Generation(capacity, touched), Generation(capacity, touched)} {
  PACE_CHECK(capacity > 0 && capacity < (1ULL << 31));
}

Idempotency::Reference Idempotency::reference_to(const Sender& sender, const ClientId& request_id) const {
  const Key key = key_of(sender, request_id);
  for (const Generation* generation : {today_, yesterday_})
    if (const Remembered* entry = generation->find(key, sender, request_id).entry; entry != nullptr)
      return reference(*generation, static_cast<std::uint64_t>(entry - &generation->entries[0]));
  return 0;
}

void Idempotency::save(ByteWriter& out) const {
  for (const Generation* generation : {&yesterday(), &today()}) {
    out.put(generation->count);
    for (std::uint64_t i = 0; i < generation->count; ++i) save_entry(out, generation->entries[i]);
  }
}

bool Idempotency::load(ByteReader& in) {
  for (Generation* generation : {yesterday_, today_}) {
    generation->clear();
    const auto count = in.get<std::uint64_t>();
    if (count > capacity_ || count > in.remaining() / saved_entry_bytes) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
      Remembered entry;
      load_entry(in, entry);
      if (!in.ok()) return false;
      generation->add(entry);
    }
  }
  return in.ok();
}

}  // namespace pace
