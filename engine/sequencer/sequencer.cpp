#include "engine/sequencer/sequencer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "engine/journal/data_directory.h"
#include "engine/journal/posix_disk.h"
#include "engine/sequencer/applier.h"
#include "engine/sequencer/bounded_queue.h"
#include "engine/sequencer/gate.h"
#include "engine/sequencer/local_log.h"
#include "engine/sequencer/recovery.h"
#include "engine/sequencer/stamper.h"
#include "engine/sequencer/turns.h"

namespace pace {
namespace {

/// Taken from the queue at once: small enough that the disk starts soon, large enough that a hand-over costs little.
constexpr std::size_t chunk_commands = 256;
/// So few commands, alone in the house, the sequencer thread passes through the gate itself: applying them costs less
/// than to wake the journal thread.
constexpr std::size_t kept_commands = 32;
/// After more than that it leaves the gate to the journal thread so long: in a crowd the first of a burst would hold up
/// those behind it for a whole sync.
constexpr std::chrono::nanoseconds crowd = std::chrono::milliseconds(2);
/// Written to the event log at once: a system call that keeps its processor from the other threads for 0.1 ms.
constexpr std::uint64_t event_log_bytes = 256u << 10;
/// How soon the sequencer thread looks whether the background is free again when it waits for that.
constexpr std::chrono::nanoseconds look_again = std::chrono::milliseconds(1);

struct Submitted {
  Request request;
  CommandPort::Answered answered;
};
struct Asked {
  Question question;
  QueryPort::Answered answered;
};
using Work = std::variant<Submitted, Asked>;

DataSettings settings_of(const SequencerOptions& options) {
  return {options.clock == ClockMode::simulated, options.capacity.accounts, options.capacity.open_orders,
          options.capacity.instruments, options.capacity.requests_per_day};
}

}  // namespace

class Sequencer::Core {
 public:
  Core(SequencerOptions options, Disk& disk);
  ~Core() { stop(); }

  Reject submit(Request&& request, CommandPort::Answered&& answered);
  Reject ask(Question question, QueryPort::Answered answered);
  bool stop();
  [[nodiscard]] SequencerStatistics statistics() const;
  [[nodiscard]] bool failed() const { return failed_; }
  Feed& feed() { return feed_; }

 private:
  std::unique_ptr<LogPort> open_log(Disk& disk);
  Reject answer_of(Pushed pushed);
  void run_sequencer();
  void run_journal();
  void serve_queue();
  void process(Chunk& chunk);
  [[nodiscard]] bool keep(std::span<const Work> work);
  void take_turns(Turns turns);
  void stamp(Chunk& chunk, const Request& request, CommandPort::Answered answered);
  void stamp(Chunk& chunk, const std::optional<Request>& due, std::span<Work> work);
  void apply(Chunk& chunk, const std::optional<Request>& due, std::span<Work> work);
  void apply(Chunk& chunk, std::size_t place, const Request& request);
  void answer(Chunk& chunk, Asked& asked);
  [[nodiscard]] std::optional<std::chrono::nanoseconds> patience() const;
  [[nodiscard]] bool image_wanted() const;
  [[nodiscard]] bool image_ready();
  void take_image(Chunk& chunk);
  void finish();
  void fail(const std::string& text);
  void leave();
  void disown();
  void note(const std::string& text) const {
    if (options_.on_note) options_.on_note(text);
  }

