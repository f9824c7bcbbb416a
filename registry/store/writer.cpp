#include "registry/store/writer.h"

#include "engine/message/special_accounts.h"
#include "registry/store/migrations.h"
#include "settlement/pg/copy.h"

namespace pace {
namespace {

template <class Id>
std::optional<Id> if_set(Id id) {
  return id ? std::optional<Id>(id) : std::nullopt;
}
std::optional<Date> if_set(Date date) {
  return date != Date{} ? std::optional<Date>(date) : std::nullopt;
}

std::int32_t wide(std::uint16_t value) {
  return value;
}

// Staging tables live in the session and are empty between transactions.
constexpr const char* staging = R"sql(
  CREATE TEMP TABLE staged_status (account bigint, status text, reference text, expiry date) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE staged_revocation (entrustment bigint, at bigint) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE staged_emission (record bigint, status text) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE staged_application (application integer, verified bigint, status text, reference text) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE staged_collection (principal bigint, year integer, collected bigint, owed bigint) ON COMMIT DELETE ROWS;
)sql";

}  // namespace

RegistryWriter::RegistryWriter(const std::string& conninfo) : connection_(conninfo, "pace registry") {
  pg::migrate(connection_, "registry", registry_migrations());
  for (const SpecialAccount& special : special_accounts)
    connection_.exec(
        "INSERT INTO registry.accounts (account, kind, status, status_reference, region, addons, opened_at) "
        "VALUES ($1, $2, 'open', '', 0, 0, 0) ON CONFLICT DO NOTHING",
        {special.account, name_of(special.kind)});
  connection_.script(staging);
  prepare_units();
}

Sequence RegistryWriter::position() {
  return connection_.exec("SELECT sequence FROM registry.applied").get<Sequence>(0, 0);
}

Sequence RegistryWriter::apply(std::span<const Entry> entries) {
  pg::Transaction transaction(connection_);
  const Sequence stands = connection_.exec("SELECT sequence FROM registry.applied FOR UPDATE").get<Sequence>(0, 0);
  while (!entries.empty() && entries.front().sequence() <= stands) entries = entries.subspan(1);
  if (entries.empty()) return stands;
  if (entries.front().sequence() != next(stands))
    throw pg::Fault("the registry stands at " + std::to_string(stands.raw()) + " but the feed goes on at " +
                    std::to_string(entries.front().sequence().raw()));
  RegistryRows rows;
  for (const Entry& entry : entries) add_rows(entry, rows);
  write_register(rows);
  write_accounts(rows);
  write_entrustments(rows);
  write_units(rows.flows);
  write_allocations(rows);
  write_emissions(rows);
  write_credits(rows);
  write_compliance(rows);
  const Sequence last = entries.back().sequence();
  connection_.exec("UPDATE registry.applied SET sequence = $1", {last});
  transaction.commit();
  return last;
}

/// Rows that come one at a time: members, parties, projects, instruments, factors, caps.
void RegistryWriter::write_register(const RegistryRows& rows) {
  for (const RegisterBroker& r : rows.brokers)
    connection_.exec("INSERT INTO registry.brokers VALUES ($1, $2, $3, $4)",
                     {r.broker, r.code, r.title, r.own_account});
  for (const RegisterParty& r : rows.parties)
    connection_.exec("INSERT INTO registry.parties VALUES ($1, $2, $3, $4, $5)",
                     {name_of(r.party.role), r.party.number, r.code, r.title, BytesView(r.public_key)});
  for (const RegisterProject& r : rows.projects)
    connection_.exec("INSERT INTO registry.projects VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                     {r.project, r.code, name_of(r.scheme), r.methodology, r.methodology_version, r.region, r.verifier,
                      r.offset_eligible, r.targeted});
  for (const ListInstrument& r : rows.instruments)
    connection_.exec(
        "INSERT INTO registry.instruments (instrument, symbol, kind, vintage, project) VALUES ($1, $2, $3, $4, "
        "nullif($5::integer, 0))",
        {r.instrument, r.symbol, name_of(r.kind), r.vintage, r.project});
  for (const RegisterFactor& r : rows.factors)
    connection_.exec("INSERT INTO registry.factors VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                     {r.factor, r.version, r.methodology, r.methodology_version, r.activity_unit, r.micro_kg_per_unit,
                      r.valid_from, r.valid_to});
  for (const SetCap& r : rows.caps) connection_.exec("INSERT INTO registry.caps VALUES ($1, $2)", {r.year, r.cap});
}

