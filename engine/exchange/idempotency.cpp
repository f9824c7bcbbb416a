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

std::uint64_t key_hash(const Sender& sender, const ClientId& request_id) {
  const std::uint64_t who = std::uint64_t{sender.number} << 8 | static_cast<std::uint64_t>(sender.role);
  return mix_bytes(who, request_id.bytes().data(), ClientId::capacity);
}

constexpr std::uint64_t tag_mask = 0xffff'ffff'0000'0000ULL;

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

void Idempotency::Free::operator()(void* memory) const {
  std::free(memory);
}

// calloc: the pages of a large index come zeroed from the system and are not touched before they are used.
Idempotency::Generation::Generation(std::uint64_t wanted)
    : slot_count(wanted), slots(static_cast<std::uint64_t*>(std::calloc(wanted, sizeof(std::uint64_t)))) {
  PACE_CHECK(slots != nullptr);
}

const Remembered* Idempotency::Generation::find(std::uint64_t hash, const Sender& sender,
                                                const ClientId& request_id) const {
  for (std::uint64_t at = hash & (slot_count - 1); slots[at] != 0; at = (at + 1) & (slot_count - 1)) {
    if (((slots[at] ^ hash) & tag_mask) != 0) continue;
    const Remembered& entry = entries[(slots[at] & ~tag_mask) - 1];
    if (entry.request_id == request_id && entry.sender == sender) return &entry;
  }
  return nullptr;
}

void Idempotency::Generation::add(const Remembered& entry) {
  entries.push_back(entry);
  const std::uint64_t hash = key_hash(entry.sender, entry.request_id);
  std::uint64_t at = hash & (slot_count - 1);
  while (slots[at] != 0) at = (at + 1) & (slot_count - 1);
  slots[at] = (hash & tag_mask) | entries.size();
}

void Idempotency::Generation::clear() {
  if (entries.empty()) return;
  entries.clear();
  slots.reset(static_cast<std::uint64_t*>(std::calloc(slot_count, sizeof(std::uint64_t))));
  PACE_CHECK(slots != nullptr);
}

// Twice as many slots as entries keep the probes short; carried-over ids of open orders fit in as well.
Idempotency::Idempotency(std::uint64_t capacity)
    : capacity_(capacity), today_(std::bit_ceil(capacity * 2)), yesterday_(std::bit_ceil(capacity * 2)) {
  PACE_CHECK(capacity > 0 && capacity < (1ULL << 31));
}

const Remembered* Idempotency::find(const Sender& sender, const ClientId& request_id) const {
  const std::uint64_t hash = key_hash(sender, request_id);
  const Remembered* entry = today_.find(hash, sender, request_id);
  return entry != nullptr ? entry : yesterday_.find(hash, sender, request_id);
}

bool Idempotency::full(Role role) const {
  const bool outside = role == Role::broker || role == Role::data_source;
  return today_.entries.size() >= capacity_ - (outside ? capacity_ / 16 : 0);
}

void Idempotency::remember(const Remembered& entry) {
  today_.add(entry);
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
      generation->add(entry);
    }
  }
  return in.ok();
}

}  // namespace pace
