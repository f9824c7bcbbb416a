// Every reject, once: number, name, rulebook clause, and the text a broker can act on. {value} is what was sent,
// {limit} what is allowed. Numbers are banded by stage and never reused: 1xx envelope, 2xx registry, 3xx entrustment,
// 4xx order door, 5xx units and cash, 6xx orders by reference, 7xx emissions and credits, 8xx cap and compliance, 9xx
// the system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pace {

// clang-format off
#define PACE_REJECTS(X) \
  X(101, request_id_reused, "1", "this request id was used before with other content (first at sequence {limit})") \
  X(102, request_id_missing, "1", "a request id is required: 1 to 20 printable ASCII characters") \
  X(103, role_not_permitted, "0", "role {value} may not send this command; it belongs to role {limit}") \
  X(104, too_many_requests_today, "7", "{value} requests today; at most {limit} are kept per trading day, the last sixteenth for the exchange itself") \
  X(105, malformed_message, "1", "the message could not be decoded (command type {value})") \
  X(106, time_goes_back, "7", "the clock stands at {limit}; it cannot go back to {value} (nanoseconds since 1970, UTC)") \
  X(201, unknown_account, "2", "account {value} does not exist") \
  X(202, account_number_malformed, "2", "account number {value} has wrong check digits (ISO 7064 MOD 97-10)") \
  X(203, account_exists, "2", "account {value} is open already") \
  X(204, account_frozen, "2", "account {value} is frozen: nothing leaves it") \
  X(205, account_surrender_only, "2", "account {value} may only surrender") \
  X(206, account_closed, "2", "account {value} is closed") \
  X(207, too_many_accounts, "2", "account serial {value} is beyond the configured capacity of {limit}") \
  X(208, unknown_broker, "0", "broker {value} is not a member") \
  X(209, broker_exists, "0", "broker {value} is a member already") \
  X(210, unknown_instrument, "2", "instrument {value} is not listed") \
  X(211, instrument_exists, "2", "instrument {value} is listed already") \
  X(212, unknown_project, "2", "credit project {value} is not registered") \
  X(213, project_exists, "2", "credit project {value} is registered already") \
  X(214, weight_out_of_range, "3", "weight {value} thousandths is outside 0 to {limit}") \
  X(215, wrong_account_kind, "2", "account {value} is not of the kind this needs") \
  X(216, symbol_malformed, "2", "the symbol does not name the instrument it is listed for") \
  X(217, party_exists, "0", "party {value} is registered already") \
  X(218, unknown_party, "0", "party {value} is not registered") \
  X(219, guardian_required, "2", "minor account {value} needs an open guardian account") \
  X(220, project_inside_cap, "2", "project {value} reduces emissions inside the cap's scope: no credits, no double benefit") \
  X(221, account_serial_reserved, "2", "account serial {value} is reserved; serials from {limit} on can be opened") \
  X(222, instrument_not_next, "2", "instrument number {value} is not the next free number, {limit}") \
  X(223, too_many_instruments, "2", "instrument {value} is beyond the configured capacity of {limit}") \
  X(224, code_missing, "2", "a code of 1 to {limit} printable ASCII characters without dash is required") \
  X(225, party_role, "0", "a party is a verifier or a data source; role {value} is neither") \
  X(226, account_not_empty, "2", "account {value} cannot be closed: it still holds units or money") \
  X(227, selling_frozen, "9", "account {value} owes {limit} kg from a compliance year: it may buy, not sell") \
  X(228, broker_suspended, "7", "broker {value} is suspended by the kill switch: nothing that trades is taken") \
  X(301, no_entrustment, "6", "principal {value} has not entrusted this broker with this instrument") \
  X(302, entrustment_exists, "6", "entrustment {value} exists already") \
  X(303, entrustment_not_active, "6", "entrustment {value} is not in force on this day") \
  X(304, entrustment_side, "6", "entrustment {value} does not cover this side") \
  X(305, entrustment_price, "6", "price {value} fen/t is outside the entrustment's bound of {limit} fen/t") \
  X(306, entrustment_order_quantity, "6", "quantity {value} kg is above the entrustment's limit per order of {limit} kg") \
  X(307, entrustment_total_quantity, "6", "quantity {value} kg is above what is left of the entrustment's total, {limit} kg") \
  X(308, unknown_entrustment, "6", "entrustment {value} does not exist") \
  X(309, another_broker_active, "6", "principal {value} has an active entrustment with another broker for this class (entrustment {limit})") \
  X(310, entrustment_terms, "6", "the entrustment's terms contradict each other (field value {value}, allowed {limit})") \
  X(311, other_entrustment, "6", "entrustment {value} is not what this order comes under; that is {limit} (0: none, the member's own account)") \
  X(401, market_closed, "7", "the market takes no such orders in phase {value}") \
  X(402, instrument_halted, "7", "instrument {value} is halted") \
  X(403, quantity_below_minimum, "1", "quantity {value} kg is below the minimum of {limit} kg") \
  X(404, quantity_above_maximum, "7", "quantity {value} kg is above the maximum of {limit} kg per order") \
  X(405, price_not_positive, "1", "price {value} fen/t must be at least {limit}") \
  X(406, price_above_limit, "7", "price {value} fen/t is above today's upper limit of {limit} fen/t") \
  X(407, price_below_limit, "7", "price {value} fen/t is below today's lower limit of {limit} fen/t") \
  X(408, order_type_not_in_call, "7", "this order type or time in force is not taken in a call auction (phase {value})") \
  X(409, display_quantity, "7", "display quantity {value} kg breaks its bound of {limit} kg") \
  X(410, no_opposite_price, "7", "a market order needs an opposite price; instrument {value} has none") \
  X(411, expiry_out_of_range, "7", "an order may stay {limit} days at most; this one asks for {value}") \
  X(412, book_full, "7", "the book is full: {value} open orders, capacity {limit}") \
  X(413, call_auction_no_cancel, "7", "no cancel or replace in the last {limit} seconds of a call auction") \
  X(414, post_only_would_trade, "7", "a post-only order at {value} fen/t would trade against {limit} fen/t") \
  X(415, value_out_of_range, "1", "value {value} is outside what this field can hold (limit {limit})") \
  X(416, reconciliation_blocks_opening, "8", "the market does not open: the last day end differs by {value}, account {limit}") \
  X(417, pools_full, "6", "{value} principals stand in open pooled orders; there is room for {limit}") \
  X(420, pool_size, "6", "a pooled order names 1 to {limit} principals; this one names {value}") \
  X(421, pool_principal_twice, "6", "principal {value} stands in the split more than once") \
  X(422, pooled_order_not_replaced, "6", "order {value} is pooled: cancel it and enter another") \
  X(423, pool_share_quantity, "6", "the share of principal {value} is out of range; the nearest allowed is {limit} kg") \
  X(424, pool_entrustment_price, "6", "the entrustment of principal {value} bounds the price at {limit} fen/t") \
  X(425, pool_entrustment_quantity, "6", "the share of principal {value} is above what its entrustment leaves, {limit} kg") \
  X(426, pool_units, "6", "the share of principal {value} is above the {limit} kg that it can sell today") \
  X(427, pool_cash, "6", "the share of principal {value} costs more, with fees, than its {limit} milli-fen free") \
  X(428, pool_position, "6", "the share of principal {value} would carry it beyond its position limit of {limit} kg") \
  X(429, pool_settlements, "6", "the order would cause {value} or more settlements of pooled shares; at most {limit} in one command") \
  X(430, block_below_minimum, "7", "quantity {value} kg is below the block minimum of {limit} kg") \
  X(431, block_price, "7", "price {value} fen/t is outside the block limit of {limit} fen/t") \
  X(432, unknown_block, "7", "block report {value} does not stand open") \
  X(433, block_same_principal, "7", "account {value} stands on both sides of this block trade") \
  X(434, too_many_blocks, "7", "{value} block reports and trades today, capacity {limit}") \
  X(440, unknown_auction, "7", "auction {value} does not exist or is over") \
  X(441, auction_times, "7", "the auction's time {value} is not after {limit} (nanoseconds since 1970, UTC)") \
  X(442, auction_not_open, "7", "auction {value} takes no bids now") \
  X(443, auction_quantity, "7", "the auction asks for {value} kg; {limit} kg can be sold") \
  X(444, bid_below_minimum, "7", "bid of {value} kg is below the minimum of {limit} kg") \
  X(445, bid_below_reserve, "7", "bid of {value} fen/t is below the reserve price of {limit} fen/t") \
  X(446, bidder_maximum, "7", "the bidder's bids would be {value} kg; at most {limit} kg of this auction are for one bidder") \
  X(447, unknown_bid, "7", "bid {value} does not stand") \
  X(448, stability_not_triggered, "7", "the reserve is not for sale: the stability rule has not triggered") \
  X(449, bidder_is_seller, "7", "account {value} sells in this auction: it cannot bid") \
  X(450, unknown_trade, "7", "trade {value} is not known, or too old to be broken (oldest {limit})") \
  X(451, trade_broken_already, "7", "trade {value} was broken already, or is itself a correction") \
  X(455, too_many_auctions, "7", "{value} auctions stand announced, capacity {limit}") \
  X(456, too_many_bids, "7", "the auction has {value} bids, capacity {limit}") \
  X(457, too_many_own_bids, "7", "the bidder has {value} bids in this auction; at most {limit} are taken") \
  X(501, not_enough_units, "7", "the order needs {value} kg; {limit} kg can be sold") \
  X(502, units_bought_today, "7", "the order needs {value} kg; {limit} kg can be sold today, the rest was bought today (T+1)") \
  X(503, units_not_released, "3", "the order needs {value} kg; {limit} kg can be sold, the rest is not released yet") \
  X(504, not_enough_cash, "7", "the order needs {value} milli-fen with fees; {limit} milli-fen are free") \
  X(505, position_limit, "7", "the position would be {value} kg; the limit is {limit} kg") \
  X(506, amount_not_positive, "1", "amount {value} must be at least {limit}") \
  X(508, not_whole_fen, "1", "bank money is in whole fen: {value} milli-fen is not a multiple of {limit}") \
  X(509, withdrawal_above_free, "8", "the withdrawal asks for {value} milli-fen; {limit} milli-fen are free") \
  X(601, unknown_order, "7", "order {value} is not open") \
  X(602, not_your_order, "7", "order {value} belongs to another member") \
  X(603, replace_changes_nothing, "7", "the replacement leaves the order as it is") \
  X(604, replace_below_filled, "7", "the new quantity {value} kg is not above the {limit} kg already filled") \
  X(701, duplicate_record, "4", "this record is a duplicate of emission record {limit}") \
  X(702, unknown_factor, "4", "factor {value} is not registered for this methodology, unit and version") \
  X(703, factor_not_valid, "4", "factor {value} is not valid in the record's period") \
  X(704, computed_mismatch, "4", "the record says {value} kg; quantity times factor gives {limit} kg") \
  X(705, unknown_emission, "4", "emission record {value} does not exist") \
  X(706, emission_state, "4", "emission record {value} is in state {limit}, which does not allow this") \
  X(707, period_malformed, "4", "the period's end {value} is not after its start {limit} or leaves the year") \
  X(708, factor_exists, "4", "factor {value} in this version is registered already") \
  X(709, unknown_application, "5", "credit application {value} does not exist") \
  X(710, application_state, "5", "credit application {value} is in state {limit}, which does not allow this") \
  X(711, split_malformed, "5", "the split of application {value} must name 1 to {limit} accounts once each with positive shares") \
  X(712, application_exists, "5", "credit application {value} exists already") \
  X(713, project_not_eligible, "9", "project {value} is not eligible as offset") \
  X(714, verified_above_applied, "5", "verified {value} kg is above the {limit} kg applied for") \
  X(715, signature_invalid, "4", "the record's Ed25519 signature does not verify with the key of data source {value}") \
  X(716, factor_backwards, "4", "a new version of factor {value} must begin after day {limit} (days since 1970): no factor change works backwards") \
  X(717, source_mismatch, "4", "a data source sends its own records only: this one names source {value}, the sender is {limit}") \
  X(718, period_not_over, "4", "the period ends on day {value}; today is day {limit} (days since 1970)") \
  X(719, wrong_verifier, "5", "the project's verifier is {limit}, not {value}") \
  X(720, split_notice, "5", "credits can be approved from day {limit} on (days since 1970), when their split has been public long enough; today is {value}") \
  X(801, cap_exists, "3", "year {value} has a cap of {limit} kg already") \
  X(802, no_cap, "3", "year {value} has no cap") \
  X(803, allocation_exists, "3", "year {value} is allocated already") \
  X(804, no_allocation, "3", "year {value} is not allocated yet") \
  X(805, no_weight, "3", "no account has a weight in year {value}") \
  X(806, cap_above_path, "3", "cap {value} kg is above the announced path of {limit} kg") \
  X(807, offset_window, "9", "offsets for a year can be requested from 1 May to 10 June after it; today is {value} (days since 1970)") \
  X(808, surrender_too_early, "9", "the step of year {value} is due on day {limit} (days since 1970), not before") \
  X(809, step_done, "9", "the step was done already for year {value}") \
  X(810, offset_not_credit, "9", "instrument {value} is not a credit that can offset") \
  X(811, step_order, "9", "year {value}: an earlier step of the compliance cycle is missing (step {limit})") \
  X(812, unknown_rule, "0", "there is no such rulebook parameter") \
  X(813, rule_out_of_range, "0", "parameter value {value} is out of range (limit {limit})") \
  X(814, release_exists, "3", "the release of year {value} is authorised already") \
  X(815, vintage_not_listed, "2", "no allowance instrument of year {value} is listed") \
  X(816, no_offsets_granted, "9", "year {value} has offset requests that were not granted yet") \
  X(901, busy, "-", "the command queue is full ({limit}); send again") \
  X(902, not_simulated, "-", "the clock is the machine's: it cannot be moved by command") \
  X(903, stopping, "-", "the exchange is stopping; nothing was accepted") \
  X(904, outcome_unknown, "-", "the log failed: whether this took effect is not known; repeat it under the same id")
// clang-format on

enum class Reject : std::uint16_t {
  none = 0,
#define PACE_REJECT_VALUE(number, name, clause, text) name = number,
  PACE_REJECTS(PACE_REJECT_VALUE)
#undef PACE_REJECT_VALUE
};

struct RejectEntry {
  Reject code;
  std::string_view name, clause, text;
};

/// The table row of a code; nothing for `none` and unknown numbers.
const RejectEntry* find_reject(Reject code);
const RejectEntry* find_reject(std::string_view name);
/// All rows, in order of number.
const RejectEntry* reject_table(std::size_t& count);

/// What became of a command. `value` is what was sent, `limit` what is allowed; their units are in the reject's text.
struct Outcome {
  Reject code = Reject::none;
  std::int64_t value = 0;
  std::int64_t limit = 0;
  [[nodiscard]] bool accepted() const { return code == Reject::none; }
  bool operator==(const Outcome&) const = default;
};

/// "quantity 25000 kg is above the maximum of 20000 kg per order (quantity_above_maximum, Rulebook 7)"; "accepted".
std::string to_text(const Outcome& outcome);

}  // namespace pace
