// Market data and private streams for all sessions: follows the feed, keeps the board, makes each message once, and
// hands it to every reader of its topic. Also replays a topic's past, for readers who resume: from the log, or from the
// messages kept last. Thread rule: one thread owns it (the io thread); replays are read on the pool and answered on the
// io thread. Invariant: a topic's messages leave in the order of their sequence, and everything up to
// `board().applied()` has left, but while a piece of entries is worked on.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sequencer/port.h"
#include "gateway/market/candles.h"
#include "gateway/market/market_board.h"
#include "gateway/ws/account_watch.h"
#include "gateway/ws/bundle.h"
#include "gateway/ws/feed_reader.h"
#include "gateway/ws/market_messages.h"
#include "gateway/ws/recent_messages.h"

namespace pace {

enum class Channel : std::uint8_t { book, trades, ticker, status, auction, orders, fills, notices, holdings, cash };
PACE_ENUM_NAMES(Channel, "book", "trades", "ticker", "status", "auction", "orders", "fills", "notices", "holdings",
                "cash");
/// A member's own: made from the log for one broker.
constexpr bool is_of_broker(Channel channel) {
  return channel == Channel::orders || channel == Channel::fills || channel == Channel::notices;
}
/// One account's state, for those who may see it.
constexpr bool is_of_account(Channel channel) {
  return channel == Channel::holdings || channel == Channel::cash;
}
/// Can it be read again from the log, from any sequence? The other public ones resume from the messages kept last, and
/// an account's state is sent whole.
constexpr bool is_replayable(Channel channel) {
  return is_of_broker(channel) || channel == Channel::trades;
}

/// What one can subscribe to. `key`: the instrument, broker or account, or 0 (status). `viewer`: which broker reads an
/// account's state; 0: an office that sees everything.
struct Topic {
  Channel channel{};
  std::uint64_t key = 0;
  std::uint32_t viewer = 0;
  auto operator<=>(const Topic&) const = default;
};

class StreamReader {
 public:
  virtual ~StreamReader() = default;
  /// Messages of a subscribed topic, at least one. Must not subscribe or unsubscribe anything before it returns.
  virtual void deliver(const Topic& topic, const Bundle& bundle) = 0;
  /// The topic is over for this reader, after its last message: it is unsubscribed already.
  virtual void ended(const Topic& topic) = 0;
};

class StreamHub {
 public:
  StreamHub(boost::asio::io_context& io, boost::asio::thread_pool& pool, QueryPort& queries, EventFeed& feed,
            std::uint64_t history_entries);
  ~StreamHub();

  /// Asks the engine for its state (again every 100 ms while it is busy), then follows the feed. `ready` says when.
  void start();
  /// Ends the following; no message leaves afterwards.
  void stop();
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] const MarketBoard& board() const { return board_; }
  [[nodiscard]] const Candles& candles() const { return candles_; }
  [[nodiscard]] Sequence released() const { return feed_.released(); }
  [[nodiscard]] EventFeed& feed() const { return feed_; }

  /// An account's state follows within some 20 ms, or its end when the viewer may not see it.
  void subscribe(const Topic& topic, StreamReader& reader);
  void unsubscribe(const Topic& topic, StreamReader& reader);
  /// The topic's present state, for a new reader. Nothing for private topics and unknown instruments.
  [[nodiscard]] Text snapshot(const Topic& topic) const;

  /// The kept messages of a public topic after `from`, oldest first; nothing when some of them are no longer kept.
  [[nodiscard]] std::optional<std::vector<Text>> recent(const Topic& topic, Sequence from) const;

  /// A piece of a topic's past: its messages in (after, reached].
  struct Replayed {
    std::vector<std::pair<Sequence, Text>> messages;
    Sequence reached;
  };
  /// Reads one piece after `after`; `done` runs on the io thread. `reached` is `after` only when the feed is stopping.
  /// REQUIRES: is_replayable(topic.channel).
  void replay(const Topic& topic, Sequence after, std::function<void(Replayed)> done);

  /// Rejected commands since the start, by reject name: for /metrics.
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& rejects() const { return rejects_; }
  /// The same of alerts (gateway/market/alerts.h).
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& alerts() const { return alerts_; }

 private:
  struct Opening;
  void ask_orders(const std::shared_ptr<Opening>& opening);
  void ask_market(const std::shared_ptr<Opening>& opening);
  void retry(const std::shared_ptr<Opening>& opening);
  void open(const Opening& opening);
  void on_entry(const Entry& entry);
  void draw(const Entry& entry);
  void publish_changes(const BoardChanges& changes, const Entry& entry);
  void publish_private(const Entry& entry);
  void publish_account(AccountId account, const AccountView* view);
  void end_topic(const Topic& topic, std::string_view why);
  [[nodiscard]] bool wanted(const Topic& topic) const { return readers_.contains(topic) || recent_.contains(topic); }
  void publish(const Topic& topic, std::string text);
  void hand_out();

  boost::asio::io_context& io_;
  boost::asio::thread_pool& pool_;
  QueryPort& queries_;
  EventFeed& feed_;
  std::uint64_t history_entries_;
  bool ready_ = false;
  MarketBoard board_;
  Candles candles_;
  std::map<Topic, std::vector<StreamReader*>> readers_;
  /// Messages in a row of one topic, from entries that came together: they leave at the next of another, at the end of
  /// the piece, or when they grow large.
  Bundle bundle_;
  Topic bundle_topic_;
  std::map<Topic, RecentMessages> recent_;  ///< public topics that were ever read, without those the log gives
  std::map<Topic, std::string> said_;       ///< the state last sent of an account's topic
  std::map<std::string, std::uint64_t, std::less<>> rejects_, alerts_;
  std::shared_ptr<Opening> opening_;
  AccountWatch watch_;
  FeedReader reader_;
};

}  // namespace pace
