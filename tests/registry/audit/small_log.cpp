#include "tests/registry/audit/small_log.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "engine/base/account_number.h"
#include "engine/message/special_accounts.h"
#include "registry/rules/allocation.h"

namespace pace::audit {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
}

ShellResult shell(const std::string& command) {
  ShellResult result;
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell");
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

AuditKeys test_keys() {
  return {.name = "pace/test",
          .checkpoint = SecretKey::from_seed({1, 2, 3}),
          .minisign = SecretKey::from_seed({4, 5, 6}),
          .minisign_number = {1, 2, 3, 4, 5, 6, 7, 8}};
}

std::optional<BytesView> VectorSource::next() {
  if (at_ == entries_.size()) return std::nullopt;
  bytes_.clear();
  ByteWriter out(bytes_);
  encode_entry(out, entries_[at_++]);
  return BytesView(bytes_);
}

namespace {

constexpr AccountId ann = account_number(101);
constexpr AccountId bo = account_number(102);
constexpr AccountId own = account_number(103);
constexpr InstrumentId pca{1};
constexpr InstrumentId phcer{2};
constexpr Year year{2026};

class Story {
 public:
  void say(Role role, Command command, std::vector<Event> events = {}, Outcome outcome = {}) {
    const std::uint64_t n = entries_.size() + 1;
    entries_.push_back(
        {.stamped = {.sequence = Sequence(n),
                     .time =
                         at(make_date(2026, 7, 1), hms(9, 0)) + Timestamp(static_cast<std::int64_t>(n) * 1'000'000'007),
                     .request = {.sender = {role, 1}, .request_id = id(), .command = std::move(command)}},
         .outcome = outcome,
         .repeats = {},
         .events = std::move(events)});
  }
  /// Of the next command.
  [[nodiscard]] ClientId id() const { return *ClientId::from("r" + std::to_string(entries_.size() + 1)); }
  std::vector<Entry> take() { return std::move(entries_); }

 private:
  std::vector<Entry> entries_;
};

void open_register(Story& story) {
  story.say(Role::authority,
            ActivateRules{.version = "2026-1", .values = {{"fee_permille", 5}, {"minimum_order_kg", 10}}});
  story.say(Role::exchange_operator,
            RegisterBroker{.broker = BrokerId(1), .code = "ALFA", .title = "Alfa, \"Carbon\" Ltd", .own_account = own});
  story.say(
      Role::registry_operator,
      OpenAccount{.account = ann, .kind = AccountKind::person, .region = RegionId(1), .birth = make_date(1980, 2, 3)});
  story.say(
      Role::registry_operator,
      OpenAccount{.account = bo, .kind = AccountKind::person, .region = RegionId(2), .birth = make_date(1990, 2, 3)});
  story.say(Role::registry_operator, OpenAccount{.account = bo, .kind = AccountKind::person}, {},
            {Reject::account_exists, static_cast<std::int64_t>(bo.raw()), 0});
  story.say(Role::registry_operator, RegisterProject{.project = ProjectId(1),
                                                     .code = "FOREST",
                                                     .scheme = InstrumentKind::phcer,
                                                     .methodology = "GD-F",
                                                     .offset_eligible = true});
  story.say(Role::exchange_operator, ListInstrument{.instrument = pca,
                                                    .symbol = "PCA-2026",
                                                    .kind = InstrumentKind::allowance,
                                                    .vintage = year,
                                                    .reference_price = Price(8000)});
  story.say(Role::exchange_operator, ListInstrument{.instrument = phcer,
                                                    .symbol = "PHCER-FOREST-2026",
                                                    .kind = InstrumentKind::phcer,
                                                    .vintage = year,
                                                    .project = ProjectId(1),
                                                    .reference_price = Price(7000)});
  story.say(Role::bank,
            DepositCash{.broker = BrokerId(1), .account = bo, .amount = Cash(500'000'000), .bank_reference = "line 1"});
  story.say(Role::bank,
            WithdrawCash{.broker = BrokerId(1), .account = bo, .amount = Cash(1'000'000), .bank_reference = "line 2"});
}

void allocate_year(Story& story) {
  story.say(Role::authority, SetCap{.year = year, .cap = Quantity(2401)});
  const std::vector<std::int64_t> weights{1000, 1000};
  const std::array<AccountId, 2> people{ann, bo};
  const Quantity pool(2281);
  const auto shares =
      pace::allocate(pool, year, weights, [&](std::uint32_t i) { return std::to_string(people[i].raw()); });
  std::vector<Event> events{AllocationComputed{.year = year,
                                               .cap = Quantity(2401),
                                               .reserve = Quantity(120),
                                               .free_pool = pool,
                                               .accounts = 2,
                                               .weight_sum = 2000},
                            UnitsIssued{reserve_account, pca, Quantity(120)}};
  for (std::size_t i = 0; i < people.size(); ++i) {
    events.emplace_back(AllowanceAllocated{people[i], people[i], year, PerMille(1000), shares[i]});
    events.emplace_back(UnitsIssued{people[i], pca, shares[i]});
  }
  story.say(Role::authority, RunAllocation{.year = year}, std::move(events));
  story.say(Role::authority, DecideCredits{.application = ApplicationId(1), .approve = true, .reference = "d1"},
            {UnitsIssued{ann, phcer, Quantity(50)}});
}

void trade_day(Story& story) {
  const Date day = make_date(2026, 7, 1);
  story.say(Role::system, AdvanceTime{},
            {TradingDayStarted{day}, ReferencePriceSet{pca, Price(8000), Price(7200), Price(8800)},
             PhaseChanged{day, Phase::morning}});
  const ClientId sale = story.id();
  story.say(
      Role::broker,
      NewOrder{
          .principal = ann, .instrument = pca, .side = Side::sell, .price = Price(8100), .quantity = Quantity(300)},
      {OrderAccepted{.order = OrderId(1),
                     .broker = BrokerId(1),
                     .client_id = sale,
                     .principal = ann,
                     .entrustment = EntrustmentId(1),
                     .instrument = pca,
                     .side = Side::sell,
                     .price = Price(8100),
                     .quantity = Quantity(300)},
       OrderRested{OrderId(1), pca, Side::sell, Price(8100), Quantity(300), Quantity(300)}});
  story.say(
      Role::broker,
      NewOrder{.principal = bo, .instrument = pca, .side = Side::buy, .price = Price(9900), .quantity = Quantity(200)},
      {}, {Reject::price_above_limit, 9900, 8800});
  const ClientId purchase = story.id();
  story.say(Role::broker,
            NewOrder{.principal = bo,
                     .instrument = pca,
                     .side = Side::buy,
                     .price = Price(8100),
                     .quantity = Quantity(200),
                     .trader = "T17"},
            {OrderAccepted{.order = OrderId(2),
                           .broker = BrokerId(1),
                           .client_id = purchase,
                           .principal = bo,
                           .entrustment = EntrustmentId(2),
                           .instrument = pca,
                           .side = Side::buy,
                           .price = Price(8100),
                           .quantity = Quantity(200)},
             Trade{.trade = TradeId(1),
                   .instrument = pca,
                   .price = Price(8100),
                   .quantity = Quantity(200),
                   .aggressor = Side::buy,
                   .buy = {OrderId(2), bo, BrokerId(1), purchase, Quantity(0), Cash(8100)},
                   .sell = {OrderId(1), ann, BrokerId(1), sale, Quantity(100), Cash(8100)}}});
  const ClientId replacement = story.id();
  story.say(Role::broker, ReplaceOrder{.order = OrderId(1), .price = Price(8100), .quantity = Quantity(250)},
            {OrderReplaced{.order = OrderId(1),
                           .broker = BrokerId(1),
                           .old_client_id = sale,
                           .client_id = replacement,
                           .principal = ann,
                           .instrument = pca,
                           .side = Side::sell,
                           .price = Price(8100),
                           .quantity = Quantity(250),
                           .open = Quantity(50),
                           .priority_kept = true}});
  story.say(Role::system, AdvanceTime{},
            {OrderCancelled{.order = OrderId(1),
                            .broker = BrokerId(1),
                            .client_id = replacement,
                            .principal = ann,
                            .instrument = pca,
                            .side = Side::sell,
                            .price = Price(8100),
                            .open = Quantity(50),
                            .reason = CancelReason::end_of_day},
             TradingDayEnded{day}});
}

void comply(Story& story) {
  story.say(Role::registry_operator, RegisterFactor{.factor = FactorId(1),
                                                    .version = 1,
                                                    .methodology = "GRID",
                                                    .activity_unit = "kWh",
                                                    .micro_kg_per_unit = 500'000,
                                                    .valid_from = make_date(2026, 1, 1),
                                                    .valid_to = make_date(2026, 12, 31)});
  const auto record = [&](AccountId who, std::uint64_t id, std::int64_t kg) {
    story.say(Role::data_source,
              SubmitEmission{.principal = who,
                             .source = 1,
                             .device = "meter",
                             .period_from = make_date(2026, 1, 1),
                             .period_to = make_date(2026, 6, 30),
                             .activity_milli = kg * 2000,
                             .factor = FactorId(1),
                             .factor_version = 1,
                             .computed = Quantity(kg),
                             .nonce = 0xffff'ffff'ffff'0000 + id},
              {EmissionRecorded{EmissionId(id), year, EmissionStatus::provisional}});
  };
  record(ann, 1, 1000);
  record(bo, 2, 1500);
  story.say(Role::verifier, VerifyEmissions{EmissionId(1), EmissionId(2)},
            {EmissionStateChanged{EmissionId(1), ann, year, EmissionStatus::verified, Quantity(1000), Quantity(1000)},
             EmissionStateChanged{EmissionId(2), bo, year, EmissionStatus::verified, Quantity(1500), Quantity(1500)}});
  story.say(Role::broker, RequestOffset{ann, year, phcer, Quantity(50)});
  story.say(
      Role::authority, GrantOffsets{year},
      {OffsetGranted{ann, year, phcer, Quantity(50), Quantity(50)}, ComplianceStepDone{year, 1, 1, Quantity(50)}});
  story.say(
      Role::authority, AssessCompliance{year},
      {UnitsSurrendered{ann, phcer, Quantity(50), year}, UnitsSurrendered{ann, pca, Quantity(940), year},
       UnitsSurrendered{bo, pca, Quantity(1340), year},
       ComplianceAssessed{.principal = ann,
                          .year = year,
                          .status = ComplianceStatus::B,
                          .liability = Quantity(1000),
                          .from_credits = Quantity(50),
                          .from_vintage = Quantity(940),
                          .shortfall = Quantity(10),
                          .debt = Quantity(20),
                          .surcharge = Cash(81'000)},
       ComplianceAssessed{.principal = bo,
                          .year = year,
                          .status = ComplianceStatus::B,
                          .liability = Quantity(1500),
                          .from_vintage = Quantity(1340),
                          .shortfall = Quantity(160),
                          .debt = Quantity(320),
                          .surcharge = Cash(1'296'000)},
       SurchargeCollected{ann, year, Cash(81'000), Cash(0)}, SurchargeCollected{bo, year, Cash(1'296'000), Cash(0)}});
}

}  // namespace

std::vector<Entry> small_log() {
  Story story;
  open_register(story);
  allocate_year(story);
  trade_day(story);
  comply(story);
  return story.take();
}

}  // namespace pace::audit
