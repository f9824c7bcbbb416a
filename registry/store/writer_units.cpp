// The part of RegistryWriter that keeps title: holdings by quantity, blocks by serial number.
#include <map>
#include <set>

#include "registry/store/writer.h"
#include "settlement/pg/copy.h"

namespace pace {
namespace {

using OwnerInstrument = std::pair<AccountId, InstrumentId>;

constexpr const char* unit_staging = R"sql(
  CREATE TEMP TABLE staged_holding (account bigint, instrument integer, change bigint) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE staged_block (instrument integer, first bigint, last bigint, owner bigint, since bigint) ON COMMIT DELETE ROWS;
)sql";

/// Of each owner the blocks, in order of serial, that cover what leaves it in this batch: no more are touched.
constexpr const char* select_blocks = R"sql(
  SELECT k.owner, k.instrument, b.first, b.last, b.since
  FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS k(owner, instrument, need)
  CROSS JOIN LATERAL (
    SELECT first, last, since, sum(last - first + 1) OVER (ORDER BY first) - (last - first + 1) AS before
    FROM registry.blocks WHERE owner = k.owner AND instrument = k.instrument) b
  WHERE b.before < k.need
)sql";

}  // namespace

void RegistryWriter::prepare_units() {
  connection_.script(unit_staging);
  connection_.prepare("select_blocks", select_blocks);
}

void RegistryWriter::write_units(const std::vector<UnitFlow>& flows) {
  if (flows.empty()) return;
  // The planner would hash whole tables for a few thousand keys; every join here goes by key.
  connection_.script("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off");
  BlockBook book;
  load_issued(flows, book);
  load_blocks(flows, book);
  for (const UnitFlow& flow : flows) {
    if (!flow.from) {
      book.issue(flow.sequence, flow.instrument, flow.to, flow.quantity);
    } else if (!book.move(flow.sequence, flow.instrument, flow.from, flow.to, flow.quantity)) {
      throw pg::Fault("sequence " + std::to_string(flow.sequence.raw()) + ": account " +
                      std::to_string(flow.from.raw()) + " has no blocks for " + std::to_string(flow.quantity.raw()) +
                      " kg of instrument " + std::to_string(flow.instrument.raw()) +
                      "; the registry and the log do not belong together");
    }
  }
  write_holdings(flows);
  write_blocks(book);
}

void RegistryWriter::load_issued(const std::vector<UnitFlow>& flows, BlockBook& book) {
  std::set<InstrumentId> instruments;
  for (const UnitFlow& flow : flows)
    if (!flow.from) instruments.insert(flow.instrument);
  for (const InstrumentId instrument : instruments) {
    const pg::Result row =
        connection_.exec("SELECT issued FROM registry.instruments WHERE instrument = $1", {instrument});
    if (row.empty()) throw pg::Fault("instrument " + std::to_string(instrument.raw()) + " is issued but not listed");
    book.load_issued(instrument, row.get<Quantity>(0, 0));
  }
}

void RegistryWriter::load_blocks(const std::vector<UnitFlow>& flows, BlockBook& book) {
  std::map<OwnerInstrument, Quantity> needs;
  for (const UnitFlow& flow : flows)
    if (flow.from) needs[{flow.from, flow.instrument}] += flow.quantity;
  std::vector<AccountId> owners;
  std::vector<InstrumentId> instruments;
  std::vector<Quantity> quantities;
  for (const auto& [key, need] : needs) {
    owners.push_back(key.first);
    instruments.push_back(key.second);
    quantities.push_back(need);
  }
  const pg::Result rows =
      connection_.run("select_blocks", {pg::integer_array(std::span<const AccountId>(owners)),
                                        pg::integer_array(std::span<const InstrumentId>(instruments)),
                                        pg::integer_array(std::span<const Quantity>(quantities))});
  for (int i = 0; i < rows.rows(); ++i)
    book.load({.instrument = rows.get<InstrumentId>(i, 1),
               .first = static_cast<std::uint64_t>(rows.int64(i, 2)),
               .last = static_cast<std::uint64_t>(rows.int64(i, 3)),
               .owner = rows.get<AccountId>(i, 0),
               .since = rows.get<Sequence>(i, 4)});
}

void RegistryWriter::write_holdings(const std::vector<UnitFlow>& flows) {
  std::map<OwnerInstrument, Quantity> changes;
  for (const UnitFlow& flow : flows) {
    if (flow.from) changes[{flow.from, flow.instrument}] -= flow.quantity;
    changes[{flow.to, flow.instrument}] += flow.quantity;
  }
  pg::CopyIn copy(connection_, "staged_holding");
  for (const auto& [key, change] : changes)
    if (change != Quantity{}) copy.row(key.first, key.second, change);
  copy.finish();
  // First those that are there, so that the table's check sees the sum and not a negative change.
  connection_.exec(
      "UPDATE registry.holdings h SET quantity = h.quantity + s.change FROM staged_holding s "
      "WHERE h.account = s.account AND h.instrument = s.instrument");
  connection_.exec(
      "INSERT INTO registry.holdings SELECT account, instrument, change FROM staged_holding s WHERE NOT EXISTS "
      "(SELECT FROM registry.holdings h WHERE h.account = s.account AND h.instrument = s.instrument)");
}

void RegistryWriter::write_blocks(const BlockBook& book) {
  pg::CopyIn moves(connection_, "registry.block_moves (sequence, instrument, first, last, from_account, to_account)");
  for (const BlockMove& move : book.moves())
    moves.row(move.sequence, move.instrument, move.first, move.last,
              move.from ? std::optional<AccountId>(move.from) : std::nullopt, move.to);
  moves.finish();
  pg::CopyIn copy(connection_, "staged_block");
  for (const SerialBlock& block : book.changed())
    copy.row(block.instrument, block.first, block.last, block.owner, block.since);
  copy.finish();
  connection_.exec(
      "INSERT INTO registry.blocks SELECT instrument, first, last, owner, since FROM staged_block "
      "ON CONFLICT (instrument, first) DO UPDATE SET last = excluded.last, owner = excluded.owner, since = "
      "excluded.since");
  for (const auto& [instrument, issued] : book.issued())
    connection_.exec("UPDATE registry.instruments SET issued = $2 WHERE instrument = $1", {instrument, issued});
}

}  // namespace pace
