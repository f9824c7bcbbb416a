// What brokers send that changes nothing: market data (V), lists and definitions of instruments (x c), status of
// instruments, session, orders and blocks (e g AF AD), holdings and money of their principals (AN BB). The market is
// answered from our own projection; an account is asked of the exchange, a few at a time for a session. Thread rule:
// the gateway's strand.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "engine/sequencer/port.h"
#include "gateway/fix/answer_queue.h"
#include "gateway/fix/market_desk.h"
#include "gateway/fix/order_desk.h"

namespace pace::fix {

class QuestionDesk {
 public:
  static constexpr long max_open_questions = 16;  ///< to the exchange, for one session
  static constexpr std::size_t instruments_per_message = 100;

  /// Makes a callback for the query port that runs `then` on the strand, if the gateway is still there.
  using OnStrand = std::function<QueryPort::Answered(std::function<void(const Answer&)> then)>;
  /// `told` hears of every session that something was said to.
  QuestionDesk(const OrderDesk& orders, QueryPort& queries, OnStrand on_strand, std::function<void(Session&)> told)
      : orders_(orders),
        queries_(queries),
        on_strand_(std::move(on_strand)),
        market_(told),
        answers_(told),
        told_(told) {}

  [[nodiscard]] MarketDesk& market() { return market_; }
  /// False: the message is no question, and untouched. Otherwise it was answered, or is going to be.
  bool take(Session& session, const Member& member, const Incoming& message);
  /// At the end of each turn: what the market did and the next of the long answers. True: more can go at once.
  bool tell();
  /// Long answers wait to be sent.
  [[nodiscard]] bool waiting() const { return answers_.waiting(); }
  /// The session is off: nothing more for it.
  void forget(Session& session);

 private:
  void answer(Session& session, const Member& member, const Incoming& message);
  void list_orders(Session& session, const Member& member, const Fields& message);
  void list_blocks(Session& session, const Member& member, const Fields& message);
  void list_securities(Session& session, const Fields& message);
  void define_security(Session& session, const Fields& message);
  void ask_account(Session& session, const Member& member, const Fields& message, bool holdings);
  void tell_holdings(Session& session, const std::string& id, AccountId account, const AccountView* view);
  void tell_money(Session& session, const std::string& id, AccountId account, const AccountView* view);
  void say(Session& session, Outgoing& message);
  void queue(Session& session, AnswerQueue::Answer answer);

  const OrderDesk& orders_;
  QueryPort& queries_;
  OnStrand on_strand_;
  MarketDesk market_;
  AnswerQueue answers_;
  std::function<void(Session&)> told_;
  std::map<Session*, std::shared_ptr<int>> open_questions_;  // each question on its way holds a copy
};

}  // namespace pace::fix
