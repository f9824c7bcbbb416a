#include "engine/sequencer/stamper.h"

#include <algorithm>
#include <string>

namespace pace {
namespace {

Timestamp machine_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// Who may not send the command does not move the clock either; the exchange rejects it.
bool may_move_clock(const Request& request) {
  const Permission permission = permitted(request.command);
  return request.sender.role == permission.role || request.sender.role == permission.also;
}

}  // namespace

void Stamper::look() {
  if (clock_ == ClockMode::real) seen_ = machine_time();
}

Stamper::Stamp Stamper::stamp(const Request& request) {
  sequence_ = next(sequence_);
  if (clock_ == ClockMode::real) {
    time_ = std::max(time_, seen_);
  } else if (const auto* advance = std::get_if<AdvanceTime>(&request.command);
             advance != nullptr && may_move_clock(request)) {
    time_ = std::max(time_, advance->to);
  }
  return {sequence_, time_};
}

// What is due at or before the last stamp has happened with it.
bool Stamper::comes_by_itself(Timestamp due) const {
  return clock_ == ClockMode::real && due > time_ && due != Timestamp::max();
}

std::optional<Request> Stamper::timer(Timestamp due) const {
  if (!comes_by_itself(due) || due > seen_) return std::nullopt;
  // The sequence number it will get makes the request id unique.
  const auto id = ClientId::from("t" + std::to_string(next(sequence_).raw()));
  PACE_CHECK(id);
  return Request{Sender{Role::system, 0}, *id, AdvanceTime{}};
}

std::optional<std::chrono::nanoseconds> Stamper::until(Timestamp due) const {
  if (!comes_by_itself(due)) return std::nullopt;
  const std::int64_t left = due.raw() - machine_time().raw();
  return std::chrono::nanoseconds(std::clamp<std::int64_t>(left, 0, seconds(1).raw()));
}

}  // namespace pace
