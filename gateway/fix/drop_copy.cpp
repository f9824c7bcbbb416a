#include "gateway/fix/drop_copy.h"

#include "gateway/fix/fields.h"
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
  write_report(copy_, report, desk_);
  if (copy_.type() != "8") return;
  copy_.put(copy_indicator, 'Y');
  session_.send(copy_, report.cause);
}

bool DropCopy::on_message(Session&, const Incoming& message) {
  constexpr int cl_ord_id = 11;
  write_refusal(copy_,
                {not_authorized, std::string(text_of(message.body(), cl_ord_id)),
                 "a drop copy session sends session messages and ResendRequest only"},
                message.type(), session_.receiving());
  session_.send(copy_);
  return true;
}

}  // namespace pace::fix
