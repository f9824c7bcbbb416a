#include "gateway/fix/session.h"

#include <charconv>

#include "gateway/fix/framer.h"
#include "gateway/fix/quickfix.h"
#include "gateway/fix/session_file.h"
#include "gateway/fix/translate.h"

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

int number_of(std::string_view message) {
  const std::string_view text = find_tag(message, FIX::FIELD::MsgSeqNum).value_or("");
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// QuickFIX's store over SessionFile. What the counterparty must send next advances in memory at once; it is written
/// only when the command that the message brought is durable (Session::flush), so that a kill asks for it again.
class Store final : public FIX::MessageStore {
 public:
  Store(const std::filesystem::path& directory, const FixOptions& options)
      : file_(directory, options.max_stored_messages, options.sync), expected_(file_.expected()) {}

  bool set(int number, const std::string& message) noexcept(false) override {
    file_.append(number, message, cause_);
    ++written_;
    return true;
  }
  void get(int begin, int end, std::vector<std::string>& messages) const noexcept(false) override {
    std::string message;
    for (int number = std::max(begin, 1); number <= std::min(end, file_.next_sender() - 1); ++number)
      if (file_.read(number, message)) messages.push_back(message);
  }
  int getNextSenderMsgSeqNum() const noexcept(false) override { return file_.next_sender(); }
  int getNextTargetMsgSeqNum() const noexcept(false) override { return expected_; }
  void setNextSenderMsgSeqNum(int number) noexcept(false) override { file_.set_next_sender(number); }
  void setNextTargetMsgSeqNum(int number) noexcept(false) override { expected_ = number; }
  void incrNextSenderMsgSeqNum() noexcept(false) override {}  // set() did
  void incrNextTargetMsgSeqNum() noexcept(false) override { ++expected_; }
  // Sessions end only when a broker resets them, so the session is always the one of now.
  FIX::UtcTimeStamp getCreationTime() const noexcept(false) override { return {}; }
  void reset() noexcept(false) override {
    if (!reset_allowed_) return;
    file_.reset();
    expected_ = 1;
    ++epoch_;
  }
  void refresh() noexcept(false) override {}

  void allow_reset(bool allowed) { reset_allowed_ = allowed; }
  void set_cause(Cause cause) { cause_ = cause; }
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] SessionFile& file() { return file_; }
  [[nodiscard]] const SessionFile& file() const { return file_; }

 private:
  SessionFile file_;
  int expected_;
  Cause cause_;
  bool reset_allowed_ = false;
  std::uint32_t epoch_ = 1;
  std::uint64_t written_ = 0;
};

class StoreFactory final : public FIX::MessageStoreFactory {
 public:
  explicit StoreFactory(Store& store) : store_(store) {}
  FIX::MessageStore* create(const FIX::SessionID&) override { return &store_; }
  void destroy(FIX::MessageStore*) override {}

 private:
  Store& store_;
};

/// The session's own remarks. Messages are not logged: a Logon holds the password.
class Remarks final : public FIX::Log {
 public:
  Remarks(const FixOptions& options, std::string who) : options_(options), who_(std::move(who)) {}
  void clear() override {}
  void backup() override {}
  void onIncoming(const std::string&) override {}
  void onOutgoing(const std::string&) override {}
  void onEvent(const std::string& text) override {
    if (options_.log) options_.log(FixLog::detail, "fix " + who_ + ": " + text);
  }

 private:
  const FixOptions& options_;
  std::string who_;
};

class RemarksFactory final : public FIX::LogFactory {
 public:
  explicit RemarksFactory(Remarks& remarks) : remarks_(remarks) {}
  FIX::Log* create() override { return &remarks_; }
  FIX::Log* create(const FIX::SessionID&) override { return &remarks_; }
  void destroy(FIX::Log*) override {}

 private:
  Remarks& remarks_;
};

}  // namespace

class Session::Impl final : public FIX::Application, public FIX::Responder {
 public:
  Impl(Setting setting, const Member& member)
      : setting_(std::move(setting)),
        member_(member),
        store_(setting_.options.directory / std::to_string(member.broker.raw()), setting_.options),
        store_factory_(store_),
        remarks_(setting_.options, std::string(member.code.view())),
        remarks_factory_(remarks_),
        session_(*this, store_factory_,
                 FIX::SessionID("FIX.4.4", setting_.options.comp_id, std::string(member.code.view())),
                 setting_.dictionary.data().provider,
                 FIX::TimeRange(FIX::UtcTimeOnly(0, 0, 0), FIX::UtcTimeOnly(0, 0, 0)), 0, &remarks_factory_) {}

  void receive(const std::string& message) {
    if (number_of(message) - store_.getNextTargetMsgSeqNum() > max_ahead && session_.isLoggedOn()) {
      remarks_.onEvent("disconnecting: MsgSeqNum (34) is too far ahead of the gap before it");
      return session_.disconnect();
    }
    store_.allow_reset(find_tag(message, FIX::FIELD::MsgType) == "A" &&
                       find_tag(message, FIX::FIELD::ResetSeqNumFlag) == "Y");
    guarded([&] { session_.next(message, FIX::UtcTimeStamp()); });
    store_.allow_reset(false);
    forget_old_epoch();
  }
  void tick() {
    guarded([&] { session_.next(FIX::UtcTimeStamp()); });
  }
  void attach(Transport& transport) {
    transport_ = &transport;
    session_.setResponder(this);
  }
  void detach_from(const Transport& transport) {
    if (transport_ != &transport) return;
    transport_ = nullptr;
    session_.disconnect();
  }
  void log_out(const std::string& reason) {
    session_.logout(reason);
    tick();
  }

