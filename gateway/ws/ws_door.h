// All WebSocket sessions: takes an upgraded connection over from HTTP, sends heartbeats, ends everybody at a stop.
// Thread rule: the io thread. Includes Beast: only translation units of sockets include this header.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "gateway/http/wire.h"
#include "gateway/ws/conversation.h"

namespace pace {

class WsSession;

class WsDoor {
 public:
  using Upgrade = boost::beast::http::request<boost::beast::http::empty_body>;

  explicit WsDoor(WsPorts ports);
  ~WsDoor();

  /// Nothing when the upgrade's Origin may speak here: none given (not a browser), the page's own host, or an allowed
  /// one. Otherwise what is wrong.
  [[nodiscard]] std::string wrong_origin(const Upgrade& request) const;
  /// Answers the upgrade and begins. `keep` is held as long as the session lives: it keeps the door alive. `deflate`:
  /// the client wants permessage-deflate, should it also offer it. REQUIRES: websocket::is_upgrade(request).
  void open(std::shared_ptr<void> keep, Wire wire, Upgrade request, bool deflate);
  /// Sends every session a close frame; their ends are reported through `sessions()`.
  void close_all();
  /// No more heartbeats: nothing of the door is on the io_context any longer, besides its sessions.
  void end() { heartbeat_.cancel(); }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
  /// Sessions dropped because they read too slowly.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  friend class WsSession;
  /// Heartbeats go out to a part of the sessions at a time, so that thousands of them delay nobody.
  static constexpr std::size_t beat_parts = 16;
  void beat();

  WsPorts ports_;
  std::set<WsSession*> sessions_;
  std::uint64_t opened_ = 0;
  std::uint64_t dropped_ = 0;
  WsSession* beaten_ = nullptr;  ///< up to here this round; only compared, never used
  boost::asio::steady_timer heartbeat_;
};

}  // namespace pace
