// One WebSocket connection: frames in, a bounded queue of frames out.
// Thread rule: the io thread. Invariants: one read and one write at a time; a reader that leaves more than
// ws_max_queue_bytes waiting is closed with 4008; while more than half of that waits, nothing more is read from it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>

#include "gateway/ws/ws_door.h"

namespace pace {

class WsSession : public Outlet, public std::enable_shared_from_this<WsSession> {
 public:
  WsSession(std::shared_ptr<void> keep, WsDoor& door, boost::beast::tcp_stream stream, std::uint64_t number);
  ~WsSession() override;

  void start(WsDoor::Upgrade request);
  void beat(const Text& heartbeat);

  void send(const Text& text) override;
  void close(std::uint16_t code, std::string_view reason) override;
  [[nodiscard]] std::size_t queued_bytes() const override { return queued_bytes_; }

 private:
  using Error = boost::beast::error_code;

  void on_accept(Error error);
  void read();
  void on_read(Error error);
  void write();
  void on_write(Error error);
  void say_goodbye();
  void finish();
  [[nodiscard]] const HttpOptions& options() const { return door_.ports_.options; }

  std::shared_ptr<void> keep_;
  WsDoor& door_;
  boost::beast::websocket::stream<boost::beast::tcp_stream> stream_;
  std::shared_ptr<Conversation> conversation_;
  boost::beast::flat_buffer incoming_;
  std::deque<Text> outgoing_;
  std::size_t queued_bytes_ = 0;
  boost::beast::websocket::close_reason goodbye_;
  boost::asio::steady_timer grace_;
  bool open_ = false, writing_ = false, reading_ = false, closing_ = false, finished_ = false;
};

}  // namespace pace
