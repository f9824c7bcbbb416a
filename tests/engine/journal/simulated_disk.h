// A disk in memory that keeps only what was synced: crash it before any write, sync, rename or removal, and see what
// may be left. What was written and not synced survives by sectors, as a seed decides: some, none, all, in any order.
// Can also be full, or fail a sync. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/journal/disk.h"

namespace pace::test {

/// The power is gone: nothing works any more on this disk.
class PowerCut : public std::runtime_error {
 public:
  PowerCut() : std::runtime_error("power cut") {}
};

class SimulatedDisk final : public Disk {
 public:
  static constexpr std::size_t sector_bytes = 512;

  /// The power is cut instead of the n-th change (write, sync, name) from now; a write is then half under way.
  void cut_power_at(std::uint64_t n);
  /// Writes beyond this many bytes in all files fail with ENOSPC, after what still fits.
  void set_capacity(std::uint64_t bytes);
  /// Writes to files whose path begins so fail with ENOSPC.
  void set_full(const std::string& beginning);
  /// The next sync of a file whose path begins so fails with EIO; later ones do not.
  void fail_sync(const std::string& beginning);
  [[nodiscard]] std::uint64_t changes() const;
  /// The disk as it is found after the power comes back.
  [[nodiscard]] std::unique_ptr<SimulatedDisk> after_power_cut(std::uint64_t seed) const;

  // For tests that damage files behind the program's back; durable at once.
  [[nodiscard]] Bytes content(const std::string& path) const;
  void put(const std::string& path, const Bytes& bytes);

  std::unique_ptr<File> open(const std::string& path, Open) override { return open_file(path, false); }
  std::unique_ptr<File> create(const std::string& path) override { return create_file(path, false); }
  // Aborts when they are used otherwise than in whole blocks.
  std::unique_ptr<File> open_direct(const std::string& path) override { return open_file(path, true); }
  std::unique_ptr<File> create_direct(const std::string& path) override { return create_file(path, true); }
  bool exists(const std::string& path) override;
  std::vector<std::string> names(const std::string& directory) override;
  void make_directory(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_directory(const std::string& path) override;
  std::unique_ptr<DiskLock> lock(const std::string& path, Share share) override;

 private:
  struct Change {
    std::uint64_t offset = 0;
    Bytes bytes;
    bool truncates = false;  ///< to `offset`
  };
  struct Node {
    Bytes now, durable;
    std::vector<Change> unsynced;
  };
  using NodePtr = std::shared_ptr<Node>;
  struct NameChange {
    std::string removed, added;
    NodePtr node;
  };
  class SimulatedFile;
  class SimulatedLock;

  std::unique_ptr<File> open_file(const std::string& path, bool direct);
  std::unique_ptr<File> create_file(const std::string& path, bool direct);
  void count_change();
  void need_power() const;
  static void apply(Bytes& bytes, const Change& change);
  static void apply(std::map<std::string, NodePtr>& names, const NameChange& change);
  void write(Node& node, const std::string& path, std::uint64_t offset, BytesView bytes);

  mutable std::mutex mutex_;
  std::map<std::string, NodePtr> names_, durable_names_;
  std::vector<NameChange> unsynced_names_;
  std::set<std::string> directories_;
  std::set<std::string> locked_;
  std::uint64_t changes_ = 0;
  std::uint64_t cut_at_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
  std::string failing_sync_;  ///< beginning of paths whose next sync fails; empty: none
  std::string full_;          ///< beginning of paths that take no writes; empty: none
  bool power_ = true;
};

}  // namespace pace::test
