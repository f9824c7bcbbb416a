#include "gateway/fix/fields.h"

#include <charconv>

#include "gateway/fix/decimal.h"

namespace pace::fix {
namespace {

const int party_order[] = {448, 447, 452, 0};
constexpr int client_role = 3, trader_role = 11, contra_role = 17;

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

std::string needed(const FIX::FieldMap& fields, int tag) {
  const auto text = text_of(fields, tag);
  if (!text) throw Unusable{field_missing, tag_text(tag) + " is missing"};
  return *text;
}

void add_party(FIX::FieldMap& fields, const std::string& id, int role) {
  FIX::Group party(453, 448, party_order);
  set(party, 448, id);
  set(party, 447, 'D');
  set(party, 452, role);
  fields.addGroup(453, party);
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

TraderCode trader_of(const std::string& id) {
  const auto code = TraderCode::from(id);
  if (!code || code->empty())
    throw Unusable{other_fault,
                   "the trader's PartyID (448) is the member's short code of 1 to 8 printable ASCII characters, "
                   "not " +
                       clipped(id)};
  return *code;
}

}  // namespace

std::optional<std::string> text_of(const FIX::FieldMap& fields, int tag) {
  if (!fields.isSetField(tag)) return std::nullopt;
  return fields.getField(tag);
}

char char_of(const FIX::FieldMap& fields, int tag, char otherwise) {
  const auto text = text_of(fields, tag);
  return text && text->size() == 1 ? text->front() : otherwise;
}

std::string id_text_of(const FIX::FieldMap& fields, int tag, std::size_t longest) {
  const std::string text = text_of(fields, tag).value_or("");
  if (text.size() > longest)
    throw Unusable{other_fault, tag_text(tag) + " may have " + std::to_string(longest) + " characters"};
  return text;
}

std::string clipped(const std::string& text) {
  return "\"" + text.substr(0, 40) + "\"";
}

std::uint64_t number_of(const std::string& text, int tag) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
    throw Unusable{other_fault, tag_text(tag) + " must be a number, not " + clipped(text)};
  return value;
}

ClientId client_id_of(const FIX::FieldMap& fields, int tag) {
  const auto id = ClientId::from(text_of(fields, tag).value_or(""));
  if (!id || id->empty()) throw Unusable{other_fault, tag_text(tag) + " must be 1 to 20 printable ASCII characters"};
  return *id;
}

Price price_of(const FIX::FieldMap& fields, int tag) {
  const std::string text = needed(fields, tag);
  const auto value = parse_price(text);
  if (!value)
    throw Unusable{other_fault,
                   tag_text(tag) + " is CNY per tonne with exactly two decimals, as 97.49; not " + clipped(text)};
  return *value;
}

Quantity quantity_of(const FIX::FieldMap& fields, int tag) {
  const std::string text = needed(fields, tag);
  const auto value = parse_quantity(text);
  if (!value) throw Unusable{other_fault, tag_text(tag) + " is whole kilograms, digits only; not " + clipped(text)};
  return *value;
}

Side side_of(const FIX::FieldMap& fields) {
  return char_of(fields, 54, '1') == '2' ? Side::sell : Side::buy;
}

Parties parties_of(const FIX::FieldMap& fields, Besides besides) {
  Parties found;
  const int n = static_cast<int>(fields.groupCount(453));
  for (int i = 1; i <= n; ++i) {
    const FIX::FieldMap& party = fields.getGroupRef(i, 453);
    const std::string id = text_of(party, 448).value_or(""), role = text_of(party, 452).value_or("");
    if (role == std::to_string(client_role)) {
      once(!found.principal, client_role);
      found.principal = AccountId(number_of(id, 448));
    } else if (besides == Besides::trader && role == std::to_string(trader_role)) {
      once(found.trader.empty(), trader_role);
      found.trader = trader_of(id);
    } else if (besides == Besides::contra && role == std::to_string(contra_role)) {
      once(found.contra.empty(), contra_role);
      found.contra = id;
    } else {
      throw Unusable{other_fault,
                     "PartyRole (452) " + clipped(role) + " is not kept by the log; here it is " + roles(besides)};
    }
  }
  return found;
}

void add_principal(FIX::FieldMap& fields, AccountId principal) {
  if (principal) add_party(fields, std::to_string(principal.raw()), client_role);
}

void add_trader(FIX::FieldMap& fields, const TraderCode& trader) {
  if (!trader.empty()) add_party(fields, std::string(trader.view()), trader_role);
}

void add_member(FIX::FieldMap& fields, std::string_view code, int role) {
  add_party(fields, std::string(code), role);
}

}  // namespace pace::fix
