// A message on its way out, written field by field into one piece of text that is used again and again. The fields
// leave in the order of their tags, groups with their entries in the place of their count. Header and trailer are the
// session's. Thread rule: one thread. Invariant: a tag is said once, but for the entries of groups (PACE_CHECK).
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pace::fix {

class Outgoing {
 public:
  /// Starts anew, with a message of this type.
  void begin(std::string_view type) {
    type_ = type;
    size_ = 0;
    pieces_.clear();
    in_order_ = true;
  }
  void put(int tag, std::string_view value) {
    char* const at = begin_field(tag, value.size());
    std::copy(value.begin(), value.end(), at);
    end_field(at + value.size());
  }
  void put(int tag, const char* value) { put(tag, std::string_view(value)); }
  void put(int tag, char value) {
    char* const at = begin_field(tag, 1);
    *at = value;
    end_field(at + 1);
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void put(int tag, Integer value) {
    char* const at = begin_field(tag, most_digits);
    end_field(std::to_chars(at, at + most_digits, value).ptr);
  }
  /// Nothing for an empty text.
  void put_text(int tag, std::string_view text) {
    if (!text.empty()) put(tag, text);
  }

  /// While it lives, what is put belongs to the entries of the group; groups may be in groups.
  class Group {
   public:
    Group(Outgoing& message, int count_tag);
    ~Group();
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    /// What is put next begins an entry.
    void entry() { ++count_; }
    [[nodiscard]] std::size_t count() const { return count_; }

   private:
    Outgoing& message_;
    std::size_t count_at_;
    std::size_t count_ = 0;
  };

  [[nodiscard]] std::string_view type() const { return type_; }
  /// The fields, each with its separator, in order. REQUIRES: no group is open.
  void append_body(std::string& out);
  [[nodiscard]] std::size_t body_size() const { return size_; }

 private:
  static constexpr char separator = '\001';
  static constexpr std::size_t most_digits = 20, most_tag = 12;
  /// From where in the text it begins to where the next does.
  struct Piece {
    int tag;
    std::size_t begin;
  };
  // Room for the value; where it goes.
  char* begin_field(int tag, std::size_t value) {
    if (text_.size() - size_ < value + most_tag) grow(value + most_tag);
    if (groups_ == 0) note(tag);
    char* at = text_.data() + size_;
    at = std::to_chars(at, at + most_tag, tag).ptr;
    *at++ = '=';
    return at;
  }
  void end_field(char* at) {
    *at++ = separator;
    size_ = static_cast<std::size_t>(at - text_.data());
  }
  void grow(std::size_t more);
  void note(int tag);

  std::string type_;
  std::vector<char> text_;  // the first size_ of it
  std::size_t size_ = 0;
  std::vector<Piece> pieces_;
  bool in_order_ = true;
  std::size_t groups_ = 0;  // open
};

void append_number(std::string& out, std::int64_t value);
/// "10=123" with its separator, of all that stands in `message`.
void append_checksum(std::string& message);

}  // namespace pace::fix
