// One turn of the io thread: what its handlers still want done is done at the turn's end, without going back to the
// kernel for each, and then everything that was written leaves, once for each connection. An io_context has one, found
// by of(). Thread rule: the io thread; post() and execute() from any. Invariants: what is posted runs later, in order,
// never from within post(); a turn does a bounded amount before the loop looks at its sockets again.
#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace pace {

class Turn : public boost::asio::execution_context::service {
 public:
  /// Something with bytes to let out at the end of a turn.
  class Outgoer {
   public:
    virtual ~Outgoer() = default;
    virtual void let_out() = 0;
  };
  /// What asks for an executor gets this: all it is given runs in a turn.
  class Executor {
   public:
    explicit Executor(Turn& turn) : turn_(&turn) {}
    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
      return turn_->io_;
    }
    [[nodiscard]] static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t) noexcept {
      return boost::asio::execution::blocking.never;
    }
    [[nodiscard]] Executor require(boost::asio::execution::blocking_t::never_t) const noexcept { return *this; }
    template <class Function>
    void execute(Function&& function) const {
      turn_->post(std::forward<Function>(function));
    }
    bool operator==(const Executor&) const noexcept = default;

   private:
    Turn* turn_;
  };

  static Turn& of(boost::asio::io_context& io) { return boost::asio::use_service<Turn>(io); }
  /// Asio's: of() makes it.
  explicit Turn(boost::asio::execution_context& io);

  [[nodiscard]] Executor executor() { return Executor(*this); }
  /// Runs `function` later on the io thread: within the turn when there is one.
  template <class Function>
  void post(Function&& function) {
    auto task = std::make_unique<TaskOf<std::decay_t<Function>>>(std::forward<Function>(function));
    if (!io_.get_executor().running_in_this_thread())
      return boost::asio::post(io_, [this, task = std::move(task)]() mutable { run(*task); });
    tasks_.push_back(std::move(task));
    arm();
  }
  /// Runs `function` now, and then what the turn owes. Within a turn it is a part of that one.
  template <class Function>
  void run(Function&& function) {
    if (running_) return function();
    const Running mark(*this);
    function();
    finish();
  }
  /// `out` lets out its bytes at the end of the turn. REQUIRES: it is not waiting for that already.
  void at_end(std::shared_ptr<Outgoer> out) {
    outgoers_.push_back(std::move(out));
    arm();
  }

  static boost::asio::execution_context::id id;

 private:
  static constexpr std::size_t most_tasks = 128;
  struct Task {
    virtual ~Task() = default;
    virtual void operator()() = 0;
  };
  template <class Function>
  struct TaskOf : Task {
    explicit TaskOf(Function&& f) : function(std::move(f)) {}
    explicit TaskOf(const Function& f) : function(f) {}
    void operator()() override { std::move(function)(); }
    Function function;
  };
  struct Running {
    explicit Running(Turn& owner) : turn(owner) { turn.running_ = true; }
    ~Running() {
      turn.running_ = false;
      turn.arm();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Turn& turn;
  };

  void shutdown() override;
  void arm();
  void finish();

  boost::asio::io_context& io_;
  std::deque<std::unique_ptr<Task>> tasks_;
  std::vector<std::shared_ptr<Outgoer>> outgoers_, leaving_;
  bool running_ = false, armed_ = false;
};

}  // namespace pace
