#include "engine/message/codec.h"

#include <cstring>
#include <type_traits>

#include "engine/base/check.h"
#include "engine/message/entry.h"

namespace pace {

std::string_view name_of(const Command& command) {
  return std::visit([]<class T>(const T&) { return T::name; }, command);
}
std::uint16_t type_of(const Command& command) {
  return std::visit([]<class T>(const T&) { return T::type; }, command);
}
std::string_view name_of(const Event& event) {
  return std::visit([]<class T>(const T&) { return T::name; }, event);
}
std::uint16_t type_of(const Event& event) {
  return std::visit([]<class T>(const T&) { return T::type; }, event);
}

Permission permitted(const Command& command) {
  const std::uint16_t type = type_of(command);
  switch (type) {
    case AdvanceTime::type:
      return {Role::system, Role::exchange_operator};
    case RegisterBroker::type:
    case ListInstrument::type:
    case HaltInstrument::type:
    case ResumeInstrument::type:
    case SetKillSwitch::type:
    case CancelAuction::type:
      return {Role::exchange_operator, Role::authority};
    case ReportReconciliation::type:
      return {Role::system, Role::system};
    case OpenAccount::type:
    case GrantEntrustment::type:
    case RevokeEntrustment::type:
      return {Role::registry_operator, Role::registry_operator};
    case SetAccountStatus::type:
    case RegisterParty::type:
    case RegisterProject::type:
    case RegisterFactor::type:
      return {Role::registry_operator, Role::authority};
    case DepositCash::type:
    case WithdrawCash::type:
      return {Role::bank, Role::bank};
    case MassCancel::type:
      return {Role::broker, Role::exchange_operator};
    case NewOrder::type:
    case CancelOrder::type:
    case ReplaceOrder::type:
    case NewPooledOrder::type:
    case ReportBlock::type:
    case WithdrawBlock::type:
    case BidAuction::type:
    case WithdrawBid::type:
    case ApplyCredits::type:
    case RequestOffset::type:
      return {Role::broker, Role::broker};
    case AnnounceAuction::type:
      return {Role::authority, Role::broker};
    case SubmitEmission::type:
      return {Role::data_source, Role::data_source};
    case VerifyEmissions::type:
    case StateCredits::type:
      return {Role::verifier, Role::verifier};
    case DisputeEmission::type:
    case ReverseEmission::type:
      return {Role::registry_operator, Role::verifier};
    default:
      return {Role::authority, Role::authority};
  }
}

namespace {

// The same number of bytes for every value: text and lists alone are not trivially copied.
template <class T>
constexpr bool fixed_size = std::is_trivially_copyable_v<T>;

// Where the size is known, a message is put together here and appended at once, not field by field.
template <std::size_t size>
class Packed {
 public:
  template <class T>
  void put(T value) {
    put_bytes(&value, sizeof value);
  }
  void put_bytes(const void* from, std::size_t n) {
    std::memcpy(bytes_.data() + at_, from, n);
    at_ += n;
  }
  void append_to(ByteWriter& out) const {
    PACE_CHECK(at_ == size);
    out.put_bytes(bytes_.data(), size);
  }

 private:
  std::array<std::uint8_t, size> bytes_;
  std::size_t at_ = 0;
};

template <class Writer>
void encode_head(Writer& out, const Request& request, std::uint16_t type) {
  encode_value(out, request.sender);
  encode_value(out, request.request_id);
  out.put(type);
}
constexpr std::size_t head_bytes = encoded_size<Sender> + ClientId::capacity + sizeof(std::uint16_t);

}  // namespace

void encode_request(ByteWriter& out, const Request& request) {
  std::visit(
      [&]<class T>(const T& body) {
        if constexpr (fixed_size<T>) {
          Packed<head_bytes + encoded_size<T>> packed;
          encode_head(packed, request, T::type);
          encode_fields(packed, body);
          packed.append_to(out);
        } else {
          encode_head(out, request, T::type);
          encode_fields(out, body);
        }
      },
      request.command);
}

namespace {

void decode_request(ByteReader& in, Request& request) {
  decode_value(in, request.sender);
  decode_value(in, request.request_id);
  decode_variant(in, request.command);
}

}  // namespace

bool decode_request(BytesView bytes, Request& into) {
  ByteReader in(bytes);
  decode_request(in, into);
  return in.done();
}

std::optional<Request> decode_request(BytesView bytes) {
  Request request;
  if (!decode_request(bytes, request)) return std::nullopt;
  return request;
}

void encode_stamped(ByteWriter& out, const StampedCommand& stamped) {
  encode_value(out, stamped.sequence);
  encode_value(out, stamped.time);
  encode_request(out, stamped.request);
}

void EventBuffer::reserve(std::size_t bytes) {
  auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
  const auto written = static_cast<std::size_t>(at_ - first_.get());
  if (written != 0) std::memcpy(larger.get(), first_.get(), written);
  first_ = std::move(larger);
  at_ = first_.get() + written;
  last_ = first_.get() + bytes - room;
}

std::vector<Event> EventBuffer::decode() const {
  ByteReader in(bytes());
  std::vector<Event> events(count_);
  for (Event& event : events) decode_variant(in, event);
  PACE_CHECK(in.done());
  return events;
}

void encode_entry(ByteWriter& out, BytesView stamped, const Outcome& outcome, Sequence repeats,
                  std::uint32_t event_count, BytesView events) {
  out.put_bytes(stamped.data(), stamped.size());
  Packed<sizeof(std::uint16_t) + 3 * sizeof(std::int64_t) + sizeof event_count> middle;
  middle.put(static_cast<std::uint16_t>(outcome.code));
  encode_value(middle, outcome.value);
  encode_value(middle, outcome.limit);
  encode_value(middle, repeats);
  middle.put(event_count);
  middle.append_to(out);
  out.put_bytes(events.data(), events.size());
}

void encode_entry(ByteWriter& out, const Entry& entry) {
  Bytes stamped;
  ByteWriter stamped_out(stamped);
  encode_stamped(stamped_out, entry.stamped);
  Bytes events;
  ByteWriter events_out(events);
  for (const Event& event : entry.events) encode_variant(events_out, event);
  encode_entry(out, stamped, entry.outcome, entry.repeats, static_cast<std::uint32_t>(entry.events.size()), events);
}

std::optional<Entry> decode_entry(BytesView bytes) {
  ByteReader in(bytes);
  Entry entry;
  decode_value(in, entry.stamped.sequence);
  decode_value(in, entry.stamped.time);
  decode_request(in, entry.stamped.request);
  entry.outcome.code = static_cast<Reject>(in.get<std::uint16_t>());
  if (!entry.outcome.accepted() && find_reject(entry.outcome.code) == nullptr) in.fail();
  decode_value(in, entry.outcome.value);
  decode_value(in, entry.outcome.limit);
  decode_value(in, entry.repeats);
  const auto count = in.get<std::uint32_t>();
  if (count > in.remaining()) in.fail();
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) decode_variant(in, entry.events.emplace_back());
  if (!in.done()) return std::nullopt;
  return entry;
}

}  // namespace pace
