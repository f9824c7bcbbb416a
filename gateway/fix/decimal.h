// Exact decimals of the FIX text form. A price is CNY per tonne with exactly two decimals ("97.49" = 9,749 fen/t), a
// quantity whole kilograms. No floating point comes near either. Thread rule: pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/date.h"
#include "engine/base/units.h"

namespace pace::fix {

/// "97.49": digits, a point, two digits; at most 15 digits before the point. Nothing else is a price.
std::optional<Price> parse_price(std::string_view text);
std::string price_text(Price price);
/// Digits only, 1 to 15.
std::optional<Quantity> parse_quantity(std::string_view text);
/// CNY with five decimals: milli-fen, exactly.
std::string cash_text(Cash cash);
/// value / quantity in CNY per tonne, rounded half up at the sixth decimal; "0" when nothing is filled.
std::string average_price_text(Cash value, Quantity quantity);
/// YYYYMMDD, a date that exists.
std::optional<Date> parse_fix_date(std::string_view text);
/// YYYYMMDD.
std::string fix_date_text(Date date);
/// YYYYMMDD-HH:MM:SS.sss, UTC.
std::string fix_time_text(Timestamp time);
using FixTime = std::array<char, 21>;
FixTime fix_time(Timestamp time);

}  // namespace pace::fix
