// pace load generate: the demo province from a seed. Integer draws only, so that a seed gives the same files anywhere.
#include "tools/pace/load_generate.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "engine/base/account_number.h"
#include "engine/base/sha256.h"
#include "engine/message/commands.h"
#include "engine/message/special_accounts.h"
#include "engine/message/text.h"
#include "registry/store/emission_screen.h"
#include "tools/pace/draw.h"

namespace pace::tool {
namespace {

struct Person {
  AccountId account;
  AccountKind kind{};
  RegionId region;
  Date birth;
  std::int64_t weight = 0;
  AccountId guardian;
  BrokerId broker;  ///< 0: has entrusted nobody
};

class CsvFile {
 public:
  CsvFile(const std::string& path, const std::string& header)
      : path_(path), out_(path, std::ios::binary | std::ios::trunc) {
    out_ << header << '\n';
  }
  template <class... T>
  void row(const T&... values) {
    std::string line;
    ((line += text_of(values), line += ','), ...);
    line.back() = '\n';
    out_ << line;
  }
  void close() {
    if (!out_.flush()) throw std::runtime_error(path_ + ": cannot be written; is the disk full?");
  }

 private:
  std::string path_;
  std::ofstream out_;
};

// Weight add-ons of rulebook 3, in thousandths: medical need, disability, no transit, remote work place, climate zone.
std::int64_t draw_addons(Draw& draw, RegionId region) {
  std::int64_t sum = 0;
  if (draw.percent(5)) sum += 100;
  if (draw.percent(3)) sum += 150;
  if (draw.percent(10)) sum += 50;
  if (draw.percent(4)) sum += 80;
  if (region.raw() <= 5) sum += 30;
  return std::min<std::int64_t>(sum, 200);
}

std::vector<Person> draw_population(Draw& draw, const Province& province) {
  std::vector<Person> people;
  people.reserve(province.accounts);
  for (std::uint64_t serial = 1; serial <= province.accounts; ++serial) {
    Person person;
    person.account = account_number(first_open_serial - 1 + serial);
    person.region = RegionId(static_cast<std::uint32_t>(1 + draw.below(21)));
    const bool minor = serial > 1 && draw.percent(12);
    const std::int64_t age_days = minor ? draw.below(17 * 365) : 18 * 366 + draw.below(62 * 365);
    person.birth = add_days(make_date(province.year, 1, 1), -static_cast<std::int32_t>(age_days) - 1);
    if (minor) {
      std::size_t guardian = people.size() - 1;
      while (people[guardian].kind == AccountKind::minor) --guardian;
      person.kind = AccountKind::minor;
      person.guardian = people[guardian].account;
      person.region = people[guardian].region;
      person.weight = 500;
    } else {
      person.kind = AccountKind::person;
      person.weight = 1000 + draw_addons(draw, person.region);
      if (draw.percent(90)) person.broker = BrokerId(static_cast<std::uint32_t>(1 + draw.below(4)));
    }
    people.push_back(person);
  }
  return people;
}

void write_population(const std::string& dir, const std::vector<Person>& people) {
  CsvFile file(dir + "/population.csv", "account,kind,region,birth,weight,guardian");
  for (const Person& p : people) file.row(p.account, p.kind, p.region, p.birth, p.weight, p.guardian);
  file.close();
}

void write_entrustments(const std::string& dir, const std::vector<Person>& people, const Province& province,
                        Draw& draw) {
  CsvFile file(
      dir + "/entrustments.csv",
      "entrustment,principal,broker,instruments,sides,mode,floor,ceiling,order_limit,total_limit,fee,start,end,"
      "document_hash");
  std::uint64_t number = 0;
  for (const Person& p : people) {
    if (!p.broker) continue;
    GrantEntrustment e;
    e.entrustment = EntrustmentId(++number);
    e.instruments = draw.percent(95) ? InstrumentClass::both : InstrumentClass::allowances;
    e.sides = draw.percent(94) ? Sides::both : Sides::sell;
    if (draw.percent(10)) e.ceiling = Price(10'500);
    if (draw.percent(10)) e.order_limit = Quantity(2'000);
    e.document_hash = sha256("mandate/" + text_of(p.account));
    file.row(e.entrustment, p.account, p.broker, e.instruments, e.sides, e.mode, e.floor, e.ceiling, e.order_limit,
             e.total_limit, PerMille(2), make_date(province.year, 1, 1), make_date(province.year + 1, 12, 31),
             e.document_hash);
  }
  file.close();
}

void write_deposits(const std::string& dir, const std::vector<Person>& people, Draw& draw) {
  CsvFile file(dir + "/deposits.csv", "broker,account,amount,bank_reference");
  std::uint64_t line = 0;
  for (const Person& p : people) {
    if (!p.broker || !draw.percent(40)) continue;
    const std::int64_t yuan = 20 + draw.below(300);
    file.row(p.broker, p.account, Cash(yuan * 100'000), "stmt-1-" + std::to_string(++line));
  }
  file.close();
}

// Power and car: activity such that a year's emissions are 55% to 125% of what the weight is worth, 90% on average.
void write_emissions(const std::string& dir, const std::vector<Person>& people, const Province& province, Draw& draw,
                     const Bytes32& seed) {
  CsvFile file(
      dir + "/emissions.csv",
      "principal,source,device,period_from,period_to,activity_milli,factor,factor_version,computed,nonce,signature");
  constexpr std::int64_t micro_kg_per_unit[] = {440'300, 2'300'000};
  std::uint64_t nonce = 0;
  for (const Person& p : people) {
    if (p.kind == AccountKind::minor) continue;
    const std::int64_t permille = 550 + (draw.below(701) + draw.below(701)) / 2;
    const std::int64_t year_kg = p.weight * 1200 * permille / 1'000'000;
    const std::int64_t share = 300 + draw.below(401);  // of it, thousandths from power
    for (std::uint32_t factor = 1; factor <= 2; ++factor) {
      const std::int64_t kg = factor == 1 ? year_kg * share / 1000 : year_kg * (1000 - share) / 1000;
      SubmitEmission record;
      record.principal = p.account;
      record.source = 1;
      record.device = *Code::from((factor == 1 ? "M" : "C") + text_of(p.account));
      record.period_from = make_date(province.year, 1, 1);
      record.period_to = make_date(province.year, 12, 31);
      record.activity_milli = muldiv_half_up(kg, 1'000'000'000, micro_kg_per_unit[factor - 1]);
      record.factor = FactorId(factor);
      record.factor_version = 1;
      record.computed = Quantity(muldiv_half_up(record.activity_milli, micro_kg_per_unit[factor - 1], 1'000'000'000));
      record.nonce = ++nonce;
      sign_emission(record, seed);
      file.row(record.principal, record.source, record.device, record.period_from, record.period_to,
               record.activity_milli, record.factor, record.factor_version, record.computed, record.nonce,
               record.signature);
    }
  }
  file.close();
}

// Two thousand households of the solar project share its credits by what their roofs gave.
void write_credits(const std::string& dir, const std::vector<Person>& people, Draw& draw) {
  CsvFile file(dir + "/credits.csv", "application,instrument,quantity,split");
  for (std::uint32_t broker = 1; broker <= 4; ++broker) {
    ApplyCredits apply;
    Quantity total;
    for (const Person& p : people) {
      if (p.broker != BrokerId(broker) || !draw.percent(4) || apply.split.size() >= 2'000) continue;
      apply.split.push_back({p.account, 100 + draw.below(400)});
      total += Quantity(apply.split.back().share);
    }
    file.row(ApplicationId(broker), InstrumentId(2), total, apply.split);
  }
  file.close();
}

void write_parties(const std::string& dir, const Bytes32& seed) {
  CsvFile file(dir + "/parties.csv", "party,code,title,public_key");
  file.row(Sender{Role::data_source, 1}, Code("METERS"), std::string("Provincial meter and fuel data"),
           source_public_key(seed));
  file.row(Sender{Role::verifier, 1}, Code("VERIFY"), std::string("Provincial verification office"), Bytes32{});
  file.close();
}

}  // namespace

void generate_province(const Province& province, const std::string& dir) {
  std::filesystem::create_directories(dir);
  Draw draw(province.seed);
  const Bytes32 source_seed = sha256("demo data source of province " + std::to_string(province.seed));
  const std::vector<Person> people = draw_population(draw, province);
  write_parties(dir, source_seed);
  write_population(dir, people);
  write_entrustments(dir, people, province, draw);
  write_deposits(dir, people, draw);
  write_credits(dir, people, draw);
  write_emissions(dir, people, province, draw, source_seed);
}

}  // namespace pace::tool
