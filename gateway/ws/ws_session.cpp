#include "gateway/ws/ws_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace pace {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

// How long a session that is being closed may take to read what is on its way and the close frame.
constexpr std::chrono::seconds closing_grace{2};

websocket::stream_base::timeout timeouts(const HttpOptions& options) {
  return {
      .handshake_timeout = options.header_timeout, .idle_timeout = options.ws_idle_timeout, .keep_alive_pings = true};
}

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// --- the door -------------------------------------------------------------------------------------------------------

WsDoor::WsDoor(WsPorts ports) : ports_(ports), heartbeat_(ports.io) {
  beat();
}
WsDoor::~WsDoor() = default;

std::string WsDoor::wrong_origin(const Upgrade& request) const {
  const std::string_view origin = view(request[beast::http::field::origin]);
  if (origin.empty()) return {};
  const std::string host(view(request[beast::http::field::host]));
  if (!host.empty() && (origin == "http://" + host || origin == "https://" + host)) return {};
  for (const std::string& allowed : ports_.options.allowed_origins)
    if (origin == allowed) return {};
  return "origin " + shorten(origin) + " may not connect here";
}

void WsDoor::open(std::shared_ptr<void> keep, beast::tcp_stream stream, Upgrade request) {
  const auto session = std::make_shared<WsSession>(std::move(keep), *this, std::move(stream), ++opened_);
  sessions_.insert(session.get());
  session->start(std::move(request));
}

void WsDoor::beat() {
  heartbeat_.expires_after(ports_.options.ws_heartbeat);
  heartbeat_.async_wait([this](beast::error_code error) {
    if (error) return;
    const auto text = std::make_shared<const std::string>(heartbeat_message(ports_.hub.board()));
    const auto all = sessions_;  // a session may end on the way
    for (WsSession* session : all)
      if (sessions_.contains(session)) session->beat(text);
    beat();
  });
}

void WsDoor::close_all() {
  heartbeat_.cancel();
  const auto all = sessions_;
  for (WsSession* session : all)
    if (sessions_.contains(session)) session->close(close_going_away, "the exchange is stopping");
}

// --- the session ----------------------------------------------------------------------------------------------------

WsSession::WsSession(std::shared_ptr<void> keep, WsDoor& door, beast::tcp_stream stream, std::uint64_t number)
    : keep_(std::move(keep)),
      door_(door),
      stream_(std::move(stream)),
      conversation_(std::make_shared<Conversation>(door.ports_, *this, "session:" + std::to_string(number))),
      grace_(door.ports_.io) {}

WsSession::~WsSession() {
  finish();
}

void WsSession::start(WsDoor::Upgrade request) {
  stream_.next_layer().expires_never();  // the WebSocket's own timeouts take over
  stream_.set_option(timeouts(options()));
  stream_.read_message_max(options().ws_max_message_bytes);
  stream_.auto_fragment(false);
  beast::error_code ignored;
  auto& socket = stream_.next_layer().socket();
  socket.set_option(net::ip::tcp::no_delay(true), ignored);
  if (options().ws_send_buffer_bytes > 0)
    socket.set_option(net::socket_base::send_buffer_size(options().ws_send_buffer_bytes), ignored);
  const auto kept = std::make_shared<WsDoor::Upgrade>(std::move(request));
  stream_.async_accept(*kept, [self = shared_from_this(), kept](Error error) { self->on_accept(error); });
}

void WsSession::on_accept(Error error) {
  if (error) return finish();
  open_ = true;
  if (closing_) return say_goodbye();
  conversation_->start();
  read();
}

void WsSession::read() {
  if (reading_ || closing_ || queued_bytes_ > options().ws_max_queue_bytes / 2) return;
  reading_ = true;
  stream_.async_read(incoming_, [self = shared_from_this()](Error error, std::size_t) { self->on_read(error); });
}

void WsSession::on_read(Error error) {
  reading_ = false;
  if (error) return finish();
  if (closing_) return;
  if (!stream_.got_text()) return close(websocket::close_code::unknown_data, "text messages only");
  const auto data = incoming_.data();
  conversation_->receive({static_cast<const char*>(data.data()), data.size()});
  incoming_.consume(incoming_.size());
  read();
}

void WsSession::beat(const Text& heartbeat) {
  if (!open_ || closing_) return;
  send(heartbeat);
  conversation_->check_login();
}

void WsSession::send(const Text& text) {
  if (!open_ || closing_) return;
  if (queued_bytes_ > options().ws_max_queue_bytes) {
    ++door_.dropped_;
    return close(close_slow_reader, "you read too slowly: " + std::to_string(queued_bytes_) + " bytes were waiting");
  }
  outgoing_.push_back(text);
  queued_bytes_ += text->size();
  if (!writing_) write();
}

void WsSession::write() {
  writing_ = true;
  stream_.text(true);
  stream_.async_write(net::buffer(*outgoing_.front()),
                      [self = shared_from_this()](Error error, std::size_t) { self->on_write(error); });
}

void WsSession::on_write(Error error) {
  writing_ = false;
  if (error) return finish();
  queued_bytes_ -= outgoing_.front()->size();
  outgoing_.pop_front();
  if (!outgoing_.empty()) return write();
  if (closing_) return say_goodbye();
  conversation_->drained();
  read();
}

// What waits behind the message being written is dropped when the reader is too slow; otherwise it leaves first.
void WsSession::close(std::uint16_t code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  // Not here: the hub may be handing a message to all readers, or the conversation be in the middle of an answer.
  net::post(door_.ports_.io, [self = shared_from_this()] { self->conversation_->end(); });
  goodbye_ = websocket::close_reason(websocket::close_code(code), beast::string_view(reason.data(), reason.size()));
  if (code == close_slow_reader && outgoing_.size() > 1) {
    outgoing_.erase(outgoing_.begin() + (writing_ ? 1 : 0), outgoing_.end());
    queued_bytes_ = outgoing_.empty() ? 0 : outgoing_.front()->size();
  }
  grace_.expires_after(closing_grace);
  grace_.async_wait([weak = weak_from_this()](Error error) {
    if (error) return;
    if (const auto self = weak.lock()) self->stream_.next_layer().close();  // pending operations end with an error
  });
  if (open_ && !writing_) say_goodbye();
}

void WsSession::say_goodbye() {
  stream_.async_close(goodbye_, [self = shared_from_this()](Error) { self->finish(); });
}

void WsSession::finish() {
  if (std::exchange(finished_, true)) return;
  closing_ = true;
  conversation_->end();
  grace_.cancel();
  door_.sessions_.erase(this);
  stream_.next_layer().close();
}

}  // namespace pace
