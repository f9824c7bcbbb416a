#include "gateway/fix/fix_gateway.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/fix/door.h"
#include "gateway/fix/framer.h"
#include "gateway/fix/logon.h"
#include "gateway/fix/seats.h"
#include "gateway/fix/snapshot_file.h"

namespace pace {

namespace asio = boost::asio;
using boost::system::error_code;
using fix::Connection;

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);
constexpr auto logout_patience = std::chrono::seconds(2);
constexpr auto answer_patience = std::chrono::seconds(30);
constexpr auto ask_again = std::chrono::milliseconds(10);

Timestamp wall_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

}  // namespace

/// Everything but the io_context's threads: connections, sessions, and the walk along the feed. A turn is one handler
/// on the strand; at its end stores are flushed first and only then connections, so nothing unstored ever leaves.
class FixGateway::Impl final : public fix::DoorOwner, public std::enable_shared_from_this<FixGateway::Impl> {
 public:
  Impl(asio::io_context& context, CommandPort& commands, QueryPort& queries, EventFeed& feed, FixLogon logon,
       FixOptions options)
      : commands_(commands),
        queries_(queries),
        feed_(feed),
        options_(std::move(options)),
        logons_(std::move(logon), wall_time()),
        strand_(asio::make_strand(context)),
        timer_(strand_),
        door_(std::make_shared<fix::Door>(strand_, *this, door_limits(options_))),
        dictionary_(options_.dictionary),
        snapshot_(options_.directory / "orders.snapshot"),
        questions_(
            desk_, queries, [this](auto then) { return on_strand(std::move(then)); },
            [this](fix::Session& session) { seats_.touched(session); }),
        seats_({.dictionary = dictionary_,
                .options = options_,
                .desk = desk_,
                .questions = questions_,
                .submit = [this](Request request,
                                 const fix::Ticket& ticket) { return submit(std::move(request), ticket); },
                .note = [this](FixLog level, const std::string& text) { note(level, text); }}) {}

  std::uint16_t start();
  void begin_stop(std::promise<void>& stopped);
  void abandon();
  void post_stop(std::promise<void>& stopped) {
    asio::post(strand_, [self = shared_from_this(), &stopped] { self->begin_stop(stopped); });
  }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }
  [[nodiscard]] FixStatus status() const {
    const std::lock_guard lock(status_mutex_);
    return status_;
  }

  void on_message(Connection& connection, std::string_view message) override;
  void on_turn_end() override;
  void on_gone(Connection& connection, const std::string& why) override;
  void on_trouble(const std::string& what) override { note(FixLog::warning, what); }

 private:
  static fix::Door::Limits door_limits(const FixOptions& options) {
    return {.connections = options.max_connections,
            .waiting = options.max_waiting,
            .logon_timeout = options.logon_timeout,
            .each = {options.max_body_bytes, options.max_unsent_bytes, options.max_order_bytes}};
  }
  void note(FixLog level, const std::string& text) const {
    if (options_.log) options_.log(level, "fix: " + text);
  }
  void open();
  void load_state();
  void make_sessions();
  void wake();
  void drain();
  bool take_batch();
  void start_market();
  void tell_market();
  template <class View>
  View ask(const Question& question);
  QueryPort::Answered on_strand(std::function<void(const Answer&)> then);
  void settle();
  void save_snapshot();
  [[nodiscard]] std::uint64_t since_snapshot() const { return desk_.position().raw() - snapshot_at_.raw(); }
  void log_on(Connection& connection, std::string_view message);
  void receive(Connection& connection, std::string_view message);
  Reject submit(Request request, const fix::Ticket& ticket);
  bool flush_sessions();
  void schedule_tick();
  void tick();
  void finish_stop();
  void update_status();

  CommandPort& commands_;
  QueryPort& queries_;
  EventFeed& feed_;
  const FixOptions options_;
  fix::LogonDesk logons_;
  fix::Strand strand_;
  asio::steady_timer timer_;
  std::shared_ptr<fix::Door> door_;
  const fix::Dictionary dictionary_;
  fix::SnapshotFile snapshot_;
  fix::OrderDesk desk_;
  fix::QuestionDesk questions_;
  std::vector<Entry> walked_;  // the turn's entries, for the market
  fix::Seats seats_;
  std::uint16_t tls_port_ = 0;
  Sequence snapshot_at_, ticked_at_;
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
  start_market();
  update_status();
  const std::uint16_t port = door_->listen(options_.address, options_.port);
  if (options_.tls) {
    const auto source = [tls = options_.tls] { return tls->context(); };
    tls_port_ = door_->listen(options_.address, options_.tls_port, source);
  }
  asio::post(strand_, [self = shared_from_this()] { self->open(); });
  return port;
}

