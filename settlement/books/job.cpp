#include "settlement/books/job.h"

#include <algorithm>

#include "settlement/books/stretch.h"
#include "settlement/books/writer.h"

namespace pace {
namespace {

constexpr auto feed_patience = std::chrono::milliseconds(100);
constexpr auto ask_again = std::chrono::milliseconds(500);

/// Where the engine's answer arrives, however late; shared with the callback, which may outlive the job.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<Answer> answer;
};

}  // namespace

Books::Job::Job(std::string to, EventFeed& from, CommandPort& door, QueryPort& state, BooksOptions how)
    : conninfo_(std::move(to)),
      feed_(from),
      commands_(door),
      queries_(state),
      options_(std::move(how)),
      backoff_(std::min(std::chrono::milliseconds(100), options_.longest_backoff), options_.longest_backoff) {}

void Books::Job::say(const std::string& line) const {
  if (options_.log) options_.log(line);
}

bool Books::Job::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

/// False when the job is to stop.
bool Books::Job::pause(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, wait, [&] { return stopping_; });
}

void Books::Job::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Books::Job::run() {
  while (!stopping()) {
    try {
      connect();
      follow();
    } catch (const std::exception& error) {
      note_fault(error.what());
      pause(backoff_.next());
    }
    connection_.reset();
    view_.reset();
  }
}

/// Once per outage in the log, always in the status: the same fault comes back at every try.
void Books::Job::note_fault(const char* what) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    ++status_.faults;
    first = status_.last_error != what;
    status_.connected = false;
    status_.last_error = what;
  }
  if (first) say(std::string("the books wait, trading goes on, nothing is lost: ") + what);
}

void Books::Job::connect() {
  connection_.emplace(conninfo_, "pace books");
  migrate_books(*connection_);
  pg::Transaction transaction(*connection_);
  const BooksPosition position = lock_position(*connection_);
  transaction.commit();
  move_to(position.sequence);
  find_unfinished();
}

/// A step went through: the outage, if there was one, is over.
void Books::Job::note_health() {
  backoff_.reset();
  Sequence position;
  {
    const std::lock_guard lock(mutex_);
    if (status_.connected) return;
    status_.connected = true;
    status_.last_error.clear();
    position = status_.position;
  }
  say("the books follow the market, at sequence " + std::to_string(position.raw()));
}

/// What a run before this one left: days not compared, reports not seen in the log.
void Books::Job::find_unfinished() {
  const pg::Result open = connection_->exec(
      "SELECT EXISTS (SELECT FROM books.day_ends WHERE reconciliation IS NULL),"
      " EXISTS (SELECT FROM books.reconciliations WHERE reported_sequence IS NULL)");
  days_to_compare_ = open.boolean(0, 0);
  reports_to_send_ = open.boolean(0, 1);
  next_report_ = {};
}

void Books::Job::move_to(Sequence position) {
  const std::lock_guard lock(mutex_);
  status_.position = position;
  changed_.notify_all();
}

void Books::Job::follow() {
  while (!stopping()) step();
}

void Books::Job::step() {
  if (!view_ && comparison_wanted()) ask_engine();
  Sequence position;
  {
    const std::lock_guard lock(mutex_);
    position = status_.position;
  }
  if (view_ && position > view_->as_of) view_.reset();
  if (view_ && position == view_->as_of) compare();
  if (reports_to_send_ && Clock::now() >= next_report_) report();
  if (const EntryBatchPtr batch = feed_.next(position, feed_patience)) apply(*batch);
  note_health();
}

void Books::Job::apply(const EntryBatch& batch) {
  const Sequence limit = view_ ? view_->as_of : Sequence(~std::uint64_t{0});
  const StretchApplied done = apply_stretch(*connection_, batch, limit, options_.batch);
  {
    const std::lock_guard lock(mutex_);
    status_.days_closed += done.days_ended;
  }
  if (done.days_ended != 0) days_to_compare_ = true;
  move_to(done.position);
}

bool Books::Job::comparison_wanted() {
  const auto now = Clock::now();
  if (now < next_ask_) return false;
  const std::lock_guard lock(mutex_);
  std::erase_if(wanted_, [&](const Wanted& wanted) { return wanted.deadline < now; });
  return days_to_compare_ || !wanted_.empty();
}

/// Nothing is applied until the answer is here, so the books are not beyond it: the engine stands at least where the
/// feed does.
void Books::Job::ask_engine() {
  next_ask_ = Clock::now() + ask_again;
  const auto mailbox = std::make_shared<Mailbox>();
  const Reject refused = queries_.ask(AskBalances{}, [mailbox](const Answer& answer) {
    const std::lock_guard lock(mailbox->mutex);
    mailbox->answer = answer;
    mailbox->arrived.notify_all();
  });
  if (refused != Reject::none) return;
  const auto deadline = Clock::now() + options_.answer_patience;
  std::unique_lock lock(mailbox->mutex);
  while (!mailbox->answer && Clock::now() < deadline && !stopping()) mailbox->arrived.wait_for(lock, feed_patience);
  if (!mailbox->answer) return;
  if (auto* view = std::get_if<BalancesView>(&*mailbox->answer)) view_ = std::move(*view);
}

void Books::Job::compare() {
  pg::Transaction transaction(*connection_);
  if (lock_position(*connection_).sequence != view_->as_of) throw pg::Fault("somebody else writes these books");
  Reconciliation result = pace::reconcile(*connection_, *view_);
  transaction.commit();
  view_.reset();
  days_to_compare_ = false;
  reports_to_send_ = true;
  next_report_ = {};
  note_compared(result);
}

void Books::Job::note_compared(const Reconciliation& result) {
  std::vector<Wanted> answered;
  {
    const std::lock_guard lock(mutex_);
    ++status_.reconciliations;
    if (!result.clean()) ++status_.differing;
    answered.swap(wanted_);
  }
  const std::string text = to_text(result);
  say(text.substr(0, text.find('\n')) +
      (result.clean() ? "" : ", first account " + std::to_string(result.first().account.raw())));
  for (Wanted& wanted : answered) wanted.result.set_value(result);
}

/// Sent until it is seen in the feed: the request id makes a repeat harmless.
void Books::Job::report() {
  next_report_ = Clock::now() + options_.report_again;
  const pg::Result open =
      connection_->exec("SELECT number FROM books.reconciliations WHERE reported_sequence IS NULL ORDER BY number");
  reports_to_send_ = !open.empty();
  for (int i = 0; i < open.rows(); ++i) {
    const Reconciliation result = load_reconciliation(*connection_, open.int64(i, 0));
    const Difference first = result.first();
    const Request request{Sender{Role::system, 0}, result.report_id,
                          ReportReconciliation{result.day, first.amount(), first.account, result.accounts_compared}};
    if (commands_.submit(request) != Reject::none) next_report_ = Clock::now() + ask_again;
  }
}

std::future<Reconciliation> Books::Job::request(Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  return wanted_.emplace_back(Wanted{{}, deadline}).result.get_future();
}

bool Books::Job::wait_for(Sequence sequence, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return status_.position >= sequence; });
}

BooksStatus Books::Job::status() {
  const Sequence released = feed_.released();
  const std::lock_guard lock(mutex_);
  BooksStatus status = status_;
  status.released = released;
  status.lag = released > status.position ? released.raw() - status.position.raw() : 0;
  return status;
}

}  // namespace pace
