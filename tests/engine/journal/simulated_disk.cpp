#include "tests/engine/journal/simulated_disk.h"

#include <algorithm>
#include <cerrno>

#include "engine/base/check.h"

namespace pace::test {

class SimulatedDisk::SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, std::string path, NodePtr node, bool direct)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)), direct_(direct) {}

  void write_at(std::uint64_t offset, BytesView bytes) override {
    check_blocks(offset, bytes);
    const std::lock_guard lock(disk_.mutex_);
    disk_.write(*node_, path_, offset, bytes);
  }
  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
    check_blocks(offset, into);
    const std::lock_guard lock(disk_.mutex_);
    disk_.need_power();
    const Bytes& bytes = node_->now;
    if (offset >= bytes.size()) return 0;
    const std::size_t n = std::min(into.size(), bytes.size() - static_cast<std::size_t>(offset));
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), n, into.begin());
    return n;
  }
  std::uint64_t size() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.need_power();
    return node_->now.size();
  }
  void truncate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.count_change();
    node_->unsynced.push_back({size, {}, true});
    apply(node_->now, node_->unsynced.back());
  }
  void sync() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.count_change();
    if (!disk_.failing_sync_.empty() && path_.starts_with(disk_.failing_sync_)) {
      disk_.failing_sync_.clear();
      throw DiskFault("sync", path_, EIO);
    }
    node_->durable = node_->now;
    node_->unsynced.clear();
  }

 private:
  // What a disk past the cache asks for.
  void check_blocks(std::uint64_t offset, BytesView bytes) const {
    const auto memory = reinterpret_cast<std::uintptr_t>(bytes.data());
    PACE_CHECK(!direct_ || (offset | bytes.size() | memory) % block_bytes == 0);
  }
  SimulatedDisk& disk_;
  std::string path_;
  NodePtr node_;
  bool direct_;
};

class SimulatedDisk::SimulatedLock final : public DiskLock {
 public:
  SimulatedLock(SimulatedDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~SimulatedLock() override {
    const std::lock_guard lock(disk_.mutex_);
    disk_.locked_.erase(path_);
  }

 private:
  SimulatedDisk& disk_;
  std::string path_;
};

void SimulatedDisk::cut_power_at(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  cut_at_ = changes_ + n;
}
void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}
void SimulatedDisk::set_full(const std::string& beginning) {
  const std::lock_guard lock(mutex_);
  full_ = beginning;
}
void SimulatedDisk::fail_sync(const std::string& beginning) {
  const std::lock_guard lock(mutex_);
  failing_sync_ = beginning;
}
std::uint64_t SimulatedDisk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

void SimulatedDisk::need_power() const {
  if (!power_) throw PowerCut();
}

void SimulatedDisk::count_change() {
  need_power();
  if (++changes_ == cut_at_) {
    power_ = false;
    throw PowerCut();
  }
}

