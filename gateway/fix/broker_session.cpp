#include "gateway/fix/broker_session.h"

#include <algorithm>
#include <chrono>

#include "engine/base/check.h"
#include "gateway/fix/block_messages.h"
#include "gateway/fix/quickfix.h"

namespace pace::fix {
namespace {

constexpr int not_available = 4;

bool says_yes(const FIX::Message& message, int tag) {
  return message.getHeader().isSetField(tag) && message.getHeader().getField(tag) == "Y";
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
  FIX::Message message;
  write_report(message, report, desk_);
  session_.send(message, report.cause);
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

bool BrokerSession::throttle(const FIX::Message& message) {
  const RateLimiter::Grant grant = limiter_.take("", std::chrono::steady_clock::now());
  if (grant.allowed) return false;
  ++throttled_;
  refuse(message, {not_available,
                   message.isSetField(FIX::FIELD::ClOrdID) ? message.getField(FIX::FIELD::ClOrdID) : std::string(),
                   "more than " + std::to_string(static_cast<std::uint64_t>(rate_.per_second)) +
                       " messages per second: nothing was taken; send again in " +
                       std::to_string(grant.retry_after.count()) + " ms (throttled)"});
  return true;
}

void BrokerSession::on_message(Session&, const FIX::Message& message) {
  if (throttle(message)) return;
  if (questions_.take(session_, member_, message)) return;
  const Intake intake = read_order_message(message, member_, desk_);
  if (const auto* request = std::get_if<Request>(&intake)) return submit(message, *request);
  if (const auto* query = std::get_if<StatusQuery>(&intake)) return answer(*query);
  refuse(message, std::get<Refusal>(intake));
}

void BrokerSession::submit(const FIX::Message& message, const Request& request) {
  if (says_yes(message, FIX::FIELD::PossResend)) {
    if (const OrderState* order = desk_.find(member_.broker, request.request_id))
      return answer({.client_id = order->client_id});
  }
  const auto number = static_cast<std::uint32_t>(session_.receiving());
  const Reject answer = submit_(request, {.broker = member_.broker,
                                          .epoch = session_.epoch(),
                                          .number = number,
                                          .resent = says_yes(message, FIX::FIELD::PossDupFlag),
                                          .client_id = request.request_id,
                                          .block = is_block(request.command)});
  if (answer == Reject::none) return pending_.push_back(number);
  refuse(message, {not_available, std::string(request.request_id.view()),
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
    FIX::Message message;
    write_block_repeat(message, settled.ticket.client_id, settled.outcome, text);
    return session_.send(message);
  }
  const StatusQuery query{.client_id = settled.ticket.client_id};
  send_status(query, desk_.find(member_.broker, query.client_id), text);
}

void BrokerSession::send_status(const StatusQuery& query, const OrderState* order, std::string_view text) {
  FIX::Message message;
  write_status(message, query, order, desk_, "S" + std::to_string(session_.next_number()), text);
  session_.send(message);
}

void BrokerSession::refuse(const FIX::Message& message, const Refusal& refusal) {
  FIX::Message answer;
  write_refusal(answer, refusal, message.getHeader().getField(FIX::FIELD::MsgType), session_.receiving());
  session_.send(answer);
}

}  // namespace pace::fix
