#include "gateway/fix/session.h"

#include <charconv>
#include <chrono>

#include "engine/base/check.h"
#include "gateway/fix/decimal.h"
#include "gateway/fix/framer.h"
#include "gateway/fix/quickfix.h"
#include "gateway/fix/resend.h"
#include "gateway/fix/session_store.h"

namespace pace::fix {
namespace {

constexpr const char* begin_string = "FIX.4.4";

}  // namespace

struct Dictionary::Data {
  explicit Data(const ptr::shared_ptr<FIX::DataDictionary>& loaded) : layout(*loaded) {
    provider.addTransportDataDictionary(FIX::BeginString(begin_string), loaded);
  }
  FIX::DataDictionaryProvider provider;
  Layout layout;
};

Dictionary::Dictionary(const std::filesystem::path& path) {
  try {
    data_ = std::make_unique<Data>(ptr::shared_ptr<FIX::DataDictionary>(new FIX::DataDictionary(path.string())));
  } catch (const std::exception& fault) {
    throw std::runtime_error("FIX dictionary " + path.string() + ": " + fault.what());
  }
}
Dictionary::~Dictionary() = default;
const Layout& Dictionary::layout() const {
  return data_->layout;
}

namespace {

constexpr int min_heartbeat_s = 1, max_heartbeat_s = 600;
/// QuickFIX keeps every message that is ahead of a gap until the gap is filled: this many numbers ahead, and no more.
constexpr int max_ahead = 10'000;
/// A resend goes on while no more than this waits for the reader, and then lets the other sessions have their turn.
constexpr std::size_t resend_room = 256 * 1024;
constexpr int resend_messages_per_turn = 256;
/// How far SendingTime (52) may be from our time: QuickFIX's.
constexpr std::int64_t max_latency_s = 120;

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Timestamp now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}
std::string now_text() {
  return fix_time_text(now());
}

/// What was asked for again. While it lasts nothing new is transmitted: it is in the store, and follows in its place.
struct Resend {
  int next = 0;  ///< said again from here …
  int end = 0;   ///< … to here
  int held = 0;  ///< from here on nothing was ever transmitted
  int gap = 0;   ///< the first number of an open gap fill; 0: none
};

}  // namespace

class Session::Impl final : public FIX::Application, public FIX::Responder {
 public:
  Impl(Session& self, Setting setting, SessionApplication& application)
      : self_(self),
        setting_(std::move(setting)),
        application_(application),
        store_(setting_.directory, setting_.max_stored_messages, setting_.sync,
               [this](int begin, int end) { begin_resend(begin, end); }),
        store_factory_(store_),
        remarks_(setting_.remark),
        session_(*this, store_factory_, FIX::SessionID("FIX.4.4", setting_.comp_id, setting_.counterparty),
                 setting_.dictionary.data().provider,
                 FIX::TimeRange(FIX::UtcTimeOnly(0, 0, 0), FIX::UtcTimeOnly(0, 0, 0)), 0, &remarks_) {
    session_.setResetOnLogon(setting_.reset_on_logon);
  }

  void receive(std::string_view message) {
    if (incoming_.read(message, setting_.dictionary.layout()) && is_next() && take()) return;
    judge(message);
  }
  void tick() {
    to_be_heard_ = true;
    guarded([&] { session_.next(FIX::UtcTimeStamp()); });
  }
  void attach(Transport& transport) {
    transport_ = &transport;
    leaving_ = false;
    gap_end_ = 0;
    session_.logon();
    session_.setResponder(this);
  }
  void detach_from(const Transport& transport) {
    if (transport_ != &transport) return;
    transport_ = nullptr;
    resend_.reset();
    session_.disconnect();
  }
  // What a resend still holds back does not hold back the goodbye; it is asked for at the next logon.
  void log_out(const std::string& reason) {
    if (leaving_) return;
    leaving_ = true;
    resend_.reset();
    session_.logout(reason);
    tick();
  }

  void begin_day(std::uint32_t day) {
    PACE_CHECK(transport_ == nullptr);
    store_.begin_day(day);
    application_.on_reset(self_);
  }

  void send(Outgoing& message, Cause cause) {
    compose(message);
    store_.keep(frame_, cause);
    if (session_.isLoggedOn()) send(frame_);
  }
  [[nodiscard]] bool takes_live(std::size_t most_unsent) {
    return session_.isLoggedOn() && !resend_ && transport_ != nullptr && transport_->unsent() <= most_unsent;
  }
  bool send_live(Outgoing& message, std::size_t most_unsent) {
    if (!takes_live(most_unsent)) return false;
    compose(message);
    store_.pass();
    transport_->send(frame_);
    return true;
  }

  void flush() {
    const int unsettled = application_.first_unsettled();
    store_.file().set_expected(unsettled == 0 ? store_.getNextTargetMsgSeqNum() : unsettled);
    store_.file().flush();
  }

  bool resend_some() {
    const std::string now = now_text();
    for (int n = 0; n < resend_messages_per_turn; ++n) {
      if (!resend_) return true;
      if (transport_->unsent() > resend_room) return false;
      if (resend_->next <= resend_->end) {
        say_again_one(now);
      } else {
        close_gap(resend_->next, now);
        follow_one(now);
      }
    }
    return true;
  }