void SimulatedDisk::apply(Bytes& bytes, const Change& change) {
  if (change.truncates) {
    bytes.resize(static_cast<std::size_t>(change.offset));
    return;
  }
  const auto end = static_cast<std::size_t>(change.offset) + change.bytes.size();
  if (bytes.size() < end) bytes.resize(end);
  std::copy(change.bytes.begin(), change.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

void SimulatedDisk::write(Node& node, const std::string& path, std::uint64_t offset, BytesView bytes) {
  need_power();
  if (!full_.empty() && path.starts_with(full_)) throw DiskFault("write to", path, ENOSPC);
  std::uint64_t others = 0;
  for (const auto& [name, other] : names_)
    if (other.get() != &node) others += other->now.size();
  const std::uint64_t room = capacity_ > others ? capacity_ - others : 0;
  const std::uint64_t fits = std::max<std::uint64_t>(room, node.now.size());
  const bool full = offset + bytes.size() > fits;
  if (full) bytes = bytes.first(static_cast<std::size_t>(fits > offset ? fits - offset : 0));
  node.unsynced.push_back({offset, Bytes(bytes.begin(), bytes.end()), false});
  count_change();  // a cut now leaves the write under way
  apply(node.now, node.unsynced.back());
  if (full) throw DiskFault("write to", path, ENOSPC);
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::after_power_cut(std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  // Kept of what was not synced, in sixteenths: none, some or all, so that extremes come up.
  const std::uint64_t kept = random() % 3 == 0 ? 0 : random() % 17;
  const auto keeps = [&] { return random() % 16 < kept; };
  auto found = std::make_unique<SimulatedDisk>();
  found->directories_ = directories_;
  std::map<std::string, NodePtr> names = durable_names_;
  for (const NameChange& change : unsynced_names_) {  // the file system's own journal keeps the order of names
    if (!keeps()) break;
    apply(names, change);
  }
  for (const auto& [path, node] : names) {
    Bytes bytes = node->durable;
    for (const Change& change : node->unsynced) {
      if (change.truncates) {
        if (keeps()) apply(bytes, change);
        continue;
      }
      for (std::size_t from = 0; from < change.bytes.size();) {
        const std::size_t in_sector = static_cast<std::size_t>(change.offset + from) % sector_bytes;
        const std::size_t n = std::min(sector_bytes - in_sector, change.bytes.size() - from);
        const auto begin = change.bytes.begin() + static_cast<std::ptrdiff_t>(from);
        if (keeps()) apply(bytes, {change.offset + from, Bytes(begin, begin + static_cast<std::ptrdiff_t>(n)), false});
        from += n;
      }
    }
    found->names_[path] = std::make_shared<Node>(Node{bytes, bytes, {}});
  }
  found->durable_names_ = found->names_;
  return found;
}

Bytes SimulatedDisk::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return names_.at(path)->now;
}

void SimulatedDisk::put(const std::string& path, const Bytes& bytes) {
  const std::lock_guard lock(mutex_);
  names_[path] = durable_names_[path] = std::make_shared<Node>(Node{bytes, bytes, {}});
}

std::unique_ptr<File> SimulatedDisk::open_file(const std::string& path, bool direct) {
  const std::lock_guard lock(mutex_);
  need_power();
  const auto found = names_.find(path);
  if (found == names_.end()) throw DiskFault("open", path, ENOENT);
  return std::make_unique<SimulatedFile>(*this, path, found->second, direct);
}

std::unique_ptr<File> SimulatedDisk::create_file(const std::string& path, bool direct) {
  const std::lock_guard lock(mutex_);
  count_change();
  const NameChange change{"", path, std::make_shared<Node>()};
  apply(names_, change);
  unsynced_names_.push_back(change);
  return std::make_unique<SimulatedFile>(*this, path, change.node, direct);
}

bool SimulatedDisk::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  need_power();
  return names_.contains(path);
}

std::vector<std::string> SimulatedDisk::names(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  need_power();
  std::vector<std::string> result;
  for (const auto& [path, node] : names_)
    if (path.starts_with(directory + "/") && path.find('/', directory.size() + 1) == std::string::npos)
      result.push_back(path.substr(directory.size() + 1));
  return result;
}

void SimulatedDisk::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  need_power();
  directories_.insert(path);
}

void SimulatedDisk::apply(std::map<std::string, NodePtr>& names, const NameChange& change) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.node;
}

void SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  count_change();
  const auto found = names_.find(from);
  if (found == names_.end()) throw DiskFault("rename", from, ENOENT);
  const NameChange change{from, to, found->second};
  apply(names_, change);
  unsynced_names_.push_back(change);
}

void SimulatedDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  count_change();
  const NameChange change{path, "", nullptr};
  apply(names_, change);
  unsynced_names_.push_back(change);
}

void SimulatedDisk::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  count_change();
  std::vector<NameChange> others;
  for (const NameChange& change : unsynced_names_) {
    const std::string& name = change.added.empty() ? change.removed : change.added;
    if (name.starts_with(path + "/")) {
      apply(durable_names_, change);
    } else {
      others.push_back(change);
    }
  }
  unsynced_names_ = std::move(others);
}

std::unique_ptr<DiskLock> SimulatedDisk::lock(const std::string& path, Share) {
  const std::lock_guard lock(mutex_);
  need_power();
  if (!locked_.insert(path).second) throw Refused("data directory in use: process 1 holds " + path + "; stop it first");
  return std::make_unique<SimulatedLock>(*this, path);
}

}  // namespace pace::test
