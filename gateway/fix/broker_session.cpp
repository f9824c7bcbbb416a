#include "gateway/fix/broker_session.h"

#include <algorithm>
#include <chrono>

#include "engine/base/check.h"
#include "gateway/fix/block_messages.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

constexpr int cl_ord_id = 11, poss_dup = 43, poss_resend = 97;

bool says_yes(const Incoming& message, int tag) {
  return message.header(tag) == "Y";
}

bool is_block(const Command& command) {
  return std::holds_alternative<ReportBlock>(command) || std::holds_alternative<WithdrawBlock>(command);
}

}  // namespace

BrokerSession::BrokerSession(Session::Setting setting, const OrderDesk& desk, QuestionDesk& questions,
                             const Member& member, Submit submit, Rate rate)
    : desk_(desk),
      questions_(questions),
      member_(member),
      submit_(std::move(submit)),
      rate_(rate),
      limiter_(rate.per_second, rate.burst, 1),
      session_(std::move(setting), *this) {}

void BrokerSession::report(const Report& report) {
  if (report.cause <= session_.cause()) return;
  write_report(answer_, report, desk_);
  session_.send(answer_, report.cause);
}

void BrokerSession::settle(const Settled& settled) {
  if (settled.ticket.epoch != session_.epoch()) return;
  const auto place = std::find(pending_.begin(), pending_.end(), settled.ticket.number);
  if (place != pending_.end()) pending_.erase(place);
  if (settled.repeats && !settled.ticket.resent) answer_repeat(settled);
}

void BrokerSession::on_gone(Session&) {
  questions_.forget(session_);
  cancel_due_ = cancel_on_disconnect_;
  cancel_if_due();
}

// Its number is none of the broker's messages: nothing waits for it to be settled.
void BrokerSession::cancel_if_due() {
  if (!cancel_due_) return;
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto id = ClientId::from("COD-" + std::to_string(now.count()));
  PACE_CHECK(id.has_value());
  const Request request{
      {Role::broker, member_.broker.raw()}, *id, MassCancel{.side = Sides::both, .reason = CancelReason::disconnect}};
  cancel_due_ =
      submit_(request, {.broker = member_.broker, .epoch = session_.epoch(), .client_id = *id}) == Reject::busy;
}

bool BrokerSession::throttle(const Incoming& message) {
  const RateLimiter::Grant grant = limiter_.take("", std::chrono::steady_clock::now());
  if (grant.allowed) return false;
  ++throttled_;
  refuse(message, {not_available, std::string(text_of(message.body(), cl_ord_id)),
                   "more than " + std::to_string(static_cast<std::uint64_t>(rate_.per_second)) +
                       " messages per second: nothing was taken; send again in " +
                       std::to_string(grant.retry_after.count()) + " ms (throttled)"});
  return true;
}

bool BrokerSession::on_message(Session&, const Incoming& message) {
  if (throttle(message) || questions_.take(session_, member_, message)) return true;
  Intake intake = read_order_message(message, member_, desk_);
  if (auto* request = std::get_if<Request>(&intake)) {
    submit(message, std::move(*request));
  } else if (const auto* query = std::get_if<StatusQuery>(&intake)) {
    answer(*query);
  } else {
    refuse(message, std::get<Refusal>(intake));
  }
  return true;
}

void BrokerSession::submit(const Incoming& message, Request request) {
  if (says_yes(message, poss_resend)) {
    if (const OrderState* order = desk_.find(member_.broker, request.request_id))
      return answer({.client_id = order->client_id});
  }
  const auto number = static_cast<std::uint32_t>(session_.receiving());
  const Ticket ticket{.broker = member_.broker,
                      .epoch = session_.epoch(),
                      .number = number,
                      .resent = says_yes(message, poss_dup),
                      .client_id = request.request_id,
                      .block = is_block(request.command)};
  const Reject answer = submit_(std::move(request), ticket);
  if (answer == Reject::none) return pending_.push_back(number);
  refuse(message, {not_available, std::string(ticket.client_id.view()),
                   to_text(Outcome{.code = answer}) + ": nothing was taken; send again"});
}

void BrokerSession::answer(const StatusQuery& query) {
  const OrderState* order = query.order ? desk_.find(query.order) : desk_.find(member_.broker, query.client_id);
  if (order != nullptr && order->broker != member_.broker) order = nullptr;
  send_status(query, order, order == nullptr ? "no such order is open or ended today" : "");
}

// A request sent again as if it were new: its first answer, as a status, so that the sender is never left waiting.
void BrokerSession::answer_repeat(const Settled& settled) {
  const std::string text = "request repeated; first answered at sequence " + std::to_string(settled.repeats.raw()) +
                           ": " + to_text(settled.outcome);
  if (settled.ticket.block) {
    write_block_repeat(answer_, settled.ticket.client_id, settled.outcome, text);
    return session_.send(answer_);
  }
  const StatusQuery query{.client_id = settled.ticket.client_id};
  send_status(query, desk_.find(member_.broker, query.client_id), text);
}

void BrokerSession::send_status(const StatusQuery& query, const OrderState* order, std::string_view text) {
  write_status(answer_, query, order, desk_, "S" + std::to_string(session_.next_number()), text);
  session_.send(answer_);
}

void BrokerSession::refuse(const Incoming& message, const Refusal& refusal) {
  write_refusal(answer_, refusal, message.type(), session_.receiving());
  session_.send(answer_);
}

}  // namespace pace::fix