void FixGateway::Impl::open() {
  door_->open();
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
  for (const auto& [code, member] : desk_.by_code()) seats_.make(*member);
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
  tell_market();
  if (since_snapshot() >= options_.snapshot_every) save_snapshot();
  if (more) wake();
}

bool FixGateway::Impl::take_batch() {
  const EntryBatchPtr batch = feed_.next(desk_.position(), std::chrono::milliseconds(0));
  if (!batch) return false;
  if (batch->first() != next(desk_.position()))
    throw std::runtime_error("the event log begins at " + std::to_string(batch->first().raw()) +
                             "; the FIX reports need it from " + std::to_string(desk_.position().raw() + 1) +
                             " on (restore " + options_.directory.string() + ")");
  const auto sink = [this](const fix::Report& report) { seats_.report(report); };
  walked_.clear();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    auto entry = decode_entry(batch->entry(i));
    PACE_CHECK(entry.has_value());
    const bool maybe_member = std::holds_alternative<RegisterBroker>(entry->stamped.request.command);
    desk_.apply(*entry, sink);
    if (maybe_member) make_sessions();
    walked_.push_back(std::move(*entry));
  }
  return true;
}

// --- the market -----------------------------------------------------------------------------------------------------

/// Before anybody is let in, so nobody waits on the strand.
template <class View>
View FixGateway::Impl::ask(const Question& question) {
  const auto answered = std::make_shared<std::promise<View>>();
  auto answer = answered->get_future();
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  const auto give_up = [&] {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("the exchange does not answer what the market is");
  };
  while (queries_.ask(question, [answered](const Answer& said) { answered->set_value(std::get<View>(said)); }) !=
         Reject::none) {
    give_up();
    std::this_thread::sleep_for(ask_again);
  }
  while (answer.wait_for(ask_again) != std::future_status::ready) give_up();
  return answer.get();
}

// The market as the exchange has it, so much of its past as trades and the day's figures need, and what our own walk
// has passed since.
void FixGateway::Impl::start_market() {
  const auto orders = ask<OrdersView>(AskOrders{});
  fix::MarketDesk& market = questions_.market();
  market.start(ask<MarketView>(AskMarket{}), orders);
  const std::uint64_t state = orders.as_of.raw(), until = std::max(state, desk_.position().raw());
  Sequence at(state - std::min(state, options_.history_entries));
  while (at.raw() < until) {
    const EntryBatchPtr batch = feed_.next(at, std::chrono::milliseconds(0));
    if (!batch) break;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const auto entry = decode_entry(batch->entry(i));
      PACE_CHECK(entry.has_value());
      if (entry->sequence().raw() <= state) {
        market.recall(*entry);
      } else if (entry->sequence() <= desk_.position()) {
        market.apply(*entry);
      }
    }
    at = batch->last();
  }
  walked_.clear();
}

// Reports have left by now: the market and long answers come behind them.
void FixGateway::Impl::tell_market() {
  for (const Entry& entry : walked_) questions_.market().apply(entry);
  walked_.clear();
  const bool more = questions_.tell();
  on_turn_end();
  if (more) wake();
}

// What the exchange answers comes on its own thread.
QueryPort::Answered FixGateway::Impl::on_strand(std::function<void(const Answer&)> then) {
  return [weak = weak_from_this(), strand = strand_, then = std::move(then)](const Answer& answer) {
    asio::post(strand, [weak, then, answer] {
      const auto self = weak.lock();
      if (!self || self->stop_done_) return;
      then(answer);
      self->tell_market();
    });
  };
}

// --- commands -------------------------------------------------------------------------------------------------------

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
    seats_.settle(settled_.front());
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

void FixGateway::Impl::on_message(Connection& connection, std::string_view message) {
  ++counts_.messages_in;
  if (disk_failing_) return connection.abort("the store cannot be written");
  if (connection.session == nullptr) return log_on(connection, message);
  receive(connection, message);
}

void FixGateway::Impl::receive(Connection& connection, std::string_view message) {
  fix::Session& session = *connection.session;
  session.receive(message);
  seats_.touched(session);
  if (questions_.waiting()) wake();
}

