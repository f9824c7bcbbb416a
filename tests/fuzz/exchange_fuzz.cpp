// Whole streams of commands through the exchange, from the world of tests/engine/exchange/world.h on. After every
// command Exchange::check() and the entry's encoding; at the end the same stream again, through a save and load in the
// middle, must give the same outcomes, events and state.
#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/sha256.h"
#include "engine/exchange/exchange.h"
#include "engine/message/entry.h"
#include "registry/rules/rulebook.h"
#include "tests/engine/exchange/world.h"
#include "tests/fuzz/stories.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

constexpr std::size_t most_steps = 150;
constexpr std::uint8_t raw_step = 15;
constexpr std::int64_t second = 1'000'000'000;

// Small enough that books, requests, accounts and instruments can run full.
constexpr Capacity capacity{.accounts = 320, .open_orders = 48, .instruments = 4, .requests_per_day = 256};

const test::World& world() {
  static const test::World made(capacity);
  return made;
}

Bytes saved(const Exchange& exchange) {
  Bytes bytes;
  ByteWriter out(bytes);
  exchange.save(out);
  return bytes;
}

Exchange prepared() {
  static const Bytes state = world().state();
  Exchange exchange(capacity);
  PACE_CHECK(exchange.load(state));
  return exchange;
}

// Bytes to commands that mostly make sense in the world, and any command at all as raw bytes.
class Stream {
 public:
  explicit Stream(BytesView bytes) : in_(bytes) {}

  std::vector<StampedCommand> read() {
    std::vector<StampedCommand> commands;
    time_ = world().now();
    while (!in_.done() && commands.size() < most_steps) {
      Request request;
      if (!next(request)) continue;
      commands.push_back({{}, time_, request});
    }
    return commands;
  }

