// The registry's books: a projection of the event feed into PostgreSQL, schema `registry`. Accounts, entrustments,
// instruments, projects, parties, serial blocks of every issued unit, emission records, allocation runs, credit
// applications, compliance results. The position moves in the same transaction as its effects, so a crash continues
// where it stopped and an entry seen twice changes nothing. When PostgreSQL is away the store waits and catches up;
// trading never waits for it.
// Thread rule: Store owns one thread between start() and stop(); its functions may be called from any thread.
// RegistryReader may be called from any thread; calls take turns on one connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/message/types.h"
#include "engine/sequencer/port.h"

namespace pace {

struct StoreSettings {
  std::string conninfo;                       ///< libpq connection string
  std::uint32_t batch_entries = 8192;         ///< most entries in one transaction
  std::function<void(std::string_view)> log;  ///< one line per thing a person should know: connected, lost
};

struct StoreStatus {
  bool connected = false;
  Sequence position;  ///< last entry whose effects are committed
  std::uint64_t batches = 0;
  std::string last_fault;  ///< why it is not connected; empty when all is well
};

class Store {
 public:
  Store(EventFeed& feed, StoreSettings settings);
  ~Store();  ///< stops
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Migrates the schema and follows the feed from the stored position, in a thread of its own.
  void start();
  /// Finishes the batch at hand and joins. Safe to call twice.
  void stop();
  [[nodiscard]] Sequence position() const;
  [[nodiscard]] StoreStatus status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct HeldBlock {
  InstrumentId instrument;
  std::uint64_t first{}, last{};  ///< serial numbers, both inclusive; one per kilogram
  Sequence since;
  PACE_FIELDS(HeldBlock, instrument, first, last, since);
};
struct RegistryHolding {
  InstrumentId instrument;
  Symbol symbol;
  Quantity quantity;
  PACE_FIELDS(RegistryHolding, instrument, symbol, quantity);
};
struct EmissionRecordView {
  EmissionId record;
  Year year;
  std::uint32_t source{};
  Code device;
  Date period_from, period_to;
  std::int64_t activity_milli{};
  FactorId factor;
  std::uint16_t factor_version{};
  Quantity kg;
  EmissionStatus status{};
  PACE_FIELDS(EmissionRecordView, record, year, source, device, period_from, period_to, activity_milli, factor,
              factor_version, kg, status);
};
struct ComplianceView {
  Year year;
  ComplianceStatus status{};
  Quantity liability, from_credits, from_banked, from_vintage, shortfall, deducted, debt;
  Cash surcharge, collected, owed;
  PACE_FIELDS(ComplianceView, year, status, liability, from_credits, from_banked, from_vintage, shortfall, deducted,
              debt, surcharge, collected, owed);
};
/// Blocks listed in one statement at most; the holdings say the whole.
inline constexpr std::int64_t max_statement_blocks = 10'000;
/// One principal's registry statement as of a sequence number.
struct RegistryStatement {
  Sequence as_of;
  AccountId account;
  AccountKind kind{};
  AccountStatus status{};
  RegionId region;
  std::vector<RegistryHolding> holdings;
  std::vector<HeldBlock> blocks;
  std::vector<EmissionRecordView> emissions;
  std::vector<ComplianceView> compliance;
  PACE_FIELDS(RegistryStatement, as_of, account, kind, status, region, holdings, blocks, emissions, compliance);
};
/// One movement of a serial block.
struct BlockMoveView {
  Sequence sequence;
  InstrumentId instrument;
  std::uint64_t first{}, last{};
  AccountId from;  ///< 0: issued
  AccountId to;
  PACE_FIELDS(BlockMoveView, sequence, instrument, first, last, from, to);
};
/// What check() found; all 0 and no text when the blocks are right.
struct BlockAudit {
  std::uint64_t blocks{};
  std::uint64_t overlaps{};             ///< blocks that start before the one before them ends
  std::uint64_t uncovered{};            ///< instruments whose blocks are not exactly 1 to issued
  std::uint64_t holding_differences{};  ///< owners whose blocks do not sum to their holding
  [[nodiscard]] bool clean() const { return overlaps == 0 && uncovered == 0 && holding_differences == 0; }
  PACE_FIELDS(BlockAudit, blocks, overlaps, uncovered, holding_differences);
};

/// Reads for REST and the operator. A lost connection throws pg's Fault; the next call connects again.
class RegistryReader {
 public:
  explicit RegistryReader(std::string conninfo);
  ~RegistryReader();
  /// Nothing when the store knows no such account.
  [[nodiscard]] std::optional<RegistryStatement> statement(AccountId account);
  /// The life of the unit with this serial number, oldest first.
  [[nodiscard]] std::vector<BlockMoveView> life_of(InstrumentId instrument, std::uint64_t serial);
  /// Every block of every instrument, by window function: no overlap, issued covered, owners' sums right.
  [[nodiscard]] BlockAudit audit_blocks();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pace
