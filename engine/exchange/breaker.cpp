#include "engine/exchange/breaker.h"

#include <algorithm>

#include "engine/base/check.h"

namespace pace {

// Bounds are taken inwards to whole fen, as the price limits are.
void Breaker::set_bounds() {
  seen_ = {};
  for (const Range& part : parts_) {
    seen_.low = std::min(seen_.low, part.low);
    seen_.high = std::max(seen_.high, part.high);
  }
  if (seen_.low > seen_.high) {
    lowest_ = {};
    highest_ = book_max_price;
    return;
  }
  lowest_ = seen_.high - Price(muldiv_floor(seen_.high.raw(), permille_, 1000));
  highest_ = std::min(seen_.low + Price(muldiv_floor(seen_.low.raw(), permille_, 1000)), book_max_price);
}

void Breaker::begin_part() {
  at_ = (at_ + 1) % part_count;
  parts_[at_] = {};
  if (last_ != Price{}) widen(parts_[at_], last_);
}

void Breaker::move_on(Timestamp now, const Rulebook& rules) {
  const std::int64_t part_ns =
      (seconds(rules.breaker_window_s).raw() + std::int64_t{parts_in_window} - 1) / std::int64_t{parts_in_window};
  permille_ = rules.breaker_move_permille;
  if (part_ns != part_ns_) {  // the first time, or a new window: it begins with the price that stands
    part_ns_ = part_ns;
    part_ends_ = Timestamp(now.raw() - now.raw() % part_ns);
    restart(last_);
  }
  const std::int64_t ended = (now.raw() - part_ends_.raw()) / part_ns_ + 1;
  part_ends_ = Timestamp(part_ends_.raw() + ended * part_ns_);
  for (std::int64_t i = std::min<std::int64_t>(ended, part_count); i > 0; --i) begin_part();
  set_bounds();
}

void Breaker::restart(Price price) {
  parts_.fill({});
  last_ = price;
  if (price != Price{}) widen(parts_[at_], price);
  set_bounds();
}

void Breaker::save(ByteWriter& out) const {
  out.put(at_);
  out.put(last_.raw());
  out.put(part_ends_.raw());
  out.put(part_ns_);
  out.put(permille_);
  for (const Range& part : parts_) {
    out.put(static_cast<std::uint32_t>(part.low.raw()));
    out.put(static_cast<std::uint32_t>(part.high.raw()));
  }
}

bool Breaker::load(ByteReader& in) {
  at_ = in.get<std::uint32_t>();
  last_ = Price(in.get<Price::Rep>());
  part_ends_ = Timestamp(in.get<Timestamp::Rep>());
  part_ns_ = in.get<std::int64_t>();
  permille_ = in.get<std::int64_t>();
  for (Range& part : parts_) {
    part.low = Price(in.get<std::uint32_t>());
    part.high = Price(in.get<std::uint32_t>());
    if (part.low > book_max_price || part.high > book_max_price) return false;
  }
  if (!in.ok() || at_ >= part_count || part_ns_ < 0 || permille_ < 0 || permille_ > 1000) return false;
  set_bounds();
  return true;
}

}  // namespace pace
