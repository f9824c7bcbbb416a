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

struct Dictionary::Data {
  FIX::DataDictionaryProvider provider;
};

Dictionary::Dictionary(const std::filesystem::path& path) : data_(std::make_unique<Data>()) {
  try {
    data_->provider.addTransportDataDictionary(
        FIX::BeginString("FIX.4.4"), ptr::shared_ptr<FIX::DataDictionary>(new FIX::DataDictionary(path.string())));
  } catch (const std::exception& fault) {
    throw std::runtime_error("FIX dictionary " + path.string() + ": " + fault.what());
  }
}
Dictionary::~Dictionary() = default;

namespace {

constexpr int min_heartbeat_s = 1, max_heartbeat_s = 600;
/// QuickFIX keeps every message that is ahead of a gap until the gap is filled: this many numbers ahead, and no more.
constexpr int max_ahead = 10'000;
/// A resend goes on while no more than this waits for the reader, and then lets the other sessions have their turn.
constexpr std::size_t resend_room = 256 * 1024;
constexpr int resend_messages_per_turn = 256;

int number_of(std::string_view message) {
  const std::string_view text = find_tag(message, FIX::FIELD::MsgSeqNum).value_or("");
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string now_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fix_time_text(Timestamp(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
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

  void receive(const std::string& message) {
    if (leaving_ && find_tag(message, FIX::FIELD::MsgType) != "5") return;
    if (number_of(message) - store_.getNextTargetMsgSeqNum() > max_ahead && session_.isLoggedOn()) {
      remarks_.onEvent("disconnecting: MsgSeqNum (34) is too far ahead of the gap before it");
      return session_.disconnect();
    }
    store_.allow_reset(find_tag(message, FIX::FIELD::MsgType) == "A" &&
                       (setting_.reset_on_logon || find_tag(message, FIX::FIELD::ResetSeqNumFlag) == "Y"));
    const std::uint32_t epoch = store_.epoch();
    guarded([&] { session_.next(message, FIX::UtcTimeStamp()); });
    store_.allow_reset(false);
    if (store_.epoch() != epoch) application_.on_reset(self_);
  }
  void tick() {
    guarded([&] { session_.next(FIX::UtcTimeStamp()); });
  }
  void attach(Transport& transport) {
    transport_ = &transport;
    leaving_ = false;
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

  void send(FIX::Message& message, Cause cause) {
    store_.set_cause(cause);
    session_.send(message);
    store_.set_cause({});
    PACE_CHECK(!cause.sequence || store_.file().cause() == cause);  // or the report would be lost
  }
  [[nodiscard]] bool takes_live(std::size_t most_unsent) {
    return session_.isLoggedOn() && !resend_ && transport_ != nullptr && transport_->unsent() <= most_unsent;
  }
  bool send_live(FIX::Message& message, std::size_t most_unsent) {
    if (!takes_live(most_unsent)) return false;
    store_.set_passing(true);
    session_.send(message);
    store_.set_passing(false);
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
  void fromApp(const FIX::Message& message, const FIX::SessionID&) noexcept(false) override {
    application_.on_message(self_, message);
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
  bool leaving_ = false;  // said goodbye
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
void Session::receive(const std::string& message) {
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
void Session::send(FIX::Message& message, Cause cause) {
  impl_->send(message, cause);
}
bool Session::send_live(FIX::Message& message, std::size_t most_unsent) {
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