  // --- FIX::Responder ---
  bool send(const std::string& message) override {
    if (transport_ == nullptr) return false;
    if (!resend_) transport_->send(message);
    return true;
  }
  void disconnect() override {
    if (transport_ == nullptr) return;
    transport_->close();
    transport_ = nullptr;
    resend_.reset();
  }

  // --- FIX::Application ---
  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override {
    announced_ = true;
    application_.on_logon(self_);
  }
  void onLogout(const FIX::SessionID&) override {
    if (!announced_) return;
    announced_ = false;
    application_.on_gone(self_);
  }
  void toAdmin(FIX::Message&, const FIX::SessionID&) override {}
  void toApp(FIX::Message&, const FIX::SessionID&) noexcept(false) override {}
  void fromAdmin(const FIX::Message& message, const FIX::SessionID&) noexcept(false) override {
    if (message.getHeader().getField(FIX::FIELD::MsgType) != "A") return;
    FIX::HeartBtInt interval;
    message.getField(interval);
    if (interval < min_heartbeat_s || interval > max_heartbeat_s)
      throw FIX::RejectLogon("HeartBtInt (108) must be 1 to 600 seconds");
  }
  // The fields in one piece of text again: QuickFIX keeps what came ahead of a gap in its own form.
  void fromApp(const FIX::Message& message, const FIX::SessionID&) noexcept(false) override {
    if (number_in(message.getHeader().getField(FIX::FIELD::MsgSeqNum)) > gap_end_) gap_end_ = 0;
    judged_ = message.toString();
    (void)incoming_.read(judged_, setting_.dictionary.layout());  // QuickFIX found it good
    if (!application_.on_message(self_, incoming_)) throw FIX::UnsupportedMessageType();
  }

  Session& self_;
  const Setting setting_;
  SessionApplication& application_;
  SessionStore store_;
  SessionStoreFactory store_factory_;
  Remarks remarks_;
  FIX::Session session_;
  Transport* transport_ = nullptr;
  std::optional<Resend> resend_;

 private:
  // Nothing for QuickFIX to judge: the very number, from whom and to whom it should be, of now, and no repeat. Nor has
  // QuickFIX to see it: no gap is open, and it heard of a message since the last tick, so that its clock of silence
  // runs right.
  [[nodiscard]] bool is_next() {
    const auto says = [&](int tag, std::string_view value) { return incoming_.header(tag) == value; };
    return !leaving_ && !to_be_heard_ && gap_end_ == 0 && session_.isLoggedOn() &&
           number_in(incoming_.header(FIX::FIELD::MsgSeqNum).value_or("")) == store_.getNextTargetMsgSeqNum() &&
           says(FIX::FIELD::BeginString, begin_string) && says(FIX::FIELD::SenderCompID, setting_.counterparty) &&
           says(FIX::FIELD::TargetCompID, setting_.comp_id) && !incoming_.header(FIX::FIELD::PossDupFlag) &&
           !incoming_.header(FIX::FIELD::OrigSendingTime) && is_of_now();
  }
  [[nodiscard]] bool is_of_now() const {
    const std::int64_t sent = seconds_of(incoming_.header(FIX::FIELD::SendingTime).value_or(""));
    const std::int64_t away = now().raw() / 1'000'000'000 - sent;
    return sent >= 0 && away <= max_latency_s && -away <= max_latency_s;
  }

  // False: the application does not take it, and QuickFIX has to say so.
  bool take() {
    bool taken = true;
    guarded([&] {
      taken = application_.on_message(self_, incoming_);
      if (taken) store_.incrNextTargetMsgSeqNum();
    });
    return taken;
  }

  void judge(std::string_view message) {
    const auto type = find_tag(message, FIX::FIELD::MsgType);
    if (leaving_ && type != "5") return;
    const int number = number_in(find_tag(message, FIX::FIELD::MsgSeqNum).value_or(""));
    const int expected = store_.getNextTargetMsgSeqNum();
    if (number - expected > max_ahead && session_.isLoggedOn()) {
      remarks_.onEvent("disconnecting: MsgSeqNum (34) is too far ahead of the gap before it");
      return session_.disconnect();
    }
    if (number > expected) gap_end_ = std::max(gap_end_, number);
    to_be_heard_ = false;
    store_.allow_reset(type == "A" &&
                       (setting_.reset_on_logon || find_tag(message, FIX::FIELD::ResetSeqNumFlag) == "Y"));
    const std::uint32_t epoch = store_.epoch();
    guarded([&] { session_.next(std::string(message), FIX::UtcTimeStamp()); });
    store_.allow_reset(false);
    if (store_.epoch() != epoch) application_.on_reset(self_);
  }

