#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/ws/conversation_parts.h"

namespace pace {
namespace {

namespace json = boost::json;

constexpr std::size_t most_orders = 100;
constexpr std::chrono::milliseconds try_again{10};

/// The cancel a session left behind: sent until the exchange takes it, or stops.
class LastWill : public std::enable_shared_from_this<LastWill> {
 public:
  LastWill(boost::asio::io_context& io, CommandPort& commands, Request request)
      : commands_(commands), request_(std::move(request)), timer_(io) {}
  void execute() {
    if (commands_.submit(request_) != Reject::busy) return;
    timer_.expires_after(try_again);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->execute();
    });
  }

 private:
  CommandPort& commands_;
  Request request_;
  boost::asio::steady_timer timer_;
};

}  // namespace

void CommandAnswered::take(const Entry& entry) {
  sequence = entry.sequence();
  repeats = entry.repeats;
  outcome = entry.outcome;
  for (const Event& event : entry.events) {
    if (const auto* accepted = std::get_if<OrderAccepted>(&event); accepted && accepted->client_id == id)
      order = accepted->order;
    if (const auto* replaced = std::get_if<OrderReplaced>(&event); replaced && replaced->client_id == id)
      order = replaced->order;
    if (const auto* gone = std::get_if<OrderCancelled>(&event))
      cancelled += gone->reason == CancelReason::mass_cancel ? 1 : 0;
  }
}

std::string_view CommandAnswered::status() const {
  if (!refused.empty()) return "error";
  if (outcome.accepted()) return "accepted";
  return outcome.code == Reject::outcome_unknown ? "unknown" : "rejected";
}

void CommandAnswered::append(JsonFields& fields) const {
  if (!refused.empty()) {
    fields.add_text("code", refused);
    return fields.add_text("text", text);
  }
  fields.add("sequence", sequence);
  if (repeats) fields.add("repeats", repeats);
  if (order) fields.add("order", order);
  if (outcome.accepted() && op == "cancel_all" && !repeats) fields.add("cancelled", cancelled);
  if (!outcome.accepted()) fields.add_json("outcome", to_json(outcome));
}

void AnswerQueue::put(Item item) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = items_.empty();
    items_.push_back(std::move(item));
  }
  if (first) turn_.post([self = shared_from_this()] { self->hand_over(); });
}

void AnswerQueue::hand_over() {
  std::vector<Item> items;
  {
    const std::lock_guard lock(mutex_);
    items.swap(items_);
  }
  for (const Item& item : items) {
    const auto to = item.to.lock();
    if (to == nullptr) continue;
    if (item.batch != nullptr) {
      to->answer(*item.batch);
    } else {
      to->answer(item.answer);
    }
  }
}

bool Conversation::may_trade(const Message& message) {
  if (identity_ && identity_->scopes.trade) return true;
  refuse(message, "not_permitted", "orders need a login with scope trade");
  return false;
}

/// Nothing, and `answer` says why, when the fields are not such a command. A `symbol` stands for the instrument.
std::optional<Command> Conversation::read_order(json::object& fields, std::string_view name,
                                                CommandAnswered& answer) const {
  answer.refused = "malformed_message";
  if (const json::value* symbol = fields.if_contains("symbol")) {
    const BoardInstrument* instrument =
        ports_.hub.board().find(symbol->is_string() ? view(symbol->get_string()) : std::string_view());
    if (instrument == nullptr) {
      answer.refused = "unknown_instrument";
      answer.text = "symbol: there is no such instrument";
      return std::nullopt;
    }
    fields["instrument"] = instrument->instrument.raw();
    fields.erase("symbol");
  }
  if (name == MassCancel::name) {  // nothing said means all of the user's own
    if (!fields.contains("side")) fields["side"] = "both";
    fields["reason"] = "mass_cancel";
  }
  JsonFault fault;
  auto read = read_command(name, fields, "", fault);
  answer.text = std::move(fault.text);
  if (read) answer.refused = {};
  return read;
}

void Conversation::command(Message& message, std::string_view name) {
  if (!may_trade(message)) return;
  CommandAnswered pending{.op = message.op, .id = message.id, .budget = message.budget};
  auto read = read_order(message.fields, name, pending);
  if (!read) return answer(pending);
  Request request{identity_->sender, message.id, std::move(*read)};
  if (ports_.options.screen) {
    pending.outcome = ports_.options.screen(request);
    if (!pending.outcome.accepted()) return answer(pending);
  }
  const Reject taken = ports_.commands.submit(
      std::move(request), [answers = ports_.answers, weak = weak_from_this(), pending](const Entry& entry) {
        CommandAnswered answered = pending;
        answered.take(entry);
        answers->put(weak, std::move(answered));
      });
  if (taken == Reject::none) return;
  pending.refused = find_reject(taken)->name;
  pending.text = to_text(Outcome{taken});
  answer(pending);
}

