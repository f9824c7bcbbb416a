// Order-flow files for the benchmarks, format "CAXWL001": a header with what a correct price-time matcher must produce,
// then records of 32 bytes, first those to warm up with, then those to time. Little endian.
// Thread rule: read-only once read.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pace::tool {

enum class FlowKind : std::uint8_t { add, cancel, replace, ioc };

struct FlowMessage {
  FlowKind kind;
  std::uint8_t side;         ///< 0 buy, 1 sell
  std::uint16_t instrument;  ///< from 0
  std::uint32_t quantity;    ///< lots; 0 in a cancel
  std::uint64_t id;          ///< the flow's own order id, dense from 1
  std::int32_t price;        ///< ticks; 0 in a cancel
  std::uint32_t account;
  std::uint64_t time_ns;
};
static_assert(sizeof(FlowMessage) == 32);

/// What all messages together, warm-up included, must give.
struct FlowTotals {
  std::uint64_t trades = 0, volume = 0, notional = 0, trade_hash = 0, rejects = 0;
  bool operator==(const FlowTotals&) const = default;
};

struct FlowHeader {
  std::array<char, 8> magic;
  std::uint32_t version, instruments;
  std::uint64_t warm_up, timed, seed;
  std::int32_t lowest_price, highest_price;
  std::uint64_t highest_id;
  FlowTotals expected;
  std::uint64_t resting_at_end, most_resting;
  std::array<std::uint64_t, 2> reserved;
};
static_assert(sizeof(FlowHeader) == 128);

inline constexpr std::array<char, 8> flow_magic{'C', 'A', 'X', 'W', 'L', '0', '0', '1'};

/// Messages that somebody else keeps.
struct Flow {
  FlowHeader header{};
  std::span<const FlowMessage> messages;
  [[nodiscard]] std::span<const FlowMessage> warm_up() const { return messages.first(header.warm_up); }
  [[nodiscard]] std::span<const FlowMessage> timed() const { return messages.subspan(header.warm_up); }
};

struct UnmapFile {
  std::size_t size = 0;
  void operator()(const char* first) const;
};

/// A flow and the file it is mapped from.
struct MappedFlow : Flow {
  std::unique_ptr<const char, UnmapFile> file;
};

/// Maps a whole file, so that nothing is copied, and checks what an engine must be able to rely on: kinds, sides,
/// instruments below `header.instruments`, ids up to `header.highest_id`. Throws std::runtime_error that says what is
/// wrong with which file.
MappedFlow read_flow(const std::string& path);

/// One trade folded into the order-sensitive hash; a mistake of one place in a queue changes it.
constexpr std::uint64_t fold_trade(std::uint64_t hash, std::uint64_t maker, std::uint64_t taker, std::uint64_t price,
                                   std::uint64_t quantity) {
  std::uint64_t x = hash * 0x9e3779b97f4a7c15 + maker + (taker << 24) + (price << 8) * 0x632be59bd9b4e019 +
                    quantity * 0xd6e8feb86659fd93;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

}  // namespace pace::tool
