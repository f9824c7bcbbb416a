// One batch of entries as rows for the registry's tables. Changes to rows made in the same batch are folded in, so that
// what is left touches rows of earlier batches only. Thread rule: values.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "engine/message/entry.h"

namespace pace {

/// Units issued (`from` 0) or moved.
struct UnitFlow {
  Sequence sequence;
  InstrumentId instrument;
  AccountId from, to;
  Quantity quantity;
};

template <class Message>
struct Row {
  Sequence sequence;
  Message body;
};

struct AccountRow {
  OpenAccount opened;
  AccountStatus status{};
  Reference reference;
  Date expiry;
  Sequence sequence;
};
struct EntrustmentRow {
  GrantEntrustment granted;
  Sequence sequence, revoked;
};
struct EmissionRow {
  EmissionRecorded recorded;
  SubmitEmission submitted;
  Sequence sequence;
};
struct ApplicationRow {
  ApplyCredits applied;
  BrokerId broker;
  Quantity verified;
  ApplicationStatus status{};
  Reference reference;
  Sequence sequence;
};
struct ApplicationChange {
  Quantity verified{-1};  ///< below 0: not stated in this batch, what stands stays
  ApplicationStatus status{};
  Reference reference;
};
struct ComplianceRow {
  ComplianceAssessed result;
  Cash collected, owed;
  Sequence sequence;
};
struct Collected {
  Cash collected, owed;
};

using PrincipalYear = std::pair<AccountId, Year>;

struct RegistryRows {
  std::map<AccountId, AccountRow> accounts;
  std::map<AccountId, SetAccountStatus> account_changes;
  std::vector<RegisterBroker> brokers;
  std::vector<RegisterParty> parties;
  std::vector<RegisterProject> projects;
  std::vector<ListInstrument> instruments;
  std::map<EntrustmentId, EntrustmentRow> entrustments;
  std::map<EntrustmentId, Sequence> revocations;
  std::vector<UnitFlow> flows;  ///< in order of events
  std::vector<SetCap> caps;
  std::vector<Row<AllocationComputed>> runs;
  std::vector<AllowanceAllocated> allocations;
  std::vector<RegisterFactor> factors;
  std::map<EmissionId, EmissionRow> emissions;
  std::map<EmissionId, EmissionStatus> emission_changes;
  std::vector<Row<EmissionStateChanged>> emission_states;
  std::map<ApplicationId, ApplicationRow> applications;
  std::map<ApplicationId, ApplicationChange> application_changes;
  std::vector<Row<OffsetGranted>> offsets;
  std::map<PrincipalYear, ComplianceRow> compliance;
  std::map<PrincipalYear, Collected> collections;
};

/// Adds one entry. REQUIRES: entries come in order of sequence, each once.
void add_rows(const Entry& entry, RegistryRows& rows);

}  // namespace pace
