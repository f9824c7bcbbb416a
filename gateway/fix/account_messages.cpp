#include "gateway/fix/account_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

void put_position(Outgoing& message, Outgoing::Group& positions, const char* kind, Quantity quantity) {
  positions.entry();
  message.put(703, kind);
  message.put(704, quantity.raw());
}

}  // namespace

void write_holding(Outgoing& message, std::string_view request, const AccountView& view, std::size_t i,
                   std::string_view symbol, Date day) {
  const HoldingView& holding = view.holdings[i];
  message.begin("AP");
  message.put(721, std::to_string(view.as_of.raw()) + "-" + std::to_string(i + 1));
  message.put(710, request);
  message.put(724, '0');
  message.put(727, view.holdings.size());
  message.put(728, '0');
  message.put(715, fix_date_text(day));
  message.put(83, view.as_of.raw());
  add_principal(message, view.account);
  message.put(55, symbol);
  Outgoing::Group positions(message, 702);
  put_position(message, positions, "TOT", holding.total);
  put_position(message, positions, "AVL", holding.sellable);
  put_position(message, positions, "HLD", holding.held);
  put_position(message, positions, "TDY", holding.bought_today);
  put_position(message, positions, "UNR", holding.unreleased);
}

void write_no_holdings(Outgoing& message, std::string_view request, AccountId account, bool refused,
                       std::string_view text) {
  constexpr int none_found = 2, not_authorised = 3;
  message.begin("AO");
  message.put(721, request);
  message.put(710, request);
  message.put(727, "0");
  message.put(728, refused ? not_authorised : none_found);
  message.put(729, refused ? '2' : '0');
  add_principal(message, account);
  message.put_text(58, text);
}

void write_money(Outgoing& message, std::string_view request, const AccountView& view) {
  message.begin("BA");
  message.put(908, std::to_string(view.as_of.raw()) + "-" + std::string(request));
  message.put(909, request);
  message.put(910, '3');
  message.put(912, 'Y');
  message.put(83, view.as_of.raw());
  add_principal(message, view.account);
  message.put(15, "CNY");
  message.put(900, cash_text(view.cash));
  message.put(901, cash_text(view.cash_held));
  message.put(899, cash_text(view.cash - view.cash_held));
}

void write_no_money(Outgoing& message, std::string_view request, std::string_view text) {
  message.begin("BG");
  message.put(909, request);
  message.put(945, '4');
  message.put(946, "99");
  message.put_text(58, text);
}

}  // namespace pace::fix
