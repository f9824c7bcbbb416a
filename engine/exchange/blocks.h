// Block trades (rulebook 7): agreed outside the book, reported by both sides, traded when the reports match on all
// terms. A report holds its units or cash until it trades, is withdrawn, or the day ends. What traded is told to the
// two brokers at once and to the public at the day's end. Decisions: docs/decisions/0012.
// Invariants: every open report's holds stand in the ledger; reports are in order of their ids.
// Thread rule: owned by the exchange's thread.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/exchange/commitment.h"
#include "engine/exchange/market.h"

namespace pace {

class Blocks {
 public:
  /// REQUIRES: market and registrar outlive this.
  Blocks(const Capacity& capacity, Market& market, const Registrar& registrar);

  /// In continuous trading and at lunch. Rejects: 201, 202, 204 to 206, 208, 210, 215, 227, 301, 303 to 307, 401, 402,
  /// 405, 415, 416, 430, 431, 433, 434, 501 to 505.
  Outcome report(const MemberRequest& from, const ReportBlock& command, EventBuffer& events);
  /// The reporter's own only, until it trades. Rejects: 432.
  Outcome withdraw(const MemberRequest& from, const WithdrawBlock& command, EventBuffer& events);

  /// What did not match goes, what traded is published. Before the market's own end_day.
  void end_day(EventBuffer& events);
  void entrustment_revoked(EntrustmentId entrustment, EventBuffer& events);
  /// Reports of accounts that may no longer trade on their side go.
  void standing_changed(Date today, EventBuffer& events);
  /// Reports that sell this instrument go.
  void withdraw_offers(InstrumentId instrument, EventBuffer& events);
  [[nodiscard]] bool unpublished(TradeId trade) const {
    return std::any_of(traded_.begin(), traded_.end(), [&](const BlockPublished& b) { return b.trade == trade; });
  }
  /// A block trade that is undone before the public hears of it is never published.
  void broken(TradeId trade) {
    std::erase_if(traded_, [&](const BlockPublished& block) { return block.trade == trade; });
  }
  /// All of a member's reports go.
  void drop(BrokerId broker, CancelReason reason, EventBuffer& events);

  void collect(std::vector<Commitment>& commitments) const;
  void check() const;
  void save(ByteWriter& out) const;
  /// After the market. False when the bytes are not these.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Report {
    BlockId block;
    Commitment side;
    BrokerId counter_broker;
    Reference agreement;
    PACE_FIELDS(Report, block, side, counter_broker, agreement);
  };
  using Reports = std::vector<Report>;

  [[nodiscard]] Outcome check_session(const Listing& listing) const;
  [[nodiscard]] Outcome check_terms(const ReportBlock& c) const;
  [[nodiscard]] Outcome check_room() const;
  [[nodiscard]] Outcome check_report(const MemberRequest& from, const ReportBlock& c, Report& report);
  /// The oldest report of the other side on the same terms; end() when there is none.
  [[nodiscard]] Reports::iterator match(const Report& report);
  void trade(Report& first, Report& second, EventBuffer& events);
  void tell_withdrawn(const Report& report, CancelReason reason, EventBuffer& events);
  /// Withdraws every report for which `goes(report)`.
  template <class Goes>
  void sweep(CancelReason reason, EventBuffer& events, Goes&& goes);

  std::size_t capacity_;
  Market& market_;
  const Registrar& registrar_;
  Reports open_;
  std::vector<BlockPublished> traded_;  // today, not public yet
  std::uint64_t reports_ = 0;           // ever, so that ids are new
};

}  // namespace pace
