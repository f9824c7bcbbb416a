#include "engine/exchange/idempotency.h"

#include <bit>
#include <cstdlib>
#include <cstring>

#include "engine/base/check.h"
#include "engine/message/codec.h"

namespace pace {
namespace {

// Folded 64 x 64 -> 128 bit product, as in wyhash: each word reaches every bit of the result.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0xa0761d6478bd642fULL) * (b ^ 0xe7037ed1a0b428dbULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t mix_bytes(std::uint64_t hash, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  hash = mix(hash, size);
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    hash = mix(hash, word);
  }
  std::uint64_t rest = 0;
  if (size != 0) std::memcpy(&rest, at, size);
  return mix(hash, rest);
}

template <class T>
std::uint64_t mix_value(std::uint64_t hash, const T& value) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return mix(hash, static_cast<std::uint64_t>(value));
  } else if constexpr (StrongInteger<T>) {
    return mix(hash, static_cast<std::uint64_t>(value.raw()));
  } else if constexpr (IsFixedString<T>::value) {
    return mix_bytes(hash, value.bytes().data(), T::capacity);
  } else if constexpr (IsByteArray<T>::value || std::is_same_v<T, std::string>) {
    return mix_bytes(hash, value.data(), value.size());
  } else if constexpr (IsList<T>::value) {
    hash = mix(hash, value.size());
    for (const auto& item : value) hash = mix_value(hash, item);
    return hash;
  } else {
    for_each_field(value, [&](std::string_view, const auto& field) { hash = mix_value(hash, field); });
    return hash;
  }
}

constexpr std::uint64_t tag_mask = 0xffff'ffff'0000'0000ULL;

// Of a word read from bytes: up to its last byte that is not zero.
std::size_t used_bytes(std::uint64_t word) {
  return (71 - static_cast<std::size_t>(std::countl_zero(word))) / 8;
}
// The part of a word, `at` bytes into a text, that lies in the text's first `kept` bytes.
std::uint64_t first_bytes(std::uint64_t word, std::size_t kept, std::size_t at = 0) {
  if (kept <= at) return 0;
  return kept - at >= 8 ? word : word & ((1ULL << 8 * (kept - at)) - 1);
}

void save_entry(ByteWriter& out, const Remembered& entry) {
  encode_value(out, entry.sender);
  encode_value(out, entry.request_id);
  out.put(entry.digest);
  encode_value(out, entry.sequence);
  out.put(static_cast<std::uint16_t>(entry.outcome.code));
  out.put(entry.outcome.value);
  out.put(entry.outcome.limit);
  encode_value(out, entry.order);
}

void load_entry(ByteReader& in, Remembered& entry) {
  decode_value(in, entry.sender);
  decode_value(in, entry.request_id);
  entry.digest = in.get<std::uint64_t>();
  decode_value(in, entry.sequence);
  entry.outcome.code = static_cast<Reject>(in.get<std::uint16_t>());
  entry.outcome.value = in.get<std::int64_t>();
  entry.outcome.limit = in.get<std::int64_t>();
  decode_value(in, entry.order);
  if (!entry.outcome.accepted() && find_reject(entry.outcome.code) == nullptr) in.fail();
}

constexpr std::size_t saved_entry_bytes = 5 + ClientId::capacity + 8 + 8 + 2 + 8 + 8 + 8;

}  // namespace

std::uint64_t content_digest(const Command& command) {
  return std::visit([]<class T>(const T& body) { return mix_value(T::type, body); }, command);
}

