#include "tools/pace/flow.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "engine/book/links.h"

namespace pace::tool {
namespace {

class File {
 public:
  explicit File(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error(path + ": " + why);
}

void check_header(const std::string& path, const FlowHeader& h, std::uint64_t file_size) {
  if (h.magic != flow_magic || h.version != 1) refuse(path, "not an order flow of format CAXWL001");
  const std::uint64_t records = (file_size - sizeof(FlowHeader)) / sizeof(FlowMessage);
  const bool whole = (file_size - sizeof(FlowHeader)) % sizeof(FlowMessage) == 0;
  if (!whole || h.warm_up > records || h.timed != records - h.warm_up || h.timed == 0)
    refuse(path, "header and length of the file do not agree");
  if (h.instruments == 0 || h.instruments > LinkMemory::max_books || h.lowest_price < 1 ||
      h.highest_price < h.lowest_price)
    refuse(path, "instruments or prices in the header make no sense");
  if (h.highest_id > records || h.highest_id >> 32 != 0) refuse(path, "too many order ids");
}

// Folds whole messages, eight words side by side, so that the loop costs no measurable part of a run: kinds, sides and
// ids' upper halves by "or", instruments and ids' lower halves by their greatest.
bool all_in_range(const Flow& flow) {
  using Words = std::uint32_t __attribute__((vector_size(sizeof(FlowMessage))));
  constexpr std::size_t head = 0, id_low = 2, id_high = 3;  // words of a message
  Words any{}, greatest{};
#pragma GCC unroll 8
  for (const FlowMessage& m : flow.messages) {
    Words words;
    std::memcpy(&words, &m, sizeof words);
    any |= words;
    greatest = words > greatest ? words : greatest;
  }
  constexpr std::uint32_t kinds_and_sides = 0x0103;
  return (any[head] & 0xffff & ~kinds_and_sides) == 0 && (greatest[head] >> 16) < flow.header.instruments &&
         any[id_high] == 0 && greatest[id_low] <= flow.header.highest_id;
}

}  // namespace

void UnmapFile::operator()(const char* first) const {
  ::munmap(const_cast<char*>(first), size);
}

MappedFlow read_flow(const std::string& path) {
  const File file(path);
  struct stat status {};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0) refuse(path, "cannot be read");
  const auto size = static_cast<std::size_t>(status.st_size);
  MappedFlow flow;
  if (size < sizeof flow.header) refuse(path, "too short for an order flow");
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.descriptor(), 0);
  if (mapped == MAP_FAILED) refuse(path, "cannot be read");
  flow.file = {static_cast<const char*>(mapped), UnmapFile{size}};
  std::memcpy(&flow.header, mapped, sizeof flow.header);
  check_header(path, flow.header, size);
  flow.messages = {reinterpret_cast<const FlowMessage*>(flow.file.get() + sizeof flow.header),
                   flow.header.warm_up + flow.header.timed};
  if (!all_in_range(flow)) refuse(path, "a message has a field out of range");
  return flow;
}

}  // namespace pace::tool
