// The books: what the event feed says about units and money, double entry, in PostgreSQL schema `books`. A projection:
// the position in the feed moves in the same transaction as its effects, so a crash or a lost server costs time and
// nothing else, and applying an entry twice changes nothing. Trading never waits for the books.
// At each TradingDayEnded the day is closed (statements, net cash, fee invoices); then engine, books and bank are
// compared at exactly one sequence number and the result goes back as ReportReconciliation (rulebook 8).
// Thread rule: the job runs on a thread of its own; every public function may be called from any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/sequencer/port.h"
#include "settlement/books/reconciliation.h"

namespace pace {

struct BooksOptions {
  std::size_t batch = 5000;  ///< entries in one transaction, at most
  /// How long an answer of the engine is waited for; then it is asked again later.
  std::chrono::milliseconds answer_patience{10'000};
  std::chrono::milliseconds longest_backoff{5000};
  /// A report that has not come back in the feed is sent again after this.
  std::chrono::milliseconds report_again{30'000};
  /// One line per thing a person should know: connected, lost, day closed, difference found.
  std::function<void(std::string_view)> log;
};

/// What metrics and readiness show.
struct BooksStatus {
  Sequence position;    ///< applied and durable in PostgreSQL
  Sequence released;    ///< newest in the feed
  std::uint64_t lag{};  ///< entries between the two
  bool connected{};
  std::string last_error;  ///< of the present outage; empty when all is well
  std::uint64_t faults{};  ///< since the start
  std::uint64_t days_closed{};
  std::uint64_t reconciliations{}, differing{};  ///< made since the start; with a difference
};

class Books {
 public:
  /// The ports outlive this. Nothing happens before start().
  Books(std::string conninfo, EventFeed& feed, CommandPort& commands, QueryPort& queries, BooksOptions options = {});
  /// Stops.
  ~Books();
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

  /// Does not wait for PostgreSQL: the job keeps trying.
  void start();
  /// The transaction under way is finished or rolled back. Twice is once.
  void stop();

  [[nodiscard]] Sequence position() const;
  [[nodiscard]] BooksStatus status() const;
  /// True when the position reached `sequence` within `patience`.
  [[nodiscard]] bool wait_for(Sequence sequence, std::chrono::milliseconds patience) const;

  /// Compares now, stores the result and reports it to the engine as a day end does (a clean one lifts what an earlier
  /// difference blocks). Throws pg::Fault when it was not done within
  /// `patience` (PostgreSQL or the engine does not answer).
  [[nodiscard]] Reconciliation reconcile(std::chrono::milliseconds patience);

 private:
  struct Job;
  std::unique_ptr<Job> job_;
};

}  // namespace pace
