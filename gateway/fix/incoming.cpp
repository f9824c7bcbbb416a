#include "gateway/fix/incoming.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace pace::fix {
namespace {

constexpr char soh = '\001';
constexpr int begin_string = 8, body_length = 9, check_sum = 10, msg_type = 35;
constexpr std::size_t deepest = 4;

}  // namespace

const Said* Fields::place_of(int tag) const {
  const Said* at = begin_;
  while (at != end_ && (at->tag != tag || at->depth != depth_)) ++at;
  return at;
}

std::optional<std::string_view> Fields::find(int tag) const {
  const Said* at = place_of(tag);
  if (at == end_) return std::nullopt;
  return at->value;
}

Fields::Entries Fields::entries(int tag) const {
  const Said* count = place_of(tag);
  if (count == end_) return {end_, end_, depth_};
  const Said* end = count + 1;
  while (end != end_ && end->depth > depth_) ++end;
  return {count + 1, end, static_cast<std::uint16_t>(depth_ + 1)};
}

const Said* Fields::Entries::Iterator::next() const {
  const Said* at = at_ + 1;
  while (at != end_ && (!at->begins || at->depth != depth_)) ++at;
  return at;
}

std::size_t Fields::Entries::size() const {
  std::size_t n = 0;
  for (Iterator at = begin(); at != end(); ++at) ++n;
  return n;
}

std::optional<std::string_view> Incoming::header(int tag) const {
  return Fields(said_.data(), said_.data() + body_, 0).find(tag);
}

/// One pass: cuts the fields and follows the levels that they stand in.
class Incoming::Reader {
 public:
  Reader(Incoming& out, std::string_view message, const Layout& layout) : out_(out), rest_(message), layout_(layout) {}

  bool read() {
    out_.said_.clear();
    out_.type_ = {};
    out_.body_ = 0;
    while (!rest_.empty() && cut()) place();
    if (ended_) out_.said_.pop_back();
    out_.body_end_ = out_.said_.size();
    if (out_.body_ == 0) out_.body_ = out_.body_end_;
    if (!ended_ || level_ == nullptr) return false;
    leave_to(0);
    return good_ && (level_->required & ~seen_[0]).none();
  }

 private:
  struct Open {
    const Layout::Level* level;
    std::int64_t left;  ///< entries that have not begun
  };

  // The next field. A data field may hold anything: the field before says how long it is.
  bool cut() {
    const char* value = rest_.data();
    const char* const end = value + rest_.size();
    int tag = 0;
    for (; value != end && *value >= '0' && *value <= '9' && tag <= Layout::max_tag; ++value)
      tag = tag * 10 + (*value - '0');
    if (value == end || *value != '=' || tag == 0) return good_ = false;
    const auto room = static_cast<std::size_t>(end - ++value);
    std::size_t length = 0;
    at_ = layout_.place(tag);
    if (layout_.field(at_).data && !out_.said_.empty()) {
      const std::string_view said = out_.said_.back().value;
      std::from_chars(said.data(), said.data() + said.size(), length);
      good_ = false;
    } else {
      const void* stop = std::memchr(value, soh, room);
      length = stop == nullptr ? room : static_cast<std::size_t>(static_cast<const char*>(stop) - value);
    }
    if (length >= room || value[length] != soh) return good_ = false;
    out_.said_.push_back({tag, 0, false, {value, length}});
    rest_.remove_prefix(static_cast<std::size_t>(value + length + 1 - rest_.data()));
    return true;
  }

  void place() {
    Said& field = out_.said_.back();
    if (field.tag == check_sum) {
      ended_ = rest_.empty();
      good_ = good_ && ended_;
      return;
    }
    const Layout::Field& known = layout_.field(at_);
    good_ = good_ && at_ != 0 && !known.data;
    if (known.header) return take_header(field, known);
    if (out_.body_ == 0) out_.body_ = out_.said_.size() - 1;
    if (level_ == nullptr) return;
    place_in_level(field);
    good_ = good_ && is_good(known, field.value);
  }

  // 8, 9 and 35 come first, in this order; a header's field after the body is out of its place.
  void take_header(const Said& field, const Layout::Field& known) {
    const std::size_t number = out_.said_.size();
    good_ = good_ && once(header_seen_) && out_.body_ == 0;
    if (number <= 2) {
      good_ = good_ && field.tag == (number == 1 ? begin_string : body_length);
    } else if (number == 3 && field.tag == msg_type) {
      out_.type_ = field.value;
      level_ = layout_.message(field.value);
    } else {
      good_ = good_ && is_good(known, field.value);
    }
  }

  bool once(Layout::FieldSet& seen) {
    const bool first = !seen[at_];
    seen.set(at_);
    return first;
  }

  // A field that no entry can hold ends the group; one that the entry has already begins the next, as QuickFIX reads
  // it.
  void place_in_level(Said& field) {
    while (depth_ != 0) {
      const Layout::Level& level = *open_[depth_ - 1].level;
      if (field.tag == level.first || (level.allowed[at_] && (!entered_[depth_] || seen_[depth_][at_]))) {
        begin_entry(field);
        break;
      }
      if (level.allowed[at_]) break;
      leave();
    }
    const Layout::Level& level = depth_ == 0 ? *level_ : *open_[depth_ - 1].level;
    good_ = good_ && level.allowed[at_] && once(seen_[depth_]);
    field.depth = static_cast<std::uint16_t>(depth_);
    if (const std::uint32_t entries = level.level_of(field.tag); entries != 0) enter(field, entries);
  }

  void begin_entry(Said& field) {
    good_ = good_ && field.tag == open_[depth_ - 1].level->first && entry_whole();
    --open_[depth_ - 1].left;
    seen_[depth_].reset();
    entered_[depth_] = field.begins = true;
  }

  void enter(const Said& count, std::uint32_t entries) {
    if (depth_ + 1 == deepest) {
      good_ = false;
      return;
    }
    std::int64_t left = 0;
    std::from_chars(count.value.data(), count.value.data() + count.value.size(), left);
    open_[depth_++] = {&layout_.level(entries), left};
    entered_[depth_] = false;
  }

  bool entry_whole() const { return !entered_[depth_] || (open_[depth_ - 1].level->required & ~seen_[depth_]).none(); }
  void leave() {
    good_ = good_ && open_[depth_ - 1].left == 0 && entry_whole();
    --depth_;
  }
  void leave_to(std::size_t depth) {
    while (depth_ > depth) leave();
  }

  Incoming& out_;
  std::string_view rest_;
  const Layout& layout_;
  const Layout::Level* level_ = nullptr;
  std::uint16_t at_ = 0;  // of the last field, in the layout
  std::size_t depth_ = 0;
  std::array<Open, deepest> open_{};  // the groups that we are in
  std::array<bool, deepest> entered_{};
  Layout::FieldSet header_seen_;
  std::array<Layout::FieldSet, deepest> seen_;
  bool good_ = true, ended_ = false;
};

bool Incoming::read(std::string_view message, const Layout& layout) {
  constexpr std::size_t kept = 256;  // fields; what a large message needed is given back
  if (said_.capacity() > kept) said_ = {};
  return Reader(*this, message, layout).read();
}

}  // namespace pace::fix
