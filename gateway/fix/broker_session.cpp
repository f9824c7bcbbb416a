#include "gateway/fix/broker_session.h"

#include <algorithm>

#include "gateway/fix/block_messages.h"
#include "gateway/fix/quickfix.h"

namespace pace::fix {
namespace {

bool says_yes(const FIX::Message& message, int tag) {
  return message.getHeader().isSetField(tag) && message.getHeader().getField(tag) == "Y";
}

bool is_block(const Command& command) {
  return std::holds_alternative<ReportBlock>(command) || std::holds_alternative<WithdrawBlock>(command);
}

}  // namespace

BrokerSession::BrokerSession(Session::Setting setting, const OrderDesk& desk, QuestionDesk& questions,
                             const Member& member, Submit submit)
    : desk_(desk),
      questions_(questions),
      member_(member),
      submit_(std::move(submit)),
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

void BrokerSession::on_message(Session&, const FIX::Message& message) {
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
  constexpr int not_available = 4;
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
