#include "tools/pace/client_fix_session.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "gateway/fix/decimal.h"
#include "gateway/fix/quickfix.h"

namespace pace::tool {
namespace {

using Clock = std::chrono::steady_clock;
const int party_order[] = {448, 447, 452, 0};
constexpr auto busy_pause = std::chrono::milliseconds(20);

std::string settings_text(const FixClientSettings& s) {
  // QuickFIX 1.15 knows no session without an end; a week is the longest.
  return "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=" + std::to_string(s.heartbeat_s) +
         "\nStartDay=sun\nStartTime=00:00:00\nEndDay=sat\nEndTime=23:59:59\nUseDataDictionary=Y\nDataDictionary=" +
         s.dictionary + "\nFileStorePath=" + s.store +
         "\nSocketNodelay=Y\nLogonTimeout=5\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID=" + s.sender +
         "\nTargetCompID=" + s.target + "\nSocketConnectHost=" + s.host +
         "\nSocketConnectPort=" + std::to_string(s.port) + "\n";
}

std::string field(const FIX::FieldMap& fields, int tag) {
  return fields.isSetField(tag) ? fields.getField(tag) : "";
}
std::uint64_t number(const std::string& text) {
  return text.empty() ? 0 : std::stoull(text);
}

void put_terms(FIX::Message& message, const OrderRow& row) {
  message.setField(38, std::to_string(row.quantity));
  message.setField(40, std::string(1, row.type));
  if (row.type == '2') message.setField(44, fix::price_text(Price(row.price_fen)));
}

void put_new_order(FIX::Message& message, const OrderRow& row) {
  put_terms(message, row);
  message.setField(59, std::string(1, row.time_in_force));
  if (row.display != 0) message.setField(111, std::to_string(row.display));
  if (row.post_only) message.setField(18, "6");
  message.setField(528, row.principal.empty() ? "P" : "A");
  if (row.principal.empty()) return;
  FIX::Group party(453, 448, party_order);
  party.setField(448, row.principal);
  party.setField(447, "D");
  party.setField(452, "3");
  message.addGroup(party);
}

FIX::Message message_of(const OrderRow& row) {
  constexpr const char* types[] = {"D", "F", "G"};
  FIX::Message message;
  message.getHeader().setField(FIX::FIELD::MsgType, types[static_cast<int>(row.action)]);
  message.setField(11, row.cl_ord_id);
  message.setField(55, row.symbol);
  message.setField(54, std::string(1, row.side));
  message.setField(FIX::TransactTime());
  if (row.action == OrderAction::enter) put_new_order(message, row);
  if (row.action != OrderAction::enter) message.setField(41, row.orig_cl_ord_id);
  if (row.action == OrderAction::replace) put_terms(message, row);
  return message;
}

ReportRow row_of(const FIX::Message& message) {
  const FIX::Header& header = message.getHeader();
  ReportRow row{.message_number = number(field(header, 34)),
                .poss_dup = field(header, 43) == "Y",
                .message_type = field(header, 35)};
  row.exec_id = field(message, 17);
  row.exec_type = field(message, 150);
  row.ord_status = field(message, 39);
  row.cl_ord_id = field(message, row.message_type == "j" ? 379 : 11);
  row.orig_cl_ord_id = field(message, 41);
  row.order_id = field(message, 37);
  row.symbol = field(message, 55);
  row.side = field(message, 54);
  row.last_px = field(message, 31);
  row.last_qty = field(message, 32);
  row.cum = field(message, 14);
  row.leaves = field(message, 151);
  for (const int tag : {103, 102, 380, 373, 532})
    if (row.code.empty()) row.code = field(message, tag);
  row.text = field(message, 58);
  return row;
}

}  // namespace

class FixClient::Impl final : public FIX::Application {
 public:
  Impl(FixClientSettings settings, const std::vector<OrderRow>& rows, ReportFile& reports)
      : settings_(std::move(settings)), rows_(rows), reports_(reports), asked_(rows.size()) {
    std::filesystem::create_directories(settings_.store);
    // The store holds the Logon, password and all, as every FIX engine's does.
    std::filesystem::permissions(settings_.store, std::filesystem::perms::owner_all);
    fresh_ = std::filesystem::is_empty(settings_.store);
    for (std::size_t i = 0; i < rows_.size(); ++i) by_id_[rows_[i].cl_ord_id] = i;
    std::istringstream text(settings_text(settings_));
    try {
      const FIX::SessionSettings parsed(text);
      store_ = std::make_unique<FIX::FileStoreFactory>(parsed);
      initiator_ = std::make_unique<FIX::SocketInitiator>(*this, *store_, parsed);
    } catch (const std::exception& fault) {
      throw std::runtime_error(std::string("FIX client: ") + fault.what());
    }
  }

