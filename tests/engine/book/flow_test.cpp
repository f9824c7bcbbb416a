// `pace bench book` over a small flow made here: the hash it prints is the one the plain book gives.
#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "tests/engine/book/plain_book.h"
#include "tools/pace/bench_flow.h"

namespace pace::test {
namespace {

using tool::FlowKind;
using tool::FlowMessage;

// Prices keep near a level that drifts, so that there is always something to trade and queues grow long.
std::vector<FlowMessage> make_messages(std::size_t n) {
  std::mt19937_64 random(21);
  std::vector<FlowMessage> messages;
  std::uint64_t next_id = 1;
  for (std::size_t i = 0; i < n; ++i) {
    const auto middle = static_cast<std::int64_t>(2'000 + i / 100);
    FlowMessage m{.side = static_cast<std::uint8_t>(random() % 2),
                  .instrument = static_cast<std::uint16_t>(random() % 3),
                  .quantity = static_cast<std::uint32_t>(1 + random() % 20),
                  .account = static_cast<std::uint32_t>(1 + random() % 50)};
    const auto kind = random() % 10;
    m.kind = kind < 5 ? FlowKind::add : kind < 6 ? FlowKind::ioc : kind < 9 ? FlowKind::cancel : FlowKind::replace;
    const bool names_new = m.kind == FlowKind::add || m.kind == FlowKind::ioc || next_id == 1;
    if (names_new && m.kind != FlowKind::ioc) m.kind = FlowKind::add;
    m.id = names_new ? next_id++ : next_id - 1 - random() % std::min<std::uint64_t>(next_id - 1, 200);
    m.price = static_cast<std::int32_t>(middle + static_cast<std::int64_t>(random() % 21) - (m.side == 0 ? 12 : 8));
    if (m.kind == FlowKind::cancel) m.quantity = 0, m.price = 0;
    messages.push_back(m);
  }
  // Cancels and replaces speak of the order's own instrument and side.
  std::vector<const FlowMessage*> entered(next_id);
  for (FlowMessage& m : messages) {
    if (m.kind == FlowKind::add || m.kind == FlowKind::ioc) {
      entered[m.id] = &m;
    } else {
      m.side = entered[m.id]->side;
      m.instrument = entered[m.id]->instrument;
    }
  }
  return messages;
}

// What the plain book makes of it. Its order ids are the flow's.
tool::FlowTotals plain_totals(const std::vector<FlowMessage>& messages) {
  tool::FlowTotals totals;
  std::array<PlainBook, 3> books;
  for (const FlowMessage& m : messages) {
    PlainBook& book = books[m.instrument];
    Order order{.id = OrderId(m.id),
                .side = static_cast<Side>(m.side),
                .self_trade = SelfTrade::allow,
                .price = Price(m.price),
                .open = Quantity(m.quantity)};
    Story story;
    const auto resting = book.orders();
    const bool rests =
        std::any_of(resting.begin(), resting.end(), [&](const auto& r) { return r.order.id == order.id; });
    switch (m.kind) {
      case FlowKind::add:
        book.enter(order, story);
        break;
      case FlowKind::ioc:
        book.take(order, story);
        break;
      case FlowKind::cancel:
      case FlowKind::replace:
        totals.rejects += !rests;
        if (rests) book.cancel(order.id);
        if (rests && m.kind == FlowKind::replace) book.enter(order, story);
    }
    for (const Happening& h : story) {
      const auto price = static_cast<std::uint64_t>(h.price.raw()),
                 quantity = static_cast<std::uint64_t>(h.quantity.raw());
      ++totals.trades;
      totals.volume += quantity;
      totals.notional += price * quantity;
      totals.trade_hash = tool::fold_trade(totals.trade_hash, h.order.raw(), h.taker.raw(), price, quantity);
    }
  }
  return totals;
}

struct MadeFlow {
  tool::FlowHeader header{};
  std::vector<FlowMessage> messages;
};

MadeFlow make_flow() {
  MadeFlow flow;
  flow.messages = make_messages(12'000);
  flow.header = {.magic = tool::flow_magic,
                 .version = 1,
                 .instruments = 3,
                 .warm_up = 2'000,
                 .timed = 10'000,
                 .lowest_price = 1,
                 .highest_price = 4'000};
  for (const FlowMessage& m : flow.messages) flow.header.highest_id = std::max(flow.header.highest_id, m.id);
  flow.header.expected = plain_totals(flow.messages);
  return flow;
}

class FlowFile {
 public:
  explicit FlowFile(const MadeFlow& flow, std::size_t cut = 0) {
    std::string bytes(reinterpret_cast<const char*>(&flow.header), sizeof flow.header);
    bytes.append(reinterpret_cast<const char*>(flow.messages.data()), flow.messages.size() * sizeof(FlowMessage));
    bytes.resize(bytes.size() - cut);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~FlowFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / ("pace-flow-" + std::to_string(std::random_device{}()));
};

}  // namespace

TEST_CASE("bench book: gives the plain book's totals and hash") {
  const MadeFlow flow = make_flow();
  REQUIRE(flow.header.expected.trades > 1'000);
  REQUIRE(flow.header.expected.rejects > 100);
  tool::FlowEngine<tool::NoReport> quiet(flow.header);
  tool::FlowEngine<tool::RingReport> reporting(flow.header);
  for (const FlowMessage& m : flow.messages) {
    quiet.apply(m);
    reporting.apply(m);
  }
  CHECK(quiet.totals() == flow.header.expected);
  CHECK(reporting.totals() == flow.header.expected);
}

TEST_CASE("bench book: one order served out of turn changes the hash") {
  MadeFlow flow = make_flow();
  // Two resting orders of one price change places: totals stay, the hash does not.
  auto& m = flow.messages;
  m.resize(4);
  for (std::size_t i = 0; i < 4; ++i)
    m[i] = {.kind = FlowKind::add, .side = static_cast<std::uint8_t>(i / 2), .quantity = 5, .id = i + 1, .price = 100};
  const tool::FlowTotals in_turn = plain_totals(m);
  std::swap(m[0], m[1]);
  const tool::FlowTotals out_of_turn = plain_totals(m);
  CHECK(in_turn.volume == out_of_turn.volume);
  CHECK(in_turn.trade_hash != out_of_turn.trade_hash);
}

TEST_CASE("flow: a file reads back as it was written") {
  const MadeFlow flow = make_flow();
  const FlowFile file(flow);
  const tool::MappedFlow read = tool::read_flow(file.path());
  CHECK(read.header.expected == flow.header.expected);
  CHECK(read.warm_up().size() == 2'000);
  CHECK(read.timed().size() == 10'000);
  CHECK(read.timed().back().id == flow.messages.back().id);
}

TEST_CASE("flow: refuses a file that is no flow, cut, or has a field out of range") {
  const MadeFlow good = make_flow();
  CHECK_THROWS_AS(tool::read_flow("/nonexistent/flow.bin"), std::runtime_error);
  CHECK_THROWS_AS(tool::read_flow(FlowFile(good, 1).path()), std::runtime_error);
  CHECK_THROWS_AS(tool::read_flow(FlowFile(good, sizeof(FlowMessage)).path()), std::runtime_error);
  CHECK_THROWS_AS(tool::read_flow(FlowFile(good, 12'000 * sizeof(FlowMessage) + 100).path()), std::runtime_error);
  const auto refuses = [&](auto change) {
    MadeFlow flow = good;
    change(flow);
    CHECK_THROWS_AS(tool::read_flow(FlowFile(flow).path()), std::runtime_error);
  };
  refuses([](MadeFlow& f) { f.header.magic[0] = 'X'; });
  refuses([](MadeFlow& f) { f.header.version = 2; });
  refuses([](MadeFlow& f) { f.header.warm_up = ~0ull; });
  refuses([](MadeFlow& f) { f.header.instruments = 0; });
  refuses([](MadeFlow& f) { f.header.lowest_price = 0; });
  refuses([](MadeFlow& f) { f.header.highest_id = 1ull << 40; });
  refuses([](MadeFlow& f) { f.messages[5].kind = static_cast<FlowKind>(4); });
  refuses([](MadeFlow& f) { f.messages[5].side = 2; });
  refuses([](MadeFlow& f) { f.messages[5].instrument = 3; });
  refuses([](MadeFlow& f) { f.messages[5].id = f.header.highest_id + 1; });
  refuses([](MadeFlow& f) { f.messages[5].id |= 1ull << 32; });
}

TEST_CASE("bench book: an order without price or quantity is rejected, not a bug") {
  MadeFlow flow = make_flow();
  tool::FlowEngine<tool::NoReport> engine(flow.header);
  for (const FlowKind kind : {FlowKind::add, FlowKind::ioc, FlowKind::replace}) {
    engine.apply({.kind = FlowKind::add, .quantity = 5, .id = 9, .price = 2'000});
    const std::uint64_t before = engine.totals().rejects;
    engine.apply({.kind = kind, .quantity = 0, .id = 9, .price = 2'000});
    engine.apply({.kind = kind, .quantity = 5, .id = 9, .price = 0});
    engine.apply({.kind = kind, .quantity = 5, .id = 9, .price = -1});
    CHECK(engine.totals().rejects == before + 3);
  }
  CHECK(engine.resting() == 3);
}

}  // namespace pace::test