// The whole of authentication, before QuickFIX hears of it: a wrong password must not move a sequence number. Nothing
// is answered either; a Logout would carry a number that the broker's engine would take for the next.
void FixGateway::Impl::log_on(Connection& connection, std::string_view message) {
  const auto refuse = [&](const std::string& why) {
    ++counts_.logons_refused;
    connection.abort("logon refused: " + why);
  };
  if (fix::find_tag(message, 35) != "A" || fix::find_tag(message, 8) != "FIX.4.4")
    return refuse("the first message is not a Logon of FIX.4.4");
  const Timestamp now = wall_time();
  const auto proven =
      logons_.check(message, {.address = connection.address(), .certificate = connection.certificate()}, now);
  if (!proven.identity) return refuse(proven.problem);
  const fix::Seats::Taken seat = seats_.take(*proven.identity, message, now);
  if (seat.session == nullptr) return refuse(seat.problem);
  connection.session = seat.session;
  door_->logged_on(connection);
  seat.session->attach(connection);
  receive(connection, message);
  if (seat.session->logged_on())
    note(FixLog::notice, seat.session->counterparty() + " logged on from " + connection.peer());
}

void FixGateway::Impl::on_gone(Connection& connection, const std::string& why) {
  const std::string who = connection.session == nullptr ? "" : " (" + connection.session->counterparty() + ")";
  note(FixLog::notice, connection.peer() + who + " left: " + why);
  if (connection.overflowed()) ++counts_.readers_dropped;
  if (connection.session == nullptr) return;
  connection.session->detach_from(connection);
  seats_.touched(*connection.session);
}

void FixGateway::Impl::on_turn_end() {
  if (flush_sessions()) door_->flush();
}

// True when all is stored. When the disk refuses, the sessions it concerns lose their connections, the feed waits, and
// the tick tries again: every report is still in memory or in the feed.
bool FixGateway::Impl::flush_sessions() {
  const std::string fault = seats_.flush();
  const bool failed_before = std::exchange(disk_failing_, !fault.empty());
  if (!disk_failing_) {
    if (failed_before) {
      note(FixLog::notice, "the stores can be written again");
      wake();
    }
    return true;
  }
  if (!failed_before) note(FixLog::fault, "nothing is lost, but brokers are cut off until this ends: " + fault);
  for (const auto& connection : door_->all())
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
  const auto now = std::chrono::steady_clock::now();
  seats_.tick(wall_time(), logons_);
  door_->check(now);
  tell_market();
  const bool quiet = std::exchange(ticked_at_, desk_.position()) == desk_.position();
  if (quiet && since_snapshot() >= options_.snapshot_when_quiet) save_snapshot();
  update_status();
  if (stopped_ != nullptr && (door_->connections() == 0 || now >= stop_deadline_)) return finish_stop();
  schedule_tick();
}

void FixGateway::Impl::begin_stop(std::promise<void>& stopped) {
  stopped_ = &stopped;
  stop_deadline_ = std::chrono::steady_clock::now() + logout_patience;
  door_->close("the exchange is stopping");
  seats_.log_out("the exchange is stopping");
  on_turn_end();
}

void FixGateway::Impl::finish_stop() {
  subscription_.reset();
  door_->abort_all("the exchange stopped");
  flush_sessions();
  save_snapshot();
  update_status();
  stop_done_ = true;
  stopped_->set_value();
}

void FixGateway::Impl::abandon() {
  subscription_.reset();
  timer_.cancel();
  door_->orphan();
}

void FixGateway::Impl::update_status() {
  FixStatus fresh = counts_;
  fresh.position = desk_.position();
  fresh.connections = door_->connections();
  seats_.count(fresh);
  const std::lock_guard lock(status_mutex_);
  status_ = fresh;
}

FixLogon logon_by(Credentials& credentials) {
  const auto check = [&credentials](const FixProof& proof) -> std::optional<Identity> {
    if (proof.signature.empty()) return credentials.verify(proof.user, proof.password);
    const auto signature = signature_from_hex(proof.signature);
    // A signature that is none takes as long as one that is wrong.
    auto identity =
        credentials.verify_signature(proof.user, proof.signed_text, signature.value_or(Credentials::Signature{}));
    return signature ? identity : std::nullopt;
  };
  const auto revoked = [&credentials](const Identity& identity) -> std::string {
    const Standing standing = credentials.standing(identity);
    return standing == Standing::good ? std::string() : "this login was " + std::string(name_of(standing));
  };
  return {check, revoked};
}

FixGateway::FixGateway(asio::io_context& context, CommandPort& commands, QueryPort& queries, EventFeed& feed,
                       FixLogon logon, FixOptions options)
    : impl_(std::make_shared<Impl>(context, commands, queries, feed, std::move(logon), std::move(options))) {}
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
std::uint16_t FixGateway::tls_port() const {
  return impl_->tls_port();
}
FixStatus FixGateway::status() const {
  return impl_->status();
}

}  // namespace pace