  void start() { initiator_->start(); }
  void stop() {
    initiator_->stop();
    const std::lock_guard lock(mutex_);
    reports_.flush();
  }

  bool wait_logged_on(std::chrono::milliseconds patience) {
    return wait_until(patience, [&] { return logged_on_.load(); });
  }
  bool send(std::size_t row, std::chrono::milliseconds patience) {
    const bool room = wait_until(patience, [&] { return stats_.sent - stats_.answered < settings_.window; });
    if (room) send_now(row);
    return room;
  }
  bool wait_answered(std::chrono::milliseconds patience) {
    return written(wait_until(patience, [&] { return stats_.sent == stats_.answered; }));
  }
  bool wait_idle(std::chrono::milliseconds quiet, std::chrono::milliseconds patience) {
    return written(wait_until(patience, [&] { return Clock::now() - last_heard_ >= quiet; }));
  }
  FixClientStats stats() const {
    const std::lock_guard lock(mutex_);
    FixClientStats stats = stats_;
    stats.logged_on = logged_on_;
    return stats;
  }

  void onCreate(const FIX::SessionID& id) override { session_ = id; }
  void onLogon(const FIX::SessionID&) override {
    logged_on_ = true;
    const std::lock_guard lock(mutex_);
    ++stats_.logons;
    changed_.notify_all();
  }
  // Called with QuickFIX's session lock held: takes no lock of ours.
  void onLogout(const FIX::SessionID&) override { logged_on_ = false; }
  void toAdmin(FIX::Message& message, const FIX::SessionID&) override {
    if (field(message.getHeader(), 35) != "A") return;
    message.setField(553, settings_.user);
    message.setField(554, settings_.password);
    if (std::exchange(fresh_, false)) message.setField(141, "Y");
  }
  void toApp(FIX::Message&, const FIX::SessionID&) noexcept(false) override {}
  void fromAdmin(const FIX::Message& message, const FIX::SessionID&) noexcept(false) override {
    if (field(message.getHeader(), 35) == "3") take_session_reject(message);
  }
  void fromApp(const FIX::Message& message, const FIX::SessionID&) noexcept(false) override {
    const ReportRow row = row_of(message);
    const std::lock_guard lock(mutex_);
    last_heard_ = Clock::now();
    if (row.poss_dup) ++stats_.poss_dups;
    if (row.message_type == "8" && row.exec_type != "I" && !reports_.is_new(row.exec_id)) {
      ++stats_.duplicates;
      return;
    }
    reports_.write(row);
    ++stats_.reports;
    count(row);
    if (row.message_type == "j" && row.code == "4") return send_later(row.cl_ord_id);
    answer(row.cl_ord_id);
  }

 private:
  enum class Ask : std::uint8_t { unsent, waiting, answered };

  template <class Predicate>
  bool wait_until(std::chrono::milliseconds patience, Predicate holds) {
    const auto deadline = Clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (!holds()) {
      if (Clock::now() >= deadline) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(5));
      if (again_.empty() || again_.front().first > Clock::now()) continue;
      const std::size_t row = again_.front().second;
      again_.pop_front();
      lock.unlock();
      put_on_wire(row);
      lock.lock();
    }
    return true;
  }

  // Whoever waited reads the report file next.
  bool written(bool held) {
    const std::lock_guard lock(mutex_);
    reports_.flush();
    return held;
  }

