#include "gateway/fix/fix_gateway.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

#include "gateway/fix/connection.h"
#include "gateway/fix/framer.h"
#include "gateway/fix/session.h"
#include "gateway/fix/snapshot_file.h"

namespace pace {

namespace asio = boost::asio;
using boost::system::error_code;
using fix::Connection;
using fix::Session;

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr auto logout_patience = std::chrono::seconds(2);

}  // namespace

/// Everything but the io_context's threads: connections, sessions, and the walk along the feed. A turn is one handler
/// on the strand; at its end stores are flushed first and only then connections, so nothing unstored ever leaves.
class FixGateway::Impl final : public fix::ConnectionOwner, public std::enable_shared_from_this<FixGateway::Impl> {
 public:
  Impl(asio::io_context& context, CommandPort& commands, EventFeed& feed, FixLogon logon, FixOptions options)
      : commands_(commands),
        feed_(feed),
        logon_(std::move(logon)),
        options_(std::move(options)),
        strand_(asio::make_strand(context)),
        acceptor_(strand_),
        timer_(strand_),
        accept_timer_(strand_),
        dictionary_(options_.dictionary),
        snapshot_(options_.directory / "orders.snapshot") {}

  std::uint16_t start();
  void begin_stop(std::promise<void>& stopped);
  void abandon();
  void post_stop(std::promise<void>& stopped) {
    asio::post(strand_, [self = shared_from_this(), &stopped] { self->begin_stop(stopped); });
  }
  [[nodiscard]] FixStatus status() const {
    const std::lock_guard lock(status_mutex_);
    return status_;
  }

  void on_message(Connection& connection, const std::string& message) override;
  void on_turn_end() override;
  void on_touched(const std::shared_ptr<Connection>& connection) override { touched_.insert(connection); }
  void on_gone(Connection& connection, const std::string& why) override;

 private:
  void note(FixLog level, const std::string& text) const {
    if (options_.log) options_.log(level, "fix: " + text);
  }
  void open();
  void load_state();
  void make_sessions();
  void wake();
  void drain();
  bool take_batch();
  void settle();
  void save_snapshot();
  void listen();
  void accept();
  void admit(asio::ip::tcp::socket socket);
  void log_on(Connection& connection, const std::string& message);
  Session* session_for(std::string_view code);
  Reject submit(Request request, const fix::Ticket& ticket);
  bool flush_sessions();
  void schedule_tick();
  void tick();
  void drop_idle(std::chrono::steady_clock::time_point now);
  void finish_stop();
  void update_status();

  CommandPort& commands_;
  EventFeed& feed_;
  const FixLogon logon_;
  const FixOptions options_;
  asio::strand<asio::io_context::executor_type> strand_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer timer_, accept_timer_;
  const fix::Dictionary dictionary_;
  fix::SnapshotFile snapshot_;
  fix::OrderDesk desk_;
  std::map<BrokerId, std::unique_ptr<Session>> sessions_;
  std::set<std::shared_ptr<Connection>> connections_, touched_;
  std::set<Session*> dirty_;
  Sequence snapshot_at_;
  bool disk_failing_ = false;
  EventFeed::Subscription subscription_;
  std::atomic<bool> wake_posted_{false};
  std::mutex settled_mutex_;
  std::deque<fix::Settled> settled_;  // durable commands whose reports may not be stored yet
  std::promise<void>* stopped_ = nullptr;
  bool stop_done_ = false;
  std::chrono::steady_clock::time_point stop_deadline_;
  mutable std::mutex status_mutex_;
  FixStatus status_;
  FixStatus counts_;  // the counters; the strand's
};

// --- the feed -------------------------------------------------------------------------------------------------------

// Catching up and running are the same walk; at the start it ends where the feed ended when we began, so that no broker
// logs on before its reports of the past are stored.
std::uint16_t FixGateway::Impl::start() {
  load_state();
  make_sessions();
  const Sequence until = feed_.released();
  while (desk_.position() < until)
    if (!take_batch()) throw std::runtime_error("the event feed ends before its own newest entry");
  if (!flush_sessions())
    throw std::runtime_error("the FIX stores under " + options_.directory.string() + " cannot be written");
  save_snapshot();
  update_status();
  listen();
  const std::uint16_t port = acceptor_.local_endpoint().port();
  asio::post(strand_, [self = shared_from_this()] { self->open(); });
  return port;
}

