#include "gateway/fix/fields.h"

#include <charconv>
#include <map>

#include "gateway/fix/decimal.h"

namespace pace::fix {
namespace {

std::string tag_text(int tag) {
  static const std::map<int, const char*> names = {{11, "ClOrdID"},        {31, "LastPx"},
                                                   {32, "LastQty"},        {37, "OrderID"},
                                                   {38, "OrderQty"},       {41, "OrigClOrdID"},
                                                   {44, "Price"},          {79, "AllocAccount"},
                                                   {80, "AllocQty"},       {111, "MaxFloor"},
                                                   {264, "MarketDepth"},   {448, "PartyID"},
                                                   {571, "TradeReportID"}, {881, "SecondaryTradeReportRefID"},
                                                   {8001, "EntrustmentID"}};
  const auto name = names.find(tag);
  const std::string number = std::to_string(tag);
  return name == names.end() ? "tag " + number : std::string(name->second) + " (" + number + ")";
}

std::string_view needed(const Fields& fields, int tag) {
  const auto text = fields.find(tag);
  if (!text) throw Unusable{field_missing, tag_text(tag) + " is missing"};
  return *text;
}

void once(bool first, int role) {
  if (!first) throw Unusable{other_fault, "only one party may have PartyRole (452) " + std::to_string(role)};
}

std::string roles(Besides besides) {
  switch (besides) {
    case Besides::trader:
      return "3 (the principal) or 11 (the trader)";
    case Besides::contra:
      return "3 (the principal) or 17 (the other member)";
    case Besides::nobody:
      break;
  }
  return "3 (the principal)";
}

TraderCode trader_of(std::string_view id) {
  const auto code = TraderCode::from(id);
  if (!code || code->empty())
    throw Unusable{other_fault,
                   "the trader's PartyID (448) is the member's short code of 1 to 8 printable ASCII characters, "
                   "not " +
                       clipped(id)};
  return *code;
}

}  // namespace

char char_of(const Fields& fields, int tag, char otherwise) {
  const std::string_view text = text_of(fields, tag);
  return text.size() == 1 ? text.front() : otherwise;
}

std::string id_text_of(const Fields& fields, int tag, std::size_t longest) {
  const std::string_view text = text_of(fields, tag);
  if (text.size() > longest)
    throw Unusable{other_fault, tag_text(tag) + " may have " + std::to_string(longest) + " characters"};
  return std::string(text);
}

std::string clipped(std::string_view text) {
  return "\"" + std::string(text.substr(0, 40)) + "\"";
}

std::uint64_t number_of(std::string_view text, int tag) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
    throw Unusable{other_fault, tag_text(tag) + " must be a number, not " + clipped(text)};
  return value;
}

ClientId client_id_of(const Fields& fields, int tag) {
  const auto id = ClientId::from(text_of(fields, tag));
  if (!id || id->empty()) throw Unusable{other_fault, tag_text(tag) + " must be 1 to 20 printable ASCII characters"};
  return *id;
}

Price price_of(const Fields& fields, int tag) {
  const std::string_view text = needed(fields, tag);
  const auto value = parse_price(text);
  if (!value)
    throw Unusable{other_fault,
                   tag_text(tag) + " is CNY per tonne with exactly two decimals, as 97.49; not " + clipped(text)};
  return *value;
}

Quantity quantity_of(const Fields& fields, int tag) {
  const std::string_view text = needed(fields, tag);
  const auto value = parse_quantity(text);
  if (!value) throw Unusable{other_fault, tag_text(tag) + " is whole kilograms, digits only; not " + clipped(text)};
  return *value;
}

Side side_of(const Fields& fields) {
  return char_of(fields, 54, '1') == '2' ? Side::sell : Side::buy;
}

Parties parties_of(const Fields& fields, Besides besides) {
  Parties found;
  for (const Fields party : fields.entries(453)) {
    const std::string_view id = text_of(party, 448), role = text_of(party, 452);
    if (role == "3") {
      once(!found.principal, client_role);
      found.principal = AccountId(number_of(id, 448));
    } else if (besides == Besides::trader && role == "11") {
      once(found.trader.empty(), trader_role);
      found.trader = trader_of(id);
    } else if (besides == Besides::contra && role == "17") {
      once(found.contra.empty(), contra_role);
      found.contra = id;
    } else {
      throw Unusable{other_fault,
                     "PartyRole (452) " + clipped(role) + " is not kept by the log; here it is " + roles(besides)};
    }
  }
  return found;
}

void put_time(Outgoing& message, int tag, Timestamp time) {
  const FixTime text = fix_time(time);
  message.put(tag, std::string_view(text.data(), text.size()));
}

void add_principal(Outgoing& message, AccountId principal, const TraderCode& trader) {
  if (!principal && trader.empty()) return;
  Outgoing::Group parties(message, 453);
  if (principal) add_party(message, parties, std::to_string(principal.raw()), client_role);
  if (!trader.empty()) add_party(message, parties, trader.view(), trader_role);
}

void add_party(Outgoing& message, Outgoing::Group& parties, std::string_view id, int role) {
  parties.entry();
  message.put(448, id);
  message.put(447, 'D');
  message.put(452, role);
}

}  // namespace pace::fix
