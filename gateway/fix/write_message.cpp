#include <array>
#include <charconv>

#include "gateway/fix/block_messages.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

void put_id(Outgoing& message, int tag, const ClientId& id) {
  message.put_text(tag, id.view());
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

void set_fee(Outgoing& message, Cash fee) {
  Outgoing::Group fees(message, 136);
  fees.entry();
  message.put(137, cash_text(fee));
  message.put(138, "CNY");
  message.put(139, '4');  // exchange fees
}

/// "sequence-place": the ExecID (17) of a report.
void put_cause(Outgoing& message, int tag, const Cause& cause) {
  std::array<char, 48> text;
  char* const end = text.data() + text.size();
  char* at = std::to_chars(text.data(), end, cause.sequence.raw()).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, cause.index).ptr;
  message.put(tag, std::string_view(text.data(), static_cast<std::size_t>(at - text.data())));
}

void put_why(Outgoing& message, const Report& report) {
  if (report.kind == ReportKind::cancelled) message.put_text(58, name_of(report.reason));
  if (report.kind == ReportKind::rejected) message.put_text(58, to_text(report.outcome));
}

void put_deal(Outgoing& message, const Report& report) {
  if (report.broken) message.put(19, report.broken.raw());
  if (!report.trade) return;
  if (report.own_against_principal) message.put(29, '3');  // LastCapacity, cross as principal
  message.put(31, price_text(report.last_price));
  message.put(32, report.last_quantity.raw());
}

// What most messages say: in the order of the tags, so that nothing has to be sorted. `report` null: a status.
void put_order(Outgoing& message, const OrderState& order, const OrderDesk& desk, const Report* report) {
  message.put(6, average_price_text(order.value, order.filled));
  put_id(message, 11, report != nullptr ? report->client_id : order.client_id);
  if (report != nullptr && report->trade) {
    message.put(12, cash_text(report->commission));
    message.put(13, '3');  // absolute
  }
  message.put(14, order.filled.raw());
  if (report != nullptr) put_cause(message, 17, report->cause);
  if (report != nullptr) put_deal(message, *report);
  message.put(37, order_id_text(order.order));
  message.put(38, order.quantity.raw());
  message.put(39, status_of(order));
  message.put(40, order.order_type == OrderType::market ? '1' : '2');
  if (report != nullptr) put_id(message, 41, report->original);
  if (order.price != Price{}) message.put(44, price_text(order.price));
  message.put(54, side_code(order.side));
  message.put(55, desk.symbol(order.instrument));
  if (report != nullptr) put_why(message, *report);
  message.put(59, time_in_force_code(order.time_in_force));
  if (report != nullptr) put_time(message, 60, report->time);
  if (report != nullptr && report->kind == ReportKind::rejected)
    message.put(103, order_reject_reason(report->outcome.code));
  if (order.display != Quantity{}) message.put(111, order.display.raw());
  if (report != nullptr && report->trade) set_fee(message, report->fee);
  if (report != nullptr) message.put(150, exec_type_of(*report));
  message.put(151, order.open.raw());
  add_principal(message, order.principal, order.trader);
  if (report != nullptr && report->trade) message.put(527, report->trade.raw());
  message.put(528, order.own ? 'P' : 'A');
  if (order.pooled) message.put(591, '0');
  if (order.entrustment) message.put(8001, order.entrustment.raw());
}

void write_execution(Outgoing& message, const Report& report, const OrderDesk& desk) {
  message.begin("8");
  put_order(message, report.order, desk, &report);
}

// The exchange names an order by its number; who asked by ClOrdID is told of that one.
std::string cancel_reject_text(const Report& report) {
  if (report.outcome.code != Reject::unknown_order || report.order.order || report.original.empty())
    return to_text(report.outcome);
  return "no order of yours with ClOrdID " + std::string(report.original.view()) +
         " is open or ended today (unknown_order, Rulebook 7)";
}

void write_cancel_reject(Outgoing& message, const Report& report) {
  message.begin("9");
  message.put(37, order_id_text(report.order.order));
  put_id(message, 11, report.client_id);
  message.put(41, report.original.empty() ? "NONE" : report.original.view());
  message.put(39, report.order.order ? status_of(report.order) : '8');
  message.put(434, report.of_replace ? '2' : '1');
  message.put(102, cancel_reject_reason(report.outcome.code));
  put_time(message, 60, report.time);
  message.put_text(58, cancel_reject_text(report));
}

void write_mass_cancel(Outgoing& message, const Report& report, const OrderDesk& desk) {
  const char asked = report.scope.instrument ? '1' : '7';
  message.begin("r");
  put_id(message, 11, report.client_id);
  put_cause(message, 37, report.cause);
  message.put(530, asked);
  message.put(531, report.outcome.accepted() ? asked : '0');
  if (report.scope.instrument) message.put(55, desk.symbol(report.scope.instrument));
  if (report.scope.side != Sides::both) message.put(54, report.scope.side == Sides::buy ? '1' : '2');
  put_time(message, 60, report.time);
  add_principal(message, report.scope.principal);
  if (report.outcome.accepted()) {
    message.put(533, report.affected);
  } else {
    message.put(532, "99");
    message.put_text(58, to_text(report.outcome));
  }
}

}  // namespace

void write_report(Outgoing& message, const Report& report, const OrderDesk& desk) {
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

void write_status(Outgoing& message, const StatusQuery& query, const OrderState* order, const OrderDesk& desk,
                  const std::string& exec_id, std::string_view text) {
  message.begin("8");
  if (order != nullptr) {
    put_order(message, *order, desk, nullptr);
  } else {
    message.put(37, "NONE");
    message.put(55, query.symbol.empty() ? "[N/A]" : query.symbol);
    message.put(54, query.side);
    message.put(39, '8');
    message.put(151, '0');
    message.put(14, '0');
    message.put(6, '0');
    put_id(message, 11, query.client_id);
  }
  message.put_text(790, query.request_id);
  message.put(17, exec_id);
  message.put(150, 'I');
  message.put_text(58, text);
}

void write_listed_order(Outgoing& message, const OrderState* order, std::string_view request, std::size_t total,
                        bool last, const OrderDesk& desk, const std::string& exec_id) {
  const StatusQuery none{.symbol = "[N/A]"};
  write_status(message, none, order, desk, exec_id, order == nullptr ? "no such order is open" : "");
  message.put_text(584, request);
  message.put(911, total);
  message.put(912, last ? 'Y' : 'N');
}

void write_refusal(Outgoing& message, const Refusal& refusal, std::string_view type, int number) {
  message.begin("j");
  message.put(45, number);
  message.put(372, type);
  message.put_text(379, refusal.reference);
  message.put(380, refusal.reason);
  message.put_text(58, refusal.text);
}

}  // namespace pace::fix