  // The whole message with the next number, into frame_. The header is as QuickFIX writes it: 35 first, then in order.
  void compose(Outgoing& message) {
    head_.assign("35=").append(message.type()).append("\00134=");
    append_number(head_, store_.file().next_sender());
    head_.append("\00149=").append(setting_.comp_id).append("\00152=");
    const FixTime time = fix_time(now());
    head_.append(time.data(), time.size());
    head_.append("\00156=").append(setting_.counterparty).append("\001");
    frame_.assign("8=").append(begin_string).append("\0019=");
    append_number(frame_, static_cast<std::int64_t>(head_.size() + message.body_size()));
    frame_.append("\001").append(head_);
    message.append_body(frame_);
    append_checksum(frame_);
  }

  // What a counterparty's bytes can provoke inside QuickFIX ends here: a message it cannot read is skipped, as FIX says
  // of garbled ones; anything else costs the connection.
  template <class Action>
  void guarded(Action action) {
    try {
      action();
    } catch (const FIX::InvalidMessage& fault) {
      remarks_.onEvent(std::string("skipped a message: ") + fault.what());
    } catch (const std::exception& fault) {
      remarks_.onEvent(std::string("disconnecting: ") + fault.what());
      session_.disconnect();
    }
  }

  // QuickFIX checked the request and asks its store; what it makes of an empty answer is held back like all that is
  // sent from here on, and is in no store: it never leaves.
  void begin_resend(int begin, int end) {
    const int held = resend_ ? resend_->held : store_.file().next_sender();
    resend_ = Resend{.next = std::max(begin, 1), .end = std::min(end, held - 1), .held = held};
  }

  void say_again_one(const std::string& now) {
    const int number = store_.file().next_stored(resend_->next);
    if (number > resend_->next && resend_->gap == 0) resend_->gap = resend_->next;
    resend_->next = std::min(number, resend_->end + 1);
    if (number > resend_->end) return;
    ++resend_->next;
    if (!store_.file().read(number, stored_) || is_session_message(stored_)) {
      if (resend_->gap == 0) resend_->gap = number;
      return;
    }
    close_gap(number, now);
    say_again(scratch_, stored_, now);
    transport_->send(scratch_);
  }

  void close_gap(int next, const std::string& now) {
    if (resend_->gap == 0) return;
    fill_gap(scratch_, setting_.comp_id, setting_.counterparty, resend_->gap, next, now);
    resend_->gap = 0;
    transport_->send(scratch_);
  }

  // Made while the resend went on: for the first time now, as it was written.
  void follow_one(const std::string& now) {
    const int number = resend_->held;
    if (number >= store_.file().next_sender()) return resend_.reset();
    ++resend_->held;
    if (!store_.file().read(number, stored_)) {
      resend_->gap = number;
      return close_gap(number + 1, now);
    }
    transport_->send(stored_);
  }

  bool announced_ = false;
  bool leaving_ = false;     // said goodbye
  bool to_be_heard_ = true;  // QuickFIX has to hear of the next message
  int gap_end_ = 0;          // the highest number that came ahead of a gap which QuickFIX is filling; 0: none
  Incoming incoming_;
  std::string judged_;        // what incoming_ points into when QuickFIX gave the message
  std::string head_, frame_;  // of the message being composed
  std::string stored_, scratch_;
};

Session::Session(Setting setting, SessionApplication& application)
    : impl_(std::make_unique<Impl>(*this, std::move(setting), application)) {}
Session::~Session() = default;
const std::string& Session::counterparty() const {
  return impl_->setting_.counterparty;
}
bool Session::attached() const {
  return impl_->transport_ != nullptr;
}
bool Session::logged_on() const {
  return impl_->session_.isLoggedOn();
}
void Session::attach(Transport& transport) {
  impl_->attach(transport);
}
void Session::detach_from(const Transport& transport) {
  impl_->detach_from(transport);
}
void Session::receive(std::string_view message) {
  impl_->receive(message);
}
void Session::tick() {
  impl_->tick();
}
void Session::log_out(const std::string& reason) {
  impl_->log_out(reason);
}
void Session::begin_day(std::uint32_t day) {
  impl_->begin_day(day);
}
std::uint32_t Session::day() const {
  return impl_->store_.file().day();
}
void Session::skip_to(Cause cause) {
  impl_->store_.file().skip_to(cause);
}
void Session::send(Outgoing& message, Cause cause) {
  impl_->send(message, cause);
}
bool Session::send_live(Outgoing& message, std::size_t most_unsent) {
  return impl_->send_live(message, most_unsent);
}
bool Session::takes_live(std::size_t most_unsent) const {
  return impl_->takes_live(most_unsent);
}
int Session::receiving() const {
  return impl_->session_.getExpectedTargetNum();
}
int Session::next_number() const {
  return impl_->store_.file().next_sender();
}
std::uint32_t Session::epoch() const {
  return impl_->store_.epoch();
}
Cause Session::cause() const {
  return impl_->store_.file().cause();
}
void Session::flush() {
  impl_->flush();
}
bool Session::resending() const {
  return impl_->resend_.has_value();
}
bool Session::resend_some() {
  return impl_->resend_some();
}
std::uint64_t Session::messages_out() const {
  return impl_->store_.written();
}
std::uint64_t Session::bytes_cut() const {
  return impl_->store_.file().bytes_cut();
}

}  // namespace pace::fix
