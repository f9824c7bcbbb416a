// The stability rule (rulebook 7): when the monthly price of allowances was above a multiple of the long mean for so
// many months in a row, the authority may sell from the reserve, until a month's end at which that no longer holds.
// The arithmetic is test_stability(), pure; the class keeps the months. Worked examples: docs/decisions/0012.
// Thread rule: owned by the exchange's thread. Invariant: at most kept_months months, each once, without a gap.
#pragma once

#include <span>
#include <vector>

#include "engine/exchange/registrar.h"

namespace pace {

/// What traded in one month, of all vintages: no blocks, no sealed-bid auctions.
struct MonthTraded {
  Date month;  ///< its first day
  Quantity volume;
  Cash value;
  PACE_FIELDS(MonthTraded, month, volume, value);
};

struct StabilityTest {
  bool triggered{};
  Price price;  ///< of the last month; 0 when it did not trade
  Price mean;   ///< of the reference months; 0 when too few of them traded
};

/// `months` oldest first, the last one has just ended. Each of the last stability_months must be above
/// stability_price_permille of the volume-weighted mean of the stability_mean_months before them, of which at least
/// half must have traded.
[[nodiscard]] StabilityTest test_stability(std::span<const MonthTraded> months, const Rulebook& rules);

class Stability {
 public:
  /// As much as the widest rulebook looks back: 120 months of mean, 24 in a row.
  static constexpr std::size_t kept_months = 144;

  /// REQUIRES: registrar outlives this.
  explicit Stability(const Registrar& registrar) : registrar_(registrar) { months_.reserve(kept_months); }

  /// The first month is the one of `now`. Later calls do nothing.
  void start(Timestamp now) {
    if (month_ == Date{}) [[unlikely]]
      begin(now);
  }
  /// The end of the month. REQUIRES: started.
  [[nodiscard]] Timestamp next_due() const { return next_due_; }
  /// The month ends.
  void due(EventBuffer& events);
  [[nodiscard]] bool triggered() const { return triggered_; }

  void check() const;
  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  [[nodiscard]] MonthTraded sum_up(Date month) const;
  void begin(Timestamp now);
  void plan();

  const Registrar& registrar_;
  std::vector<MonthTraded> months_;
  Date month_;  // the one that goes on; 0: not started
  Timestamp next_due_;
  bool triggered_ = false;
};

}  // namespace pace