// Ids are mostly counters. All of an id but its last two characters is hashed; those two place it within a run of 256
// slots from there; if that slot is taken, the hash of the whole says where to look on. So a sender's consecutive ids
// lie in a few lines of a large index instead of each on a page of its own. (Measured: with a plain hash into an index
// for 20 million, page faults took four times as long as everything else.)
Idempotency::Key Idempotency::key_of(const Sender& sender, const ClientId& request_id) {
  std::uint64_t a = 0, b = 0;
  std::uint32_t c = 0;
  const char* const bytes = request_id.bytes().data();
  std::memcpy(&a, bytes, 8);
  std::memcpy(&b, bytes + 8, 8);
  std::memcpy(&c, bytes + 16, 4);
  const std::size_t size = c != 0 ? 16 + used_bytes(c) : b != 0 ? 8 + used_bytes(b) : used_bytes(a);
  const std::uint64_t last = size > 0 ? static_cast<std::uint8_t>(bytes[size - 1]) : 0;
  const std::uint64_t before = size > 1 ? static_cast<std::uint8_t>(bytes[size - 2]) : 0;
  const std::size_t kept = size > 1 ? size - 2 : 0;
  const std::uint64_t who = std::uint64_t{sender.number} << 8 | static_cast<std::uint64_t>(sender.role);
  const std::uint64_t run = mix(mix(mix(who, first_bytes(a, kept)), first_bytes(b, kept, 8)), first_bytes(c, kept, 16));
  return {run + ((before << 4 & 0xf0) ^ last), mix(run, before << 8 | last)};
}

void Idempotency::Free::operator()(void* memory) const {
  std::free(memory);
}

// calloc: the pages of a large index come zeroed from the system and are not touched before they are used. The same
// holds for the room that the entries reserve.
Idempotency::Generation::Generation(std::uint64_t capacity)
    : slot_count(std::bit_ceil(capacity * 4)),
      slots(static_cast<std::uint64_t*>(std::calloc(slot_count, sizeof(std::uint64_t)))) {
  PACE_CHECK(slots != nullptr);
  entries.reserve(capacity);
}

const Remembered* Idempotency::Generation::find(const Key& key, const Sender& sender,
                                                const ClientId& request_id) const {
  if (entries.empty()) return nullptr;
  std::uint64_t step = 0;
  for (std::uint64_t at = slot(key, step); slots[at] != 0; at = slot(key, ++step)) {
    if (((slots[at] ^ key.whole) & tag_mask) != 0) continue;
    const Remembered& entry = entries[(slots[at] & ~tag_mask) - 1];
    if (entry.request_id == request_id && entry.sender == sender) return &entry;
  }
  return nullptr;
}

void Idempotency::Generation::add(const Key& key, const Remembered& entry) {
  entries.push_back(entry);
  std::uint64_t step = 0, at = slot(key, step);
  while (slots[at] != 0) at = slot(key, ++step);
  slots[at] = (key.whole & tag_mask) | entries.size();
}

void Idempotency::Generation::clear() {
  if (entries.empty()) return;
  entries.clear();
  slots.reset(static_cast<std::uint64_t*>(std::calloc(slot_count, sizeof(std::uint64_t))));
  PACE_CHECK(slots != nullptr);
}

Idempotency::Idempotency(std::uint64_t capacity) : capacity_(capacity), today_(capacity), yesterday_(capacity) {
  PACE_CHECK(capacity > 0 && capacity < (1ULL << 31));
}

const Remembered* Idempotency::find(const Sender& sender, const ClientId& request_id) const {
  return find(key_of(sender, request_id), sender, request_id);
}

const Remembered* Idempotency::find(const Key& key, const Sender& sender, const ClientId& request_id) const {
  const Remembered* entry = today_.find(key, sender, request_id);
  return entry != nullptr ? entry : yesterday_.find(key, sender, request_id);
}

bool Idempotency::full(Role role) const {
  const bool outside = role == Role::broker || role == Role::data_source;
  return today_.entries.size() >= capacity_ - (outside ? capacity_ / 16 : 0);
}

void Idempotency::remember(const Key& key, const Remembered& entry) {
  today_.add(key, entry);
}

void Idempotency::add(Generation& to, const Remembered& entry) {
  to.add(key_of(entry.sender, entry.request_id), entry);
}

void Idempotency::save(ByteWriter& out) const {
  for (const Generation* generation : {&yesterday_, &today_}) {
    out.put(static_cast<std::uint64_t>(generation->entries.size()));
    for (const Remembered& entry : generation->entries) save_entry(out, entry);
  }
}

bool Idempotency::load(ByteReader& in) {
  for (Generation* generation : {&yesterday_, &today_}) {
    generation->clear();
    const auto count = in.get<std::uint64_t>();
    if (count > capacity_ || count > in.remaining() / saved_entry_bytes) return false;
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
