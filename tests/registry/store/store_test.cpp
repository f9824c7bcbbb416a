// The store against a real PostgreSQL, fed by hand.
#include "registry/store/store.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "engine/base/account_number.h"
#include "engine/message/special_accounts.h"
#include "registry/store/writer.h"
#include "tests/settlement/pg/private_cluster.h"

namespace pace {
namespace {

using namespace std::chrono_literals;

constexpr InstrumentId pca{1};
constexpr Year year{2026};

AccountId person(std::uint64_t n) {
  return account_number(100 + n);
}

/// A log that grows, as the feed shows it: in batches of a few entries.
class HandFeed final : public EventFeed {
 public:
  explicit HandFeed(std::size_t batch = 7) : batch_(batch) {}

  void say(Command command, std::vector<Event> events = {}, Outcome outcome = {}, Sequence repeats = {}) {
    const std::lock_guard guard(lock_);
    entries_.push_back(
        {.stamped = {Sequence(entries_.size() + 1), Timestamp(1), {{Role::broker, 3}, "id", std::move(command)}},
         .outcome = outcome,
         .repeats = repeats,
         .events = std::move(events)});
    grown_.notify_all();
  }
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override {
    std::unique_lock guard(lock_);
    if (!grown_.wait_for(guard, patience, [&] { return entries_.size() > after.raw(); })) return nullptr;
    Bytes bytes;
    ByteWriter out(bytes);
    std::vector<std::size_t> ends;
    for (std::size_t i = after.raw(); i < entries_.size() && ends.size() < batch_; ++i) {
      encode_entry(out, entries_[i]);
      ends.push_back(bytes.size());
    }
    return std::make_shared<EntryBatch>(pace::next(after), std::move(bytes), std::move(ends));
  }
  Sequence released() const override {
    const std::lock_guard guard(lock_);
    return Sequence(entries_.size());
  }
  Subscription subscribe(std::function<void()>) override { return nullptr; }
  std::vector<Entry> entries() const {
    const std::lock_guard guard(lock_);
    return entries_;
  }

