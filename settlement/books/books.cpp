#include "settlement/books/books.h"

#include "settlement/books/job.h"

namespace pace {

Books::Books(std::string conninfo, EventFeed& feed, CommandPort& commands, QueryPort& queries, BooksOptions options)
    : job_(std::make_unique<Job>(std::move(conninfo), feed, commands, queries, std::move(options))) {}

Books::~Books() {
  stop();
}

void Books::start() {
  if (!job_->thread.joinable()) job_->thread = std::thread([this] { job_->run(); });
}

void Books::stop() {
  job_->stop();
  if (job_->thread.joinable()) job_->thread.join();
}

Sequence Books::position() const {
  return job_->status().position;
}
BooksStatus Books::status() const {
  return job_->status();
}

bool Books::wait_for(Sequence sequence, std::chrono::milliseconds patience) const {
  return job_->wait_for(sequence, patience);
}

Reconciliation Books::reconcile(std::chrono::milliseconds patience) {
  auto result = job_->request(Job::Clock::now() + patience);
  try {
    if (result.wait_for(patience) == std::future_status::ready) return result.get();
  } catch (const std::future_error&) {
    // The job gave the request up at the same instant: as late as late.
  }
  const BooksStatus now = status();
  const std::string why = now.last_error.empty() ? "the books are " + std::to_string(now.lag) +
                                                       " entries behind or the engine does not answer"
                                                 : now.last_error;
  throw pg::Fault("no reconciliation in " + std::to_string(patience.count()) + " ms: " + why);
}

}  // namespace pace
