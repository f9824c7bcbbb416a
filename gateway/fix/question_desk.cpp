#include "gateway/fix/question_desk.h"

#include <algorithm>

#include "gateway/fix/account_messages.h"
#include "gateway/fix/block_messages.h"
#include "gateway/fix/fields.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

bool is_question(std::string_view type) {
  if (type.size() == 1) return std::string_view("Vxceg").find(type.front()) != std::string_view::npos;
  return type == "AF" || type == "AD" || type == "AN" || type == "BB";
}

/// Which of the member's open orders AF asks for.
struct Wanted {
  InstrumentId instrument;  ///< 0: any
  AccountId principal;      ///< 0: any
  std::optional<Side> side;
  [[nodiscard]] bool operator()(const OrderState& order) const {
    return (!instrument || order.instrument == instrument) && (!principal || order.principal == principal) &&
           (!side || order.side == *side);
  }
};

Wanted wanted_of(const Fields& message, const OrderDesk& orders) {
  Wanted wanted;
  const char by = char_of(message, 585, '7');
  const std::string_view symbol = text_of(message, 55);
  if (by == '1') {
    wanted.instrument = orders.instrument(symbol);
    if (!wanted.instrument) throw Unusable{other_fault, "Symbol (55) " + clipped(symbol) + " is not listed"};
  } else if (!symbol.empty()) {
    throw Unusable{other_fault, "Symbol (55) needs MassStatusReqType (585) 1"};
  }
  wanted.principal = parties_of(message).principal.value_or(AccountId{});
  if (by == '8' && !wanted.principal)
    throw Unusable{field_missing, "MassStatusReqType (585) 8 needs the principal: PartyRole (452) 3"};
  if (message.has(54)) wanted.side = side_of(message);
  return wanted;
}

}  // namespace

bool QuestionDesk::take(Session& session, const Member& member, const Incoming& message) {
  if (!is_question(message.type())) return false;
  try {
    answer(session, member, message);
  } catch (const Unusable& fault) {
    Outgoing refusal;
    write_refusal(refusal, {fault.reason, "", fault.text}, message.type(), session.receiving());
    say(session, refusal);
  }
  return true;
}

void QuestionDesk::answer(Session& session, const Member& member, const Incoming& incoming) {
  const std::string_view type = incoming.type();
  const Fields message = incoming.body();
  if (type == "V") return market_.take_market_data(session, message);
  if (type == "e") return market_.take_security_status(session, message);
  if (type == "g") return market_.take_session_status(session, message);
  if (type == "x") return list_securities(session, message);
  if (type == "c") return define_security(session, message);
  if (type == "AF") return list_orders(session, member, message);
  if (type == "AD") return list_blocks(session, member, message);
  ask_account(session, member, message, type == "AN");
}

bool QuestionDesk::tell() {
  market_.publish();
  return answers_.send_some();
}

void QuestionDesk::forget(Session& session) {
  market_.forget(session);
  answers_.forget(session);
}

void QuestionDesk::say(Session& session, Outgoing& message) {
  if (!session.send_live(message, AnswerQueue::most_unsent)) session.send(message);
  told_(session);
}

void QuestionDesk::queue(Session& session, AnswerQueue::Answer answer) {
  if (!answers_.add(session, std::move(answer)))
    throw Unusable{not_available, "earlier answers are still on their way: ask again when they have come"};
}

// --- orders ---------------------------------------------------------------------------------------------------------

void QuestionDesk::list_orders(Session& session, const Member& member, const Fields& message) {
  const std::string id = id_text_of(message, 584);
  const Wanted wanted = wanted_of(message, orders_);
  auto open = orders_.open_orders(member.broker);
  std::erase_if(open, [&](OrderId order) { return !wanted(*orders_.find(order)); });
  const auto list = std::make_shared<const std::vector<OrderId>>(std::move(open));
  queue(session, {std::max<std::size_t>(list->size(), 1), [this, &session, id, list](Outgoing& out, std::size_t i) {
                    const OrderState* order = list->empty() ? nullptr : orders_.find((*list)[i]);
                    write_listed_order(out, order, id, list->size(), i + 1 >= list->size(), orders_,
                                       "S" + std::to_string(session.next_number()));
                  }});
}

void QuestionDesk::list_blocks(Session& session, const Member& member, const Fields& message) {
  const std::string id = id_text_of(message, 568);
  const char type = char_of(message, 569, '1');
  const auto list = std::make_shared<const std::vector<BlockState>>(orders_.blocks().of(member.broker, type == '1'));
  queue(session, {list->size() + 1, [this, id, type, list](Outgoing& out, std::size_t i) {
                    if (i == 0) return write_block_count(out, id, type, list->size());
                    write_listed_block(out, id, (*list)[i - 1], i - 1, list->size(), orders_);
                  }});
}

