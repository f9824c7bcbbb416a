#include "gateway/fix/drop_copy.h"

#include "gateway/fix/quickfix.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

constexpr int copy_indicator = 797;
constexpr int not_authorized = 6;

}  // namespace

DropCopy::DropCopy(Session::Setting setting, const OrderDesk& desk, Cause since)
    : desk_(desk), session_(std::move(setting), *this) {
  if (!session_.cause().sequence && session_.next_number() == 1) session_.skip_to(since);
}

void DropCopy::report(const Report& report) {
  if (report.cause <= session_.cause()) return;
  FIX::Message message;
  write_report(message, report, desk_);
  if (message.getHeader().getField(FIX::FIELD::MsgType) != "8") return;
  message.setField(copy_indicator, "Y");
  session_.send(message, report.cause);
}

void DropCopy::on_message(Session&, const FIX::Message& message) {
  FIX::Message answer;
  const std::string reference =
      message.isSetField(FIX::FIELD::ClOrdID) ? message.getField(FIX::FIELD::ClOrdID) : std::string();
  write_refusal(answer,
                {not_authorized, reference, "a drop copy session sends session messages and ResendRequest only"},
                message.getHeader().getField(FIX::FIELD::MsgType), session_.receiving());
  session_.send(answer);
}

}  // namespace pace::fix
