#include "gateway/ws/feed_reader.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "engine/base/check.h"
#include "gateway/ws/turn.h"

namespace pace {
namespace {

constexpr std::chrono::milliseconds patience{100};

bool matters_for_recall(const Entry& entry) {
  return std::any_of(entry.events.begin(), entry.events.end(), [](const Event& event) {
    return std::holds_alternative<Trade>(event) || std::holds_alternative<BlockPublished>(event) ||
           std::holds_alternative<TradingDayStarted>(event);
  });
}

}  // namespace

Entry entry_at(const EntryBatch& batch, std::size_t i) {
  std::optional<Entry> entry = decode_entry(batch.entry(i));
  PACE_CHECK(entry.has_value());
  return std::move(*entry);
}

void FeedReader::start(Sequence recall_after, Sequence state, Handlers handlers) {
  PACE_CHECK(!thread_.joinable());
  shared_ = std::make_shared<Shared>();
  shared_->handlers = std::move(handlers);
  thread_ = std::thread([this, recall_after, state] { run(recall_after, state); });
}

void FeedReader::stop() {
  if (!thread_.joinable()) return;
  shared_->stopping = true;
  shared_->room.release();  // the reader may wait for an io thread that no longer runs
  thread_.join();
}

void FeedReader::run(Sequence recall_after, Sequence state) {
  recall(recall_after, state);
  boost::asio::post(io_, [shared = shared_] {
    if (!shared->stopping) shared->handlers.caught_up();
  });
  follow(state);
}

void FeedReader::recall(Sequence after, Sequence state) {
  while (after < state && !shared_->stopping) {
    const EntryBatchPtr batch = feed_.next(after, patience);
    if (batch == nullptr) return;  // the log no longer reaches back that far, or the feed is stopping
    auto piece = std::make_shared<Piece>();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      Entry entry = entry_at(*batch, i);
      if (entry.sequence() <= state && matters_for_recall(entry)) piece->push_back(std::move(entry));
    }
    after = batch->last();
    hand_over(std::move(piece), true);
  }
}

void FeedReader::follow(Sequence after) {
  while (!shared_->stopping) {
    const EntryBatchPtr batch = feed_.next(after, patience);
    if (batch == nullptr) continue;
    auto piece = std::make_shared<Piece>();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      piece->push_back(entry_at(*batch, i));
      if (piece->size() == piece_entries) hand_over(std::exchange(piece, std::make_shared<Piece>()), false);
    }
    after = batch->last();
    hand_over(std::move(piece), false);
  }
}

// After a stop there is room for one piece more, for the one that may be waiting: no other may wait.
void FeedReader::hand_over(std::shared_ptr<Piece> piece, bool recalled) {
  if (piece->empty() || shared_->stopping) return;
  shared_->room.acquire();
  Turn::of(io_).post([shared = shared_, piece = std::move(piece), recalled] {
    const auto& handle = recalled ? shared->handlers.recalled : shared->handlers.entry;
    for (const Entry& entry : *piece)
      if (!shared->stopping) handle(entry);
    if (!shared->stopping && !recalled) shared->handlers.piece_done();
    if (!shared->stopping) shared->room.release();
  });
}

}  // namespace pace
