#include "engine/exchange/breakable_trades.h"

#include "engine/book/order.h"
#include "engine/message/codec.h"

namespace pace {

void BreakableTrades::save(ByteWriter& out) const {
  out.put(newest_);
  out.put(before_today_);
  out.put(newest_ - (oldest().raw() - 1));
  for (std::uint64_t trade = oldest().raw(); trade <= newest_; ++trade) encode_value(out, kept_[(trade - 1) & mask_]);
}

// Of an exchange that keeps another number of trades the state would go on differently: it is refused.
bool BreakableTrades::load(ByteReader& in, std::size_t accounts, std::size_t instruments, std::size_t mandates) {
  newest_ = in.get<std::uint64_t>();
  before_today_ = in.get<std::uint64_t>();
  const auto count = in.get<std::uint64_t>();
  if (!in.ok() || count != newest_ - (oldest().raw() - 1) || before_today_ > newest_) return false;
  for (std::uint64_t trade = oldest().raw(); in.ok() && trade <= newest_; ++trade) {
    BreakableTrade& t = kept_[(trade - 1) & mask_];
    decode_value(in, t);
    const BreakableTerms terms = t.terms();
    if (t.buy().account.raw() >= accounts || t.sell().account.raw() >= accounts || t.buy().mandate > mandates ||
        t.sell().mandate > mandates || terms.instrument.raw() - 1 >= instruments || terms.quantity <= Quantity{} ||
        terms.price > book_max_price)
      return false;
  }
  return in.ok();
}

}  // namespace pace
