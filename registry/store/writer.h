// One batch of entries into PostgreSQL: rows, blocks, holdings and the position in one transaction. New rows go by
// COPY, changes by COPY into a staging table and one statement. Serial numbers are assigned here, at settlement, not at
// the trade: only what left an owner is loaded, split in memory and written back. Thread rule: as the connection's.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "registry/store/blocks.h"
#include "registry/store/rows.h"
#include "settlement/pg/connection.h"

namespace pace {

class RegistryWriter {
 public:
  /// Migrates the schema, opens the accounts that exist from genesis. Throws pg::Fault.
  explicit RegistryWriter(const std::string& conninfo);

  /// What is committed.
  [[nodiscard]] Sequence position();

  /// Applies the entries that are beyond the stored position; those before change nothing. REQUIRES: consecutive
  /// sequence numbers. Throws pg::Fault, also when the entries do not begin where the position stands or move units
  /// that their owner's blocks do not have; then nothing of the batch happened. Returns the new position.
  Sequence apply(std::span<const Entry> entries);

 private:
  void write_register(const RegistryRows& rows);
  void write_accounts(const RegistryRows& rows);
  void write_entrustments(const RegistryRows& rows);
  void write_emissions(const RegistryRows& rows);
  void write_allocations(const RegistryRows& rows);
  void write_credits(const RegistryRows& rows);
  void write_compliance(const RegistryRows& rows);
  void prepare_units();
  void write_units(const std::vector<UnitFlow>& flows);
  void load_blocks(const std::vector<UnitFlow>& flows, BlockBook& book);
  void load_issued(const std::vector<UnitFlow>& flows, BlockBook& book);
  void write_holdings(const std::vector<UnitFlow>& flows);
  void write_blocks(const BlockBook& book);

  pg::Connection connection_;
};

}  // namespace pace
