// A disk whose journal does not sync, or whose snapshots are not written, while a test holds it. Thread rule: any
// thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/journal/disk.h"
#include "tests/engine/sequencer/sequencer_kit.h"

namespace pace::test {

class SlowDisk final : public Disk {
 public:
  explicit SlowDisk(Disk& under) : under_(under) {}
  class SlowFile final : public File {
   public:
    SlowFile(std::unique_ptr<File> under, SlowDisk& disk, bool slow, bool snapshot)
        : under_(std::move(under)), disk_(disk), slow_(slow), snapshot_(snapshot) {}
    void write_at(std::uint64_t offset, BytesView bytes) override {
      if (snapshot_ && disk_.holds_snapshots) disk_.snapshot_latch.wait();
      under_->write_at(offset, bytes);
    }
    std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
      return under_->read_at(offset, into);
    }
    std::uint64_t size() override { return under_->size(); }
    void truncate(std::uint64_t size) override { under_->truncate(size); }
    void sync() override {
      if (slow_ && disk_.holds) disk_.latch.wait();
      under_->sync();
    }

   private:
    std::unique_ptr<File> under_;
    SlowDisk& disk_;
    bool slow_, snapshot_;
  };
  std::unique_ptr<File> wrap(std::unique_ptr<File> file, const std::string& path) {
    return std::make_unique<SlowFile>(std::move(file), *this, path.find("/journal/") != std::string::npos,
                                      path.find("/snapshots/") != std::string::npos);
  }
  std::unique_ptr<File> open(const std::string& path, Open mode) override {
    return wrap(under_.open(path, mode), path);
  }
  std::unique_ptr<File> create(const std::string& path) override { return wrap(under_.create(path), path); }
  bool exists(const std::string& path) override { return under_.exists(path); }
  std::vector<std::string> names(const std::string& directory) override { return under_.names(directory); }
  void make_directory(const std::string& path) override { under_.make_directory(path); }
  void rename(const std::string& from, const std::string& to) override { under_.rename(from, to); }
  void remove(const std::string& path) override { under_.remove(path); }
  void sync_directory(const std::string& path) override { under_.sync_directory(path); }
  std::unique_ptr<DiskLock> lock(const std::string& path, Share share) override { return under_.lock(path, share); }
  std::atomic<bool> holds{false}, holds_snapshots{false};
  Latch latch, snapshot_latch;

 private:
  Disk& under_;
};

}  // namespace pace::test