  const SequencerOptions options_;
  DataDirectory directory_;
  Recovered recovered_;
  Exchange& exchange_ = recovered_.exchange;
  std::unique_ptr<LogPort> log_;
  Feed feed_;
  Stamper stamper_;
  Applier applier_{exchange_};
  BoundedQueue<Work> queue_;
  Pipeline pipeline_;
  EventLog event_log_;
  Background background_;
  Gate gate_;
  Turns turns_ = Turns::shortest;  ///< the sequencer thread's
  std::chrono::steady_clock::time_point crowded_until_;
  Sequence imaged_;                               ///< newest state of which a snapshot was begun, or recovered from
  std::vector<QueryPort::Answered> want_digest_;  ///< wait for the background to be free
  std::atomic<std::uint64_t> sequenced_;
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> busy_{0};
  std::atomic<bool> failed_{false};
  std::atomic<int> at_work_{2};  ///< of the two threads
  std::mutex stop_mutex_;
  std::thread journal_thread_;
  std::thread sequencer_thread_;
};

Sequencer::Core::Core(SequencerOptions options, Disk& disk)
    : options_(std::move(options)),
      directory_(DataDirectory::open(disk, options_.data_directory, settings_of(options_))),
      recovered_(recover(disk, directory_.paths(), options_.capacity, options_.segment_bytes,
                         [this](const std::string& text) { note(text); })),
      log_(open_log(disk)),
      feed_(disk, directory_.paths().events, recovered_.journal.last, options_.ring_bytes),
      stamper_(options_.clock, recovered_.journal.last, exchange_.last_time()),
      queue_(options_.queue_capacity, options_.watch),
      event_log_(*recovered_.events, feed_, std::min(event_log_bytes, options_.segment_bytes / 4),
                 [this](const std::string& text) { fail(text); }),
      background_(
          *log_, event_log_, Snapshots(disk, directory_.paths().snapshots),
          [this](const std::string& text) { note(text); }, [this](const std::string& text) { fail(text); }),
      gate_({pipeline_, *log_, event_log_, feed_, background_}, recovered_.journal.last, log_->epoch()),
      imaged_(recovered_.snapshot),
      sequenced_(recovered_.journal.last.raw()) {
  background_.prepare_segment();
  journal_thread_ = std::thread([this] { run_journal(); });
  sequencer_thread_ = std::thread([this] { run_sequencer(); });
}

std::unique_ptr<LogPort> Sequencer::Core::open_log(Disk& disk) {
  const LogOptions where{directory_.paths().journal, LogKind::journal, options_.segment_bytes, true};
  if (options_.open_log) return options_.open_log(disk, where, recovered_.journal);
  return std::make_unique<LocalLog>(disk, where, recovered_.journal);
}

// --- in --------------------------------------------------------------------------------------------------------------

Reject Sequencer::Core::submit(Request&& request, CommandPort::Answered&& answered) {
  if (options_.clock == ClockMode::real && std::holds_alternative<AdvanceTime>(request.command))
    return Reject::not_simulated;
  return answer_of(queue_.push(std::in_place_type<Submitted>, std::move(request), std::move(answered)));
}

Reject Sequencer::Core::ask(Question question, QueryPort::Answered answered) {
  return answer_of(queue_.push(std::in_place_type<Asked>, std::move(question), std::move(answered)));
}

Reject Sequencer::Core::answer_of(Pushed pushed) {
  switch (pushed) {
    case Pushed::taken:
      return Reject::none;
    case Pushed::full:
      ++busy_;
      return Reject::busy;
    case Pushed::closed:
      break;
  }
  return Reject::stopping;
}

// --- sequencer thread ------------------------------------------------------------------------------------------------

void Sequencer::Core::run_sequencer() {
  take(turns_);
  try {
    serve_queue();
  } catch (const std::exception& fault) {
    fail(fault.what());
  }
  leave();
}

void Sequencer::Core::serve_queue() {
  while (queue_.wait(patience())) {
    Chunk* const chunk = pipeline_.room();
    if (chunk == nullptr || failed_) return;
    process(*chunk);
  }
  finish();
}

std::optional<std::chrono::nanoseconds> Sequencer::Core::patience() const {
  const auto until_due = stamper_.until(exchange_.next_due());
  if (!image_wanted()) return until_due;
  return std::min(until_due.value_or(look_again), look_again);
}

void Sequencer::Core::process(Chunk& chunk) {
  const std::span<Work> work = queue_.items(chunk_commands);
  stamper_.look();
  const std::optional<Request> due = stamper_.timer(exchange_.next_due());
  if (!due && work.empty() && !image_ready()) return;
  stamp(chunk, due, work);
  const bool kept = keep(work);
  if (!kept) pipeline_.push();  // the disk starts; applying overlaps it
  apply(chunk, due, work);
  queue_.drop(work.size());
  if (image_ready()) take_image(chunk);
  if (kept) {
    gate_.pass(chunk);
  } else {
    pipeline_.applied(chunk);
  }
}

bool Sequencer::Core::keep(std::span<const Work> work) {
  const auto now = std::chrono::steady_clock::now();
  if (work.size() > kept_commands || queue_.depth() != work.size()) crowded_until_ = now + crowd;
  const bool kept = now >= crowded_until_ && pipeline_.keep();
  take_turns(kept ? Turns::shortest : Turns::shorter);
  return kept;
}

// In a crowd the journal thread is let in before this one, which has the most to do.
void Sequencer::Core::take_turns(Turns turns) {
  if (std::exchange(turns_, turns) != turns) take(turns);
}

// What the commands will read is fetched while they are written down.
void Sequencer::Core::stamp(Chunk& chunk, const std::optional<Request>& due, std::span<Work> work) {
  if (due) stamp(chunk, *due, {});
  for (Work& item : work)
    if (auto* command = std::get_if<Submitted>(&item)) {
      exchange_.expect(command->request);
      stamp(chunk, command->request, std::move(command->answered));
    }
  exchange_.expect_no_more();
}

void Sequencer::Core::stamp(Chunk& chunk, const Request& request, CommandPort::Answered answered) {
  const Stamper::Stamp stamp = stamper_.stamp(request);
  ByteWriter out = chunk.records.begin(stamp.sequence, stamp.time);
  encode_request(out, request);
  chunk.records.finish();
  if (answered) chunk.answered.emplace_back(stamp.sequence, std::move(answered));
}

// Questions are answered as of the chunk's last command.
void Sequencer::Core::apply(Chunk& chunk, const std::optional<Request>& due, std::span<Work> work) {
  std::size_t place = 0;
  if (due) apply(chunk, place++, *due);
  for (const Work& item : work)
    if (const auto* command = std::get_if<Submitted>(&item)) apply(chunk, place++, command->request);
  if (EntryBatchPtr rest = applier_.take()) chunk.entries.push_back(std::move(rest));
  commands_ += place;
  sequenced_ = exchange_.last_sequence().raw();
  for (Work& item : work)
    if (auto* asked = std::get_if<Asked>(&item)) answer(chunk, *asked);
}

void Sequencer::Core::apply(Chunk& chunk, std::size_t place, const Request& request) {
  const Sequence sequence(chunk.records.first().raw() + place);
  applier_.apply(sequence, chunk.records.time(place), request, chunk.records.payload(place));
  if (applier_.size() >= entry_batch_bytes) chunk.entries.push_back(applier_.take());
}

// The digest goes over the whole state: it is made of an image, beside the market.
void Sequencer::Core::answer(Chunk& chunk, Asked& asked) {
  if (std::holds_alternative<AskDigest>(asked.question)) {
    want_digest_.push_back(std::move(asked.answered));
  } else {
    chunk.replies.emplace_back(exchange_.answer(asked.question), std::move(asked.answered));
  }
}

bool Sequencer::Core::image_wanted() const {
  const std::uint64_t since = exchange_.last_sequence().raw() - imaged_.raw();
  return !want_digest_.empty() || (options_.snapshot_every != 0 && since >= options_.snapshot_every);
}

// Wanted, and the background is free and has gathered the memory, or is asked to.
bool Sequencer::Core::image_ready() {
  if (!image_wanted() || background_.busy()) return false;
  if (background_.gathered()) return true;
  background_.gather();
  return false;
}

// For those who want the digest, or as a snapshot. Without an image the market goes on: the next is tried when as many
// commands have come again.
void Sequencer::Core::take_image(Chunk& chunk) {
  chunk.digest_for = std::exchange(want_digest_, {});
  if (chunk.digest_for.empty()) imaged_ = exchange_.last_sequence();
  background_.claim();
  try {
    chunk.image.emplace(exchange_);
  } catch (const std::system_error& fault) {
    background_.unclaim();
    note(std::string("no image of the state could be made; the market goes on (") + fault.what() + ")");
    for (QueryPort::Answered& answered : chunk.digest_for) chunk.replies.emplace_back(Answer{}, std::move(answered));
    chunk.digest_for.clear();
  }
}

// Everything queued is on its way. Who asked for a digest gets it; a last snapshot makes the next start short.
void Sequencer::Core::finish() {
  while (!failed_ && (!want_digest_.empty() || exchange_.last_sequence() > imaged_)) {
    if (background_.busy()) {
      std::this_thread::sleep_for(look_again);
      continue;
    }
    Chunk* const chunk = pipeline_.room();
    if (chunk == nullptr) break;
    take_image(*chunk);
    pipeline_.push();
    pipeline_.applied(*chunk);
  }
  pipeline_.close();
}

// --- journal thread --------------------------------------------------------------------------------------------------

void Sequencer::Core::run_journal() {
  take(Turns::shortest);
  try {
    gate_.run();
  } catch (const std::exception& fault) {
    fail(fault.what());
  }
  leave();
}

// --- fault -----------------------------------------------------------------------------------------------------------

void Sequencer::Core::fail(const std::string& text) {
  if (failed_.exchange(true)) return;
  queue_.close();
  pipeline_.abort();
  feed_.stop();
  if (options_.on_fault) options_.on_fault(text + "; nothing acknowledged is lost, nothing more is taken");
}

// The last of the two threads tells those whose commands were not let out that nothing is known of them.
void Sequencer::Core::leave() {
  if (--at_work_ == 0 && failed_) disown();
}

void Sequencer::Core::disown() {
  Entry unknown;
  unknown.outcome = {Reject::outcome_unknown, 0, 0};
  for (Chunk* const chunk : pipeline_.left()) {
    for (const auto& [sequence, answered] : chunk->answered) answered(unknown);
    chunk->clear();
  }
  for (std::span<Work> work = queue_.items(chunk_commands); !work.empty(); work = queue_.items(chunk_commands)) {
    for (const Work& item : work)
      if (const auto* command = std::get_if<Submitted>(&item); command != nullptr && command->answered)
        command->answered(unknown);
    queue_.drop(work.size());
  }
}

// --- stop ------------------------------------------------------------------------------------------------------------

bool Sequencer::Core::stop() {
  const std::lock_guard lock(stop_mutex_);
  queue_.close();
  if (sequencer_thread_.joinable()) sequencer_thread_.join();
  if (journal_thread_.joinable()) journal_thread_.join();
  background_.finish();
  event_log_.finish();
  feed_.stop();
  return !failed_;
}

SequencerStatistics Sequencer::Core::statistics() const {
  SequencerStatistics result;
  result.queue_depth = queue_.depth();
  result.commands = commands_;
  result.batches = gate_.batches();
  result.bytes = gate_.bytes();
  result.busy = busy_;
  result.snapshots = background_.written();
  result.last_sync = gate_.last_sync();
  result.released = feed_.released();
  result.sequenced = Sequence(std::max<std::uint64_t>(sequenced_, result.released.raw()));
  result.gate_lag = result.sequenced.raw() - result.released.raw();
  result.snapshot = Sequence(std::max(background_.newest().raw(), recovered_.snapshot.raw()));
  return result;
}

// --- face ------------------------------------------------------------------------------------------------------------

Sequencer::Sequencer(SequencerOptions options) : own_disk_(std::make_unique<PosixDisk>()) {
  core_ = std::make_unique<Core>(std::move(options), *own_disk_);
}
Sequencer::Sequencer(SequencerOptions options, Disk& disk) : core_(std::make_unique<Core>(std::move(options), disk)) {}
Sequencer::~Sequencer() = default;
Reject Sequencer::submit(Request request, CommandPort::Answered answered) {
  return core_->submit(std::move(request), std::move(answered));
}
Reject Sequencer::ask(Question question, QueryPort::Answered answered) {
  return core_->ask(std::move(question), std::move(answered));
}
EntryBatchPtr Sequencer::next(Sequence after, std::chrono::milliseconds patience) {
  return core_->feed().next(after, patience);
}
Sequence Sequencer::released() const {
  return core_->feed().released();
}
EventFeed::Subscription Sequencer::subscribe(std::function<void()> woken) {
  return core_->feed().subscribe(std::move(woken));
}
bool Sequencer::stop() {
  return core_->stop();
}
SequencerStatistics Sequencer::statistics() const {
  return core_->statistics();
}
bool Sequencer::failed() const {
  return core_->failed();
}

}  // namespace pace
