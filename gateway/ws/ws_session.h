// One WebSocket connection: messages in, a bounded amount of frames out. Frames are written beside Beast, for the
// server's are neither masked nor, but by the client's choice, compressed: one message for thousands is a copy of bytes
// for each. Thread rule: the io thread. Invariants: one read at a time; a reader that leaves more than
// ws_max_queue_bytes waiting is closed with 4008; while more than half of that waits, nothing more is read from it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>

#include "gateway/http/wire.h"
#include "gateway/ws/ws_door.h"

namespace pace {

class WsSession : public Outlet, public std::enable_shared_from_this<WsSession> {
 public:
  WsSession(std::shared_ptr<void> keep, WsDoor& door, Wire wire, std::uint64_t number, bool deflate);
  ~WsSession() override;

  void start(WsDoor::Upgrade request);
  void beat(std::string_view heartbeat);

  void send(std::string_view text) override;
  void send(const Bundle& bundle) override;
  void close(std::uint16_t code, std::string_view reason) override;
  [[nodiscard]] std::size_t queued_bytes() const override { return wire().unsent() + to_deflate_bytes_; }

 private:
  using Error = boost::beast::error_code;

  void on_accept(Error error);
  void read();
  void on_read(Error error);
  void on_control(boost::beast::websocket::frame_type kind);
  void on_drained();
  /// False when nothing may be sent (any more): a reader too far behind is dropped.
  [[nodiscard]] bool may_send();
  void deflate(std::string_view text);
  void write_deflated();
  void on_deflated(Error error);
  void say_goodbye();
  void finish();
  [[nodiscard]] const HttpOptions& options() const { return door_.ports_.options; }
  [[nodiscard]] const Wire& wire() const { return stream_.next_layer(); }

  std::shared_ptr<void> keep_;
  WsDoor& door_;
  boost::beast::websocket::stream<Wire> stream_;
  const std::string key_;
  std::shared_ptr<Conversation> conversation_;
  boost::beast::flat_buffer incoming_;
  std::size_t pieces_ = 0;           ///< that the message being read came in
  std::uint64_t received_then_ = 0;  ///< when the last message was whole
  boost::beast::websocket::close_reason goodbye_;
  boost::asio::steady_timer grace_;
  // By the client's choice (/ws?compression=deflate) Beast writes, each message by itself.
  const bool deflate_;
  std::deque<std::string> to_deflate_;
  std::size_t to_deflate_bytes_ = 0;
  bool writing_ = false;
  bool open_ = false, reading_ = false, closing_ = false, finished_ = false;
};

}  // namespace pace
