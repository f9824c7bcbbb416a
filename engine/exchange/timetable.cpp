#include "engine/exchange/timetable.h"

#include <algorithm>

#include "engine/base/check.h"

namespace pace {

bool Timetable::is_trading_day(Date day) const {
  return weekday(day) < 5 && !std::binary_search(holidays_.begin(), holidays_.end(), day);
}

Date Timetable::first_trading_day(Date from) const {
  while (!is_trading_day(from)) from = add_days(from, 1);  // the list of holidays is finite
  return from;
}

void Timetable::plan_opening(Timestamp now) {
  Date from = local_date(now);
  if (at(from, trading_hours[0].second_of_day) < now) from = add_days(from, 1);
  next_day_ = first_trading_day(std::max(from, add_days(day_, 1)));
}

void Timetable::start(Timestamp now) {
  if (started_) return;
  started_ = true;
  plan_opening(now);
}

Timetable::Step Timetable::next() const {
  PACE_CHECK(started_);
  const PhaseStart& step = trading_hours[next_step_];
  return {at(next_day_, step.second_of_day), next_day_, step.phase};
}

void Timetable::advance() {
  const Step step = next();
  day_ = step.day;
  phase_ = step.phase;
  next_step_ = (next_step_ + 1) % trading_hours.size();
  if (next_step_ == 0) plan_opening(step.time);
}

void Timetable::set_holidays(Year year, std::span<const Date> days, Timestamp now) {
  std::erase_if(holidays_, [&](Date day) { return year_of(day) == year; });
  holidays_.insert(holidays_.end(), days.begin(), days.end());
  std::sort(holidays_.begin(), holidays_.end());
  holidays_.erase(std::unique(holidays_.begin(), holidays_.end()), holidays_.end());
  if (started_ && next_step_ == 0) plan_opening(now);
}

void Timetable::save(ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(holidays_.size()));
  for (const Date day : holidays_) out.put(day.raw());
  out.put(day_.raw());
  out.put(next_day_.raw());
  out.put(next_step_);
  out.put(static_cast<std::uint8_t>(phase_));
  out.put(static_cast<std::uint8_t>(started_));
}

bool Timetable::load(ByteReader& in) {
  const auto count = in.get<std::uint32_t>();
  if (count > in.remaining() / sizeof(Date::Rep)) return false;
  holidays_.assign(count, Date{});
  for (Date& day : holidays_) day = Date(in.get<Date::Rep>());
  day_ = Date(in.get<Date::Rep>());
  next_day_ = Date(in.get<Date::Rep>());
  next_step_ = in.get<std::uint32_t>();
  const auto phase = in.get<std::uint8_t>();
  const auto started = in.get<std::uint8_t>();
  if (!in.ok() || next_step_ >= trading_hours.size() || phase >= EnumNames<Phase>::names.size() || started > 1)
    return false;
  phase_ = static_cast<Phase>(phase);
  started_ = started == 1;
  return std::is_sorted(holidays_.begin(), holidays_.end());
}

}  // namespace pace
