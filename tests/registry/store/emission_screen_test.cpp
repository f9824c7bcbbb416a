#include <doctest/doctest.h>

#include "registry/rules/emission.h"
#include "registry/store/emission_screen.h"
#include "tests/reached_rejects.h"

namespace pace {
namespace {

SubmitEmission record() {
  return {.principal = AccountId(10101),
          .source = 7,
          .device = "meter-1",
          .period_from = make_date(2026, 1, 1),
          .period_to = make_date(2026, 1, 31),
          .activity_milli = 250'000,
          .factor = FactorId(1),
          .factor_version = 2,
          .computed = Quantity(125),
          .nonce = 99};
}

MarketView market_with(const Bytes32& key) {
  MarketView market;
  market.parties = {{.party = {Role::verifier, 7}, .code = "VERI", .public_key = {}},
                    {.party = {Role::data_source, 7}, .code = "GRID", .public_key = key}};
  return market;
}

}  // namespace

TEST_CASE("emission screen: a signed record passes, an unknown source is told apart") {
  const Bytes32 seed{1, 2, 3};
  EmissionScreen screen;
  SubmitEmission signed_record = record();
  sign_emission(signed_record, seed);
  CHECK(screen.check(signed_record) == Outcome{Reject::unknown_party, 7, 0});
  screen.learn(market_with(source_public_key(seed)));
  CHECK(screen.check(signed_record).accepted());
}

TEST_CASE("emission screen: no field can change under the signature") {
  const Bytes32 seed{1, 2, 3};
  EmissionScreen screen;
  screen.learn(market_with(source_public_key(seed)));
  SubmitEmission good = record();
  sign_emission(good, seed);
  const Outcome invalid{Reject::signature_invalid, 7, 0};
  const auto changed = [&](auto change) {
    SubmitEmission other = good;
    change(other);
    return screen.check(other);
  };
  CHECK(changed([](auto& r) { r.principal = AccountId(10198); }) == invalid);
  CHECK(changed([](auto& r) { r.device = "meter-2"; }) == invalid);
  CHECK(changed([](auto& r) { r.period_from = make_date(2026, 1, 2); }) == invalid);
  CHECK(changed([](auto& r) { r.period_to = make_date(2026, 2, 1); }) == invalid);
  CHECK(changed([](auto& r) { ++r.activity_milli; }) == invalid);
  CHECK(changed([](auto& r) { r.factor = FactorId(2); }) == invalid);
  CHECK(changed([](auto& r) { ++r.factor_version; }) == invalid);
  CHECK(changed([](auto& r) { r.computed += Quantity(1); }) == invalid);
  CHECK(changed([](auto& r) { ++r.nonce; }) == invalid);
  CHECK(changed([](auto& r) { r.signature[5] ^= 1; }) == invalid);
  CHECK(changed([](auto&) {}).accepted());
}

TEST_CASE("emission screen: a source's new key replaces the old one") {
  EmissionScreen screen;
  SubmitEmission r = record();
  sign_emission(r, Bytes32{1});
  screen.learn(market_with(source_public_key(Bytes32{1})));
  REQUIRE(screen.check(r).accepted());
  screen.learn(market_with(source_public_key(Bytes32{2})));
  CHECK(test::reached(screen.check(r).code) == Reject::signature_invalid);
}

}  // namespace pace
