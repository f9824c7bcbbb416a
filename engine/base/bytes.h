// Little-endian bytes in and out, bounds checked. A reader never trusts its input: after the first short read it stays
// failed and yields zeros, so that callers check once at the end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pace {

static_assert(std::endian::native == std::endian::little, "files are little endian; port the codec first");

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// Where a writer's bytes go when they are not kept together: they come in order, in pieces.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void take(BytesView piece) = 0;
};

class ByteWriter {
 public:
  /// Behind what stands in `out`.
  explicit ByteWriter(Bytes& out) : out_(out) {}
  /// To the sink, gathered in `piece`, whose size it is: nothing else is kept. The last comes with flush().
  ByteWriter(Bytes& piece, ByteSink& sink) : out_(piece), sink_(&sink) {}
  ByteWriter(ByteWriter&&) = default;
  template <class T>
  requires std::is_integral_v<T>
  void put(T value) { put_bytes(&value, sizeof value); }
  void put_bytes(const void* from, std::size_t n) {
    if (sink_ != nullptr) return stream(from, n);
    const std::size_t at = out_.size();
    out_.resize(at + n);
    if (n != 0) std::memcpy(out_.data() + at, from, n);
  }
  /// u32 length, then the bytes.
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  /// Gives what was gathered to the sink, if there is one.
  void flush() {
    if (sink_ != nullptr && used_ != 0) sink_->take(BytesView(out_).first(used_));
    used_ = 0;
  }
  /// Overwrites an integer written before, e.g. a length known only later. REQUIRES: no sink.
  template <class T>
  void patch(std::size_t at, T value) {
    std::memcpy(out_.data() + at, &value, sizeof value);
  }

 private:
  void stream(const void* from, std::size_t n) {
    if (n > out_.size() - used_) flush();
    if (n > out_.size()) return sink_->take({static_cast<const std::uint8_t*>(from), n});
    if (n != 0) std::memcpy(out_.data() + used_, from, n);
    used_ += n;
  }

  Bytes& out_;
  ByteSink* sink_ = nullptr;
  std::size_t used_ = 0;  ///< of the piece
};

class ByteReader {
 public:
  explicit ByteReader(BytesView in) : in_(in) {}
  template <class T>
  requires std::is_integral_v<T> T get() {
    T value{};
    get_bytes(&value, sizeof value);
    return value;
  }
  void get_bytes(void* to, std::size_t n) {
    if (failed_ || n > in_.size() - at_) {
      failed_ = true;
      if (n != 0) std::memset(to, 0, n);
      return;
    }
    if (n != 0) std::memcpy(to, in_.data() + at_, n);
    at_ += n;
  }
  std::string get_text() {
    const auto n = get<std::uint32_t>();
    const BytesView view = get_view(n);
    return {reinterpret_cast<const char*>(view.data()), view.size()};
  }
  BytesView get_view(std::size_t n) {
    if (failed_ || n > in_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += n;
    return in_.subspan(at_ - n, n);
  }
  void fail() { failed_ = true; }
  [[nodiscard]] std::size_t remaining() const { return in_.size() - at_; }
  /// Everything was there so far.
  [[nodiscard]] bool ok() const { return !failed_; }
  /// Everything was there and nothing is left over.
  [[nodiscard]] bool done() const { return !failed_ && at_ == in_.size(); }

 private:
  BytesView in_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace pace