 private:
  mutable std::mutex lock_;
  std::condition_variable grown_;
  std::size_t batch_;
  std::vector<Entry> entries_;
};

template <class Question>
bool becomes_true(const Question& question) {
  for (const auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
    if (question()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}
bool reaches(const Store& store, Sequence position) {
  return becomes_true([&] { return store.position() == position; });
}

void list_and_open(HandFeed& feed, std::uint64_t people) {
  feed.say(ListInstrument{.instrument = pca,
                          .symbol = "PCA-2026",
                          .kind = InstrumentKind::allowance,
                          .vintage = year,
                          .reference_price = Price(1)});
  for (std::uint64_t n = 1; n <= people; ++n)
    feed.say(OpenAccount{
        .account = person(n), .kind = AccountKind::person, .region = RegionId(4), .birth = make_date(1980, 1, 1)});
}

Event trade(AccountId from, AccountId to, std::int64_t kg) {
  return Trade{.trade = TradeId(1),
               .instrument = pca,
               .price = Price(1),
               .quantity = Quantity(kg),
               .buy = {.account = to},
               .sell = {.account = from}};
}

SubmitEmission emission(AccountId who, std::uint64_t nonce) {
  return {.principal = who,
          .source = 1,
          .device = "m",
          .period_from = make_date(2026, 1, 1),
          .period_to = make_date(2026, 1, 31),
          .activity_milli = 5,
          .factor = FactorId(1),
          .factor_version = 1,
          .computed = Quantity(9),
          .nonce = nonce};
}

/// Random transfers among `people`, never more than there is.
class Wanderer {
 public:
  explicit Wanderer(std::uint64_t people) : people_(people) {}
  void issue(HandFeed& feed, std::int64_t kg) {
    std::vector<Event> events;
    for (std::uint64_t n = 1; n <= people_; ++n) {
      events.emplace_back(UnitsIssued{person(n), pca, Quantity(kg)});
      held_[person(n)] += kg;
    }
    feed.say(RunAllocation{year}, std::move(events));
  }
  void wander(HandFeed& feed, int steps) {
    for (int i = 0; i < steps; ++i) {
      const AccountId from = pick();
      const AccountId to = pick();
      if (from == to || held_[from] == 0) continue;
      const std::int64_t kg = std::uniform_int_distribution<std::int64_t>(1, held_[from])(random_);
      const int kind = std::uniform_int_distribution<int>(0, 9)(random_);
      held_[from] -= kg;
      if (kind == 0) {
        feed.say(RunSurrender{year}, {UnitsSurrendered{from, pca, Quantity(kg), year}});
        held_[surrender_account] += kg;
      } else if (kind == 1) {
        feed.say(AssessCompliance{year}, {UnitsCancelled{from, pca, Quantity(kg), CancellationReason::not_banked}});
        held_[cancellation_account] += kg;
      } else {
        feed.say(AdvanceTime{}, {trade(from, to, kg)});
        held_[to] += kg;
      }
    }
  }
  [[nodiscard]] const std::map<AccountId, std::int64_t>& held() const { return held_; }

 private:
  AccountId pick() { return person(std::uniform_int_distribution<std::uint64_t>(1, people_)(random_)); }
  std::uint64_t people_;
  std::map<AccountId, std::int64_t> held_;
  std::mt19937_64 random_{20261122};
};

/// Every row of blocks and moves, to compare two databases.
std::string fingerprint(const std::string& conninfo) {
  pg::Connection connection(conninfo);
  return std::string(
      connection
          .exec("SELECT md5((SELECT string_agg(b::text, ';' ORDER BY instrument, first) FROM registry.blocks b) || "
                "(SELECT string_agg(m::text, ';' ORDER BY sequence, instrument, first) FROM registry.block_moves m))")
          .text(0, 0));
}

}  // namespace

TEST_CASE("store: a principal's statement shows holdings, blocks, emissions and compliance") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_statement");
  HandFeed feed;
  list_and_open(feed, 2);
  feed.say(RunAllocation{year},
           {UnitsIssued{person(1), pca, Quantity(1000)}, UnitsIssued{person(2), pca, Quantity(500)}});
  feed.say(NewOrder{}, {trade(person(1), person(2), 100)});
  feed.say(emission(person(2), 0xffff'ffff'ffff'ffff),
           {EmissionRecorded{EmissionId(1), year, EmissionStatus::provisional}});
  feed.say(VerifyEmissions{EmissionId(1), EmissionId(1)},
           {EmissionStateChanged{EmissionId(1), person(2), year, EmissionStatus::verified, Quantity(9), Quantity(9)}});
  feed.say(SetAccountStatus{.account = person(2), .status = AccountStatus::frozen, .reference = "court 7"});
  feed.say(AssessCompliance{year},
           {UnitsSurrendered{person(2), pca, Quantity(9), year}, ComplianceAssessed{.principal = person(2),
                                                                                    .year = year,
                                                                                    .status = ComplianceStatus::A,
                                                                                    .liability = Quantity(9),
                                                                                    .from_vintage = Quantity(9)}});
  Store store(feed, {.conninfo = conninfo});
  store.start();
  REQUIRE(reaches(store, feed.released()));
  RegistryReader reader(conninfo);
  const auto statement = reader.statement(person(2));
  REQUIRE(statement);
  CHECK(statement->as_of == feed.released());
  CHECK(statement->status == AccountStatus::frozen);
  CHECK(statement->region == RegionId(4));
  CHECK(statement->holdings == std::vector<RegistryHolding>{{pca, "PCA-2026", Quantity(591)}});
  CHECK(statement->blocks == std::vector<HeldBlock>{{pca, 10, 100, Sequence(5)}, {pca, 1001, 1500, Sequence(4)}});
  REQUIRE(statement->emissions.size() == 1);
  CHECK(statement->emissions[0].status == EmissionStatus::verified);
  CHECK(statement->emissions[0].period_to == make_date(2026, 1, 31));
  REQUIRE(statement->compliance.size() == 1);
  CHECK(statement->compliance[0].from_vintage == Quantity(9));
  CHECK_FALSE(reader.statement(person(3)));
  CHECK(reader.statement(surrender_account)->holdings[0].quantity == Quantity(9));
  const std::vector<BlockMoveView> life{{Sequence(4), pca, 1, 1000, {}, person(1)},
                                        {Sequence(5), pca, 1, 100, person(1), person(2)},
                                        {Sequence(9), pca, 1, 9, person(2), surrender_account}};
  CHECK(reader.life_of(pca, 5) == life);
}

TEST_CASE("store: after random transfers the blocks cover what is issued, once, and sum to every holding") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_random");
  HandFeed feed(100);
  list_and_open(feed, 20);
  Wanderer wanderer(20);
  wanderer.issue(feed, 1000);
  wanderer.wander(feed, 1500);
  wanderer.issue(feed, 77);
  wanderer.wander(feed, 500);
  Store store(feed, {.conninfo = conninfo, .batch_entries = 40});
  store.start();
  REQUIRE(reaches(store, feed.released()));
  RegistryReader reader(conninfo);
  const BlockAudit audit = reader.audit_blocks();
  CHECK(audit.clean());
  CHECK(audit.blocks > 100);
  for (const auto& [account, kg] : wanderer.held()) {
    std::int64_t sum = 0;
    const auto statement = reader.statement(account);
    REQUIRE(statement);
    for (const RegistryHolding& holding : statement->holdings) sum += holding.quantity.raw();
    CHECK(sum == kg);
  }
}

TEST_CASE("store: the audit of blocks sees overlaps, gaps and holdings that differ") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_audit");
  HandFeed feed;
  list_and_open(feed, 3);
  Wanderer wanderer(3);
  wanderer.issue(feed, 100);
  {
    RegistryWriter writer(conninfo);
    writer.apply(feed.entries());
  }
  RegistryReader reader(conninfo);
  pg::Connection connection(conninfo);
  REQUIRE(reader.audit_blocks().clean());
  connection.exec("UPDATE registry.blocks SET last = last + 1 WHERE first = 1");
  CHECK(reader.audit_blocks().overlaps == 1);
  connection.exec("UPDATE registry.blocks SET last = last - 2 WHERE first = 1");
  CHECK(reader.audit_blocks().uncovered == 1);
  CHECK(reader.audit_blocks().holding_differences == 1);
  connection.exec("UPDATE registry.blocks SET last = last + 1 WHERE first = 1");
  CHECK(reader.audit_blocks().clean());
  // Two owners' blocks swapped: totals per instrument stay, owners' sums do not.
  connection.exec("UPDATE registry.blocks SET owner = $1 WHERE first = 1", {person(2)});
  CHECK(reader.audit_blocks().holding_differences == 2);
}

TEST_CASE("store: however the log is cut into batches, the blocks are the same") {
  HandFeed feed(1000);
  list_and_open(feed, 10);
  Wanderer wanderer(10);
  wanderer.issue(feed, 500);
  wanderer.wander(feed, 300);
  const std::vector<Entry> entries = feed.entries();
  std::vector<std::string> prints;
  for (const std::size_t step : {std::size_t{1}, std::size_t{13}, entries.size()}) {
    const std::string conninfo = test::shared_cluster().fresh_database("store_cut");
    RegistryWriter writer(conninfo);
    for (std::size_t i = 0; i < entries.size(); i += step)
      writer.apply(std::span(entries).subspan(i, std::min(step, entries.size() - i)));
    prints.push_back(fingerprint(conninfo));
  }
  CHECK(prints[0] == prints[1]);
  CHECK(prints[0] == prints[2]);
}

TEST_CASE("store: entries seen again change nothing, and a gap is refused") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_again");
  HandFeed feed;
  list_and_open(feed, 5);
  Wanderer wanderer(5);
  wanderer.issue(feed, 100);
  wanderer.wander(feed, 50);
  const std::vector<Entry> entries = feed.entries();
  RegistryWriter writer(conninfo);
  CHECK(writer.apply(std::span(entries).first(20)) == Sequence(20));
  const std::string before = fingerprint(conninfo);
  CHECK(writer.apply(std::span(entries).first(20)) == Sequence(20));
  CHECK(fingerprint(conninfo) == before);
  CHECK_THROWS_WITH(writer.apply(std::span(entries).subspan(21)), doctest::Contains("stands at 20"));
  CHECK(writer.position() == Sequence(20));
  CHECK(writer.apply(entries) == Sequence(entries.size()));
  CHECK(RegistryReader(conninfo).audit_blocks().clean());
}

