// The edges on PostgreSQL, beside trading: the cluster (private, or one the configuration names), settlement's books
// and the registry's store. The database may be missing at the start and may go away later: it is started again, and
// both projections continue at their positions. Thread rule: any thread; one thread of its own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/sequencer/sequencer.h"
#include "registry/store/store.h"
#include "settlement/books/books.h"
#include "settlement/books/reader.h"
#include "settlement/pg/cluster.h"
#include "tools/pace/config.h"

namespace pace::tool {

struct ProjectionStatus {
  bool database = false;
  Sequence books, store;
  std::uint64_t faults = 0;
};

class Projections {
 public:
  /// Starts the thread; nothing is waited for.
  Projections(const Config& config, const std::string& data, Sequencer& sequencer);
  ~Projections();
  /// Lets both reach `last`, for half a minute at most, then stops them and the private cluster.
  void stop(Sequence last);
  [[nodiscard]] ProjectionStatus status() const;
  /// For REST, as JSON: tools/pace/statements.h. Throws while the database is away.
  std::optional<std::string> statement(Date day, AccountId account);
  std::optional<std::string> registry_statement(AccountId account);

 private:
  void watch();
  void start_database();
  void start_jobs(const std::string& conninfo);
  void catch_up(Sequence last);

  Config config_;
  Sequencer& sequencer_;
  std::unique_ptr<pg::Cluster> cluster_;  // null: the configuration names a server
  mutable std::mutex mutex_;              // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool database_ = false;
  std::unique_ptr<Books> books_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<BooksReader> books_reader_;
  std::shared_ptr<RegistryReader> registry_reader_;
  std::thread thread_;
};

}  // namespace pace::tool
