#include "gateway/ws/ws_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace pace {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// How long a session that is being closed may take to read what is on its way and the close frame.
constexpr std::chrono::seconds closing_grace{2};

websocket::stream_base::timeout timeouts(const HttpOptions& options) {
  return {
      .handshake_timeout = options.header_timeout, .idle_timeout = options.ws_idle_timeout, .keep_alive_pings = true};
}

// The client's window is 12 bits when it lets itself be told (client_max_window_bits in its first offer). Whoever does
// not may use 15, and Beast would decline its offer when told less (RFC 7692, 7.1.2.2).
int client_window_bits(std::string_view offers) {
  constexpr int small = 12, whole = 15;
  return offers.substr(0, offers.find(',')).find("client_max_window_bits") != std::string_view::npos ? small : whole;
}

websocket::permessage_deflate deflate_options(std::string_view offers) {
  websocket::permessage_deflate options;
  options.server_enable = true;
  options.compLevel = 3;
  options.memLevel = 4;
  options.server_max_window_bits = 12;
  options.client_max_window_bits = client_window_bits(offers);
  options.msg_size_threshold = 256;
  return options;
}

// A message in far too many pieces costs as much as many messages and counts as one.
constexpr std::size_t free_pieces = 64;
constexpr std::size_t least_bytes_a_piece = 32;
// So many times the largest message may come without one being whole.
constexpr std::size_t most_without_message = 16;
// What a message leaves allocated for the next one.
constexpr std::size_t kept_capacity = 4096;

}  // namespace

// --- the door -------------------------------------------------------------------------------------------------------

