// Writes the regulator's bundle from the log: rulebook 10. Streams entry by entry; what stays in memory is a hash per
// entry and the register. The bundle appears whole or not at all (written beside, then renamed).
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registry/audit/keys.h"
#include "registry/audit/manifest.h"
#include "registry/audit/state.h"

namespace pace::audit {

/// Where the entries come from: encoded (engine/message/entry.h), from sequence 1 on, without a gap.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  /// Valid until the next call; nothing at the end.
  virtual std::optional<BytesView> next() = 0;
};

struct ExportResult {
  Manifest manifest;
  std::string checkpoint;        ///< the signed note
  std::vector<Breach> breaches;  ///< rules that the log itself does not keep
};

/// REQUIRES: `directory` does not exist or is empty. `previous_checkpoint` is the signed note of the last export, empty
/// for the first. Throws std::runtime_error when a file cannot be written, an entry is missing or damaged, or the log
/// is not an extension of the one that the previous checkpoint signed.
ExportResult export_bundle(EntrySource& source, const AuditKeys& keys, const std::string& previous_checkpoint,
                           const std::filesystem::path& directory);

/// The proof that entry `sequence` stands in the log, against a checkpoint of the log as it is now. Throws when there
/// is no such entry.
EntryProof prove_entry(EntrySource& source, const AuditKeys& keys, Sequence sequence);

}  // namespace pace::audit
