// Market data and private streams for all sessions: follows the feed, keeps the board, makes each message once, and
// hands it to every reader of its topic. Also replays a topic's past from the feed, for readers who resume. Thread
// rule: one thread owns it (the io thread); replays are read on the pool and answered on the io thread. Invariant: a
// topic's messages leave in the order of their sequence, and everything up to `board().applied()` has left.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/sequencer/port.h"
#include "gateway/market/market_board.h"
#include "gateway/ws/feed_reader.h"
#include "gateway/ws/market_messages.h"

namespace pace {

enum class Channel : std::uint8_t { book, trades, ticker, status, auction, orders, fills };
PACE_ENUM_NAMES(Channel, "book", "trades", "ticker", "status", "auction", "orders", "fills");
constexpr bool is_private(Channel channel) {
  return channel == Channel::orders || channel == Channel::fills;
}
/// Can it be resumed from a sequence? The others resume by a fresh state.
constexpr bool is_replayable(Channel channel) {
  return is_private(channel) || channel == Channel::trades;
}

/// What one can subscribe to. `key`: the instrument, the broker of a private channel, or 0 (status).
struct Topic {
  Channel channel{};
  std::uint32_t key = 0;
  auto operator<=>(const Topic&) const = default;
};

class StreamReader {
 public:
  virtual ~StreamReader() = default;
  /// One message of a subscribed topic. Must not subscribe or unsubscribe anything before it returns.
  virtual void deliver(const Topic& topic, Sequence sequence, const Text& text) = 0;
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
  [[nodiscard]] Sequence released() const { return feed_.released(); }

  void subscribe(const Topic& topic, StreamReader& reader);
  void unsubscribe(const Topic& topic, StreamReader& reader);
  /// The topic's present state, for a new reader. Nothing for private topics and unknown instruments.
  [[nodiscard]] Text snapshot(const Topic& topic) const;

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

 private:
  struct Opening;
  void ask_orders(const std::shared_ptr<Opening>& opening);
  void ask_market(const std::shared_ptr<Opening>& opening);
  void retry(const std::shared_ptr<Opening>& opening);
  void open(const Opening& opening);
  void on_entry(const Entry& entry);
  void publish_changes(const BoardChanges& changes, const Entry& entry);
  void publish_private(const Entry& entry);
  [[nodiscard]] bool wanted(const Topic& topic) const { return readers_.contains(topic); }
  void publish(const Topic& topic, std::string text);

  boost::asio::io_context& io_;
  boost::asio::thread_pool& pool_;
  QueryPort& queries_;
  EventFeed& feed_;
  std::uint64_t history_entries_;
  bool ready_ = false;
  MarketBoard board_;
  std::map<Topic, std::vector<StreamReader*>> readers_;
  std::map<std::string, std::uint64_t, std::less<>> rejects_;
  std::shared_ptr<Opening> opening_;
  FeedReader reader_;
};

}  // namespace pace
