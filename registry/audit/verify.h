// Checks an export with nothing but its files and the published keys: signatures, digests, Merkle root, consistency
// with the export before, and every table derived again from the log. Each finding names the file and, where it can,
// the record. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registry/audit/keys.h"
#include "registry/audit/manifest.h"

namespace pace::audit {

struct Finding {
  std::string file;
  std::string record;  ///< "line 17", "row 3"; empty when the whole file is meant
  std::string text;
};

struct VerifyResult {
  std::vector<Finding> findings;  ///< empty: the export is whole and true
  std::optional<Manifest> manifest;
  bool keys_given = false;    ///< false: the keys were the bundle's own
  std::uint64_t records = 0;  ///< log lines read
  std::uint64_t rows = 0;     ///< table rows derived again
};

/// `trusted`: the published keys; without them the bundle's own are used. `previous`: the export before, when at hand.
/// Damage is a finding; only a directory that cannot be read throws.
VerifyResult verify_bundle(const std::filesystem::path& directory, const std::optional<PublicKeys>& trusted,
                           const std::optional<std::filesystem::path>& previous = {});

/// An inclusion proof of `pace audit prove`: nothing when it holds, else what is wrong.
std::optional<std::string> verify_entry_proof(const EntryProof& proof, const PublicKeys& keys);

/// "trades.csv, row 17: …"
std::string to_text(const Finding& finding);

}  // namespace pace::audit
