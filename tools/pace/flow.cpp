#include "tools/pace/flow.h"

#include <algorithm>
#include <bit>
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
  if (h.highest_id > records || h.highest_id >> 32 != 0) refuse(path, "too many order ids");
}

// Folds whole messages, eight words side by side, so that the loop costs no measurable part of a run: kinds, sides and
// ids' upper halves by "or", instruments and ids' lower halves by their greatest.
bool all_in_range(const Flow& flow) {
  constexpr std::size_t head = 0, id_low = 2, id_high = 3;  // words of a message
  std::array<std::uint32_t, 8> any{}, greatest{};
  for (const FlowMessage& m : flow.messages) {
    const auto words = std::bit_cast<std::array<std::uint32_t, 8>>(m);
    for (std::size_t i = 0; i < words.size(); ++i) {
      any[i] |= words[i];
      greatest[i] = std::max(greatest[i], words[i]);
    }
  }
  constexpr std::uint32_t kinds_and_sides = 0x0103;
  return (any[head] & 0xffff & ~kinds_and_sides) == 0 && (greatest[head] >> 16) < flow.header.instruments &&
         any[id_high] == 0 && greatest[id_low] <= flow.header.highest_id;
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
