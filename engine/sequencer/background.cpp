#include "engine/sequencer/background.h"

#include <utility>

#include "engine/base/sha256.h"
#include "engine/sequencer/large_pages.h"
#include "engine/sequencer/turns.h"

namespace pace {

namespace {

void tell(const std::vector<QueryPort::Answered>& asked, const Answer& answer) {
  for (const QueryPort::Answered& answered : asked) answered(answer);
}

}  // namespace

Background::Background(LogPort& log, EventLog& events, Snapshots snapshots, Text note, Text fault)
    : log_(log),
      events_(events),
      snapshots_(std::move(snapshots)),
      note_(std::move(note)),
      fault_(std::move(fault)),
      thread_([this] { run(); }) {}

void Background::snapshot(StateImage image) {
  give({std::move(image), {}});
}

void Background::digest(StateImage image, std::vector<QueryPort::Answered> asked) {
  give({std::move(image), std::move(asked)});
}

void Background::give(Job job) {
  {
    const std::lock_guard lock(mutex_);
    job_.emplace(std::move(job));
  }
  changed_.notify_one();
}

void Background::gather() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(gather_wanted_, true)) return;
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
  take(Turns::ordinary);
  use_large_pages();
  for (;;) {
    std::optional<Job> job;
    bool segment = false, gathers = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return job_ || segment_wanted_ || gather_wanted_ || finishing_; });
      job = std::exchange(job_, std::nullopt);
      segment = std::exchange(segment_wanted_, false) && !finishing_;
      gathers = gather_wanted_ && !finishing_;
      if (!job && !segment && !gathers) return;
    }
    if (gathers) {
      use_large_pages();
      const std::lock_guard lock(mutex_);
      gather_wanted_ = false;
      gathered_ = true;
    }
    if (segment) prepare();
    if (job) work(*job);
  }
}

// What the market wrote to while the image stood has been copied in small pages.
void Background::work(Job& job) {
  if (job.digest_for.empty()) {
    write(job.image);
  } else {
    answer(job);
  }
  use_large_pages();
  busy_ = false;
}

void Background::prepare() {
  try {
    log_.prepare();
  } catch (const std::exception& fault) {
    note_(std::string("the next log segment could not be made ahead; it will be tried again when it is needed (") +
          fault.what() + ")");
  }
}

void Background::write(StateImage& image) {
  try {
    events_.sync_up_to(image.sequence());
  } catch (const std::exception& fault) {
    fault_(std::string("event log: ") + fault.what());
    return;
  }
  try {
    snapshots_.write(image.sequence(), image.time(), [&](std::span<std::uint8_t> into) { return image.read(into); });
    newest_ = image.sequence().raw();
    ++written_;
  } catch (const std::exception& fault) {
    note_(std::string("no snapshot was written; the market goes on and a restart replays more (") + fault.what() + ")");
  }
}

void Background::answer(Job& job) {
  try {
    Sha256 hash;
    Bytes piece(1u << 20);
    while (const std::size_t got = job.image.read(piece)) hash.update(BytesView(piece).first(got));
    tell(job.digest_for, DigestView{job.image.sequence(), hash.finish()});
  } catch (const std::exception& fault) {
    note_(std::string("no digest of the state was made (") + fault.what() + ")");
    tell(job.digest_for, {});
  }
}

}  // namespace pace
