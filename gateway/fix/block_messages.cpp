#include "gateway/fix/block_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

const int side_order[] = {54, 37, 453, 12, 13, 136, 0};
const int fee_order[] = {137, 138, 139, 0};
constexpr int contra_firm = 17;

std::string exec_id(const Report& report) {
  return std::to_string(report.cause.sequence.raw()) + "-" + std::to_string(report.cause.index);
}

std::string code_of(const OrderDesk& desk, BrokerId broker) {
  const Member* member = desk.member(broker);
  return member == nullptr ? std::string() : std::string(member->code.view());
}

Command report_of(const FIX::Message& message, const OrderDesk& desk) {
  ReportBlock report;
  const std::string symbol = text_of(message, 55).value_or("");
  report.instrument = desk.instrument(symbol);
  if (!report.instrument) throw Unusable{other_fault, "Symbol (55) " + clipped(symbol) + " is not listed"};
  report.price = price_of(message, 31);
  report.quantity = quantity_of(message, 32);
  const auto agreement = Reference::from(text_of(message, 820).value_or(""));
  if (!agreement || agreement->empty())
    throw Unusable{other_fault, "TradeLinkID (820) is both sides' reference for their deal: 1 to 32 ASCII characters"};
  report.agreement = *agreement;
  if (message.groupCount(552) != 1)
    throw Unusable{other_fault, "NoSides (552) is 1: a member reports its own side, the other member the other"};
  const FIX::FieldMap& side = message.getGroupRef(1, 552);
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

void add_side(FIX::Message& message, const BlockState& block, const OrderDesk& desk) {
  FIX::Group side(552, 54, side_order);
  set(side, 54, side_code(block.side));
  set(side, 37, "NONE");
  add_principal(side, block.principal);
  if (const std::string code = code_of(desk, block.counter_broker); !code.empty()) add_member(side, code, contra_firm);
  if (block.trade) {
    set(side, 12, cash_text(block.commission));
    set(side, 13, '3');
    FIX::Group fee(136, 137, fee_order);
    set(fee, 137, cash_text(block.fee));
    set(fee, 138, "CNY");
    set(fee, 139, '4');
    side.addGroup(fee);
  }
  message.addGroup(side);
}

void write_capture(FIX::Message& message, const BlockState& block, const OrderDesk& desk) {
  set_type(message, "AE");
  set(message, 487, '0');
  set(message, 856, '0');
  set(message, 828, '1');
  set(message, 570, 'N');
  set_text(message, 572, block.client_id.view());
  if (block.block) set(message, 818, block.block.raw());
  set(message, 573, block.trade ? '0' : '1');
  set(message, 55, desk.symbol(block.instrument));
  set(message, 31, price_text(block.price));
  set(message, 32, block.quantity.raw());
  set_text(message, 820, block.agreement.view());
  if (block.trade) {
    set(message, 527, block.trade.raw());
    set(message, 60, fix_time_text(block.traded));
  }
  add_side(message, block, desk);
}

void write_ack(FIX::Message& message, const Report& report, const OrderDesk& desk) {
  const BlockState& block = report.block;
  const bool withdrawal = report.kind == ReportKind::block_withdrawn || report.of_withdrawal;
  set_type(message, "AR");
  set(message, 571, report.client_id.view());
  set(message, 487, withdrawal ? '1' : '0');
  set(message, 856, withdrawal ? '6' : '0');
  if (withdrawal) set_text(message, 572, block.client_id.view());
  if (block.block) set(message, 818, block.block.raw());
  set(message, 17, exec_id(report));
  if (block.instrument) set(message, 55, desk.symbol(block.instrument));
  set(message, 60, fix_time_text(report.time));
  if (report.kind == ReportKind::block_refused) {
    set(message, 150, '8');
    set(message, 939, '1');
    set(message, 751, "99");
    set(message, 58, to_text(report.outcome));
  } else {
    set(message, 150, withdrawal ? '4' : '0');
    set(message, 939, '0');
    if (withdrawal) set(message, 58, name_of(report.reason));
  }
}

}  // namespace

Command read_block(const FIX::Message& message, const OrderDesk& desk) {
  if (char_of(message, 487, '0') == '0') return report_of(message, desk);
  const auto number = text_of(message, 881);
  if (!number)
    throw Unusable{field_missing,
                   "a withdrawal names its report: SecondaryTradeReportRefID (881) as 818 of the AR said"};
  return WithdrawBlock{BlockId(number_of(*number, 881))};
}

void write_block_report(FIX::Message& message, const Report& report, const OrderDesk& desk) {
  if (report.kind != ReportKind::block_traded && report.kind != ReportKind::block_broken)
    return write_ack(message, report, desk);
  write_capture(message, report.block, desk);
  set(message, 571, exec_id(report));
  set(message, 17, exec_id(report));
  set(message, 150, report.kind == ReportKind::block_traded ? 'F' : 'H');
  set(message, 60, fix_time_text(report.time));
  if (report.kind == ReportKind::block_traded) return;
  set(message, 487, '1');
  set(message, 856, '7');
  set(message, 19, report.broken.raw());
}

void write_block_repeat(FIX::Message& message, const ClientId& client_id, const Outcome& first, std::string_view text) {
  set_type(message, "AR");
  set(message, 571, client_id.view());
  set(message, 150, 'I');
  set(message, 939, first.accepted() ? '0' : '1');
  set(message, 58, text);
}

void write_block_count(FIX::Message& message, std::string_view request, char type, std::size_t total) {
  set_type(message, "AQ");
  set(message, 568, request);
  set(message, 569, type);
  set(message, 748, total);
  set(message, 749, '0');
  set(message, 750, '0');
}

void write_listed_block(FIX::Message& message, std::string_view request, const BlockState& block, std::size_t i,
                        std::size_t total, const OrderDesk& desk) {
  write_capture(message, block, desk);
  set(message, 571, std::string(request) + "-" + std::to_string(i + 1));
  set(message, 568, request);
  set(message, 748, total);
  set(message, 912, i + 1 == total ? 'Y' : 'N');
}

}  // namespace pace::fix
