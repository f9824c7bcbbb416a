#include "engine/sequencer/image.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "engine/sequencer/turns.h"

namespace pace {
namespace {

constexpr int pipe_bytes = 1 << 20;
/// The copy gives way to the market.
constexpr int copy_niceness = 10;

/// What the copy gathers before it writes: all the memory it needs.
constexpr std::size_t piece_bytes = 256 << 10;
/// Before each piece its length; 0 behind the last, so that a copy that ended early is known by it.
using Length = std::uint32_t;

class PipeSink final : public ByteSink {
 public:
  explicit PipeSink(int to) : to_(to) {}
  void take(BytesView piece) override {
    const auto length = static_cast<Length>(piece.size());
    write_all(&length, sizeof length);
    write_all(piece.data(), piece.size());
  }

 private:
  void write_all(const void* from, std::size_t n) {
    const auto* at = static_cast<const char*>(from);
    while (n != 0) {
      const ssize_t done = ::write(to_, at, n);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) ::_exit(1);  // nobody reads any more
      at += done;
      n -= static_cast<std::size_t>(done);
    }
  }
  int to_;
};

// The copy. Only its one thread is alive here, whatever the others held: nothing but memory, which the C library keeps
// usable over a fork, and plain system calls.
[[noreturn]] void save_and_end(const Exchange& exchange, int to) noexcept {
  if (::dup2(to, STDIN_FILENO) < 0 || ::close_range(STDIN_FILENO + 1, ~0U, 0) != 0) ::_exit(1);
  ::setpriority(PRIO_PROCESS, 0, copy_niceness);
  take(Turns::ordinary);
  try {
    PipeSink sink(STDIN_FILENO);
    Bytes piece(piece_bytes);
    ByteWriter out(piece, sink);
    exchange.save(out);
    out.flush();
    sink.take({});
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

StateImage::StateImage(const Exchange& exchange) : sequence_(exchange.last_sequence()), time_(exchange.last_time()) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_bytes);  // fewer wake-ups; the default works too
  copy_ = ::fork();
  if (copy_ == 0) save_and_end(exchange, ends[1]);
  const int error = errno;
  ::close(ends[1]);
  pipe_ = ends[0];
  if (copy_ > 0) return;
  ::close(pipe_);
  throw std::system_error(error, std::generic_category(), "fork");
}

StateImage::StateImage(StateImage&& other) noexcept
    : sequence_(other.sequence_),
      time_(other.time_),
      copy_(std::exchange(other.copy_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      left_(other.left_),
      ended_(other.ended_) {}

// What this one held goes with `other`.
StateImage& StateImage::operator=(StateImage&& other) noexcept {
  std::swap(sequence_, other.sequence_);
  std::swap(time_, other.time_);
  std::swap(copy_, other.copy_);
  std::swap(pipe_, other.pipe_);
  std::swap(left_, other.left_);
  std::swap(ended_, other.ended_);
  return *this;
}

StateImage::~StateImage() {
  if (copy_ < 0) return;
  ::close(pipe_);
  ::kill(copy_, SIGKILL);  // it has ended, or nobody wants what it says
  while (::waitpid(copy_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::size_t StateImage::read(std::span<std::uint8_t> into) {
  if (ended_) return 0;
  if (left_ == 0) {
    Length length = 0;
    auto* at = reinterpret_cast<std::uint8_t*>(&length);
    for (std::size_t got = 0; got < sizeof length;) got += read_some(at + got, sizeof length - got);
    left_ = length;
    if ((ended_ = length == 0)) return 0;
  }
  const std::size_t got = read_some(into.data(), std::min(left_, into.size()));
  left_ -= got;
  return got;
}

std::size_t StateImage::read_some(void* into, std::size_t most) {
  for (;;) {
    const ssize_t got = ::read(pipe_, into, most);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    throw std::runtime_error("the copy of the process that saves the state ended early; is memory short?");
  }
}

}  // namespace pace
