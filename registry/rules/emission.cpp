#include "registry/rules/emission.h"

namespace pace {

std::string signing_bytes(const SubmitEmission& record) {
  std::string text = "pace-emission/1\n";
  const auto line = [&](std::string_view name, std::string_view value) {
    text.append(name).append("=").append(value).append("\n");
  };
  line("principal", std::to_string(record.principal.raw()));
  line("source", std::to_string(record.source));
  line("device", record.device.view());
  line("period_from", to_text(record.period_from));
  line("period_to", to_text(record.period_to));
  line("activity_milli", std::to_string(record.activity_milli));
  line("factor", std::to_string(record.factor.raw()));
  line("factor_version", std::to_string(record.factor_version));
  line("computed", std::to_string(record.computed.raw()));
  line("nonce", std::to_string(record.nonce));
  return text;
}

std::optional<Quantity> emission_of(std::int64_t activity_milli, std::int64_t micro_kg_per_unit) {
  if (activity_milli < 0 || micro_kg_per_unit < 0) return std::nullopt;
  __extension__ using Wide = __int128;
  constexpr Wide scale = 1'000'000'000;  // thousandths of a unit times millionths of a kilogram
  const Wide kg = (static_cast<Wide>(activity_milli) * micro_kg_per_unit * 2 + scale) / (2 * scale);
  if (kg > largest_record.raw()) return std::nullopt;
  return Quantity(static_cast<std::int64_t>(kg));
}

}  // namespace pace
