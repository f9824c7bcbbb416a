#include "tools/pace/flow.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace pace::tool {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
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
  if (h.instruments == 0 || h.instruments > 65'536 || h.lowest_price < 1 || h.highest_price < h.lowest_price)
    refuse(path, "instruments or prices in the header make no sense");
  if (h.highest_id > records) refuse(path, "more order ids than messages");
}

// No branch per field: the loop must not cost a measurable part of a run.
bool all_in_range(const Flow& flow) {
  const FlowHeader& h = flow.header;
  const auto span = static_cast<std::uint32_t>(h.highest_price - h.lowest_price);
  unsigned wrong = 0;
  for (const FlowMessage& m : flow.messages) {
    const unsigned far = static_cast<std::uint32_t>(m.price) - static_cast<std::uint32_t>(h.lowest_price) > span;
    const unsigned enters = m.kind != FlowKind::cancel;
    wrong |= static_cast<unsigned>(m.kind > FlowKind::ioc) | static_cast<unsigned>(m.side > 1) |
             static_cast<unsigned>(m.instrument >= h.instruments) | static_cast<unsigned>(m.id - 1 >= h.highest_id) |
             (enters & (far | static_cast<unsigned>(m.quantity == 0)));
  }
  return wrong == 0;
}

}  // namespace

Flow read_flow(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (!file || error) refuse(path, "cannot be read");
  Flow flow;
  if (size < sizeof flow.header || std::fread(&flow.header, sizeof flow.header, 1, file.get()) != 1)
    refuse(path, "too short for an order flow");
  check_header(path, flow.header, size);
  flow.messages.resize(flow.header.warm_up + flow.header.timed);
  if (std::fread(flow.messages.data(), sizeof(FlowMessage), flow.messages.size(), file.get()) != flow.messages.size())
    refuse(path, "cannot be read to its end");
  if (!all_in_range(flow)) refuse(path, "a message has a field out of range");
  return flow;
}

}  // namespace pace::tool
