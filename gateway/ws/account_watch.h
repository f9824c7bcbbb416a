// Tells the state of followed accounts whenever it may have changed: entries that name an account, or change what they
// do not name, make it ask the engine again; never more than once in 20 ms for one account, and never twice at a time.
// Thread rule: the io thread; answers come on the gate's thread and are handed over.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "engine/sequencer/port.h"

namespace pace {

class AccountWatch {
 public:
  /// The account's state, or nothing when there is no such account.
  using Told = std::function<void(AccountId, const AccountView*)>;

  AccountWatch(boost::asio::io_context& io, QueryPort& queries, Told told);
  ~AccountWatch() { stop(); }
  AccountWatch(const AccountWatch&) = delete;
  AccountWatch& operator=(const AccountWatch&) = delete;

  /// Which account is whose own: commissions go there without being named.
  void start(const MarketView& market);
  /// Nothing is told afterwards.
  void stop();
  /// Its state is told soon, and again on change until it is forgotten.
  void follow(AccountId account);
  void forget(AccountId account) { followed_.erase(account); }
  void on_entry(const Entry& entry);

 private:
  static constexpr std::size_t most_at_once = 512;
  enum class Stage { told, queued, asked, asked_and_changed };

  void touch(AccountId account);
  void touch_all();
  void arm();
  void ask_queued();
  [[nodiscard]] bool ask(AccountId account);
  void answered(AccountId account, const AccountView* view);

  boost::asio::io_context& io_;
  QueryPort& queries_;
  Told told_;
  std::map<AccountId, Stage> followed_;
  std::map<BrokerId, AccountId> own_accounts_;
  std::deque<AccountId> queue_;
  boost::asio::steady_timer timer_;
  bool armed_ = false;
  std::shared_ptr<AccountWatch*> self_;  ///< answers on their way find nothing after stop()
};

}  // namespace pace
