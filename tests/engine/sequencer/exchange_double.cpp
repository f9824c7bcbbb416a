// A state machine small enough to see through, in the place of the exchange: it counts, sums and remembers, emits one
// event for each command, and has something due when it is told so. The sequencer's tests link it instead of
// pace_exchange.
#include <map>

#include "engine/exchange/exchange.h"

namespace pace {
namespace {
constexpr std::size_t mebibyte = 1 << 20;
}

struct Exchange::State {
  Sequence last_sequence;
  Timestamp last_time;
  std::uint64_t mixed = 0;                ///< depends on every command, its order and its time
  std::map<ClientId, std::uint64_t> ids;  ///< how often each request id came
  Timestamp due = Timestamp::max();
  std::uint64_t mebibytes = 0;  ///< of filling in the saved state
};

Exchange::Exchange(const Capacity&) : state_(std::make_unique<State>()) {}
Exchange::~Exchange() = default;
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;

// SetCap orders something due `cap` nanoseconds later; ReleaseAllocation makes the saved state a mebibyte longer. Every
// other command is counted. A repeated request id is told as such.
Applied Exchange::apply(Sequence sequence, Timestamp time, const Request& request, EventBuffer& events) {
  State& s = *state_;
  PACE_CHECK(sequence == next(s.last_sequence) && time >= s.last_time);
  if (s.due <= time) s.due = Timestamp::max();
  s.last_sequence = sequence;
  s.last_time = time;
  s.mixed = (s.mixed ^ static_cast<std::uint64_t>(time.raw()) ^ type_of(request.command)) * 0x9e3779b97f4a7c15u +
            sequence.raw();
  const std::uint64_t before = s.ids[request.request_id]++;
  if (std::holds_alternative<ReleaseAllocation>(request.command)) ++s.mebibytes;
  if (const auto* cap = std::get_if<SetCap>(&request.command)) s.due = time + Timestamp(cap->cap.raw());
  if (const auto* advance = std::get_if<AdvanceTime>(&request.command);
      advance != nullptr && advance->to != Timestamp{} && advance->to < time)
    return {{Reject::time_goes_back, advance->to.raw(), time.raw()}, {}};
  events.emit(PhaseChanged{Date(static_cast<std::int32_t>(s.mixed & 0xffff)), Phase::morning});
  return {{}, before == 0 ? Sequence{} : Sequence(1)};
}

void Exchange::expect(const Request&) {}
void Exchange::expect_no_more() {}

Sequence Exchange::last_sequence() const {
  return state_->last_sequence;
}
Timestamp Exchange::last_time() const {
  return state_->last_time;
}
Timestamp Exchange::next_due() const {
  return state_->due;
}

Answer Exchange::answer(const Question& question) const {
  if (std::holds_alternative<AskMarket>(question))
    return MarketView{.as_of = state_->last_sequence, .time = state_->last_time};
  return std::monostate{};
}

void Exchange::check() const {}

void Exchange::save(ByteWriter& out) const {
  out.put(state_->last_sequence.raw());
  out.put(state_->last_time.raw());
  out.put(state_->mixed);
  out.put(state_->due.raw());
  out.put(static_cast<std::uint64_t>(state_->ids.size()));
  for (const auto& [id, times] : state_->ids) {
    encode_value(out, id);
    out.put(times);
  }
  out.put(state_->mebibytes);
  const Bytes filling(mebibyte, 7);
  for (std::uint64_t i = 0; i < state_->mebibytes; ++i) out.put_bytes(filling.data(), filling.size());
}

bool Exchange::load(BytesView bytes) {
  ByteReader in(bytes);
  State s;
  s.last_sequence = Sequence(in.get<std::uint64_t>());
  s.last_time = Timestamp(in.get<std::int64_t>());
  s.mixed = in.get<std::uint64_t>();
  s.due = Timestamp(in.get<std::int64_t>());
  const auto n = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; in.ok() && i < n; ++i) {
    ClientId id;
    decode_value(in, id);
    s.ids[id] = in.get<std::uint64_t>();
  }
  s.mebibytes = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; in.ok() && i < s.mebibytes; ++i) in.get_view(mebibyte);
  if (!in.done()) return false;
  *state_ = std::move(s);
  return true;
}

}  // namespace pace