void FixGateway::Impl::open() {
  accept();
  subscription_ = feed_.subscribe([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
  wake();
  schedule_tick();
}

void FixGateway::Impl::load_state() {
  std::filesystem::create_directories(options_.directory);
  const auto bytes = snapshot_.load();
  if (bytes && desk_.load(*bytes)) {
    snapshot_at_ = desk_.position();
    return;
  }
  desk_ = fix::OrderDesk();
  if (snapshot_.exists())
    note(FixLog::warning, "the order snapshot cannot be used; reading the event log from its start");
}

void FixGateway::Impl::make_sessions() {
  for (const auto& [code, member] : desk_.by_code()) {
    std::unique_ptr<Session>& session = sessions_[member->broker];
    if (session) continue;
    session = std::make_unique<Session>(Session::Setting{dictionary_, desk_, options_,
                                                         [this](Request request, const fix::Ticket& ticket) {
                                                           return submit(std::move(request), ticket);
                                                         }},
                                        *member);
    if (session->bytes_cut() != 0)
      note(FixLog::notice, std::string(code) + ": cut " + std::to_string(session->bytes_cut()) +
                               " bytes of an unfinished record; nothing of it had been sent");
    dirty_.insert(session.get());
  }
}

void FixGateway::Impl::wake() {
  if (wake_posted_.exchange(true)) return;
  asio::post(strand_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->wake_posted_ = false;
      self->drain();
    }
  });
}

// One batch per turn: a long catch-up does not keep the sessions from their heartbeats.
void FixGateway::Impl::drain() {
  if (disk_failing_ || stop_done_) return;
  const bool more = take_batch();
  settle();
  on_turn_end();
  if (desk_.position().raw() - snapshot_at_.raw() >= options_.snapshot_every) save_snapshot();
  if (more) wake();
}

bool FixGateway::Impl::take_batch() {
  const EntryBatchPtr batch = feed_.next(desk_.position(), std::chrono::milliseconds(0));
  if (!batch) return false;
  if (batch->first() != next(desk_.position()))
    throw std::runtime_error("the event log begins at " + std::to_string(batch->first().raw()) +
                             "; the FIX reports need it from " + std::to_string(desk_.position().raw() + 1) +
                             " on (restore " + options_.directory.string() + ")");
  const auto sink = [this](const fix::Report& report) {
    const auto place = sessions_.find(report.order.broker);
    if (place == sessions_.end()) return;
    place->second->report(report);
    dirty_.insert(place->second.get());
  };
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const auto entry = decode_entry(batch->entry(i));
    PACE_CHECK(entry.has_value());
    const bool maybe_member = std::holds_alternative<RegisterBroker>(entry->stamped.request.command);
    desk_.apply(*entry, sink);
    if (maybe_member) make_sessions();
  }
  return true;
}

Reject FixGateway::Impl::submit(Request request, const fix::Ticket& ticket) {
  return commands_.submit(std::move(request), [weak = weak_from_this(), ticket](const Entry& entry) {
    const auto self = weak.lock();
    if (!self || entry.outcome.code == Reject::outcome_unknown)
      return;  // unsettled: the broker's engine sends it again
    {
      const std::lock_guard lock(self->settled_mutex_);
      self->settled_.push_back({ticket, entry.sequence(), entry.repeats, entry.outcome});
    }
    self->wake();
  });
}

// A command is settled when its entry's reports are in the store: only then may the broker's engine forget the message.
void FixGateway::Impl::settle() {
  const std::lock_guard lock(settled_mutex_);
  while (!settled_.empty() && settled_.front().sequence <= desk_.position()) {
    const auto place = sessions_.find(settled_.front().ticket.broker);
    PACE_CHECK(place != sessions_.end());
    place->second->settle(settled_.front());
    dirty_.insert(place->second.get());
    settled_.pop_front();
  }
}

