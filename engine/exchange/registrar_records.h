// What the registrar keeps: plain records, one per account, member, instrument, mandate, emission record and year.
// What only the log needs to know (titles of documents, signatures, hashes) is not repeated here.
// PACE_FIELDS gives each its bytes in a snapshot. Thread rule: values, owned by the registrar.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/message/commands.h"

namespace pace {

inline constexpr AccountIndex no_account{0xffff'ffff};

/// Only these have money, and trade.
constexpr bool owns_money(AccountKind kind) {
  return kind == AccountKind::person || kind == AccountKind::minor || kind == AccountKind::broker_own;
}

struct Account {
  AccountId id;
  AccountKind kind{};
  AccountStatus status{};  ///< as set; what holds today: Registrar::status()
  bool selling_frozen{};   ///< a compliance debt is open: may buy, may not sell (rulebook 9)
  RegionId region;
  Date birth;
  Date status_expiry;  ///< last day of the status; 0: until changed
  PerMille weight;     ///< allocation weight, add-ons included; 0 for accounts that are not persons
  AccountIndex guardian = no_account;
  BrokerId broker;  ///< of a broker's own account
  PACE_FIELDS(Account, id, kind, status, selling_frozen, region, birth, status_expiry, weight, guardian, broker);
  /// Of a person, and nothing stands against trading on either side, today or later.
  [[nodiscard]] bool ordinary_person() const {
    return kind <= AccountKind::minor && status == AccountStatus::open && !selling_frozen;
  }
};

struct Broker {
  BrokerId id;
  Code code;
  std::string title;
  AccountIndex own;
  bool suspended{};  ///< by the kill switch
  PACE_FIELDS(Broker, id, code, title, own, suspended);
};

struct Party {
  Sender party;
  Code code;
  std::string title;
  Bytes32 public_key{};
  PACE_FIELDS(Party, party, code, title, public_key);
};

struct Project {
  ProjectId id;
  Code code;
  InstrumentKind scheme{};
  std::uint32_t verifier{};
  bool offset_eligible{};
  PACE_FIELDS(Project, id, code, scheme, verifier, offset_eligible);
};

struct Instrument {
  InstrumentId id;
  Symbol symbol;
  InstrumentKind kind{};
  Year vintage;
  ProjectId project;
  Price listed_reference;  ///< the market keeps each day's own
  PACE_FIELDS(Instrument, id, symbol, kind, vintage, project, listed_reference);
};

struct Entrustment {
  EntrustmentId id;
  AccountIndex principal = no_account;
  BrokerId broker;
  InstrumentClass instruments{};
  Sides sides{};
  EntrustmentMode mode{};
  bool revoked{};
  Price floor, ceiling;
  Quantity order_limit, total_limit;
  PerMille fee;   ///< the broker's, of the trades' value
  Quantity used;  ///< of the total: open in orders and filled; of a principal's newest mandate Trader::left says it
  Date start, end;
  Date revoked_on;
  std::uint32_t older = 0;  ///< the principal's mandate granted before, as slot + 1; 0: none
  PACE_FIELDS(Entrustment, id, principal, broker, instruments, sides, mode, revoked, floor, ceiling, order_limit,
              total_limit, fee, used, start, end, revoked_on);

  [[nodiscard]] bool in_force(Date today) const;
  [[nodiscard]] bool covers(InstrumentKind kind) const;
  [[nodiscard]] bool covers(Side side) const;
};

/// What an order asks of its principal, in one cache line. All but `left` follows from the account and its newest
/// mandate, and is set anew when one of them changes (Registrar::renew).
struct alignas(64) Trader {
  static constexpr std::uint32_t unbounded = 0xffff'ffff;
  // Without a limit: so much that neither what is ever used nor what is given back after a load comes near the ends.
  static constexpr Quantity unlimited{1ll << 62}, plenty{1ll << 61};

  AccountId id;
  EntrustmentId entrustment;              ///< the newest mandate; 0: none
  Quantity total{unlimited};              ///< what it may use in all
  Quantity left{plenty};                  ///< of that: neither open in an order nor filled
  BrokerId broker;                        ///< whose orders for the account are plain ones; 0: nobody's
  std::uint32_t mandate = 0;              ///< the mandate's slot; 0: none
  Date start, end;                        ///< of the mandate
  std::uint32_t floor = unbounded;        ///< least price it sells at; unbounded: it does not
  std::uint32_t ceiling = 0;              ///< highest price it buys at; 0: it does not
  std::uint32_t order_limit = unbounded;  ///< kilograms
  std::uint8_t kinds = 0;                 ///< bit 0: it covers allowances; bit 1: credits
  std::uint8_t commission = 0;            ///< per mille

  bool operator==(const Trader&) const = default;
  /// Within the mandate but for its prices, on a day of its, from its broker, the account being an ordinary person's.
  [[nodiscard]] bool allows(BrokerId from, Date today, bool credit, Quantity quantity) const {
    if (broker != from) [[unlikely]]
      return false;
    if (today < start || today > end) [[unlikely]]
      return false;
    if ((kinds >> credit & 1) == 0) [[unlikely]]
      return false;
    return quantity.raw() <= order_limit && quantity <= left;
  }
  /// REQUIRES: it is allowed.
  void use(Quantity quantity) { left -= quantity; }
  [[nodiscard]] bool allows(Side side, Price price) const {
    return side == Side::sell ? price.raw() >= floor : price.raw() <= ceiling;
  }
};
static_assert(sizeof(Trader) == 64, "one cache line");

struct Factor {
  FactorId id;
  std::uint16_t version{};
  std::int64_t micro_kg_per_unit{};
  Date valid_from, valid_to;
  PACE_FIELDS(Factor, id, version, micro_kg_per_unit, valid_from, valid_to);
};

struct EmissionRecord {
  AccountIndex principal = no_account;
  AccountIndex liable =
      no_account;  ///< who answers for it: of a minor, the guardian; as it was on entry, or at verification
  std::uint32_t source{};
  Code device;
  Date period_from, period_to;
  Quantity kg;
  std::uint64_t nonce{};
  EmissionStatus status{};
  PACE_FIELDS(EmissionRecord, principal, liable, source, device, period_from, period_to, kg, nonce, status);
};

struct Application {
  InstrumentId instrument;
  BrokerId broker;
  Date applied_on;
  Quantity applied, verified;
  ApplicationStatus status{};
  std::vector<SplitShare> split;  ///< emptied once decided
  PACE_FIELDS(Application, instrument, broker, applied_on, applied, verified, status, split);
};

/// What one account has to do with one year.
struct alignas(16) AccountYear {
  // These two are asked of every order: they never stand in two cache lines.
  Quantity allocated;   ///< to this holder: its own A_i and those of the minors it is guardian of
  Quantity unreleased;  ///< follows from the others and the year's schedule; not saved
  Quantity deducted;    ///< of it, cancelled as a penalty for the year before
  Quantity net_sales;   ///< units of this vintage sold minus bought
  Quantity liability;   ///< E: verified kilograms
  Quantity from_credits, from_banked, from_vintage;  ///< surrendered against E
  std::uint32_t figures{};                           ///< verified records; none: the year has no figure
  Date recorded_to;                                  ///< the last day that a record has covered; 0: there was none
  Quantity recorded;                                 ///< kilograms on record, provisional and verified
  [[nodiscard]] Quantity surrendered() const { return from_credits + from_banked + from_vintage; }
  PACE_FIELDS(AccountYear, allocated, deducted, net_sales, liability, from_credits, from_banked, from_vintage, figures,
              recorded_to, recorded);
};

/// One request to offset, and what was granted and used of it.
struct Offset {
  Quantity requested, granted, used;
  PACE_FIELDS(Offset, requested, granted, used);
};

inline constexpr AccountYear no_account_year{};

struct YearState {
  Year year;
  InstrumentId vintage;  ///< PCA of the year; 0 until listed
  Quantity cap;          ///< 0 until set
  Quantity reserve, paid_pool, free_pool;
  bool allocated{}, release_authorised{}, offsets_granted{}, assessed{};
  std::uint16_t parts_released{};  ///< 0: none; n: parts 0 to n-1
  // The release schedule as it was when the year was allocated: a later rulebook does not move it.
  Date release_from;
  std::int64_t release_first_permille{}, release_parts{}, release_interval_days{};
  PACE_FIELDS(YearState, year, vintage, cap, reserve, paid_pool, free_pool, allocated, release_authorised,
              offsets_granted, assessed, parts_released, release_from, release_first_permille, release_parts,
              release_interval_days);  // and the lists below
  std::vector<AccountYear> accounts;   ///< by AccountIndex; shorter than the register until needed
  std::map<std::pair<AccountId, InstrumentId>, Offset> offsets;
};

/// What traded on one day, blocks left out.
struct DayVolume {
  Date day;
  Quantity volume;
  Cash value;
  PACE_FIELDS(DayVolume, day, volume, value);
};

/// A compliance debt in kilograms and a surcharge not yet paid.
struct Debt {
  Quantity quantity;
  Cash surcharge;
  PACE_FIELDS(Debt, quantity, surcharge);
};

}  // namespace pace
