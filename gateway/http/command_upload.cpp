#include "gateway/http/command_upload.h"

#include <boost/asio/post.hpp>

#include "engine/message/json.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds busy_pause{1};

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

}  // namespace

CommandUpload::CommandUpload(const Ports& ports, CommandScreen screen, Identity identity, std::string body,
                             bool with_events, std::function<void()> news)
    : ports_(ports),
      screen_(std::move(screen)),
      identity_(std::move(identity)),
      body_(std::move(body)),
      with_events_(with_events),
      news_(std::move(news)),
      retry_(ports.pool.get_executor()) {}

void CommandUpload::start() {
  again();
}

void CommandUpload::again() {
  net::post(ports_.pool, [self = shared_from_this()] { self->decode_piece(); });
}

void CommandUpload::abandon() {
  abandoned_ = true;
}

// A piece, then back to the end of the pool's queue: uploads and replays share two threads.
void CommandUpload::decode_piece() {
  for (std::size_t n = 0; n < piece_lines; ++n) {
    if (abandoned_) return;
    {
      const std::lock_guard lock(mutex_);
      parked_ = in_flight_ >= window || slots_.size() >= most_waiting;
      if (parked_) return;
    }
    if (held_ ? !submit() : !decode_line()) return;
  }
  again();
}

/// False when the piece ends: no more lines, or the queue is busy.
bool CommandUpload::decode_line() {
  std::string_view line;
  while (line.empty()) {
    if (at_ >= body_.size()) {
      {
        const std::lock_guard lock(mutex_);
        decoded_ = true;
      }
      tell();
      return false;
    }
    const std::size_t end = std::min(body_.find('\n', at_), body_.size());
    line = trimmed(std::string_view(body_).substr(at_, end - at_));
    at_ = end + 1;
    ++line_;
  }
  CommandReader::Line read = reader_.read(line, identity_.sender);
  const std::size_t slot = open_slot(read);
  if (!read.request) {
    refuse(slot, {Reject::malformed_message}, "line " + std::to_string(line_) + ": " + read.fault.text);
    return true;
  }
  const bool broker = identity_.sender.role == Role::broker;
  if (broker ? !identity_.scopes.trade : !identity_.scopes.admin) {
    refuse(slot, {Reject::role_not_permitted},
           identity_.login + " has no scope " + (broker ? "trade" : "admin") + " (role_not_permitted)");
    return true;
  }
  if (screen_) {
    if (const Outcome outcome = screen_(*read.request); !outcome.accepted()) {
      refuse(slot, outcome, "");
      return true;
    }
  }
  held_ = std::move(read.request);
  held_slot_ = slot;
  return submit();
}

bool CommandUpload::submit() {
  {
    const std::lock_guard lock(mutex_);
    ++in_flight_;  // before the answer can come
  }
  const Reject taken = ports_.commands.submit(
      *held_, [self = shared_from_this(), slot = held_slot_](const Entry& entry) { self->on_answer(slot, entry); });
  if (taken == Reject::none) {
    held_.reset();
    return true;
  }
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
  }
  if (taken != Reject::busy) {
    refuse(held_slot_, {taken}, "");
    held_.reset();
    return true;
  }
  retry_.expires_after(busy_pause);
  retry_.async_wait([self = shared_from_this()](boost::system::error_code) { self->decode_piece(); });
  return false;
}

std::size_t CommandUpload::open_slot(const CommandReader::Line& read) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_.emplace_back();
  slot.line = line_;
  slot.request_id = read.request_id;
  slot.fault = read.fault;
  return first_slot_ + slots_.size() - 1;
}

void CommandUpload::refuse(std::size_t number, Outcome outcome, std::string text) {
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[number - first_slot_];
    slot.outcome = outcome;
    slot.refusal = std::move(text);
    slot.answered = true;
  }
  tell();
}

// On the gate's thread: copies what is needed and leaves.
void CommandUpload::on_answer(std::size_t number, const Entry& entry) {
  bool go_on = false;
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    Slot& slot = slots_[number - first_slot_];
    slot.sequence = entry.sequence();
    slot.repeats = entry.repeats;
    slot.outcome = entry.outcome;
    if (with_events_) slot.entry = entry;
    slot.answered = true;
    go_on = parked_ && in_flight_ < window / 2 && slots_.size() < most_waiting;
    if (go_on) parked_ = false;
  }
  if (go_on) again();
  tell();
}

void CommandUpload::tell() {
  {
    const std::lock_guard lock(mutex_);
    const bool news = slots_.empty() ? decoded_ : slots_.front().answered;
    if (told_ || !news) return;
    told_ = true;
  }
  net::post(ports_.io, [self = shared_from_this()] {
    if (!self->abandoned_) self->news_();
  });
}

std::string CommandUpload::take(std::size_t most) {
  std::string out;
  bool go_on = false;
  {
    const std::lock_guard lock(mutex_);
    told_ = false;
    while (!slots_.empty() && slots_.front().answered && out.size() < most) {
      append(out, slots_.front(), with_events_, identity_.sender);
      slots_.pop_front();
      ++first_slot_;
    }
    go_on = parked_ && in_flight_ < window && slots_.size() < most_waiting / 2;
    if (go_on) parked_ = false;
  }
  if (go_on) again();
  return out;
}

bool CommandUpload::done() {
  const std::lock_guard lock(mutex_);
  return decoded_ && slots_.empty();
}

void CommandUpload::append(std::string& out, const Slot& slot, bool with_events, Sender viewer) {
  out += '{';
  JsonFields fields(out);
  fields.add("request_id", slot.request_id);
  fields.add("sequence", slot.sequence);
  if (slot.repeats) fields.add("repeats", slot.repeats);
  if (slot.refusal.empty()) {
    fields.add_json("outcome", to_json(slot.outcome));
  } else {
    std::string outcome = "{";
    JsonFields inner(outcome);
    inner.add_text("code", find_reject(slot.outcome.code)->name);
    inner.add("line", slot.line);
    if (!slot.fault.field.empty()) inner.add_text("field", slot.fault.field);
    inner.add_text("text", slot.refusal);
    fields.add_json("outcome", outcome + "}");
  }
  if (with_events) fields.add_json("events", slot.entry ? visible_events(*slot.entry, viewer) : "[]");
  out += "}\n";
}

}  // namespace pace
