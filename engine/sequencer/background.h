// What must not hold the market up: writing snapshots, digesting the state, and making the log's next segment.
// Thread rule: one thread of its own; every function may be called from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/journal/snapshots.h"
#include "engine/sequencer/event_log.h"
#include "engine/sequencer/image.h"
#include "engine/sequencer/log_port.h"
#include "engine/sequencer/port.h"

namespace pace {

class Background {
 public:
  using Text = std::function<void(const std::string&)>;
  /// `note` hears of a snapshot or segment that could not be written: the market goes on. `fault` hears when the event
  /// log could not be synced. The references must outlive this object.
  Background(LogPort& log, EventLog& events, Snapshots snapshots, Text note, Text fault);
  ~Background() { finish(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Gathers the memory into large pages, so that the next image holds the market up for milliseconds; gathered() says
  /// when that is done.
  void gather();
  [[nodiscard]] bool gathered() const { return gathered_; }
  /// An image is claimed or under way: do not make another.
  [[nodiscard]] bool busy() const { return busy_; }
  /// Claims the next image, about to be made. REQUIRES: !busy().
  void claim() {
    busy_ = true;
    gathered_ = false;
  }
  /// Gives up the claim: there is no image.
  void unclaim() { busy_ = false; }
  /// Syncs the event log, then writes the image. REQUIRES: claimed; every entry of it was given to the event log.
  void snapshot(StateImage image);
  /// Digests the image and answers: with nothing (monostate) when the image ended early. REQUIRES: claimed; its last
  /// command is durable.
  void digest(StateImage image, std::vector<QueryPort::Answered> asked);
  void prepare_segment();
  /// Does what was asked for and ends the thread.
  void finish();
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] Sequence newest() const { return Sequence(newest_); }

 private:
  struct Job {
    StateImage image;
    std::vector<QueryPort::Answered> digest_for;  ///< nobody: it is to be written
  };
  void give(Job job);
  void run();
  void work(Job& job);
  void write(StateImage& image);
  void answer(Job& job);
  void prepare();

  LogPort& log_;
  EventLog& events_;
  Snapshots snapshots_;
  Text note_;
  Text fault_;
  std::atomic<bool> busy_{false}, gathered_{false};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> newest_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Job> job_;
  bool segment_wanted_ = false, gather_wanted_ = false;
  bool finishing_ = false;
  std::thread thread_;
};

}  // namespace pace
