// A log from outside may hold any figure. Before its figures are added up, each entry passes here: nothing negative but
// what a correction gives back, and the running sum of all of them far from what 64 bits hold, so that no later sum or
// product can overflow. Thread rule: one thread.
#pragma once

#include <cstdint>

#include "engine/message/entry.h"

namespace pace::audit {

class Plausible {
 public:
  /// False when a figure of this message is negative or beyond reason: it must not be added up.
  template <Message T>
  [[nodiscard]] bool admit(const T& message) {
    if constexpr (std::is_same_v<T, Trade>)
      if (message.kind == TradeKind::correction) return admit_correction(message);
    bool good = true;
    for_each_field(message, [&](std::string_view, const auto& field) { good = good && admit_field(field); });
    if constexpr (std::is_same_v<T, Trade>) {
      const auto value = good ? try_multiply(message.price, message.quantity) : std::nullopt;
      good = value && spend(value->raw());
    }
    return good;
  }

 private:
  // Its fees and commissions are given back: the same figures with the other sign.
  [[nodiscard]] bool admit_correction(Trade trade) {
    trade.kind = {};
    for (TradeSide* side : {&trade.buy, &trade.sell})
      for (Cash* part : {&side->fee, &side->commission}) {
        if (*part > Cash{} || *part < -Cash::max()) return false;
        *part = -*part;
      }
    return admit(trade);
  }
  template <class Field>
  [[nodiscard]] bool admit_field(const Field& field) {
    if constexpr (std::is_same_v<Field, Quantity> || std::is_same_v<Field, Cash> || std::is_same_v<Field, Price> ||
                  std::is_same_v<Field, PerMille>) {
      return spend(field.raw());
    } else if constexpr (Message<Field>) {
      return admit(field);
    } else {
      return true;
    }
  }
  [[nodiscard]] bool spend(std::int64_t figure) {
    if (figure < 0 || figure > left_) return false;
    left_ -= figure;
    return true;
  }

  std::int64_t left_ = std::int64_t{1} << 59;  // a sixteenth of what fits: penalties multiply by up to ten
};

}  // namespace pace::audit