void RegistryWriter::write_accounts(const RegistryRows& rows) {
  if (!rows.accounts.empty()) {
    pg::CopyIn copy(connection_,
                    "registry.accounts (account, kind, status, status_reference, status_expiry, region, birth, addons, "
                    "guardian, opened_at)");
    for (const auto& [account, r] : rows.accounts)
      copy.row(account, name_of(r.opened.kind), name_of(r.status), r.reference, if_set(r.expiry), r.opened.region,
               if_set(r.opened.birth), r.opened.addons, if_set(r.opened.guardian), r.sequence);
    copy.finish();
  }
  if (rows.account_changes.empty()) return;
  pg::CopyIn copy(connection_, "staged_status");
  for (const auto& [account, r] : rows.account_changes)
    copy.row(account, name_of(r.status), r.reference, if_set(r.expiry));
  copy.finish();
  connection_.exec(
      "UPDATE registry.accounts a SET status = s.status, status_reference = s.reference, status_expiry = s.expiry "
      "FROM staged_status s WHERE a.account = s.account");
}

void RegistryWriter::write_entrustments(const RegistryRows& rows) {
  if (!rows.entrustments.empty()) {
    pg::CopyIn copy(
        connection_,
        "registry.entrustments (entrustment, principal, broker, instruments, sides, mode, floor, ceiling, order_limit, "
        "total_limit, fee, first_day, last_day, document_hash, granted_at, revoked_at)");
    for (const auto& [id, row] : rows.entrustments) {
      const GrantEntrustment& r = row.granted;
      copy.row(id, r.principal, r.broker, name_of(r.instruments), name_of(r.sides), name_of(r.mode), r.floor, r.ceiling,
               r.order_limit, r.total_limit, r.fee, r.start, r.end, BytesView(r.document_hash), row.sequence,
               if_set(row.revoked));
    }
    copy.finish();
  }
  if (rows.revocations.empty()) return;
  pg::CopyIn copy(connection_, "staged_revocation");
  for (const auto& [id, sequence] : rows.revocations) copy.row(id, sequence);
  copy.finish();
  connection_.exec(
      "UPDATE registry.entrustments e SET revoked_at = s.at FROM staged_revocation s WHERE e.entrustment = "
      "s.entrustment");
}

void RegistryWriter::write_allocations(const RegistryRows& rows) {
  for (const auto& [sequence, r] : rows.runs)
    connection_.exec("INSERT INTO registry.allocation_runs VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                     {r.year, sequence, r.cap, r.reserve, r.paid_pool, r.free_pool, r.accounts, r.weight_sum,
                      BytesView(r.inputs_digest)});
  if (rows.allocations.empty()) return;
  pg::CopyIn copy(connection_, "registry.allocations (year, account, holder, weight, quantity)");
  for (const AllowanceAllocated& r : rows.allocations) copy.row(r.year, r.account, r.holder, r.weight, r.quantity);
  copy.finish();
}

