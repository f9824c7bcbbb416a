#include "gateway/fix/snapshot_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <stdexcept>

#include "gateway/fix/checksum.h"

namespace pace::fix {
namespace {

constexpr std::string_view magic = "PACEFIX1";

void sync_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fdatasync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) throw std::runtime_error("cannot sync " + path.string());
}

}  // namespace

std::optional<Bytes> SnapshotFile::load() const {
  std::ifstream in(path_, std::ios::binary);
  char head[8] = {};
  std::uint32_t crc = 0;
  if (!in.read(head, sizeof head) || std::string_view(head, sizeof head) != magic) return std::nullopt;
  if (!in.read(reinterpret_cast<char*>(&crc), sizeof crc)) return std::nullopt;
  const std::string state((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (crc32c(state) != crc) return std::nullopt;
  return Bytes(state.begin(), state.end());
}

void SnapshotFile::save(const Bytes& state, bool sync) const {
  const std::filesystem::path fresh = path_.string() + ".new";
  const std::string_view view(reinterpret_cast<const char*>(state.data()), state.size());
  const std::uint32_t crc = crc32c(view);
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out.write(magic.data(), static_cast<std::streamsize>(magic.size()));
    out.write(reinterpret_cast<const char*>(&crc), sizeof crc);
    out.write(view.data(), static_cast<std::streamsize>(view.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + fresh.string());
  }
  if (sync) sync_file(fresh);
  std::filesystem::rename(fresh, path_);
}

}  // namespace pace::fix