// --- instruments ----------------------------------------------------------------------------------------------------

void QuestionDesk::list_securities(Session& session, const Fields& message) {
  const std::string id = id_text_of(message, 320);
  const std::string response = "L" + std::to_string(session.next_number());
  std::vector<const BoardInstrument*> found;
  if (char_of(message, 559, '4') == '0') {
    const std::string_view symbol = text_of(message, 55);
    if (const BoardInstrument* instrument = market_.board().find(symbol)) found.push_back(instrument);
  } else {
    for (const auto& [number, instrument] : market_.board().instruments()) found.push_back(&instrument);
  }
  if (found.empty()) {
    constexpr int no_instruments = 2;
    Outgoing none;
    write_no_securities(none, id, response, no_instruments, "no instrument that was asked for is listed");
    return say(session, none);
  }
  const std::size_t parts = (found.size() + instruments_per_message - 1) / instruments_per_message;
  queue(session, {parts, [id, response, found = std::move(found)](Outgoing& out, std::size_t i) {
                    const auto first = found.begin() + static_cast<std::ptrdiff_t>(i * instruments_per_message);
                    const auto left = static_cast<std::size_t>(found.end() - first);
                    const std::size_t n = std::min(left, instruments_per_message);
                    ListPart part{{first, first + static_cast<std::ptrdiff_t>(n)}, found.size(), n == left};
                    write_security_list(out, id, response, part);
                  }});
}

void QuestionDesk::define_security(Session& session, const Fields& message) {
  const std::string symbol = id_text_of(message, 55);
  Outgoing definition;
  write_security_definition(definition, id_text_of(message, 320), "D" + std::to_string(session.next_number()), symbol,
                            market_.board().find(symbol));
  say(session, definition);
}

// --- accounts -------------------------------------------------------------------------------------------------------

void QuestionDesk::ask_account(Session& session, const Member& member, const Fields& message, bool holdings) {
  const std::string id = id_text_of(message, holdings ? 710 : 909);
  const AccountId account = parties_of(message).principal.value_or(member.own_account);
  std::shared_ptr<int>& open = open_questions_[&session];
  if (!open) open = std::make_shared<int>(0);
  if (open.use_count() > max_open_questions)
    throw Unusable{not_available, std::to_string(max_open_questions) + " accounts are being asked for: wait for them"};
  const auto then = [this, &session, broker = member.broker, id, account, holdings, open](const Answer& answer) {
    if (!session.logged_on()) return;
    const auto* view = std::get_if<AccountView>(&answer);
    const bool own =
        view != nullptr && std::find(view->brokers.begin(), view->brokers.end(), broker) != view->brokers.end();
    if (holdings) return tell_holdings(session, id, account, own ? view : nullptr);
    tell_money(session, id, account, own ? view : nullptr);
  };
  if (const Reject busy = queries_.ask(AskAccount{account}, on_strand_(then)); busy != Reject::none)
    throw Unusable{not_available, to_text(Outcome{.code = busy}) + ": ask again"};
}

// An account that does not exist and one that has nothing to do with the member are one answer.
void QuestionDesk::tell_holdings(Session& session, const std::string& id, AccountId account, const AccountView* view) {
  if (view == nullptr || view->holdings.empty()) {
    Outgoing none;
    write_no_holdings(none, id, account, view == nullptr,
                      view == nullptr ? "no principal of yours has this account" : "the account holds no units");
    return say(session, none);
  }
  const auto kept = std::make_shared<const AccountView>(*view);
  const bool added = answers_.add(
      session, {kept->holdings.size(), [this, id, kept](Outgoing& out, std::size_t i) {
                  write_holding(out, id, *kept, i, orders_.symbol(kept->holdings[i].instrument), market_.board().day());
                }});
  if (added) return;
  Outgoing busy;
  write_no_holdings(busy, id, account, true, "earlier answers are still on their way: ask again when they have come");
  say(session, busy);
}

void QuestionDesk::tell_money(Session& session, const std::string& id, AccountId account, const AccountView* view) {
  Outgoing message;
  if (view != nullptr) {
    write_money(message, id, *view);
  } else {
    write_no_money(message, id, "no principal of yours has account " + std::to_string(account.raw()));
  }
  say(session, message);
}

}  // namespace pace::fix
