#include "tools/pace/projections.h"

#include <chrono>

#include <spdlog/spdlog.h>

#include "settlement/pg/backoff.h"
#include "tools/pace/statements.h"

namespace pace::tool {
namespace {

using namespace std::chrono_literals;

void log_line(std::string_view line) {
  spdlog::info("{}", line);
}

std::unique_ptr<pg::Cluster> private_cluster(const Config& config, const std::string& data) {
  if (!config.conninfo.empty()) return nullptr;
  pg::ClusterOptions options;
  options.directory = data + "/pg";
  options.log = log_line;
  return std::make_unique<pg::Cluster>(std::move(options));
}

}  // namespace

Projections::Projections(const Config& config, const std::string& data, Sequencer& sequencer)
    : config_(config), sequencer_(sequencer), cluster_(private_cluster(config, data)), thread_([this] { watch(); }) {}

Projections::~Projections() {
  stop(Sequence{});
}

void Projections::start_database() {
  if (cluster_ && !cluster_->running()) cluster_->start();
  const std::string conninfo = cluster_ ? cluster_->conninfo() : config_.conninfo;
  const std::lock_guard lock(mutex_);
  database_ = true;
  if (!books_) start_jobs(conninfo);
}

// Both or neither: status() takes the two together.
void Projections::start_jobs(const std::string& conninfo) {
  BooksOptions options;
  options.batch = static_cast<std::size_t>(config_.books_batch);
  options.log = log_line;
  auto books = std::make_unique<Books>(conninfo, sequencer_, sequencer_, sequencer_, std::move(options));
  StoreSettings settings;
  settings.conninfo = conninfo;
  settings.batch_entries = static_cast<std::uint32_t>(config_.books_batch);
  settings.log = log_line;
  auto store = std::make_unique<Store>(sequencer_, std::move(settings));
  books->start();
  store->start();
  books_ = std::move(books);
  store_ = std::move(store);
  books_reader_ = std::make_shared<BooksReader>(conninfo);
  registry_reader_ = std::make_shared<RegistryReader>(conninfo);
}

namespace {

template <class Reader>
Reader& there(const std::shared_ptr<Reader>& reader) {
  if (reader == nullptr) throw std::runtime_error("the database has not been there yet");
  return *reader;
}

}  // namespace

std::optional<std::string> Projections::statement(Date day, AccountId account) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<BooksReader> reader = books_reader_;
  lock.unlock();
  return statement_json(there(reader), day, account);
}

std::optional<std::string> Projections::registry_statement(AccountId account) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<RegistryReader> reader = registry_reader_;
  lock.unlock();
  return registry_statement_json(there(reader), account);
}

// Starts the cluster, and starts it again when it went away: the jobs reconnect by themselves.
void Projections::watch() {
  pg::Backoff backoff(500ms, 10s);
  for (;;) {
    auto wait = 1000ms;
    try {
      start_database();
      backoff.reset();
    } catch (const std::exception& fault) {
      wait = backoff.next();
      spdlog::error("PostgreSQL: {}; trading goes on, the books catch up later; next try in {} ms", fault.what(),
                    wait.count());
      const std::lock_guard lock(mutex_);
      database_ = false;
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, wait, [this] { return stopping_; })) return;
  }
}

void Projections::catch_up(Sequence last) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  for (;;) {
    const ProjectionStatus now = status();
    if (!now.database || std::min(now.books, now.store) >= last) return;
    if (std::chrono::steady_clock::now() >= deadline) {
      spdlog::warn("the books stand at {}, the registry at {}, the log at {}: they catch up at the next start",
                   now.books.raw(), now.store.raw(), last.raw());
      return;
    }
    std::this_thread::sleep_for(20ms);
  }
}

void Projections::stop(Sequence last) {
  if (!thread_.joinable()) return;
  catch_up(last);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (books_) books_->stop();
  if (store_) store_->stop();
  try {
    if (cluster_) cluster_->stop();
  } catch (const std::exception& fault) {
    spdlog::error("PostgreSQL: {}", fault.what());
  }
}

ProjectionStatus Projections::status() const {
  const std::lock_guard lock(mutex_);
  ProjectionStatus status;
  status.database = database_;
  if (books_) {
    status.books = books_->position();
    status.store = store_->position();
    status.faults = books_->status().faults;
  }
  return status;
}

}  // namespace pace::tool
