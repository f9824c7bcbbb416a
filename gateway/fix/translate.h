// FIX messages to commands and reports to FIX messages. README.md has the tables. What the exchange can judge it
// judges: a command is refused here only when the message cannot be turned into one. The command depends on the
// message, the member and the listed symbols alone, so that a repeat of the message is a repeat of the request. Thread
// rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "gateway/fix/incoming.h"
#include "gateway/fix/order_desk.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {

/// H, and the answer to a repeated order.
struct StatusQuery {
  ClientId client_id;
  OrderId order;
  std::string request_id;  ///< 790, echoed
  std::string symbol;
  char side = '1';
};
/// Answered with BusinessMessageReject (j).
struct Refusal {
  int reason = 0;         ///< 380
  std::string reference;  ///< 379: the ClOrdID
  std::string text;
};
using Intake = std::variant<Request, StatusQuery, Refusal>;

/// REQUIRES: the dictionary accepted the message. Other types than D, F, G, H and q: a Refusal with reason 3.
Intake read_order_message(const Incoming& message, const Member& member, const OrderDesk& desk);

void write_report(Outgoing& message, const Report& report, const OrderDesk& desk);
/// `order` null: there is none. `text` goes to 58 when not empty.
void write_status(Outgoing& message, const StatusQuery& query, const OrderState* order, const OrderDesk& desk,
                  const std::string& exec_id, std::string_view text);
/// One of `total` open orders that AF asked for under `request` (584); `order` null: there are none.
void write_listed_order(Outgoing& message, const OrderState* order, std::string_view request, std::size_t total,
                        bool last, const OrderDesk& desk, const std::string& exec_id);
void write_refusal(Outgoing& message, const Refusal& refusal, std::string_view type, int number);

}  // namespace pace::fix