TEST_CASE("store: a batch that moves units nobody has leaves nothing behind") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_fault");
  HandFeed feed;
  list_and_open(feed, 2);
  feed.say(NewOrder{}, {trade(person(1), person(2), 100)});
  RegistryWriter writer(conninfo);
  CHECK_THROWS_WITH(writer.apply(feed.entries()), doctest::Contains("has no blocks for 100 kg"));
  CHECK(writer.position() == Sequence{});
  CHECK_FALSE(RegistryReader(conninfo).statement(person(1)));
}

TEST_CASE("store: rejects and repeats open nothing, but what time did with them counts") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_rejects");
  HandFeed feed;
  list_and_open(feed, 1);
  const OpenAccount second{.account = person(2), .kind = AccountKind::person};
  feed.say(second, {UnitsIssued{person(1), pca, Quantity(5)}}, {Reject::role_not_permitted, 0, 0});
  feed.say(OpenAccount{.account = person(1), .kind = AccountKind::person}, {}, {}, Sequence(2));
  RegistryWriter writer(conninfo);
  writer.apply(feed.entries());
  RegistryReader reader(conninfo);
  CHECK_FALSE(reader.statement(person(2)));
  CHECK(reader.statement(person(1))->holdings[0].quantity == Quantity(5));
}

TEST_CASE("store: changes in the batch of the row and in a later one end in the same state") {
  const auto run = [&](bool together) {
    const std::string conninfo = test::shared_cluster().fresh_database("store_fold");
    HandFeed feed;
    list_and_open(feed, 2);
    feed.say(RegisterProject{.project = ProjectId(1), .code = "F", .scheme = InstrumentKind::phcer});
    feed.say(GrantEntrustment{.entrustment = EntrustmentId(1),
                              .principal = person(1),
                              .broker = BrokerId(3),
                              .start = make_date(2026, 1, 1),
                              .end = make_date(2026, 2, 1)});
    feed.say(emission(person(1), 1), {EmissionRecorded{EmissionId(1), year, EmissionStatus::provisional}});
    feed.say(ApplyCredits{.application = ApplicationId(1),
                          .instrument = pca,
                          .quantity = Quantity(10),
                          .split = {{person(1), 1}, {person(2), 2}}});
    feed.say(AssessCompliance{year}, {ComplianceAssessed{.principal = person(1),
                                                         .year = year,
                                                         .status = ComplianceStatus::B,
                                                         .shortfall = Quantity(3),
                                                         .surcharge = Cash(90)}});
    const std::vector<Entry> first = feed.entries();
    feed.say(RevokeEntrustment{EntrustmentId(1)});
    feed.say(SetAccountStatus{.account = person(1), .status = AccountStatus::surrender_only, .reference = "x"});
    feed.say(
        DisputeEmission{EmissionId(1), "why"},
        {EmissionStateChanged{EmissionId(1), person(1), year, EmissionStatus::disputed, Quantity(9), Quantity(0)}});
    feed.say(StateCredits{ApplicationId(1), Quantity(8)});
    feed.say(DecideCredits{ApplicationId(1), true, "d"});
    feed.say(AdvanceTime{}, {SurchargeCollected{person(1), year, Cash(40), Cash(50)}});
    feed.say(AdvanceTime{}, {SurchargeCollected{person(1), year, Cash(30), Cash(20)}});
    RegistryWriter writer(conninfo);
    if (!together) writer.apply(first);
    writer.apply(feed.entries());
    pg::Connection connection(conninfo);
    return std::string(
        connection
            .exec("SELECT (SELECT string_agg(t::text, ';' ORDER BY account) FROM registry.accounts t) || "
                  "(SELECT string_agg(t::text, ';') FROM registry.entrustments t) || (SELECT string_agg(t::text, ';') "
                  "FROM registry.emissions t) || "
                  "(SELECT string_agg(t::text, ';') FROM registry.credit_applications t) || (SELECT "
                  "string_agg(t::text, ';') FROM registry.compliance t)")
            .text(0, 0));
  };
  const std::string together = run(true);
  CHECK(together == run(false));
  CHECK(together.find("surrender_only") != std::string::npos);
  CHECK(together.find("disputed") != std::string::npos);
  CHECK(together.find("8,issued,d") != std::string::npos);
  CHECK(together.find("70,20") != std::string::npos);
}

