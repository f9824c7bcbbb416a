#include "gateway/fix/block_messages.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

const int fee_order[] = {137, 138, 139, 0};

void set_id(FIX::Message& message, int tag, const ClientId& id) {
  set_text(message, tag, id.view());
}
std::string order_id_text(OrderId order) {
  return order ? std::to_string(order.raw()) : "NONE";
}
char status_of(const OrderState& order) {
  switch (order.state()) {
    case OrderEnd::live:
      return order.filled == Quantity{} ? '0' : '1';
    case OrderEnd::filled:
      return '2';
    case OrderEnd::cancelled:
      return '4';
    case OrderEnd::expired:
      return 'C';
    case OrderEnd::rejected:
      return '8';
  }
  return '8';
}

char exec_type_of(const Report& report) {
  switch (report.kind) {
    case ReportKind::accepted:
      return '0';
    case ReportKind::trade:
      return 'F';
    case ReportKind::trade_cancelled:
      return 'H';
    case ReportKind::cancelled:
      return report.order.state() == OrderEnd::expired ? 'C' : '4';
    case ReportKind::replaced:
      return '5';
    default:
      return '8';
  }
}

char time_in_force_code(TimeInForce value) {
  switch (value) {
    case TimeInForce::day:
      return '0';
    case TimeInForce::gtc:
      return '1';
    case TimeInForce::ioc:
      return '3';
    case TimeInForce::fok:
      return '4';
  }
  return '0';
}

// OrdRejReason (103) of FIX 4.4, where it has a word for it; Text (58) always has ours.
int order_reject_reason(Reject code) {
  switch (code) {
    case Reject::unknown_instrument:
      return 1;
    case Reject::market_closed:
    case Reject::instrument_halted:
      return 2;
    case Reject::quantity_above_maximum:
    case Reject::entrustment_order_quantity:
    case Reject::entrustment_total_quantity:
    case Reject::position_limit:
    case Reject::not_enough_cash:
    case Reject::not_enough_units:
    case Reject::units_bought_today:
    case Reject::units_not_released:
      return 3;
    case Reject::request_id_reused:
      return 6;
    case Reject::quantity_below_minimum:
      return 13;
    case Reject::unknown_account:
    case Reject::account_number_malformed:
    case Reject::account_closed:
      return 15;
    default:
      return 99;
  }
}

int cancel_reject_reason(Reject code) {
  switch (code) {
    case Reject::unknown_order:
      return 1;
    case Reject::request_id_reused:
      return 6;
    default:
      return 99;
  }
}

void set_fee(FIX::Message& message, Cash fee) {
  FIX::Group group(136, 137, fee_order);
  set(group, 137, cash_text(fee));
  set(group, 138, "CNY");
  set(group, 139, '4');  // exchange fees
  message.addGroup(group);
}

void set_order(FIX::Message& message, const OrderState& order, const OrderDesk& desk) {
  set(message, 37, order_id_text(order.order));
  set(message, 55, desk.symbol(order.instrument));
  set(message, 54, side_code(order.side));
  set(message, 38, order.quantity.raw());
  set(message, 40, order.order_type == OrderType::market ? '1' : '2');
  if (order.price != Price{}) set(message, 44, price_text(order.price));
  set(message, 59, time_in_force_code(order.time_in_force));
  set(message, 528, order.own ? 'P' : 'A');
  if (order.display != Quantity{}) set(message, 111, order.display.raw());
  set(message, 39, status_of(order));
  set(message, 151, order.open.raw());
  set(message, 14, order.filled.raw());
  set(message, 6, average_price_text(order.value, order.filled));
  if (order.entrustment) set(message, 8001, order.entrustment.raw());
  if (order.pooled) set(message, 591, '0');
  add_principal(message, order.principal);
  add_trader(message, order.trader);
}

void write_execution(FIX::Message& message, const Report& report, const OrderDesk& desk) {
  set_type(message, "8");
  set_order(message, report.order, desk);
  set_id(message, 11, report.client_id);
  set_id(message, 41, report.original);
  set(message, 17, std::to_string(report.cause.sequence.raw()) + "-" + std::to_string(report.cause.index));
  set(message, 150, exec_type_of(report));
  set(message, 60, fix_time_text(report.time));
  if (report.broken) set(message, 19, report.broken.raw());
  if (report.trade) {
    set(message, 31, price_text(report.last_price));
    set(message, 32, report.last_quantity.raw());
    set(message, 527, report.trade.raw());
    set(message, 12, cash_text(report.commission));
    set(message, 13, '3');                                    // absolute
    if (report.own_against_principal) set(message, 29, '3');  // LastCapacity, cross as principal
    set_fee(message, report.fee);
  } else if (report.kind == ReportKind::cancelled) {
    set_text(message, 58, name_of(report.reason));
  } else if (report.kind == ReportKind::rejected) {
    set(message, 103, order_reject_reason(report.outcome.code));
    set_text(message, 58, to_text(report.outcome));
  }
}