 private:
  AccountId who() {
    static constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"};
    return world().account(names[in_.pick(std::size(names))]);
  }
  Sender member() { return in_.pick(8) < 6 ? test::broker1 : test::broker2; }
  InstrumentId instrument() { return InstrumentId(in_.pick(8) < 5 ? 2 : in_.pick(4)); }
  Price price() { return Price(7'200 + in_.word() % 1'700); }
  Price near_price() { return Price(7'995 + in_.pick(10)); }
  Quantity quantity() { return Quantity(in_.pick(4) == 0 ? in_.word() : 5 + in_.pick(200)); }
  OrderId order() { return OrderId(std::uint64_t{1 + in_.pick(8)} << 26 | (1 + in_.pick(48))); }
  ClientId id() {
    const std::uint8_t n = in_.byte();
    if (n == 0) return {};
    return ClientId(((n & 1) != 0 ? "n" + std::to_string(++fresh_) : "r" + std::to_string(n)).c_str());
  }
  ClientId some_id() {
    return ClientId((in_.pick(2) == 0 ? "n" + std::to_string(in_.pick(64)) : "r" + std::to_string(in_.byte())).c_str());
  }

  void pass(std::int64_t seconds) { time_ = Timestamp(time_.raw() + seconds * second); }

  bool next(Request& request) {
    const std::uint32_t kind = in_.pick(raw_step + 1);
    if (kind == raw_step) return raw(request);
    request.request_id = id();
    if (kind < 7) {
      request.sender = member();
      request.command = new_order();
    } else {
      other(kind, request);
    }
    return true;
  }

  NewOrder new_order() {
    NewOrder o{.principal = who(), .instrument = instrument()};
    const std::uint8_t bits = in_.byte(), more = in_.byte();
    o.side = static_cast<Side>(bits & 1);
    o.time_in_force = static_cast<TimeInForce>((bits >> 1) % 4);
    o.self_trade = static_cast<SelfTrade>((bits >> 3) % 4);
    o.order_type = (more & 7) == 7 ? OrderType::market : OrderType::limit;
    o.post_only = (more & 0x38) == 0x38;
    o.price = (more & 0x40) != 0 ? price() : near_price();
    o.quantity = quantity();
    if ((more & 0x80) != 0) o.display = Quantity(in_.pick(60));
    return o;
  }

  void other(std::uint32_t kind, Request& request) {
    request.sender = member();
    switch (kind) {
      case 7:
        request.command = in_.pick(2) == 0 ? CancelOrder{order(), {}} : CancelOrder{{}, some_id()};
        return;
      case 8: {
        ReplaceOrder replace{{}, {}, near_price(), quantity()};
        if (in_.pick(2) == 0)
          replace.order = order();
        else
          replace.original = some_id();
        request.command = replace;
        return;
      }
      case 9:
        request.command = MassCancel{.side = static_cast<Sides>(in_.pick(3)), .reason = CancelReason::mass_cancel};
        return;
      case 10:
        request.sender = test::operators;
        if (in_.pick(3) == 0)
          request.command = HaltInstrument{instrument(), "fuzz"};
        else
          request.command = ResumeInstrument{};
        return;
      case 11:
        request.sender = test::registry;
        request.command = SetAccountStatus{who(), static_cast<AccountStatus>(in_.pick(4)), "fuzz", {}};
        return;
      case 12: {
        request.sender = test::authority;
        const auto rules = rule_table();
        request.command = ActivateRules{"fuzz",
                                        "",
                                        {{RuleName(std::string(rules[in_.byte() % rules.size()].name).c_str()),
                                          static_cast<std::int64_t>(in_.number())}}};
        return;
      }
      case 13:
        request.sender = test::bank;
        request.command = DepositCash{BrokerId(1), who(), Cash(std::int64_t{in_.number()} * 1'000), "fuzz"};
        return;
      default:
        pass(in_.pick(2) == 0 ? in_.byte() : in_.word());
        request.sender = test::sequencer;
        request.command = AdvanceTime{};
    }
  }

  bool raw(Request& request) {
    pass(in_.number() % (40 * 24 * 3'600));
    const auto decoded = decode_request(in_.bytes(in_.word()));
    if (decoded) request = *decoded;
    return decoded.has_value();
  }

  Input in_;
  Timestamp time_;
  std::uint64_t fresh_ = 0;
};

struct Step {
  Applied applied;
  Bytes events;
};

Step apply(Exchange& exchange, StampedCommand command) {
  command.sequence = next(exchange.last_sequence());
  EventBuffer events;
  Step step{exchange.apply(command.sequence, command.time, command.request, events), {}};
  step.events.assign(events.bytes().begin(), events.bytes().end());
  const Entry entry{command, step.applied.outcome, step.applied.repeats, events.decode()};
  Bytes bytes;
  ByteWriter out(bytes);
  encode_entry(out, entry);
  const auto decoded = decode_entry(bytes);
  PACE_CHECK(decoded && *decoded == entry);
  PACE_CHECK(entry.outcome.accepted() || find_reject(entry.outcome.code) != nullptr);
  return step;
}

void ask_everything(const Exchange& exchange) {
  const auto digest = std::get<DigestView>(exchange.answer(AskDigest{}));
  PACE_CHECK(digest.digest == sha256(saved(exchange)));
  (void)exchange.answer(AskMarket{});
  (void)exchange.answer(AskOrders{});
  const auto balances = std::get<BalancesView>(exchange.answer(AskBalances{}));
  Cash sum;
  for (const Balance& balance : balances.balances) {
    if (!balance.instrument) sum += Cash(balance.amount);
    PACE_CHECK(std::holds_alternative<AccountView>(exchange.answer(AskAccount{balance.account})));
  }
  PACE_CHECK(sum == balances.at_bank);
}

}  // namespace

void run_input(BytesView bytes) {
  const std::vector<StampedCommand> commands = Stream(bytes).read();
  if (commands.empty()) return;
  Exchange exchange = prepared();
  std::vector<Step> steps;
  for (const StampedCommand& command : commands) {
    steps.push_back(apply(exchange, command));
    exchange.check();
  }
  ask_everything(exchange);

  Exchange again = prepared();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i == commands.size() / 2) {
      Exchange loaded(capacity);
      const Bytes middle = saved(again);
      PACE_CHECK(loaded.load(middle) && saved(loaded) == middle);
      again = std::move(loaded);
    }
    const Step step = apply(again, commands[i]);
    PACE_CHECK(step.applied.outcome == steps[i].applied.outcome && step.applied.repeats == steps[i].applied.repeats);
    PACE_CHECK(step.events == steps[i].events);
  }
  PACE_CHECK(saved(again) == saved(exchange));
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (const ToldStory& story : told_stories()) {
    Bytes seed;
    ByteWriter out(seed);
    Timestamp time = world().now();
    for (const StampedCommand& command : story.commands) {
      Bytes request;
      ByteWriter request_out(request);
      encode_request(request_out, command.request);
      out.put(raw_step);
      out.put(static_cast<std::uint32_t>((command.time.raw() - time.raw()) / second));
      out.put(static_cast<std::uint16_t>(request.size()));
      out.put_bytes(request.data(), request.size());
      time = command.time;
    }
    seeds.push_back(seed);
  }
  // And bytes that mean orders, cancels and the clock.
  for (std::uint32_t n = 0; n < 16; ++n) {
    Bytes seed{14, 1, 1, 0x18, 0x15};  // to the continuous session
    std::uint32_t random = n * 2'654'435'761u + 1;
    for (int i = 0; i < 300; ++i) {
      random = random * 1'664'525u + 1'013'904'223u;
      seed.push_back(static_cast<std::uint8_t>(random >> 24));
    }
    seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace pace::fuzz
