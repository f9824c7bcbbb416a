#include "gateway/fix/block_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

std::string exec_id(const Report& report) {
  return std::to_string(report.cause.sequence.raw()) + "-" + std::to_string(report.cause.index);
}

std::string_view code_of(const OrderDesk& desk, BrokerId broker) {
  const Member* member = desk.member(broker);
  return member == nullptr ? std::string_view() : member->code.view();
}

Command report_of(const Fields& message, const OrderDesk& desk) {
  ReportBlock report;
  const std::string_view symbol = text_of(message, 55);
  report.instrument = desk.instrument(symbol);
  if (!report.instrument) throw Unusable{other_fault, "Symbol (55) " + clipped(symbol) + " is not listed"};
  report.price = price_of(message, 31);
  report.quantity = quantity_of(message, 32);
  const auto agreement = Reference::from(text_of(message, 820));
  if (!agreement || agreement->empty())
    throw Unusable{other_fault, "TradeLinkID (820) is both sides' reference for their deal: 1 to 32 ASCII characters"};
  report.agreement = *agreement;
  const Fields::Entries sides = message.entries(552);
  if (sides.size() != 1)
    throw Unusable{other_fault, "NoSides (552) is 1: a member reports its own side, the other member the other"};
  const Fields side = *sides.begin();
  report.side = side_of(side);
  const Parties parties = parties_of(side, Besides::contra);
  if (!parties.principal) throw Unusable{field_missing, "the side names its principal: PartyRole (452) 3"};
  report.principal = *parties.principal;
  const auto contra = desk.by_code().find(parties.contra);
  if (contra == desk.by_code().end())
    throw Unusable{other_fault, "the side names the other member by its code: PartyRole (452) 17; " +
                                    clipped(parties.contra) + " is none"};
  report.counter_broker = contra->second->broker;
  return report;
}

void add_side(Outgoing& message, const BlockState& block, const OrderDesk& desk) {
  Outgoing::Group sides(message, 552);
  sides.entry();
  message.put(54, side_code(block.side));
  message.put(37, "NONE");
  if (const std::string_view code = code_of(desk, block.counter_broker); block.principal || !code.empty()) {
    Outgoing::Group parties(message, 453);
    if (block.principal) add_party(message, parties, std::to_string(block.principal.raw()), client_role);
    if (!code.empty()) add_party(message, parties, code, contra_role);
  }
  if (!block.trade) return;
  message.put(12, cash_text(block.commission));
  message.put(13, '3');
  Outgoing::Group fees(message, 136);
  fees.entry();
  message.put(137, cash_text(block.fee));
  message.put(138, "CNY");
  message.put(139, '4');
}

/// An AE's: what it is, and of which time.
struct CaptureHead {
  bool broken = false;
  std::optional<Timestamp> time;
};

void write_capture(Outgoing& message, const BlockState& block, const OrderDesk& desk, const CaptureHead& head) {
  message.begin("AE");
  message.put(487, head.broken ? '1' : '0');
  message.put(856, head.broken ? '7' : '0');
  message.put(828, '1');
  message.put(570, 'N');
  message.put_text(572, block.client_id.view());
  if (block.block) message.put(818, block.block.raw());
  message.put(573, block.trade ? '0' : '1');
  message.put(55, desk.symbol(block.instrument));
  message.put(31, price_text(block.price));
  message.put(32, block.quantity.raw());
  message.put_text(820, block.agreement.view());
  if (block.trade) message.put(527, block.trade.raw());
  if (head.time) message.put(60, fix_time_text(*head.time));
  add_side(message, block, desk);
}

void write_ack(Outgoing& message, const Report& report, const OrderDesk& desk) {
  const BlockState& block = report.block;
  const bool withdrawal = report.kind == ReportKind::block_withdrawn || report.of_withdrawal;
  message.begin("AR");
  message.put(571, report.client_id.view());
  message.put(487, withdrawal ? '1' : '0');
  message.put(856, withdrawal ? '6' : '0');
  if (withdrawal) message.put_text(572, block.client_id.view());
  if (block.block) message.put(818, block.block.raw());
  message.put(17, exec_id(report));
  if (block.instrument) message.put(55, desk.symbol(block.instrument));
  message.put(60, fix_time_text(report.time));
  if (report.kind == ReportKind::block_refused) {
    message.put(150, '8');
    message.put(939, '1');
    message.put(751, "99");
    message.put(58, to_text(report.outcome));
  } else {
    message.put(150, withdrawal ? '4' : '0');
    message.put(939, '0');
    if (withdrawal) message.put(58, name_of(report.reason));
  }
}

}  // namespace

Command read_block(const Fields& message, const OrderDesk& desk) {
  if (char_of(message, 487, '0') == '0') return report_of(message, desk);
  const auto number = message.find(881);
  if (!number)
    throw Unusable{field_missing,
                   "a withdrawal names its report: SecondaryTradeReportRefID (881) as 818 of the AR said"};
  return WithdrawBlock{BlockId(number_of(*number, 881))};
}

void write_block_report(Outgoing& message, const Report& report, const OrderDesk& desk) {
  if (report.kind != ReportKind::block_traded && report.kind != ReportKind::block_broken)
    return write_ack(message, report, desk);
  const bool broken = report.kind == ReportKind::block_broken;
  write_capture(message, report.block, desk, {.broken = broken, .time = report.time});
  message.put(571, exec_id(report));
  message.put(17, exec_id(report));
  message.put(150, broken ? 'H' : 'F');
  if (broken) message.put(19, report.broken.raw());
}

void write_block_repeat(Outgoing& message, const ClientId& client_id, const Outcome& first, std::string_view text) {
  message.begin("AR");
  message.put(571, client_id.view());
  message.put(150, 'I');
  message.put(939, first.accepted() ? '0' : '1');
  message.put(58, text);
}

void write_block_count(Outgoing& message, std::string_view request, char type, std::size_t total) {
  message.begin("AQ");
  message.put(568, request);
  message.put(569, type);
  message.put(748, total);
  message.put(749, '0');
  message.put(750, '0');
}

void write_listed_block(Outgoing& message, std::string_view request, const BlockState& block, std::size_t i,
                        std::size_t total, const OrderDesk& desk) {
  write_capture(message, block, desk, {.time = block.trade ? std::optional<Timestamp>(block.traded) : std::nullopt});
  message.put(571, std::string(request) + "-" + std::to_string(i + 1));
  message.put(568, request);
  message.put(748, total);
  message.put(912, i + 1 == total ? 'Y' : 'N');
}

}  // namespace pace::fix
