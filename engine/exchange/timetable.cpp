#include "engine/exchange/timetable.h"

#include <algorithm>

#include "engine/base/check.h"

namespace pace {

TradingHours trading_hours(const Rulebook& rules) {
  return {{{rules.opening_call_from_s, Phase::opening_call},
           {rules.opening_call_to_s, Phase::pre_open},
           {rules.morning_from_s, Phase::morning},
           {rules.morning_to_s, Phase::lunch},
           {rules.afternoon_from_s, Phase::afternoon},
           {rules.afternoon_to_s, Phase::closing_call},
           {rules.closing_call_to_s, Phase::closed}}};
}

bool Timetable::is_trading_day(Date day) const {
  return weekday(day) < 5 && !std::binary_search(holidays_.begin(), holidays_.end(), day);
}

Date Timetable::first_trading_day(Date from) const {
  while (!is_trading_day(from)) from = add_days(from, 1);  // the list of holidays is finite
  return from;
}

void Timetable::plan_opening(const Rulebook& rules, Timestamp now) {
  hours_ = trading_hours(rules);
  Date from = local_date(now);
  if (at(from, hours_[0].second_of_day) < now) from = add_days(from, 1);
  next_day_ = first_trading_day(std::max(from, add_days(day_, 1)));
}

void Timetable::start(const Rulebook& rules, Timestamp now) {
  if (started_) return;
  started_ = true;
  plan_opening(rules, now);
}

Timetable::Step Timetable::next() const {
  PACE_CHECK(started_);
  const PhaseStart& step = hours_[next_step_];
  return {at(next_day_, step.second_of_day), next_day_, step.phase};
}

void Timetable::advance(const Rulebook& rules) {
  const Step step = next();
  day_ = step.day;
  phase_ = step.phase;
  next_step_ = (next_step_ + 1) % static_cast<std::uint32_t>(hours_.size());
  if (between_days()) plan_opening(rules, step.time);
}

void Timetable::set_hours(const Rulebook& rules, Timestamp now) {
  if (started_ && between_days()) plan_opening(rules, now);
}

void Timetable::set_holidays(Year year, std::span<const Date> days, const Rulebook& rules, Timestamp now) {
  std::erase_if(holidays_, [&](Date day) { return year_of(day) == year; });
  holidays_.insert(holidays_.end(), days.begin(), days.end());
  std::sort(holidays_.begin(), holidays_.end());
  holidays_.erase(std::unique(holidays_.begin(), holidays_.end()), holidays_.end());
  set_hours(rules, now);
}

void Timetable::save(ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(holidays_.size()));
  for (const Date day : holidays_) out.put(day.raw());
  for (const PhaseStart& step : hours_) out.put(step.second_of_day);
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
  for (std::size_t i = 0; i < hours_.size(); ++i) hours_[i].second_of_day = in.get<std::int64_t>();
  day_ = Date(in.get<Date::Rep>());
  next_day_ = Date(in.get<Date::Rep>());
  next_step_ = in.get<std::uint32_t>();
  const auto phase = in.get<std::uint8_t>();
  const auto started = in.get<std::uint8_t>();
  if (!in.ok() || next_step_ >= hours_.size() || phase >= EnumNames<Phase>::names.size() || started > 1) return false;
  phase_ = static_cast<Phase>(phase);
  started_ = started == 1;
  return std::is_sorted(holidays_.begin(), holidays_.end());
}

}  // namespace pace
