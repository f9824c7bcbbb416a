#include "gateway/market/alerts.h"

namespace pace {

std::string_view alert_of(const Event& event) {
  if (const auto* trade = std::get_if<Trade>(&event))
    return trade->own_against_principal ? "own_against_principal" : "";
  if (const auto* changed = std::get_if<InstrumentStateChanged>(&event))
    return changed->state == InstrumentState::trading ? "" : name_of(changed->state);
  const bool alerts = std::holds_alternative<LimitAlert>(event) || std::holds_alternative<LargeHolder>(event) ||
                      std::holds_alternative<KillSwitchSet>(event) || std::holds_alternative<StabilityTriggered>(event);
  return alerts ? name_of(event) : "";
}

}  // namespace pace
