// Reads the event feed on a thread of its own, decodes there, and hands entries to the io thread in small pieces, so
// that no other session waits behind a large batch. Never more than a few pieces are on their way: a slow io thread
// slows the reading, not the exchange. Thread rule: made, started, stopped and destroyed on the io thread, or while it
// does not run. The handlers run on it.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "engine/sequencer/port.h"

namespace pace {

class FeedReader {
 public:
  struct Handlers {
    std::function<void(const Entry&)> recalled;  ///< entries with trades or a day's start, before the state
    std::function<void()> caught_up;             ///< the recall is done
    std::function<void(const Entry&)> entry;     ///< every entry after the state
    std::function<void()> piece_done;            ///< after the last of those that came together
  };
  FeedReader(boost::asio::io_context& io, EventFeed& feed) : io_(io), feed_(feed) {}
  ~FeedReader() { stop(); }
  FeedReader(const FeedReader&) = delete;
  FeedReader& operator=(const FeedReader&) = delete;

  /// Recalls the entries from `recall_after` + 1 to `state`, then follows the feed after `state` until stop.
  void start(Sequence recall_after, Sequence state, Handlers handlers);
  /// Joins the thread; no handler runs afterwards.
  void stop();

 private:
  static constexpr std::size_t piece_entries = 64;
  static constexpr std::ptrdiff_t pieces_ahead = 8;
  struct Shared {
    std::counting_semaphore<pieces_ahead + 1> room{pieces_ahead};  ///< one more at the stop
    std::atomic<bool> stopping{false};
    Handlers handlers;
  };
  using Piece = std::vector<Entry>;

  void run(Sequence recall_after, Sequence state);
  void recall(Sequence after, Sequence state);
  void follow(Sequence after);
  void hand_over(std::shared_ptr<Piece> piece, bool recalled);

  boost::asio::io_context& io_;
  EventFeed& feed_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

/// The entry at `i`. REQUIRES: i < batch.size(). The feed's bytes are our own: one that does not decode is a bug.
Entry entry_at(const EntryBatch& batch, std::size_t i);

}  // namespace pace