void Conversation::answer(const CommandAnswered& answer) {
  Reply reply(answer.op, answer.id, answer.status(), answer.budget);
  answer.append(reply.fields());
  send(reply.finish());
}

// Each order is a command of its own: one that is wrong or rejected stops no other. The answer leaves when the last of
// them is durable.
void Conversation::place_many(Message& message) {
  static constexpr auto known = std::to_array<std::string_view>({"orders"});
  if (!may_trade(message) || !only_fields(message, known)) return;
  json::value* list = message.fields.if_contains("orders");
  if (list == nullptr || !list->is_array() || list->get_array().empty() || list->get_array().size() > most_orders)
    return refuse(message, "malformed_message",
                  "orders: expected a list of 1 to " + std::to_string(most_orders) + " orders");
  json::array& orders = list->get_array();
  const auto more = static_cast<std::uint32_t>(orders.size() - 1);  // the message itself was the first
  if (more > ports_.limiter.burst())
    return refuse(message, "rate_limited", "orders: more than this exchange takes from one login at once");
  const auto grant = ports_.limiter.take(key_, std::chrono::steady_clock::now(), more);
  if (!grant.allowed) {
    Reply reply(message.op, message.id, "error", grant.remaining);
    reply.fields().add_text("code", "rate_limited");
    reply.fields().add_text("text", "every order counts; none was placed");
    reply.fields().add("retry_after_ms", grant.retry_after.count());
    return send(reply.finish());
  }
  const auto batch = std::make_shared<OrderBatch>();
  batch->id = message.id;
  batch->budget = grant.remaining;
  batch->answers.resize(orders.size());
  batch->owed = orders.size();
  for (std::size_t i = 0; i < orders.size(); ++i) place_one(batch, i, orders[i]);
}

void Conversation::place_one(const std::shared_ptr<OrderBatch>& batch, std::size_t i, json::value& order) {
  CommandAnswered& answer = batch->answers[i];
  const auto done = [answers = ports_.answers, weak = weak_from_this(), batch] {
    if (--batch->owed == 0) answers->put(weak, batch);
  };
  const auto refused = [&](std::string_view code, std::string text) {
    answer.refused = code;
    answer.text = std::move(text);
    done();
  };
  if (!order.is_object()) return refused("malformed_message", "expected an object");
  json::object& fields = order.get_object();
  const auto id = ClientId::from(text_field(fields, "id"));
  if (!id) return refused("malformed_message", "id: expected a string of at most 20 printable ASCII characters");
  answer.id = *id;
  fields.erase("id");
  auto read = read_order(fields, NewOrder::name, answer);
  if (!read) return done();
  Request request{identity_->sender, *id, std::move(*read)};
  if (ports_.options.screen) {
    answer.outcome = ports_.options.screen(request);
    if (!answer.outcome.accepted()) return done();
  }
  // The answer is filled before it is counted, and counted only once: the gate's thread and this one do not meet in it.
  const Reject taken = ports_.commands.submit(std::move(request), [&answer, done](const Entry& entry) {
    answer.take(entry);
    done();
  });
  if (taken != Reject::none) refused(find_reject(taken)->name, to_text(Outcome{taken}));
}

void Conversation::answer(const OrderBatch& batch) {
  Reply reply("place_many", batch.id, "ok", batch.budget);
  std::string list = "[";
  for (const CommandAnswered& answer : batch.answers) {
    list += list.size() > 1 ? ",{" : "{";
    JsonFields fields(list);
    fields.add("id", answer.id);
    fields.add_text("status", answer.status());
    answer.append(fields);
    list += '}';
  }
  reply.fields().add_json("answers", list + "]");
  send(reply.finish());
}

void Conversation::cancel_own_orders() {
  const auto id = ClientId::from("off-" + new_nonce().substr(0, 16));
  MassCancel all{.side = Sides::both, .reason = CancelReason::disconnect};
  std::make_shared<LastWill>(ports_.io, ports_.commands, Request{identity_->sender, *id, all})->execute();
}

}  // namespace pace
