// manifest.json, consistency.json and SHA256SUMS: what an export says about itself. Written and read here, so that the
// two sides cannot drift; each has exactly one text per content. Thread rule: values, no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/audit/bundle_file.h"
#include "registry/audit/merkle.h"

namespace pace::audit {

inline constexpr std::string_view bundle_format = "pace-audit-export 1";

struct Manifest {
  std::string origin;
  std::uint64_t first_sequence{}, last_sequence{};
  std::string last_time;    ///< of the last entry
  std::string legal_basis;  ///< or "pilot mode"
  Hash root{};
  std::vector<FileRecord> files;
  bool operator==(const Manifest&) const = default;
};
std::string to_text(const Manifest& manifest);
std::optional<Manifest> parse_manifest(std::string_view text);

/// From the previous export's checkpoint to this one's. Size 0: there was none.
struct Consistency {
  std::uint64_t from_size{}, to_size{};
  Hash from_root{}, to_root{};
  Proof proof;
  std::string previous_checkpoint;  ///< the signed note; empty when there was none
  bool operator==(const Consistency&) const = default;
};
std::string to_text(const Consistency& consistency);
std::optional<Consistency> parse_consistency(std::string_view text);

/// One entry's place in the log, for a third party: `pace audit prove`.
struct EntryProof {
  std::uint64_t sequence{}, size{};
  std::string leaf;  ///< the entry's log line
  Proof proof;
  std::string checkpoint;  ///< the signed note
  bool operator==(const EntryProof&) const = default;
};
std::string to_text(const EntryProof& proof);
std::optional<EntryProof> parse_entry_proof(std::string_view text);

/// `sha256sum -c` reads it.
std::string sums_text(const std::vector<FileRecord>& files);
/// Names and digests only.
std::optional<std::vector<FileRecord>> parse_sums(std::string_view text);

}  // namespace pace::audit
