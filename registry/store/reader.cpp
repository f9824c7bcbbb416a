#include <mutex>

#include "registry/store/store.h"
#include "settlement/pg/connection.h"

namespace pace {
namespace {

template <NamedEnum E>
E enum_of(const pg::Result& rows, int row, int column) {
  const auto value = enum_from<E>(rows.text(row, column));
  if (!value) throw pg::Fault("the registry holds an unknown name: " + std::string(rows.text(row, column)));
  return *value;
}

template <class Text>
Text text_of(const pg::Result& rows, int row, int column) {
  return Text::from(rows.text(row, column)).value_or(Text{});
}

std::uint64_t serial(const pg::Result& rows, int row, int column) {
  return static_cast<std::uint64_t>(rows.int64(row, column));
}

/// Blocks in order of serial beside the one before (window function, no self-join): overlaps, and what they cover.
constexpr const char* audit_statement = R"sql(
  WITH ordered AS (
    SELECT instrument, first, last, owner, lag(last) OVER (PARTITION BY instrument ORDER BY first) AS before FROM registry.blocks
  ), covered AS (
    SELECT instrument, min(first) AS low, max(last) AS high, sum(last - first + 1) AS kg FROM registry.blocks GROUP BY instrument
  ), owned AS (
    SELECT owner, instrument, sum(last - first + 1) AS kg FROM registry.blocks GROUP BY owner, instrument
  )
  SELECT (SELECT count(*) FROM registry.blocks),
         (SELECT count(*) FROM ordered WHERE first <= before),
         (SELECT count(*) FROM registry.instruments i LEFT JOIN covered c USING (instrument)
          WHERE coalesce(c.kg, 0) <> i.issued OR (i.issued > 0 AND (c.low <> 1 OR c.high <> i.issued))),
         (SELECT count(*) FROM registry.holdings h FULL JOIN owned o ON h.account = o.owner AND h.instrument = o.instrument
          WHERE coalesce(h.quantity, 0) <> coalesce(o.kg, 0))
)sql";

}  // namespace

struct RegistryReader::Impl {
  std::string conninfo;
  std::mutex lock;
  std::optional<pg::Connection> connection;

  /// Runs `ask` on the one connection; a lost one is dropped, so that the next call makes a new one.
  template <class Ask>
  auto with_connection(Ask ask) {
    const std::lock_guard guard(lock);
    if (!connection || !connection->alive()) connection.emplace(conninfo, "pace registry reader");
    try {
      // One snapshot for all statements of an answer.
      pg::Transaction transaction(*connection, "REPEATABLE READ");
      return ask(*connection);
    } catch (const pg::Fault&) {
      connection.reset();
      throw;
    }
  }
};

RegistryReader::RegistryReader(std::string conninfo) : impl_(std::make_unique<Impl>()) {
  impl_->conninfo = std::move(conninfo);
}
RegistryReader::~RegistryReader() = default;

