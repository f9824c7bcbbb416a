// A framed message read in place: its fields in their order, groups and their entries by the dictionary's layout. It
// points into the bytes that it was read from. Thread rule: one thread; to be used again, so that reading takes no
// memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/fix/layout.h"

namespace pace::fix {

/// One field. Those of a group's entries are one deeper than the field that counts them.
struct Said {
  int tag = 0;
  std::uint16_t depth = 0;
  bool begins = false;  ///< an entry
  std::string_view value;
};

/// The fields of one level: of a message, or of one entry of a group.
class Fields {
 public:
  Fields() = default;
  Fields(const Said* begin, const Said* end, std::uint16_t depth) : begin_(begin), end_(end), depth_(depth) {}

  [[nodiscard]] std::optional<std::string_view> find(int tag) const;
  [[nodiscard]] bool has(int tag) const { return place_of(tag) != end_; }
  [[nodiscard]] const Said* begin() const { return begin_; }
  [[nodiscard]] const Said* end() const { return end_; }
  [[nodiscard]] std::uint16_t depth() const { return depth_; }

  /// The entries of the group that `tag` counts, one after the other; none when the field is not there.
  class Entries;
  [[nodiscard]] Entries entries(int tag) const;

 private:
  [[nodiscard]] const Said* place_of(int tag) const;

  const Said* begin_ = nullptr;
  const Said* end_ = nullptr;
  std::uint16_t depth_ = 0;
};

/// To go through once by `for`.
class Fields::Entries {
 public:
  Entries(const Said* begin, const Said* end, std::uint16_t depth) : begin_(begin), end_(end), depth_(depth) {}

  class Iterator {
   public:
    Iterator(const Said* at, const Said* end, std::uint16_t depth) : at_(at), end_(end), depth_(depth) {}
    [[nodiscard]] Fields operator*() const { return {at_, next(), depth_}; }
    Iterator& operator++() {
      at_ = next();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    [[nodiscard]] const Said* next() const;
    const Said* at_;
    const Said* end_;
    std::uint16_t depth_;
  };
  [[nodiscard]] Iterator begin() const { return {begin_, end_, depth_}; }
  [[nodiscard]] Iterator end() const { return {end_, end_, depth_}; }
  [[nodiscard]] std::size_t size() const;

 private:
  const Said* begin_;
  const Said* end_;
  std::uint16_t depth_;
};

class Incoming {
 public:
  /// Reads `message`, which must outlive what is asked of this. True: it is an application message that the dictionary
  /// accepts, header, body and groups. False: somebody else has to judge; what can be read of it is here.
  /// REQUIRES: a framed message with a good checksum.
  bool read(std::string_view message, const Layout& layout);

  [[nodiscard]] std::string_view type() const { return type_; }
  /// Of the header.
  [[nodiscard]] std::optional<std::string_view> header(int tag) const;
  [[nodiscard]] Fields body() const { return {said_.data() + body_, said_.data() + body_end_, 0}; }

 private:
  class Reader;
  std::vector<Said> said_;
  std::size_t body_ = 0, body_end_ = 0;
  std::string_view type_;
};

}  // namespace pace::fix
