#include "gateway/fix/account_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

const int position_order[] = {703, 704, 0};

void add_position(FIX::Message& message, const char* kind, Quantity quantity) {
  FIX::Group group(702, 703, position_order);
  set(group, 703, kind);
  set(group, 704, quantity.raw());
  message.addGroup(group);
}

}  // namespace

void write_holding(FIX::Message& message, std::string_view request, const AccountView& view, std::size_t i,
                   std::string_view symbol, Date day) {
  const HoldingView& holding = view.holdings[i];
  set_type(message, "AP");
  set(message, 721, std::to_string(view.as_of.raw()) + "-" + std::to_string(i + 1));
  set(message, 710, request);
  set(message, 724, '0');
  set(message, 727, view.holdings.size());
  set(message, 728, '0');
  set(message, 715, fix_date_text(day));
  set(message, 83, view.as_of.raw());
  add_principal(message, view.account);
  set(message, 55, symbol);
  add_position(message, "TOT", holding.total);
  add_position(message, "AVL", holding.sellable);
  add_position(message, "HLD", holding.held);
  add_position(message, "TDY", holding.bought_today);
  add_position(message, "UNR", holding.unreleased);
}

void write_no_holdings(FIX::Message& message, std::string_view request, AccountId account, bool refused,
                       std::string_view text) {
  constexpr int none_found = 2, not_authorised = 3;
  set_type(message, "AO");
  set(message, 721, request);
  set(message, 710, request);
  set(message, 727, "0");
  set(message, 728, refused ? not_authorised : none_found);
  set(message, 729, refused ? '2' : '0');
  add_principal(message, account);
  set_text(message, 58, text);
}

void write_money(FIX::Message& message, std::string_view request, const AccountView& view) {
  set_type(message, "BA");
  set(message, 908, std::to_string(view.as_of.raw()) + "-" + std::string(request));
  set(message, 909, request);
  set(message, 910, '3');
  set(message, 912, 'Y');
  set(message, 83, view.as_of.raw());
  add_principal(message, view.account);
  set(message, 15, "CNY");
  set(message, 900, cash_text(view.cash));
  set(message, 901, cash_text(view.cash_held));
  set(message, 899, cash_text(view.cash - view.cash_held));
}

void write_no_money(FIX::Message& message, std::string_view request, std::string_view text) {
  set_type(message, "BG");
  set(message, 909, request);
  set(message, 945, '4');
  set(message, 946, "99");
  set_text(message, 58, text);
}

}  // namespace pace::fix