namespace {

void read_holdings(pg::Connection& c, RegistryStatement& s) {
  const pg::Result rows = c.exec(
      "SELECT h.instrument, i.symbol, h.quantity FROM registry.holdings h JOIN registry.instruments i USING "
      "(instrument) "
      "WHERE h.account = $1 AND h.quantity > 0 ORDER BY h.instrument",
      {s.account});
  for (int i = 0; i < rows.rows(); ++i)
    s.holdings.push_back({rows.get<InstrumentId>(i, 0), text_of<Symbol>(rows, i, 1), rows.get<Quantity>(i, 2)});
}

void read_blocks(pg::Connection& c, RegistryStatement& s) {
  const pg::Result rows = c.exec(
      "SELECT instrument, first, last, since FROM registry.blocks WHERE owner = $1 ORDER BY instrument, first LIMIT $2",
      {s.account, max_statement_blocks});
  for (int i = 0; i < rows.rows(); ++i)
    s.blocks.push_back(
        {rows.get<InstrumentId>(i, 0), serial(rows, i, 1), serial(rows, i, 2), rows.get<Sequence>(i, 3)});
}

void read_emissions(pg::Connection& c, RegistryStatement& s) {
  const pg::Result rows = c.exec(
      "SELECT record, year, source, device, period_from, period_to, activity_milli, factor, factor_version, kg, status "
      "FROM registry.emissions WHERE principal = $1 ORDER BY record",
      {s.account});
  for (int i = 0; i < rows.rows(); ++i)
    s.emissions.push_back({.record = rows.get<EmissionId>(i, 0),
                           .year = rows.get<Year>(i, 1),
                           .source = static_cast<std::uint32_t>(rows.int64(i, 2)),
                           .device = text_of<Code>(rows, i, 3),
                           .period_from = rows.date(i, 4),
                           .period_to = rows.date(i, 5),
                           .activity_milli = rows.int64(i, 6),
                           .factor = rows.get<FactorId>(i, 7),
                           .factor_version = static_cast<std::uint16_t>(rows.int64(i, 8)),
                           .kg = rows.get<Quantity>(i, 9),
                           .status = enum_of<EmissionStatus>(rows, i, 10)});
}

void read_compliance(pg::Connection& c, RegistryStatement& s) {
  const pg::Result rows = c.exec(
      "SELECT year, status, liability, from_credits, from_banked, from_vintage, shortfall, deducted, debt, surcharge, "
      "collected, owed "
      "FROM registry.compliance WHERE principal = $1 ORDER BY year",
      {s.account});
  for (int i = 0; i < rows.rows(); ++i) {
    const auto kg = [&](int column) { return rows.get<Quantity>(i, column); };
    s.compliance.push_back({.year = rows.get<Year>(i, 0),
                            .status = enum_of<ComplianceStatus>(rows, i, 1),
                            .liability = kg(2),
                            .from_credits = kg(3),
                            .from_banked = kg(4),
                            .from_vintage = kg(5),
                            .shortfall = kg(6),
                            .deducted = kg(7),
                            .debt = kg(8),
                            .surcharge = rows.get<Cash>(i, 9),
                            .collected = rows.get<Cash>(i, 10),
                            .owed = rows.get<Cash>(i, 11)});
  }
}

}  // namespace

std::optional<RegistryStatement> RegistryReader::statement(AccountId account) {
  return impl_->with_connection([&](pg::Connection& c) -> std::optional<RegistryStatement> {
    const pg::Result row = c.exec(
        "SELECT kind, status, region, (SELECT sequence FROM registry.applied) FROM registry.accounts WHERE account = "
        "$1",
        {account});
    if (row.empty()) return std::nullopt;
    RegistryStatement statement{.as_of = row.get<Sequence>(0, 3),
                                .account = account,
                                .kind = enum_of<AccountKind>(row, 0, 0),
                                .status = enum_of<AccountStatus>(row, 0, 1),
                                .region = row.get<RegionId>(0, 2)};
    read_holdings(c, statement);
    read_blocks(c, statement);
    read_emissions(c, statement);
    read_compliance(c, statement);
    return statement;
  });
}

std::vector<BlockMoveView> RegistryReader::life_of(InstrumentId instrument, std::uint64_t number) {
  return impl_->with_connection([&](pg::Connection& c) {
    const pg::Result rows = c.exec(
        "SELECT sequence, instrument, first, last, coalesce(from_account, 0), to_account FROM registry.block_moves "
        "WHERE instrument = $1 AND first <= $2 AND last >= $2 ORDER BY sequence",
        {instrument, number});
    std::vector<BlockMoveView> life;
    for (int i = 0; i < rows.rows(); ++i)
      life.push_back({rows.get<Sequence>(i, 0), rows.get<InstrumentId>(i, 1), serial(rows, i, 2), serial(rows, i, 3),
                      rows.get<AccountId>(i, 4), rows.get<AccountId>(i, 5)});
    return life;
  });
}

BlockAudit RegistryReader::audit_blocks() {
  return impl_->with_connection([&](pg::Connection& c) {
    const pg::Result row = c.exec(audit_statement);
    return BlockAudit{serial(row, 0, 0), serial(row, 0, 1), serial(row, 0, 2), serial(row, 0, 3)};
  });
}

}  // namespace pace