WsDoor::WsDoor(WsPorts ports) : ports_(std::move(ports)), heartbeat_(ports_.io) {
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

void WsDoor::open(std::shared_ptr<void> keep, Wire wire, Upgrade request, bool deflate) {
  const auto session = std::make_shared<WsSession>(std::move(keep), *this, std::move(wire), ++opened_, deflate);
  sessions_.insert(session.get());
  session->start(std::move(request));
}

void WsDoor::beat() {
  heartbeat_.expires_after(ports_.options.ws_heartbeat / beat_parts);
  heartbeat_.async_wait([this](beast::error_code error) {
    if (error) return;
    std::vector<WsSession*> some;  // a session may end on the way
    const std::size_t most = sessions_.size() / beat_parts + 1;
    auto at = sessions_.upper_bound(beaten_);
    while (at != sessions_.end() && some.size() < most) some.push_back(*at++);
    beaten_ = at == sessions_.end() ? nullptr : some.back();
    if (!some.empty()) {
      const std::string text = heartbeat_message(ports_.hub.board());
      for (WsSession* session : some)
        if (sessions_.contains(session)) session->beat(text);
    }
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

WsSession::WsSession(std::shared_ptr<void> keep, WsDoor& door, Wire wire, std::uint64_t number, bool deflate)
    : keep_(std::move(keep)),
      door_(door),
      stream_(std::move(wire)),
      key_("session:" + std::to_string(number)),
      conversation_(std::make_shared<Conversation>(door.ports_, *this, key_)),
      grace_(door.ports_.io),
      deflate_(deflate) {}

WsSession::~WsSession() {
  finish();
}

void WsSession::start(WsDoor::Upgrade request) {
  wire().expires_never();  // the WebSocket's own timeouts take over
  stream_.set_option(timeouts(options()));
  if (deflate_) stream_.set_option(deflate_options(view(request[beast::http::field::sec_websocket_extensions])));
  stream_.read_message_max(options().ws_max_message_bytes);
  stream_.auto_fragment(false);
  beast::error_code ignored;
  if (options().ws_send_buffer_bytes > 0)
    wire().socket().set_option(net::socket_base::send_buffer_size(options().ws_send_buffer_bytes), ignored);
  const auto kept = std::make_shared<WsDoor::Upgrade>(std::move(request));
  stream_.async_accept(*kept, [self = shared_from_this(), kept](Error error) { self->on_accept(error); });
}

void WsSession::on_accept(Error error) {
  if (error) return finish();
  open_ = true;
  if (closing_) return say_goodbye();
  wire().begin_frames();
  wire().on_drained(options().ws_max_queue_bytes / 4, [this] { on_drained(); });
  stream_.control_callback([this](websocket::frame_type kind, beast::string_view) { on_control(kind); });
  conversation_->start();
  read();
}

void WsSession::read() {
  if (reading_ || closing_ || queued_bytes() > options().ws_max_queue_bytes / 2) return;
  reading_ = true;
  stream_.async_read_some(incoming_, 0,
                          [self = shared_from_this()](Error error, std::size_t) { self->on_read(error); });
}

void WsSession::on_read(Error error) {
  reading_ = false;
  if (error) return finish();
  if (closing_) return;
  ++pieces_;
  if (!stream_.is_message_done()) {
    if (pieces_ > free_pieces && incoming_.size() < pieces_ * least_bytes_a_piece)
      return close(close_policy, "a message in too many pieces");
    return read();
  }
  if (!stream_.got_text()) return close(websocket::close_code::unknown_data, "text messages only");
  const auto data = incoming_.data();
  conversation_->receive({static_cast<const char*>(data.data()), data.size()});
  incoming_.clear();
  if (incoming_.capacity() > kept_capacity) incoming_.shrink_to_fit();
  pieces_ = 0;
  received_then_ = wire().received();
  read();
}

// Beast answers pings by itself; here they are counted, as every other message is.
void WsSession::on_control(websocket::frame_type kind) {
  if (kind != websocket::frame_type::ping || closing_) return;
  if (!door_.ports_.limiter.take(key_, std::chrono::steady_clock::now()).allowed)
    close(close_policy, "rate limit ignored");
}

void WsSession::on_drained() {
  if (!open_ || closing_) return;
  conversation_->drained();
  read();
}

void WsSession::beat(std::string_view heartbeat) {
  if (!open_ || closing_) return;
  // Beast passes over empty pieces without a word.
  if (wire().received() - received_then_ > most_without_message * options().ws_max_message_bytes)
    return close(close_policy, "a message in too many pieces");
  send(heartbeat);
  conversation_->check_login();
}

bool WsSession::may_send() {
  if (!open_ || closing_) return false;
  if (queued_bytes() <= options().ws_max_queue_bytes) return true;
  ++door_.dropped_;
  close(close_slow_reader, "you read too slowly: " + std::to_string(queued_bytes()) + " bytes were waiting");
  return false;
}

void WsSession::send(std::string_view text) {
  if (!may_send()) return;
  if (deflate_) return deflate(text);
  wire().put_frame(text);
}

void WsSession::send(const Bundle& bundle) {
  if (!may_send()) return;
  if (!deflate_) return wire().put(bundle.frames());
  for (const Bundle::Message& message : bundle.messages()) deflate(*message.text);
}

void WsSession::deflate(std::string_view text) {
  to_deflate_.emplace_back(text);
  to_deflate_bytes_ += text.size();
  if (!writing_) write_deflated();
}

void WsSession::write_deflated() {
  writing_ = true;
  stream_.text(true);
  stream_.async_write(net::buffer(to_deflate_.front()),
                      [self = shared_from_this()](Error error, std::size_t) { self->on_deflated(error); });
}

void WsSession::on_deflated(Error error) {
  writing_ = false;
  if (error) return finish();
  to_deflate_bytes_ -= to_deflate_.front().size();
  to_deflate_.pop_front();
  if (!to_deflate_.empty()) return write_deflated();
  if (closing_) return say_goodbye();
  on_drained();
}

// What waits and has not begun to leave is dropped when the reader is too slow; otherwise it leaves first.
void WsSession::close(std::uint16_t code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  // Not here: the hub may be handing a message to all readers, or the conversation be in the middle of an answer.
  net::post(door_.ports_.io, [self = shared_from_this()] { self->conversation_->end(); });
  goodbye_ = websocket::close_reason(websocket::close_code(code), beast::string_view(reason.data(), reason.size()));
  if (code == close_slow_reader) {
    if (open_) wire().forget_frames();
    if (to_deflate_.size() > 1) to_deflate_.erase(to_deflate_.begin() + (writing_ ? 1 : 0), to_deflate_.end());
    to_deflate_bytes_ = to_deflate_.empty() ? 0 : to_deflate_.front().size();
  }
  grace_.expires_after(closing_grace);
  grace_.async_wait([weak = weak_from_this()](Error error) {
    if (error) return;
    if (const auto self = weak.lock()) self->wire().close();  // pending operations end with an error
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
  wire().close();
}

}  // namespace pace
