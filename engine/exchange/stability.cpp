#include "engine/exchange/stability.h"

#include "engine/exchange/months.h"
#include "engine/message/codec.h"

namespace pace {
namespace {

__extension__ using Wide = __int128;

Price price_of(const MonthTraded& m) {
  return m.volume == Quantity{} ? Price{} : Price(muldiv_half_up(m.value.raw(), 1, m.volume.raw()));
}

/// Rounded half up; 0 when fewer than `least` of the months traded.
Price mean_of(std::span<const MonthTraded> months, std::size_t least) {
  Wide volume = 0, value = 0;
  std::size_t traded = 0;
  for (const MonthTraded& m : months) {
    volume += m.volume.raw();
    value += m.value.raw();
    traded += m.volume > Quantity{};
  }
  if (traded < least || volume == 0) return {};
  return Price(static_cast<std::int64_t>((value * 2 + volume) / (volume * 2)));
}

}  // namespace

StabilityTest test_stability(std::span<const MonthTraded> months, const Rulebook& rules) {
  const auto row = static_cast<std::size_t>(rules.stability_months);
  const auto reference = static_cast<std::size_t>(rules.stability_mean_months);
  StabilityTest test{.price = months.empty() ? Price{} : price_of(months.back())};
  if (months.size() <= row) return test;
  const auto before = months.first(months.size() - row);
  test.mean = mean_of(before.last(std::min(reference, before.size())), (reference + 1) / 2);
  test.triggered = test.mean > Price{};
  for (const MonthTraded& m : months.last(row))
    test.triggered = test.triggered && price_of(m).raw() * 1000 > test.mean.raw() * rules.stability_price_permille;
  return test;
}

void Stability::begin(Timestamp now) {
  month_ = first_of_month(local_date(now));
  plan();
}

void Stability::plan() {
  next_due_ = at(first_of_next_month(month_), 0);
}

MonthTraded Stability::sum_up(Date month) const {
  MonthTraded sum{month, {}, {}};
  for (const Instrument& i : registrar_.instruments()) {
    if (is_credit(i.kind)) continue;
    const DayVolume traded = registrar_.traded(i.id, month, first_of_next_month(month));
    sum.volume += traded.volume;
    sum.value += traded.value;
  }
  return sum;
}

void Stability::due(EventBuffer& events) {
  if (months_.size() == kept_months) months_.erase(months_.begin());
  months_.push_back(sum_up(month_));
  const StabilityTest test = test_stability(months_, registrar_.rules());
  if (test.triggered && !triggered_) events.emit(StabilityTriggered{month_, test.price, test.mean});
  triggered_ = test.triggered;
  month_ = first_of_next_month(month_);
  plan();
}

void Stability::check() const {
  PACE_CHECK(months_.size() <= kept_months);
  Date next = month_;
  for (auto m = months_.rbegin(); m != months_.rend(); ++m) {
    PACE_CHECK(first_of_next_month(m->month) == next && m->volume >= Quantity{} && m->value >= Cash{});
    next = m->month;
  }
}

void Stability::save(ByteWriter& out) const {
  encode_value(out, months_);
  encode_value(out, month_);
  encode_value(out, triggered_);
}

bool Stability::load(ByteReader& in) {
  decode_value(in, months_);
  decode_value(in, month_);
  decode_value(in, triggered_);
  if (!in.ok() || months_.size() > kept_months) return false;
  if (month_ != Date{}) plan();
  return true;
}

}  // namespace pace
