#include "gateway/fix/layout.h"

#include <string>

#include "engine/base/date.h"
#include "gateway/fix/quickfix.h"

namespace pace::fix {
namespace {

constexpr std::size_t most_digits = 15, most_count_digits = 9;

Layout::Form form_of(FIX::TYPE::Type type) {
  switch (type) {
    case FIX::TYPE::String:
    case FIX::TYPE::Currency:
    case FIX::TYPE::Exchange:
    case FIX::TYPE::MultipleValueString:
    case FIX::TYPE::MultipleStringValue:
    case FIX::TYPE::MultipleCharValue:
    case FIX::TYPE::LocalMktDate:
    case FIX::TYPE::MonthYear:
    case FIX::TYPE::Country:
      return Layout::Form::text;
    case FIX::TYPE::Char:
      return Layout::Form::character;
    case FIX::TYPE::Boolean:
      return Layout::Form::yes_or_no;
    case FIX::TYPE::Int:
    case FIX::TYPE::SeqNum:
    case FIX::TYPE::Length:
    case FIX::TYPE::NumInGroup:
      return Layout::Form::integer;
    case FIX::TYPE::Price:
    case FIX::TYPE::Amt:
    case FIX::TYPE::Qty:
    case FIX::TYPE::Float:
    case FIX::TYPE::PriceOffset:
    case FIX::TYPE::Percentage:
      return Layout::Form::decimal;
    case FIX::TYPE::UtcTimeStamp:
      return Layout::Form::time;
    default:
      return Layout::Form::unchecked;
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  for (const char c : text)
    if (!is_digit(c)) return false;
  return !text.empty();
}

bool is_decimal(std::string_view text) {
  if (text.size() > most_digits) return false;
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return all_digits(text);
  return all_digits(text.substr(0, point)) && all_digits(text.substr(point + 1));
}

}  // namespace

Layout::Layout(const FIX::DataDictionary& dictionary)
    : places_(max_tag + 1), fields_(1), levels_(1), messages_(128 * 128) {
  for (int tag = 1; tag <= max_tag && fields_.size() < max_fields; ++tag)
    if (dictionary.isField(tag)) add_field(dictionary, tag);
  constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char first : letters) {
    add_message(dictionary, std::string(1, first));
    for (const char second : letters) add_message(dictionary, std::string{first, second});
  }
}

void Layout::add_field(const FIX::DataDictionary& dictionary, int tag) {
  FIX::TYPE::Type type = FIX::TYPE::Unknown;
  dictionary.getFieldType(tag, type);
  Field field{.form = form_of(type),
              .header = FIX::Message::isHeaderField(tag, &dictionary),
              .data = dictionary.isDataField(tag),
              .has_values = dictionary.hasFieldValue(tag)};
  for (char c = '!'; field.has_values && c <= '~'; ++c)
    field.values[static_cast<std::size_t>(c)] = dictionary.isFieldValue(tag, std::string(1, c));
  places_[static_cast<std::size_t>(tag)] = static_cast<std::uint16_t>(fields_.size());
  fields_.push_back(field);
}

void Layout::add_message(const FIX::DataDictionary& dictionary, std::string_view type) {
  const std::string name(type);
  if (!dictionary.isMsgType(name) || FIX::Message::isAdminMsgType(FIX::MsgType(name))) return;
  messages_[slot(type)] = static_cast<std::uint16_t>(levels_.size());
  levels_.emplace_back();
  fill(static_cast<std::uint32_t>(levels_.size() - 1), dictionary, type, false);
}

// QuickFIX keeps the fields of a group as a dictionary of their own.
void Layout::fill(std::uint32_t level, const FIX::DataDictionary& dictionary, std::string_view type, bool group) {
  const std::string name(type);
  for (int tag = 1; tag <= max_tag; ++tag) {
    const std::uint16_t at = place(tag);
    if (at == 0 || !(group ? dictionary.isField(tag) : dictionary.isMsgField(name, tag))) continue;
    levels_[level].allowed.set(at);
    levels_[level].required[at] = dictionary.isRequiredField(name, tag);
    int first = 0;
    const FIX::DataDictionary* entries = nullptr;
    if (!dictionary.getGroup(name, tag, first, entries)) continue;
    const auto made = static_cast<std::uint32_t>(levels_.size());
    levels_[level].groups.push_back({tag, made});
    levels_.emplace_back();
    levels_[made].first = first;
    fill(made, *entries, type, true);
  }
}

const Layout::Level* Layout::message(std::string_view type) const {
  if (type.empty() || type.size() > 2) return nullptr;
  for (const char c : type)
    if (c <= ' ' || c > '~') return nullptr;
  const std::uint16_t at = messages_[slot(type)];
  return at == 0 ? nullptr : &levels_[at];
}

bool is_good(const Layout::Field& field, std::string_view value) {
  if (value.empty()) return false;
  if (field.has_values && (value.size() != 1 || value[0] < 0 || !field.values[static_cast<std::size_t>(value[0])]))
    return false;
  switch (field.form) {
    case Layout::Form::text:
      return true;
    case Layout::Form::character:
      return value.size() == 1;
    case Layout::Form::yes_or_no:
      return value == "Y" || value == "N";
    case Layout::Form::integer:
      return value.size() <= most_count_digits && all_digits(value);
    case Layout::Form::decimal:
      return is_decimal(value);
    case Layout::Form::time:
      return seconds_of(value) >= 0;
    case Layout::Form::unchecked:
      return false;
  }
  return false;
}

std::int64_t seconds_of(std::string_view time) {
  constexpr std::size_t short_form = 17, long_form = 21;
  if (time.size() != short_form && time.size() != long_form) return -1;
  bool good = time[8] == '-' && time[11] == ':' && time[14] == ':' && (time.size() == short_form || time[17] == '.');
  const auto number = [&](std::size_t at, std::size_t digits) {
    std::int32_t value = 0;
    for (const char c : time.substr(at, digits)) {
      good = good && is_digit(c);
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const std::int32_t year = number(0, 4), month = number(4, 2), day = number(6, 2), hour = number(9, 2),
                     minute = number(12, 2), second = number(15, 2);
  if (time.size() == long_form) (void)number(18, 3);
  if (!good) return -1;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return -1;
  const Date date = make_date(year, month, day);
  if (civil(date).day != day) return -1;  // a day that the month does not have
  return std::int64_t{date.raw()} * 86'400 + std::int64_t{hour} * 3'600 + minute * 60 + second;
}

}  // namespace pace::fix