void RegistryWriter::write_emissions(const RegistryRows& rows) {
  if (!rows.emissions.empty()) {
    // Text format: a nonce uses all of its 64 bits, which no integer column holds.
    pg::CopyIn copy(
        connection_,
        "registry.emissions (record, principal, year, source, device, period_from, period_to, activity_milli, factor, "
        "factor_version, kg, nonce, signature, status, recorded_at)",
        pg::CopyFormat::text);
    for (const auto& [id, row] : rows.emissions) {
      const SubmitEmission& r = row.submitted;
      copy.row(id, r.principal, row.recorded.year, r.source, r.device, r.period_from, r.period_to, r.activity_milli,
               r.factor, wide(r.factor_version), r.computed, std::to_string(r.nonce), BytesView(r.signature),
               name_of(row.recorded.status), row.sequence);
    }
    copy.finish();
  }
  if (!rows.emission_states.empty()) {
    pg::CopyIn copy(connection_, "registry.emission_states (sequence, record, status, verified_total)");
    for (const auto& [sequence, r] : rows.emission_states)
      copy.row(sequence, r.record, name_of(r.status), r.verified_total);
    copy.finish();
  }
  if (rows.emission_changes.empty()) return;
  pg::CopyIn copy(connection_, "staged_emission");
  for (const auto& [record, status] : rows.emission_changes) copy.row(record, name_of(status));
  copy.finish();
  connection_.exec(
      "UPDATE registry.emissions e SET status = s.status FROM staged_emission s WHERE e.record = s.record");
}

void RegistryWriter::write_credits(const RegistryRows& rows) {
  if (!rows.applications.empty()) {
    pg::CopyIn copy(connection_,
                    "registry.credit_applications (application, instrument, broker, quantity, verified, status, "
                    "reference, applied_at)");
    for (const auto& [id, r] : rows.applications)
      copy.row(id, r.applied.instrument, r.broker, r.applied.quantity, r.verified, name_of(r.status), r.reference,
               r.sequence);
    copy.finish();
    pg::CopyIn shares(connection_, "registry.credit_shares (application, account, share)");
    for (const auto& [id, r] : rows.applications)
      for (const SplitShare& share : r.applied.split) shares.row(id, share.account, share.share);
    shares.finish();
  }
  if (rows.application_changes.empty()) return;
  pg::CopyIn copy(connection_, "staged_application");
  for (const auto& [id, r] : rows.application_changes) copy.row(id, r.verified, name_of(r.status), r.reference);
  copy.finish();
  connection_.exec(
      "UPDATE registry.credit_applications a SET verified = CASE WHEN s.verified < 0 THEN a.verified ELSE s.verified "
      "END, "
      "status = s.status, reference = s.reference FROM staged_application s WHERE a.application = s.application");
}

void RegistryWriter::write_compliance(const RegistryRows& rows) {
  if (!rows.offsets.empty()) {
    pg::CopyIn copy(connection_, "registry.offsets (sequence, principal, year, instrument, requested, granted)");
    for (const auto& [sequence, r] : rows.offsets)
      copy.row(sequence, r.principal, r.year, r.instrument, r.requested, r.granted);
    copy.finish();
  }
  if (!rows.compliance.empty()) {
    pg::CopyIn copy(connection_,
                    "registry.compliance (principal, year, status, liability, from_credits, from_banked, from_vintage, "
                    "shortfall, deducted, "
                    "debt, surcharge, banked, not_banked, collected, owed, assessed_at)");
    for (const auto& [key, row] : rows.compliance) {
      const ComplianceAssessed& r = row.result;
      copy.row(r.principal, r.year, name_of(r.status), r.liability, r.from_credits, r.from_banked, r.from_vintage,
               r.shortfall, r.deducted, r.debt, r.surcharge, r.banked, r.not_banked, row.collected, row.owed,
               row.sequence);
    }
    copy.finish();
  }
  if (rows.collections.empty()) return;
  pg::CopyIn copy(connection_, "staged_collection");
  for (const auto& [key, r] : rows.collections) copy.row(key.first, key.second, r.collected, r.owed);
  copy.finish();
  connection_.exec(
      "UPDATE registry.compliance c SET collected = c.collected + s.collected, owed = s.owed FROM staged_collection s "
      "WHERE c.principal = s.principal AND c.year = s.year");
}

}  // namespace pace
