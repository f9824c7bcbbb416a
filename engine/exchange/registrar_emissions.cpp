// Emission records: received, recomputed, verified; nothing is edited. Rulebook 4.
#include <algorithm>

#include "engine/exchange/outcome_number.h"
#include "engine/exchange/registrar.h"
#include "registry/rules/emission.h"

namespace pace {
namespace {

std::uint64_t period_hash(std::uint32_t source, const Code& device, Date from, Date to) {
  std::uint64_t hash = mix(source);
  for (const char c : device.bytes()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mix(hash ^ mix(static_cast<std::uint32_t>(from.raw())) ^ (mix(static_cast<std::uint32_t>(to.raw())) << 1));
}
std::uint64_t nonce_hash(std::uint32_t source, std::uint64_t nonce) {
  return mix(mix(source) ^ nonce);
}

bool same_period(const EmissionRecord& r, std::uint32_t source, const Code& device, Date from, Date to) {
  return r.source == source && r.device == device && r.period_from == from && r.period_to == to;
}

bool stands(EmissionStatus status) {
  return status == EmissionStatus::provisional || status == EmissionStatus::verified;
}

}  // namespace

Outcome Registrar::apply(const RegisterFactor& c, const Occasion& at, EventBuffer&) {
  if (!c.factor) return {Reject::unknown_factor, 0, 0};
  if (c.micro_kg_per_unit < 0) return {Reject::value_out_of_range, c.micro_kg_per_unit, 0};
  if (c.valid_to < c.valid_from) return {Reject::period_malformed, c.valid_to.raw(), c.valid_from.raw()};
  if (factors_.contains({c.factor, c.version})) return {Reject::factor_exists, c.factor.raw(), 0};
  // A new version may end the one before it, but only from tomorrow on: no factor change works backwards.
  Factor* ended = nullptr;
  for (auto& [key, factor] : factors_) {
    if (key.first != c.factor || factor.valid_to < c.valid_from || c.valid_to < factor.valid_from) continue;
    const Date limit = std::max(at.today(), factor.valid_from);
    if (c.valid_from <= limit || ended != nullptr) return {Reject::factor_backwards, c.factor.raw(), limit.raw()};
    ended = &factor;
  }
  if (ended != nullptr) ended->valid_to = add_days(c.valid_from, -1);
  factors_[{c.factor, c.version}] = {c.factor, c.version, c.micro_kg_per_unit, c.valid_from, c.valid_to};
  return {};
}

Outcome Registrar::check_period(const SubmitEmission& c, Date today) const {
  const Year of = year_of(c.period_to);
  if (c.period_to < c.period_from || year_of(c.period_from) != of)
    return {Reject::period_malformed, c.period_to.raw(), c.period_from.raw()};
  if (c.period_to > today) return {Reject::period_not_over, c.period_to.raw(), today.raw()};
  const YearState* state = year(of);
  if (state == nullptr || state->cap == Quantity{}) return {Reject::no_cap, of.raw(), 0};
  if (state->assessed) return {Reject::step_done, of.raw(), 0};
  return {};
}

Outcome Registrar::check_duplicate(const SubmitEmission& c) const {
  const std::uint32_t same_nonce = emission_nonces_.find(nonce_hash(c.source, c.nonce), [&](std::uint32_t slot) {
    return emissions_[slot].source == c.source && emissions_[slot].nonce == c.nonce;
  });
  const auto nonce = static_cast<std::int64_t>(c.nonce);
  if (same_nonce != RecordIndex::none) return {Reject::duplicate_record, nonce, same_nonce + std::int64_t{1}};
  const std::uint32_t standing =
      emission_periods_.find(period_hash(c.source, c.device, c.period_from, c.period_to), [&](std::uint32_t slot) {
        return same_period(emissions_[slot], c.source, c.device, c.period_from, c.period_to);
      });
  // A reversed record no longer stands: its correction is a new record of the same period.
  if (standing == RecordIndex::none || emissions_[standing].status == EmissionStatus::reversed) return {};
  return {Reject::duplicate_record, nonce, standing + std::int64_t{1}};
}

Outcome Registrar::check_computed(const SubmitEmission& c) const {
  const auto found = factors_.find({c.factor, c.factor_version});
  if (found == factors_.end()) return {Reject::unknown_factor, c.factor.raw(), 0};
  const Factor& factor = found->second;
  if (c.period_from < factor.valid_from || c.period_to > factor.valid_to)
    return {Reject::factor_not_valid, c.factor.raw(), 0};
  const std::optional<Quantity> kg = emission_of(c.activity_milli, factor.micro_kg_per_unit);
  if (!kg) return {Reject::value_out_of_range, c.activity_milli, largest_record.raw()};
  if (*kg != c.computed) return {Reject::computed_mismatch, c.computed.raw(), kg->raw()};
  return {};
}

Outcome Registrar::check_emission(const SubmitEmission& c, const Occasion& at, AccountIndex& principal) const {
  if (c.source != at.sender.number) return {Reject::source_mismatch, c.source, at.sender.number};
  if (party({Role::data_source, c.source}) == nullptr) return {Reject::unknown_party, c.source, 0};
  if (const Outcome o = find(c.principal, principal); !o.accepted()) return o;
  const Account& a = account(principal);
  const auto id = static_cast<std::int64_t>(a.id.raw());
  if (a.kind != AccountKind::person && a.kind != AccountKind::minor) return {Reject::wrong_account_kind, id, 0};
  if (a.status == AccountStatus::closed) return {Reject::account_closed, id, 0};
  if (const Outcome o = check_duplicate(c); !o.accepted()) return o;
  if (const Outcome o = check_period(c, at.today()); !o.accepted()) return o;
  return check_computed(c);
}

void Registrar::index_record(std::uint32_t slot) {
  const auto period_of = [&](std::uint32_t s) {
    const EmissionRecord& r = emissions_[s];
    return period_hash(r.source, r.device, r.period_from, r.period_to);
  };
  const auto nonce_of = [&](std::uint32_t s) { return nonce_hash(emissions_[s].source, emissions_[s].nonce); };
  const EmissionRecord& r = emissions_[slot];
  emission_periods_.put(
      slot, period_of(slot),
      [&](std::uint32_t s) { return same_period(emissions_[s], r.source, r.device, r.period_from, r.period_to); },
      period_of);
  emission_nonces_.put(
      slot, nonce_of(slot),
      [&](std::uint32_t s) { return emissions_[s].source == r.source && emissions_[s].nonce == r.nonce; }, nonce_of);
}

Outcome Registrar::apply(const SubmitEmission& c, const Occasion& at, EventBuffer& events) {
  AccountIndex principal;
  if (const Outcome o = check_emission(c, at, principal); !o.accepted()) return o;
  emissions_.push_back({.principal = principal,
                        .liable = holder_of(principal),
                        .source = c.source,
                        .device = c.device,
                        .period_from = c.period_from,
                        .period_to = c.period_to,
                        .kg = c.computed,
                        .nonce = c.nonce,
                        .status = EmissionStatus::provisional});  // received, recomputed, and found to agree
  index_record(static_cast<std::uint32_t>(emissions_.size() - 1));
  put_on_record(emissions_.back());
  events.emit(EmissionRecorded{EmissionId(emissions_.size()), year_of(c.period_to), EmissionStatus::provisional});
  return {};
}

void Registrar::put_on_record(const EmissionRecord& r) {
  AccountYear& a = account_year(years_.at(year_of(r.period_to)), r.liable);
  a.recorded += r.kg;
  a.recorded_to = std::max(a.recorded_to, r.period_to);
}

void Registrar::change_emission(EmissionId id, EmissionStatus to, EventBuffer& events) {
  EmissionRecord& r = emissions_[id.raw() - 1];
  YearState& state = years_.at(year_of(r.period_to));
  if (stands(r.status)) account_year(state, r.liable).recorded -= r.kg;
  if (to == EmissionStatus::verified) r.liable = holder_of(r.principal);
  AccountYear& liable = account_year(state, r.liable);
  if (to == EmissionStatus::verified) {
    liable.liability += r.kg;
    ++liable.figures;
  } else if (r.status == EmissionStatus::verified) {
    liable.liability -= r.kg;
    --liable.figures;
  }
  r.status = to;
  if (stands(to)) put_on_record(r);
  events.emit(EmissionStateChanged{id, account(r.principal).id, state.year, to, r.kg, liable.liability});
}

Outcome Registrar::apply(const VerifyEmissions& c, const Occasion&, EventBuffer& events) {
  if (!c.first || c.first > c.last) return {Reject::unknown_emission, number(c.first), 0};
  if (c.last.raw() > emissions_.size()) return {Reject::unknown_emission, number(c.last), 0};
  for (std::uint64_t id = c.first.raw(); id <= c.last.raw(); ++id) {
    const EmissionRecord& r = emissions_[id - 1];
    if (r.status != EmissionStatus::provisional || years_.at(year_of(r.period_to)).assessed) continue;
    change_emission(EmissionId(id), EmissionStatus::verified, events);
  }
  return {};
}

/// The record exists and its year can still change.
Outcome Registrar::check_open_record(EmissionId id) const {
  if (!id || id.raw() > emissions_.size()) return {Reject::unknown_emission, number(id), 0};
  const Year of = year_of(emissions_[id.raw() - 1].period_to);
  if (years_.at(of).assessed) return {Reject::step_done, of.raw(), 0};
  return {};
}

Outcome Registrar::apply(const DisputeEmission& c, const Occasion&, EventBuffer& events) {
  if (const Outcome o = check_open_record(c.record); !o.accepted()) return o;
  const EmissionStatus now = emissions_[c.record.raw() - 1].status;
  if (now != EmissionStatus::provisional && now != EmissionStatus::verified)
    return {Reject::emission_state, number(c.record), static_cast<std::int64_t>(now)};
  change_emission(c.record, EmissionStatus::disputed, events);
  return {};
}

Outcome Registrar::apply(const ReverseEmission& c, const Occasion&, EventBuffer& events) {
  if (const Outcome o = check_open_record(c.record); !o.accepted()) return o;
  const EmissionStatus now = emissions_[c.record.raw() - 1].status;
  if (now == EmissionStatus::reversed)
    return {Reject::emission_state, number(c.record), static_cast<std::int64_t>(now)};
  change_emission(c.record, EmissionStatus::reversed, events);
  return {};
}

}  // namespace pace
