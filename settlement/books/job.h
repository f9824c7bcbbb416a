// The books' job: follows the feed, closes days, compares and reports. One loop, one connection; a fault drops the
// connection, waits and starts over from the position in the database.
// Thread rule: run() on one thread; everything else from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "settlement/books/books.h"
#include "settlement/pg/backoff.h"
#include "settlement/pg/connection.h"

namespace pace {

struct Books::Job {
  using Clock = std::chrono::steady_clock;

  Job(std::string to, EventFeed& from, CommandPort& door, QueryPort& state, BooksOptions how);

  void run();
  void stop();
  std::future<Reconciliation> request(Clock::time_point deadline);
  bool wait_for(Sequence sequence, std::chrono::milliseconds patience);
  BooksStatus status();

  std::thread thread;

 private:
  struct Wanted {
    std::promise<Reconciliation> result;
    Clock::time_point deadline;
  };

  void connect();
  void follow();
  void step();
  void apply(const EntryBatch& batch);
  void find_unfinished();
  [[nodiscard]] bool comparison_wanted();
  void ask_engine();
  void compare();
  void note_compared(const Reconciliation& result);
  void report();
  void note_fault(const char* what);
  void note_health();
  void move_to(Sequence position);
  bool pause(std::chrono::milliseconds wait);
  [[nodiscard]] bool stopping();
  void say(const std::string& line) const;

  const std::string conninfo_;
  EventFeed& feed_;
  CommandPort& commands_;
  QueryPort& queries_;
  const BooksOptions options_;

  // The job's thread alone.
  std::optional<pg::Connection> connection_;
  pg::Backoff backoff_;
  std::optional<BalancesView> view_;  ///< the engine's balances, until the books are there too
  bool days_to_compare_ = false;
  bool reports_to_send_ = false;
  Clock::time_point next_ask_, next_report_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  BooksStatus status_;
  std::vector<Wanted> wanted_;
};

}  // namespace pace
