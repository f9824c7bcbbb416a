#include "gateway/ws/turn.h"

namespace pace {

boost::asio::execution_context::id Turn::id;

Turn::Turn(boost::asio::execution_context& io) : service(io), io_(static_cast<boost::asio::io_context&>(io)) {}

// Tasks hold connections, which hold handlers that hold sessions: all of it goes before the sockets' own service does.
void Turn::shutdown() {
  const auto tasks = std::exchange(tasks_, {});
  const auto outgoers = std::exchange(outgoers_, {});
  const auto leaving = std::exchange(leaving_, {});
}

void Turn::arm() {
  if (running_ || armed_ || (tasks_.empty() && outgoers_.empty())) return;
  armed_ = true;
  boost::asio::post(io_, [this] {
    armed_ = false;
    run([] {});
  });
}

void Turn::finish() {
  for (std::size_t done = 0; done < most_tasks && !(tasks_.empty() && outgoers_.empty());) {
    for (; done < most_tasks && !tasks_.empty(); ++done) {
      const std::unique_ptr<Task> task = std::move(tasks_.front());
      tasks_.pop_front();
      (*task)();
    }
    leaving_.swap(outgoers_);
    for (const std::shared_ptr<Outgoer>& out : leaving_) out->let_out();
    leaving_.clear();
  }
}

}  // namespace pace