  void send_now(std::size_t row) {
    {
      const std::lock_guard lock(mutex_);
      if (asked_[row] != Ask::unsent) return;
      asked_[row] = Ask::waiting;
      ++stats_.sent;
    }
    put_on_wire(row);
  }

  // Logged on or not: QuickFIX stores it under its number, and the exchange asks for what it missed.
  void put_on_wire(std::size_t row) {
    FIX::Message message = message_of(rows_[row]);
    FIX::Session::sendToTarget(message, session_);
    const std::lock_guard lock(mutex_);
    by_number_[number(field(message.getHeader(), 34))] = row;
  }

  void send_later(const std::string& id) {
    const auto place = by_id_.find(id);
    ++stats_.busy;
    if (place != by_id_.end() && asked_[place->second] == Ask::waiting)
      again_.emplace_back(Clock::now() + busy_pause, place->second);
  }

  void answer(const std::string& id) {
    const auto place = by_id_.find(id);
    if (place == by_id_.end() || asked_[place->second] != Ask::waiting) return;
    asked_[place->second] = Ask::answered;
    ++stats_.answered;
    changed_.notify_all();
  }

  void take_session_reject(const FIX::Message& message) {
    ReportRow row = row_of(message);
    const std::lock_guard lock(mutex_);
    const auto place = by_number_.find(number(field(message, 45)));
    if (place != by_number_.end()) row.cl_ord_id = rows_[place->second].cl_ord_id;
    reports_.write(row);
    ++stats_.reports;
    ++stats_.refused;
    answer(row.cl_ord_id);
  }

  void count(const ReportRow& row) {
    if (row.message_type == "9") ++stats_.cancel_rejects;
    if (row.message_type == "j" && row.code != "4") ++stats_.refused;
    if (row.message_type != "8" || row.exec_type.empty()) return;
    switch (row.exec_type.front()) {
      case '0':
        ++stats_.accepted;
        break;
      case '4':
        ++stats_.cancelled;
        break;
      case '5':
        ++stats_.replaced;
        break;
      case '8':
        ++stats_.rejected;
        break;
      case 'C':
        ++stats_.expired;
        break;
      case 'F':
        ++stats_.fills;
        (row.side == "1" ? stats_.bought_kg : stats_.sold_kg) += number(row.last_qty);
        break;
      default:
        break;
    }
  }

  const FixClientSettings settings_;
  const std::vector<OrderRow>& rows_;
  ReportFile& reports_;
  bool fresh_ = false;
  FIX::SessionID session_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> logged_on_{false};
  FixClientStats stats_;
  Clock::time_point last_heard_ = Clock::now();
  std::vector<Ask> asked_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::unordered_map<std::uint64_t, std::size_t> by_number_;  // MsgSeqNum to row, for session rejects
  std::deque<std::pair<Clock::time_point, std::size_t>> again_;
  std::unique_ptr<FIX::FileStoreFactory> store_;
  std::unique_ptr<FIX::SocketInitiator> initiator_;
};

FixClient::FixClient(FixClientSettings settings, const std::vector<OrderRow>& rows, ReportFile& reports)
    : impl_(std::make_unique<Impl>(std::move(settings), rows, reports)) {}
FixClient::~FixClient() = default;
void FixClient::start() {
  impl_->start();
}
void FixClient::stop() {
  impl_->stop();
}
bool FixClient::wait_logged_on(std::chrono::milliseconds patience) {
  return impl_->wait_logged_on(patience);
}
bool FixClient::send(std::size_t row, std::chrono::milliseconds patience) {
  return impl_->send(row, patience);
}
bool FixClient::wait_answered(std::chrono::milliseconds patience) {
  return impl_->wait_answered(patience);
}
bool FixClient::wait_idle(std::chrono::milliseconds quiet, std::chrono::milliseconds patience) {
  return impl_->wait_idle(quiet, patience);
}
FixClientStats FixClient::stats() const {
  return impl_->stats();
}

}  // namespace pace::tool
