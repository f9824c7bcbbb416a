#include "engine/sequencer/background.h"

#include <utility>

namespace pace {

Background::Background(LogPort& log, LogWriter& events, Snapshots snapshots, Text note, Text fault)
    : log_(log),
      events_(events),
      snapshots_(std::move(snapshots)),
      note_(std::move(note)),
      fault_(std::move(fault)),
      thread_([this] { run(); }) {}

void Background::snapshot(StateImage image) {
  {
    const std::lock_guard lock(mutex_);
    image_ = std::move(image);
  }
  changed_.notify_one();
}

void Background::prepare_segment() {
  {
    const std::lock_guard lock(mutex_);
    segment_wanted_ = true;
  }
  changed_.notify_one();
}

void Background::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Background::run() {
  for (;;) {
    std::optional<StateImage> image;
    bool segment = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return image_ || segment_wanted_ || finishing_; });
      image = std::exchange(image_, std::nullopt);
      segment = std::exchange(segment_wanted_, false) && !finishing_;
      if (!image && !segment) return;
    }
    if (segment) prepare();
    if (image) write(*image);
  }
}

void Background::prepare() {
  try {
    log_.prepare();
  } catch (const std::exception& fault) {
    note_(std::string("the next log segment could not be made ahead; it will be tried again when it is needed (") +
          fault.what() + ")");
  }
}

void Background::write(const StateImage& image) {
  try {
    events_.sync();
  } catch (const std::exception& fault) {
    fault_(std::string("event log: ") + fault.what());
    return;
  }
  try {
    snapshots_.write(image.sequence, image.time, image.state);
    newest_ = image.sequence.raw();
    ++written_;
  } catch (const std::exception& fault) {
    note_(std::string("no snapshot was written; the market goes on and a restart replays more (") + fault.what() + ")");
  }
  busy_ = false;
}

}  // namespace pace