TEST_CASE("store: restarts at its position and follows what came meanwhile") {
  const std::string conninfo = test::shared_cluster().fresh_database("store_restart");
  HandFeed feed;
  list_and_open(feed, 8);
  Wanderer wanderer(8);
  wanderer.issue(feed, 300);
  {
    Store store(feed, {.conninfo = conninfo});
    store.start();
    REQUIRE(reaches(store, feed.released()));
  }
  wanderer.wander(feed, 200);
  Store store(feed, {.conninfo = conninfo});
  store.start();
  REQUIRE(reaches(store, feed.released()));
  CHECK(store.status().connected);
  CHECK(RegistryReader(conninfo).audit_blocks().clean());
}

TEST_CASE("store: waits while PostgreSQL is stopped and catches up") {
  test::PrivateCluster cluster;
  const std::string conninfo = cluster.fresh_database("store_outage");
  HandFeed feed;
  list_and_open(feed, 8);
  Wanderer wanderer(8);
  wanderer.issue(feed, 300);
  Store store(feed, {.conninfo = conninfo});
  store.start();
  REQUIRE(reaches(store, feed.released()));
  cluster->stop();
  wanderer.wander(feed, 100);
  REQUIRE(becomes_true([&] { return !store.status().connected; }));
  CHECK_FALSE(store.status().last_fault.empty());
  CHECK(store.position() < feed.released());
  cluster->start();
  REQUIRE(reaches(store, feed.released()));
  CHECK(store.status().last_fault.empty());
  CHECK(RegistryReader(conninfo).audit_blocks().clean());
}

}  // namespace pace
