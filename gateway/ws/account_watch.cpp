#include "gateway/ws/account_watch.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace pace {
namespace {

constexpr std::chrono::milliseconds pause{20};

// Calls visit(account) for every account that the message names, also within lists.
template <class T, class Visit>
void visit_accounts(const T& value, const Visit& visit) {
  if constexpr (std::is_same_v<T, AccountId>) {
    visit(value);
  } else if constexpr (IsList<T>::value) {
    for (const auto& item : value) visit_accounts(item, visit);
  } else if constexpr (Message<T>) {
    for_each_field(value, [&](std::string_view, const auto& field) { visit_accounts(field, visit); });
  }
}

/// Changes accounts that it does not name: T+1 locks fall, parts are released, holds of pools, blocks and auctions end.
bool changes_others(const Event& event) {
  return std::visit(
      []<class E>(const E& e) {
        if constexpr (std::is_same_v<E, OrderCancelled> || std::is_same_v<E, OrderReplaced>)
          return e.principal == AccountId{};
        else
          return std::is_same_v<E, TradingDayStarted> || std::is_same_v<E, AllowancesReleased> ||
                 std::is_same_v<E, BlockWithdrawn> || std::is_same_v<E, AuctionClosed> ||
                 std::is_same_v<E, ComplianceStepDone> || std::is_same_v<E, EmissionStateChanged>;
      },
      event);
}

}  // namespace

AccountWatch::AccountWatch(boost::asio::io_context& io, QueryPort& queries, Told told)
    : io_(io), queries_(queries), told_(std::move(told)), timer_(io), self_(std::make_shared<AccountWatch*>(this)) {}

void AccountWatch::start(const MarketView& market) {
  for (const BrokerView& broker : market.brokers) own_accounts_[broker.broker] = broker.own_account;
}

void AccountWatch::stop() {
  *self_ = nullptr;
  timer_.cancel();
}

void AccountWatch::follow(AccountId account) {
  followed_.try_emplace(account, Stage::told);
  touch(account);
}

void AccountWatch::touch(AccountId account) {
  const auto found = followed_.find(account);
  if (found == followed_.end()) return;
  if (found->second == Stage::asked) found->second = Stage::asked_and_changed;
  if (found->second != Stage::told) return;
  found->second = Stage::queued;
  queue_.push_back(account);
  arm();
}

void AccountWatch::touch_all() {
  for (const auto& [account, stage] : followed_) touch(account);
}

void AccountWatch::on_entry(const Entry& entry) {
  const Command& command = entry.stamped.request.command;
  if (const auto* member = std::get_if<RegisterBroker>(&command); member && entry.outcome.accepted())
    own_accounts_[member->broker] = member->own_account;
  if (followed_.empty() || !entry.outcome.accepted() || entry.repeats) return;
  const auto visit = [this](AccountId account) { touch(account); };
  std::visit([&](const auto& c) { visit_accounts(c, visit); }, command);
  for (const Event& event : entry.events) {
    std::visit([&](const auto& e) { visit_accounts(e, visit); }, event);
    if (changes_others(event)) touch_all();
    if (const auto* trade = std::get_if<Trade>(&event))
      for (const TradeSide* side : {&trade->buy, &trade->sell})
        if (const auto own = own_accounts_.find(side->broker); own != own_accounts_.end()) touch(own->second);
  }
}

void AccountWatch::arm() {
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(pause);
  timer_.async_wait([weak = std::weak_ptr(self_)](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!error && self != nullptr && *self != nullptr) (*self)->ask_queued();
  });
}

void AccountWatch::ask_queued() {
  armed_ = false;
  for (std::size_t n = 0; n < most_at_once && !queue_.empty(); ++n) {
    if (!ask(queue_.front())) break;
    queue_.pop_front();
  }
  if (!queue_.empty()) arm();
}

/// False when the engine is busy: again later.
bool AccountWatch::ask(AccountId account) {
  const auto found = followed_.find(account);
  if (found == followed_.end() || found->second != Stage::queued) return true;  // forgotten meanwhile
  const Reject taken =
      queries_.ask(AskAccount{account}, [&io = io_, weak = std::weak_ptr(self_), account](const Answer& given) {
        boost::asio::post(io, [weak, account, given] {
          const auto self = weak.lock();
          if (self != nullptr && *self != nullptr) (*self)->answered(account, std::get_if<AccountView>(&given));
        });
      });
  if (taken == Reject::none) found->second = Stage::asked;
  return taken == Reject::none;
}

void AccountWatch::answered(AccountId account, const AccountView* view) {
  const auto found = followed_.find(account);
  if (found == followed_.end()) return;
  const bool changed = std::exchange(found->second, Stage::told) == Stage::asked_and_changed;
  if (changed) touch(account);
  told_(account, view);
}

}  // namespace pace
