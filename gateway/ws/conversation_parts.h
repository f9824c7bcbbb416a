// What the conversation's units share: reading a message, writing an answer, and the way of answers from the gate's
// thread. Thread rule: the io thread, besides AnswerQueue::put and what fills an answer, which the gate's thread calls.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ws/conversation.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/turn.h"

namespace pace {

inline std::string_view view(boost::json::string_view text) {
  return {text.data(), text.size()};
}
/// The text in a field; empty when there is none.
std::string_view text_field(const boost::json::object& object, std::string_view name);

/// Parses one message after the other into the same memory.
class MessageReader {
 public:
  MessageReader();
  /// The value lies in `memory`, which must outlive it.
  boost::json::value read(std::string_view text, boost::json::monotonic_resource& memory,
                          boost::json::error_code& error);
  [[nodiscard]] std::span<unsigned char> memory() { return values_; }

 private:
  std::array<unsigned char, 16 * 1024> values_{};
  std::array<unsigned char, 4 * 1024> stack_{};
  boost::json::parser parser_;
};

/// One message being handled.
struct Conversation::Message {
  boost::json::object fields;
  std::string_view op;  ///< a known one, or empty
  ClientId id;
  std::uint32_t budget = 0;
};

/// {"op":…,"id":…,"status":…,"budget":…,…}
class Reply {
 public:
  Reply(std::string_view op, ClientId id, std::string_view status, std::uint32_t budget) : fields_(out_) {
    out_.reserve(256);
    out_ += '{';
    fields_.add_text("op", op);
    fields_.add("id", id);
    fields_.add_text("status", status);
    fields_.add("budget", budget);
  }
  JsonFields& fields() { return fields_; }
  std::string finish() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  std::string out_;
  JsonFields fields_;
};

/// What became of one command, for the one who sent it.
struct CommandAnswered {
  std::string_view op;
  ClientId id;
  std::uint32_t budget = 0;
  Sequence sequence, repeats;
  Outcome outcome;
  OrderId order;
  std::uint32_t cancelled = 0;
  std::string_view refused;  ///< the gateway's own code: nothing was submitted
  std::string text;

  void take(const Entry& entry);
  [[nodiscard]] std::string_view status() const;
  /// The fields behind status and budget.
  void append(JsonFields& fields) const;
};

/// The orders of one place_many and what became of each. The gate's thread fills in answers, each one once.
struct OrderBatch {
  ClientId id;
  std::uint32_t budget = 0;
  std::vector<CommandAnswered> answers;
  std::atomic<std::size_t> owed{0};
};

/// Answers on their way from the gate's thread to the io thread: those that come together are handed over together.
class AnswerQueue : public std::enable_shared_from_this<AnswerQueue> {
 public:
  explicit AnswerQueue(boost::asio::io_context& io) : turn_(Turn::of(io)) {}
  void put(std::weak_ptr<Conversation> to, CommandAnswered answer) { put({std::move(to), std::move(answer), nullptr}); }
  void put(std::weak_ptr<Conversation> to, std::shared_ptr<OrderBatch> batch) {
    put({std::move(to), {}, std::move(batch)});
  }

 private:
  struct Item {
    std::weak_ptr<Conversation> to;
    CommandAnswered answer;
    std::shared_ptr<OrderBatch> batch;
  };
  void put(Item item);
  void hand_over();

  Turn& turn_;
  std::mutex mutex_;
  std::vector<Item> items_;
};

}  // namespace pace
