#include "engine/journal/disk.h"

#include <cerrno>
#include <cstring>

namespace pace {
namespace {

std::string fault_text(const std::string& doing, const std::string& path, int error) {
  const std::string what = "could not " + doing + " " + path;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return "disk full: " + what + " (" + std::strerror(error) + "); free space and start again";
  if (error == EROFS || error == EACCES || error == EPERM)
    return "not writable: " + what + " (" + std::strerror(error) + "); check the mount and who owns the directory";
  return "disk: " + what + " (" + std::strerror(error) + ")";
}

}  // namespace

DiskFault::DiskFault(const std::string& doing, const std::string& path, int error)
    : std::runtime_error(fault_text(doing, path, error)), error_(error) {}

Damage::Damage(const std::string& path, std::uint64_t offset, const std::string& what)
    : std::runtime_error("damaged: " + path + " at offset " + std::to_string(offset) + ": " + what),
      path_(path),
      offset_(offset) {}

Bytes read_whole(Disk& disk, const std::string& path) {
  const auto file = disk.open(path, Disk::Open::read);
  Bytes bytes(static_cast<std::size_t>(file->size()));
  bytes.resize(file->read_at(0, bytes));
  return bytes;
}

void write_whole(Disk& disk, const std::string& directory, const std::string& name, BytesView bytes) {
  const std::string path = directory + "/" + name;
  const std::string unfinished = path + ".new";
  {
    const auto file = disk.create(unfinished);
    file->write_at(0, bytes);
    file->sync();
  }
  disk.rename(unfinished, path);
  disk.sync_directory(directory);
}

}  // namespace pace
