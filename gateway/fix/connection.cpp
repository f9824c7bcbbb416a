#include "gateway/fix/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "gateway/fix/framer.h"

namespace pace::fix {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(asio::ip::tcp::socket socket, ConnectionOwner& owner, Limits limits)
    : socket_(std::move(socket)), owner_(&owner), limits_(limits) {
  error_code ignored;
  const auto end = socket_.remote_endpoint(ignored);
  peer_ = end.address().to_string() + ":" + std::to_string(end.port());
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::start() {
  read();
}

void Connection::read() {
  socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](error_code error, std::size_t n) {
    if (self->gone_) return;
    if (error) return self->abort(error == asio::error::eof ? "closed by the counterparty" : error.message());
    self->input_.append(self->chunk_.data(), n);
    self->take_input();
    if (self->owner_ != nullptr) self->owner_->on_turn_end();
    if (!self->gone_ && !self->closing_) self->read();
  });
}

void Connection::take_input() {
  std::size_t at = 0;
  while (!gone_ && !closing_) {
    const std::string_view rest = std::string_view(input_).substr(at);
    const Frame frame = next_frame(rest, limits_.max_body_bytes);
    if (frame.state == FrameState::incomplete) break;
    if (frame.state == FrameState::hopeless) return abort(std::string("bad framing: ") + frame.problem);
    if (frame.state == FrameState::message) owner_->on_message(*this, std::string(rest.substr(0, frame.size)));
    at += frame.size;  // a garbled message is skipped, as FIX asks: the gap brings it again
  }
  input_.erase(0, at);
}

void Connection::send(const std::string& message) {
  if (gone_ || closing_ || overflowed_) return;
  waiting_ += message;
  // Closed at the end of the turn, not here: the session is in the middle of speaking.
  overflowed_ = waiting_.size() + leaving_.size() > limits_.max_unsent_bytes;
  owner_->on_touched(shared_from_this());
}

void Connection::close() {
  if (gone_ || closing_) return;
  closing_ = true;
  closing_since_ = std::chrono::steady_clock::now();
  owner_->on_touched(shared_from_this());
}

bool Connection::stuck_closing(std::chrono::steady_clock::time_point now) const {
  return closing_ && now - closing_since_ > std::chrono::seconds(2);
}

void Connection::flush() {
  if (gone_) return;
  if (overflowed_) return abort("the reader is too slow: unsent bytes above the limit");
  if (!writing_) write();
}

void Connection::write() {
  if (waiting_.empty()) {
    if (closing_) finish();
    return;
  }
  writing_ = true;
  leaving_.swap(waiting_);
  waiting_.clear();
  asio::async_write(socket_, asio::buffer(leaving_), [self = shared_from_this()](error_code error, std::size_t) {
    self->writing_ = false;
    self->leaving_.clear();
    if (self->gone_) return;
    if (error) return self->abort(error.message());
    self->write();
  });
}

void Connection::finish() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  abort("logged out");
}

void Connection::abort(const std::string& why) {
  if (gone_) return;
  gone_ = true;
  error_code ignored;
  socket_.close(ignored);
  if (owner_ != nullptr) owner_->on_gone(*this, why);
}

void Connection::orphan() {
  owner_ = nullptr;
  gone_ = true;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace pace::fix