  void report(const Report& report) {
    if (report.cause <= store_.file().cause()) return;
    FIX::Message message;
    write_report(message, report, setting_.desk);
    store_.set_cause(report.cause);
    session_.send(message);
    store_.set_cause({});
    PACE_CHECK(store_.file().cause() == report.cause);  // or the report would be lost
  }

  void settle(const Settled& settled) {
    if (settled.ticket.epoch != store_.epoch()) return;
    const auto place = std::find(pending_.begin(), pending_.end(), settled.ticket.number);
    if (place != pending_.end()) pending_.erase(place);
    if (settled.repeats && !settled.ticket.resent) answer_repeat(settled);
  }

  void flush() {
    const int durable = pending_.empty() ? store_.getNextTargetMsgSeqNum() : static_cast<int>(pending_.front());
    store_.file().set_expected(durable);
    store_.file().flush();
  }

  // --- FIX::Responder ---
  bool send(const std::string& message) override {
    if (transport_ == nullptr) return false;
    transport_->send(message);
    return true;
  }
  void disconnect() override {
    if (transport_ == nullptr) return;
    transport_->close();
    transport_ = nullptr;
  }

  // --- FIX::Application ---
  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override {}
  void onLogout(const FIX::SessionID&) override {}
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
    const Intake intake = read_order_message(message, member_, setting_.desk);
    if (const auto* request = std::get_if<Request>(&intake)) return submit(message, *request);
    if (const auto* query = std::get_if<StatusQuery>(&intake)) return answer(*query);
    refuse(message, std::get<Refusal>(intake));
  }

  Setting setting_;
  const Member member_;
  Store store_;
  StoreFactory store_factory_;
  Remarks remarks_;
  RemarksFactory remarks_factory_;
  FIX::Session session_;
  Transport* transport_ = nullptr;

 private:
  // What a broker's bytes can provoke inside QuickFIX ends here: a message it cannot read is skipped, as FIX says of
  // garbled ones; anything else costs the connection.
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

  void submit(const FIX::Message& message, const Request& request) {
    const auto number = static_cast<std::uint32_t>(session_.getExpectedTargetNum());
    const auto flag = [&](int tag) {
      return message.getHeader().isSetField(tag) && message.getHeader().getField(tag) == "Y";
    };
    if (flag(FIX::FIELD::PossResend)) {
      if (const OrderState* order = setting_.desk.find(member_.broker, request.request_id))
        return answer({.client_id = order->client_id});
    }
    const Reject answer = setting_.submit(request, {.broker = member_.broker,
                                                    .epoch = store_.epoch(),
                                                    .number = number,
                                                    .resent = flag(FIX::FIELD::PossDupFlag),
                                                    .client_id = request.request_id});
    if (answer == Reject::none) return pending_.push_back(number);
    constexpr int not_available = 4;
    refuse(message, {not_available, std::string(request.request_id.view()),
                     to_text(Outcome{.code = answer}) + ": nothing was taken; send again"});
  }

  void answer(const StatusQuery& query) {
    const OrderState* order =
        query.order ? setting_.desk.find(query.order) : setting_.desk.find(member_.broker, query.client_id);
    if (order != nullptr && order->broker != member_.broker) order = nullptr;
    send_status(query, order, order == nullptr ? "no such order is open or ended today" : "");
  }

  // A request sent again as if it were new: its first answer, as a status, so that the sender is never left waiting.
  void answer_repeat(const Settled& settled) {
    const StatusQuery query{.client_id = settled.ticket.client_id};
    const OrderState* order = setting_.desk.find(member_.broker, query.client_id);
    const std::string text = "request repeated; first answered at sequence " + std::to_string(settled.repeats.raw()) +
                             ": " + to_text(settled.outcome);
    send_status(query, order, text);
  }

  void send_status(const StatusQuery& query, const OrderState* order, std::string_view text) {
    FIX::Message message;
    write_status(message, query, order, setting_.desk, "S" + std::to_string(store_.getNextSenderMsgSeqNum()), text);
    session_.send(message);
  }

  void refuse(const FIX::Message& message, const Refusal& refusal) {
    FIX::Message answer;
    write_refusal(answer, refusal, message.getHeader().getField(FIX::FIELD::MsgType), session_.getExpectedTargetNum());
    session_.send(answer);
  }

  void forget_old_epoch() {
    if (pending_epoch_ == store_.epoch()) return;
    pending_epoch_ = store_.epoch();
    pending_.clear();
  }

  std::deque<std::uint32_t> pending_;  // MsgSeqNums whose commands are not durable yet, ascending
  std::uint32_t pending_epoch_ = 1;
};

Session::Session(Setting setting, const Member& member) : impl_(std::make_unique<Impl>(std::move(setting), member)) {}
Session::~Session() = default;
const Member& Session::member() const {
  return impl_->member_;
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
void Session::report(const Report& report) {
  impl_->report(report);
}
void Session::settle(const Settled& settled) {
  impl_->settle(settled);
}
void Session::flush() {
  impl_->flush();
}
std::uint64_t Session::messages_out() const {
  return impl_->store_.written();
}
std::uint64_t Session::bytes_cut() const {
  return impl_->store_.file().bytes_cut();
}

}  // namespace pace::fix
