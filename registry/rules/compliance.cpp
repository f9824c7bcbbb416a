#include "registry/rules/compliance.h"

#include <algorithm>

#include "registry/rules/split.h"

namespace pace {

Quantity offset_limit(Quantity liability, const Rulebook& rules) {
  return Quantity(muldiv_floor(liability.raw(), rules.offset_person_permille, 1'000));
}

std::vector<Quantity> grant_offsets(std::span<const Quantity> requests, Quantity total) {
  std::vector<std::int64_t> weights;
  weights.reserve(requests.size());
  for (const Quantity request : requests) weights.push_back(request.raw());
  const std::optional<std::int64_t> sum = weight_sum(weights);
  PACE_CHECK(sum);
  if (*sum <= total.raw()) return {requests.begin(), requests.end()};
  return share_out(total, weights);
}

Surrender surrender_of(Quantity liability, const Means& means) {
  Surrender s;
  s.credits = std::min(liability, means.credits);
  s.banked = std::min(liability - s.credits, means.banked);
  s.vintage = std::min(liability - s.credits - s.banked, means.vintage);
  s.shortfall = liability - s.credits - s.banked - s.vintage;
  return s;
}

Penalty penalty_of(Quantity shortfall, Quantity next_allocation, Price price, const Rulebook& rules) {
  __extension__ using Wide = __int128;
  const Quantity multiple(muldiv_floor(shortfall.raw(), rules.deduct_permille, 1'000));
  Penalty p;
  p.deduct = std::min(multiple, Quantity(muldiv_floor(next_allocation.raw(), rules.deduct_bound_permille, 1'000)));
  p.debt = multiple - p.deduct;
  // In 128 bits: the product may pass 64 before the cap brings it back.
  const Wide product = static_cast<Wide>(shortfall.raw()) * price.raw();
  const Wide capped = std::min<Wide>(product, Wide{1} << 100);
  const Wide surcharge = (capped * rules.surcharge_permille + 500) / 1'000;
  p.surcharge = Cash(static_cast<std::int64_t>(std::min<Wide>(surcharge, rules.surcharge_cap_milli_fen)));
  return p;
}

Quantity banking_limit(Quantity allocation, Quantity net_sales, const Rulebook& rules) {
  switch (static_cast<Banking>(rules.banking_mode)) {
    case Banking::unlimited:
      return Quantity::max();
    case Banking::none:
      return {};
    case Banking::limited:
      break;
  }
  const std::int64_t sales = std::max<std::int64_t>(net_sales.raw(), 0);
  return Quantity(muldiv_floor(allocation.raw(), rules.banking_allocation_permille, 1'000)) +
         Quantity(muldiv_floor(sales, rules.banking_sales_permille, 1'000));
}

}  // namespace pace
