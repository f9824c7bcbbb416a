// QuickFIX's store and log over ours. What the counterparty must send next advances in memory at once; it is written
// only when the effect of what it sent is safe (Session::flush), so that a kill asks for it again.
// Included by .cpp files only. Thread rule: the gateway's strand.
#pragma once

#include <functional>

#include "gateway/fix/quickfix.h"
#include "gateway/fix/session_file.h"

namespace pace::fix {

class SessionStore final : public FIX::MessageStore {
 public:
  using Asked = std::function<void(int begin, int end)>;
  /// `asked` hears of every range that QuickFIX wants to resend: we answer it ourselves, QuickFIX is given nothing.
  SessionStore(const std::filesystem::path& directory, std::size_t max_messages, bool sync, Asked asked)
      : file_(directory, max_messages, sync), expected_(file_.expected()), asked_(std::move(asked)) {}

  bool set(int number, const std::string& message) noexcept(false) override;
  void get(int begin, int end, std::vector<std::string>& messages) const noexcept(false) override;
  int getNextSenderMsgSeqNum() const noexcept(false) override { return file_.next_sender(); }
  int getNextTargetMsgSeqNum() const noexcept(false) override { return expected_; }
  void setNextSenderMsgSeqNum(int number) noexcept(false) override { file_.set_next_sender(number); }
  void setNextTargetMsgSeqNum(int number) noexcept(false) override { expected_ = number; }
  void incrNextSenderMsgSeqNum() noexcept(false) override {}  // set() did
  void incrNextTargetMsgSeqNum() noexcept(false) override { ++expected_; }
  // QuickFIX knows sessions without an end; when ours end we say (Session::log_out, a reset).
  FIX::UtcTimeStamp getCreationTime() const noexcept(false) override { return {}; }
  void reset() noexcept(false) override;
  void refresh() noexcept(false) override {}

  void begin_day(std::uint32_t day);
  /// QuickFIX resets for reasons of its own, too; only what we allow happens.
  void allow_reset(bool allowed) { reset_allowed_ = allowed; }
  /// Keeps the next message of ours, and what it reports.
  void keep(std::string_view message, Cause cause) {
    file_.append(file_.next_sender(), message, cause);
    ++written_;
  }
  /// The next message of ours is numbered and not kept.
  void pass() {
    file_.set_next_sender(file_.next_sender() + 1);
    ++written_;
  }
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] SessionFile& file() { return file_; }
  [[nodiscard]] const SessionFile& file() const { return file_; }

 private:
  SessionFile file_;
  int expected_;
  Asked asked_;
  bool reset_allowed_ = false;
  std::uint32_t epoch_ = 1;
  std::uint64_t written_ = 0;
};

class SessionStoreFactory final : public FIX::MessageStoreFactory {
 public:
  explicit SessionStoreFactory(SessionStore& store) : store_(store) {}
  FIX::MessageStore* create(const FIX::SessionID&) override { return &store_; }
  void destroy(FIX::MessageStore*) override {}

 private:
  SessionStore& store_;
};

/// The session's own remarks. Messages are not logged: a Logon holds the password.
class Remarks final : public FIX::Log, public FIX::LogFactory {
 public:
  explicit Remarks(std::function<void(const std::string&)> remark) : remark_(std::move(remark)) {}
  void clear() override {}
  void backup() override {}
  void onIncoming(const std::string&) override {}
  void onOutgoing(const std::string&) override {}
  void onEvent(const std::string& text) override {
    if (remark_) remark_(text);
  }
  FIX::Log* create() override { return this; }
  FIX::Log* create(const FIX::SessionID&) override { return this; }
  void destroy(FIX::Log*) override {}

 private:
  std::function<void(const std::string&)> remark_;
};

}  // namespace pace::fix