// REQUIRES: every store is flushed up to the desk's position.
void FixGateway::Impl::save_snapshot() {
  if (disk_failing_ || desk_.position() == snapshot_at_) return;
  Bytes bytes;
  ByteWriter out(bytes);
  desk_.save(out);
  try {
    snapshot_.save(bytes, options_.sync);
  } catch (const std::exception& fault) {
    note(FixLog::warning,
         std::string("no order snapshot, the next start reads more of the event log: ") + fault.what());
  }
  snapshot_at_ = desk_.position();
}

// --- connections ----------------------------------------------------------------------------------------------------

void FixGateway::Impl::listen() {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
  const auto where = [&] { return "FIX port " + options_.address + ":" + std::to_string(options_.port); };
  try {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
  } catch (const boost::system::system_error& fault) {
    throw std::runtime_error(where() + ": " + fault.code().message());
  }
}

void FixGateway::Impl::accept() {
  acceptor_.async_accept(strand_, [weak = weak_from_this()](error_code error, asio::ip::tcp::socket socket) {
    const auto self = weak.lock();
    if (!self || error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
    if (!error) {
      self->admit(std::move(socket));
      return self->accept();
    }
    // Out of descriptors, most likely: those that we have go on, and we try again soon.
    self->note(FixLog::warning, "cannot accept: " + error.message());
    self->accept_timer_.expires_after(accept_pause);
    self->accept_timer_.async_wait([weak](error_code stop) {
      const auto again = weak.lock();
      if (again && !stop) again->accept();
    });
  });
}

void FixGateway::Impl::admit(asio::ip::tcp::socket socket) {
  if (connections_.size() >= options_.max_connections) return;  // the socket closes here
  const auto connection = std::make_shared<Connection>(
      std::move(socket), *this, Connection::Limits{options_.max_body_bytes, options_.max_unsent_bytes});
  connections_.insert(connection);
  connection->start();
}

void FixGateway::Impl::on_message(Connection& connection, const std::string& message) {
  ++counts_.messages_in;
  if (disk_failing_) return connection.abort("the store cannot be written");
  if (connection.session == nullptr) return log_on(connection, message);
  connection.session->receive(message);
  dirty_.insert(connection.session);
}

// The whole of authentication, before QuickFIX hears of it: a wrong password must not move a sequence number. Nothing
// is answered either; a Logout would carry a number that the broker's engine would take for the next.
void FixGateway::Impl::log_on(Connection& connection, const std::string& message) {
  const auto tag = [&](int number) { return fix::find_tag(message, number).value_or(""); };
  const auto refuse = [&](const std::string& why) {
    ++counts_.logons_refused;
    connection.abort(why);
  };
  if (tag(35) != "A") return refuse("the first message is not a Logon");
  const auto proven = logon_(tag(553), tag(554));
  Session* session = session_for(tag(49));
  if (!proven || proven->role != Role::broker)
    return refuse("logon refused: Username (553) and Password (554) do not hold");
  if (session == nullptr || session->member().broker.raw() != proven->number || tag(56) != options_.comp_id)
    return refuse("logon refused: SenderCompID (49) or TargetCompID (56) is not this user's");
  if (session->attached()) return refuse("logon refused: this session is logged on from elsewhere");
  connection.session = session;
  session->attach(connection);
  session->receive(message);
  dirty_.insert(session);
  if (session->logged_on())
    note(FixLog::notice, std::string(session->member().code.view()) + " logged on from " + connection.peer());
}

Session* FixGateway::Impl::session_for(std::string_view code) {
  const auto member = desk_.by_code().find(code);
  return member == desk_.by_code().end() ? nullptr : sessions_.at(member->second->broker).get();
}

void FixGateway::Impl::on_gone(Connection& connection, const std::string& why) {
  const std::string who =
      connection.session == nullptr ? "" : " (" + std::string(connection.session->member().code.view()) + ")";
  note(FixLog::notice, connection.peer() + who + " left: " + why);
  if (connection.overflowed()) ++counts_.readers_dropped;
  const auto self = connection.shared_from_this();
  if (connection.session != nullptr) {
    connection.session->detach_from(connection);
    dirty_.insert(connection.session);
  }
  connections_.erase(self);
  touched_.erase(self);
}

void FixGateway::Impl::on_turn_end() {
  if (flush_sessions()) {
    while (!touched_.empty()) {
      const auto connection = *touched_.begin();
      touched_.erase(touched_.begin());
      connection->flush();
    }
  }
}

// True when all is stored. When the disk refuses, the sessions it concerns lose their connections, the feed waits, and
// the tick tries again: every report is still in memory or in the feed.
bool FixGateway::Impl::flush_sessions() {
  const bool failed_before = disk_failing_;
  disk_failing_ = false;
  for (auto at = dirty_.begin(); at != dirty_.end();) {
    try {
      (*at)->flush();
      at = dirty_.erase(at);
    } catch (const std::exception& fault) {
      if (!failed_before && !disk_failing_)
        note(FixLog::fault, std::string("nothing is lost, but brokers are cut off until this ends: ") + fault.what());
      disk_failing_ = true;
      ++at;
    }
  }
  if (!disk_failing_) return true;
  const auto all = connections_;
  for (const auto& connection : all)
    if (connection->session != nullptr) connection->abort("the store cannot be written");
  return false;
}

// --- time, and the end ----------------------------------------------------------------------------------------------

void FixGateway::Impl::schedule_tick() {
  timer_.expires_after(tick_interval);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->tick();
  });
}