// The exchange names an order by its number; who asked by ClOrdID is told of that one.
std::string cancel_reject_text(const Report& report) {
  if (report.outcome.code != Reject::unknown_order || report.order.order || report.original.empty())
    return to_text(report.outcome);
  return "no order of yours with ClOrdID " + std::string(report.original.view()) +
         " is open or ended today (unknown_order, Rulebook 7)";
}

void write_cancel_reject(FIX::Message& message, const Report& report) {
  set_type(message, "9");
  set(message, 37, order_id_text(report.order.order));
  set_id(message, 11, report.client_id);
  set(message, 41, report.original.empty() ? "NONE" : report.original.view());
  set(message, 39, report.order.order ? status_of(report.order) : '8');
  set(message, 434, report.of_replace ? '2' : '1');
  set(message, 102, cancel_reject_reason(report.outcome.code));
  set(message, 60, fix_time_text(report.time));
  set_text(message, 58, cancel_reject_text(report));
}

void write_mass_cancel(FIX::Message& message, const Report& report, const OrderDesk& desk) {
  const char asked = report.scope.instrument ? '1' : '7';
  set_type(message, "r");
  set_id(message, 11, report.client_id);
  set(message, 37, std::to_string(report.cause.sequence.raw()) + "-" + std::to_string(report.cause.index));
  set(message, 530, asked);
  set(message, 531, report.outcome.accepted() ? asked : '0');
  if (report.scope.instrument) set(message, 55, desk.symbol(report.scope.instrument));
  if (report.scope.side != Sides::both) set(message, 54, report.scope.side == Sides::buy ? '1' : '2');
  set(message, 60, fix_time_text(report.time));
  add_principal(message, report.scope.principal);
  if (report.outcome.accepted()) {
    set(message, 533, report.affected);
  } else {
    set(message, 532, "99");
    set_text(message, 58, to_text(report.outcome));
  }
}

}  // namespace

void write_report(FIX::Message& message, const Report& report, const OrderDesk& desk) {
  switch (report.kind) {
    case ReportKind::cancel_refused:
      return write_cancel_reject(message, report);
    case ReportKind::mass_cancel:
      return write_mass_cancel(message, report, desk);
    case ReportKind::block_reported:
    case ReportKind::block_withdrawn:
    case ReportKind::block_refused:
    case ReportKind::block_traded:
    case ReportKind::block_broken:
      return write_block_report(message, report, desk);
    default:
      return write_execution(message, report, desk);
  }
}

void write_status(FIX::Message& message, const StatusQuery& query, const OrderState* order, const OrderDesk& desk,
                  const std::string& exec_id, std::string_view text) {
  set_type(message, "8");
  if (order != nullptr) {
    set_order(message, *order, desk);
    set_id(message, 11, order->client_id);
  } else {
    set(message, 37, "NONE");
    set(message, 55, query.symbol.empty() ? "[N/A]" : query.symbol);
    set(message, 54, query.side);
    set(message, 39, '8');
    set(message, 151, '0');
    set(message, 14, '0');
    set(message, 6, '0');
    set_id(message, 11, query.client_id);
  }
  set_text(message, 790, query.request_id);
  set(message, 17, exec_id);
  set(message, 150, 'I');
  set_text(message, 58, text);
}

void write_listed_order(FIX::Message& message, const OrderState* order, std::string_view request, std::size_t total,
                        bool last, const OrderDesk& desk, const std::string& exec_id) {
  const StatusQuery none{.symbol = "[N/A]"};
  write_status(message, none, order, desk, exec_id, order == nullptr ? "no such order is open" : "");
  set_text(message, 584, request);
  set(message, 911, total);
  set(message, 912, last ? 'Y' : 'N');
}

void write_refusal(FIX::Message& message, const Refusal& refusal, std::string_view type, int number) {
  set_type(message, "j");
  set(message, 45, number);
  set(message, 372, type);
  set_text(message, 379, refusal.reference);
  set(message, 380, refusal.reason);
  set_text(message, 58, refusal.text);
}

}  // namespace pace::fix
