#include "gateway/fix/outgoing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/check.h"

namespace pace::fix {
namespace {

constexpr int poss_resend = 97;

// Of all fields that are put by name only PossResend is one of the header, which comes first.
int rank(int tag) {
  return tag == poss_resend ? 0 : tag;
}

}  // namespace

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

void append_checksum(std::string& message) {
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<std::uint8_t>(c);
  sum &= 0xff;
  const std::array<char, 7> trailer{'1',
                                    '0',
                                    '=',
                                    static_cast<char>('0' + sum / 100),
                                    static_cast<char>('0' + sum / 10 % 10),
                                    static_cast<char>('0' + sum % 10),
                                    '\001'};
  message.append(trailer.data(), trailer.size());
}

void Outgoing::grow(std::size_t more) {
  constexpr std::size_t first = 512;
  text_.resize(std::max(first, 2 * text_.size() + more));
}

void Outgoing::note(int tag) {
  in_order_ = in_order_ && (pieces_.empty() || rank(pieces_.back().tag) < rank(tag));
  pieces_.push_back({tag, size_});
}

Outgoing::Group::Group(Outgoing& message, int count_tag) : message_(message) {
  char* const at = message_.begin_field(count_tag, 0);
  count_at_ = static_cast<std::size_t>(at - message_.text_.data());
  message_.end_field(at);
  ++message_.groups_;
}

// The count is known now; what stands behind its place makes room.
Outgoing::Group::~Group() {
  std::array<char, most_digits> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), count_).ptr;
  const auto more = static_cast<std::size_t>(end - digits.data());
  if (message_.text_.size() - message_.size_ < more) message_.grow(more);
  char* const at = message_.text_.data() + count_at_;
  char* const behind = message_.text_.data() + message_.size_;
  std::copy_backward(at, behind, behind + more);
  std::copy(digits.data(), end, at);
  message_.size_ += more;
  --message_.groups_;
}

// What is said of most orders is written in order; other messages are put in order here.
void Outgoing::append_body(std::string& out) {
  PACE_CHECK(groups_ == 0);
  if (in_order_) {
    out.append(text_.data(), size_);
    return;
  }
  std::vector<std::pair<Piece, std::size_t>> sorted;  // and where the piece ends
  for (std::size_t i = 0; i < pieces_.size(); ++i)
    sorted.emplace_back(pieces_[i], i + 1 == pieces_.size() ? size_ : pieces_[i + 1].begin);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return rank(a.first.tag) < rank(b.first.tag); });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [piece, end] = sorted[i];
    PACE_CHECK(i == 0 || sorted[i - 1].first.tag != piece.tag);
    out.append(text_.data() + piece.begin, end - piece.begin);
  }
}

}  // namespace pace::fix