void FixGateway::Impl::tick() {
  const bool was_failing = disk_failing_;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [broker, session] : sessions_) {
    if (!session->attached()) continue;
    session->tick();
    dirty_.insert(session.get());
  }
  drop_idle(now);
  on_turn_end();
  update_status();
  if (was_failing && !disk_failing_) {
    note(FixLog::notice, "the stores can be written again");
    wake();
  }
  if (stopped_ != nullptr && (connections_.empty() || now >= stop_deadline_)) return finish_stop();
  schedule_tick();
}

void FixGateway::Impl::drop_idle(std::chrono::steady_clock::time_point now) {
  const auto all = connections_;
  for (const auto& connection : all) {
    if (connection->session == nullptr && now - connection->since() > options_.logon_timeout) {
      connection->abort("no Logon in time");
    } else if (connection->stuck_closing(now)) {
      connection->abort("does not read its Logout");
    }
  }
}

void FixGateway::Impl::begin_stop(std::promise<void>& stopped) {
  stopped_ = &stopped;
  stop_deadline_ = std::chrono::steady_clock::now() + logout_patience;
  error_code ignored;
  acceptor_.close(ignored);
  const auto all = connections_;
  for (const auto& connection : all)
    if (connection->session == nullptr) connection->abort("the exchange is stopping");
  for (const auto& [broker, session] : sessions_) {
    session->log_out("the exchange is stopping");
    dirty_.insert(session.get());
  }
  on_turn_end();
}

void FixGateway::Impl::finish_stop() {
  subscription_.reset();
  const auto all = connections_;
  for (const auto& connection : all) connection->abort("the exchange stopped");
  flush_sessions();
  save_snapshot();
  update_status();
  stop_done_ = true;
  stopped_->set_value();
}

void FixGateway::Impl::abandon() {
  subscription_.reset();
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  accept_timer_.cancel();
  for (const auto& connection : connections_) connection->orphan();
  connections_.clear();
  touched_.clear();
}

void FixGateway::Impl::update_status() {
  FixStatus fresh = counts_;
  fresh.position = desk_.position();
  fresh.connections = connections_.size();
  fresh.sessions = sessions_.size();
  for (const auto& [broker, session] : sessions_) {
    fresh.logged_on += session->logged_on() ? 1 : 0;
    fresh.messages_out += session->messages_out();
  }
  const std::lock_guard lock(status_mutex_);
  status_ = fresh;
}

FixGateway::FixGateway(asio::io_context& context, CommandPort& commands, EventFeed& feed, FixLogon logon,
                       FixOptions options)
    : impl_(std::make_shared<Impl>(context, commands, feed, std::move(logon), std::move(options))) {}
FixGateway::~FixGateway() {
  impl_->abandon();
}
std::uint16_t FixGateway::start() {
  return impl_->start();
}
void FixGateway::stop() {
  std::promise<void> stopped;
  impl_->post_stop(stopped);
  stopped.get_future().wait();
}
FixStatus FixGateway::status() const {
  return impl_->status();
}

}  // namespace pace
