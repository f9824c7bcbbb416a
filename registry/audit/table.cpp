#include "registry/audit/table.h"

#include <array>

#include "engine/base/csv_field.h"

namespace pace::audit {
namespace {

constexpr Column at_sequence{"sequence", "place in the log (log.jsonl line) of the entry this row comes from"};
constexpr Column at_time{"time", "the entry's time, exchange local time with offset"};
constexpr Column instrument{"instrument", "instrument number, see instruments.csv"};
constexpr Column price{"price", "fen per tonne CO2e"};

constexpr auto orders =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"event", "accepted, replaced or cancelled"},
                           {"order", "order number"},
                           {"broker", "member number"},
                           {"client_id", "the broker's own id of the order (ClOrdID)"},
                           {"original_client_id", "replaced: the id before"},
                           {"principal", "pseudonymous account the order is for"},
                           {"entrustment", "accepted: mandate it was entered under; 0 for a broker's own account"},
                           instrument,
                           {"side", "buy or sell"},
                           {"order_type", "accepted: limit or market"},
                           {"time_in_force", "accepted: day, gtc, ioc or fok"},
                           price,
                           {"quantity", "kg, total of the order (accepted, replaced)"},
                           {"open", "kg open after (accepted, replaced) or taken out (cancelled)"},
                           {"reason", "cancelled: why"},
                           {"trader", "the member's code of who asked for it, as it said; empty: not said"}});
constexpr auto pool_shares = std::to_array<Column>({at_sequence,
                                                    at_time,
                                                    {"order", "order number of the pooled order"},
                                                    {"broker", "member number"},
                                                    {"client_id", "the broker's own id of the order (ClOrdID)"},
                                                    {"place", "in the declared order, from 1: ties are shared by it"},
                                                    {"principal", "account the share is for"},
                                                    {"quantity", "kg declared"}});
constexpr auto trades =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"trade", "trade number"},
                           instrument,
                           price,
                           {"quantity", "kg"},
                           {"value", "milli-fen, price times quantity"},
                           {"kind", "continuous, call, block, auction or correction"},
                           {"aggressor", "side of the newer order"},
                           {"buy_order", "order number"},
                           {"buyer", "account"},
                           {"buy_broker", "member number"},
                           {"buy_fee", "milli-fen, to the exchange"},
                           {"buy_commission", "milli-fen, to the member's own account"},
                           {"sell_order", "order number"},
                           {"seller", "account"},
                           {"sell_broker", "member number"},
                           {"sell_fee", "milli-fen, to the exchange"},
                           {"sell_commission", "milli-fen, to the member's own account"},
                           {"corrects", "correction: number of the trade it undoes"},
                           {"own_against_principal", "true: a member's own account with a principal it acts for"}});
constexpr auto blocks =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"event", "reported, traded (a row for each side), withdrawn or published"},
                           {"block", "number of the report; published: empty"},
                           {"broker", "member that reported this side"},
                           {"client_id", "its own id of the report"},
                           {"principal", "account the side is for"},
                           instrument,
                           {"side", "buy or sell"},
                           price,
                           {"quantity", "kg"},
                           {"counter_broker", "member of the other side, as reported"},
                           {"agreement", "reference that both sides name"},
                           {"trade", "traded, published: number in trades.csv"},
                           {"reason", "withdrawn: why"}});
constexpr auto auctions = std::to_array<Column>({at_sequence,
                                                 at_time,
                                                 {"event", "announced, closed or cancelled"},
                                                 {"auction", "auction number"},
                                                 {"kind", "one_sided, authority or reserve"},
                                                 instrument,
                                                 {"seller", "announced: account"},
                                                 {"broker", "announced, one_sided: member that listed it"},
                                                 {"client_id", "announced: the sender's own id"},
                                                 {"quantity", "announced: kg, what rolled over into it included"},
                                                 {"rolled_over", "announced: kg unsold in earlier auctions"},
                                                 {"reserve_price", "announced: fen per tonne"},
                                                 {"opens", "announced: bids are taken from then on"},
                                                 {"closes", "announced: until then"},
                                                 {"price", "closed: fen per tonne, 0 when nothing was sold"},
                                                 {"volume", "closed: kg sold"},
                                                 {"unsold", "closed, cancelled: kg"}});
constexpr auto bids = std::to_array<Column>({at_sequence,
                                             at_time,
                                             {"event", "accepted, won (a row for each trade) or withdrawn"},
                                             {"auction", "auction number"},
                                             {"bid", "bid number"},
                                             {"broker", "member that brought it"},
                                             {"client_id", "its own id of the bid"},
                                             {"principal", "account that bids"},
                                             {"price", "fen per tonne: bid (accepted, withdrawn), or paid (won)"},
                                             {"quantity", "kg: bid (accepted), won (won), or let go of (withdrawn)"},
                                             {"trade", "won: number in trades.csv"},
                                             {"reason", "withdrawn: why"}});
constexpr auto alerts = std::to_array<Column>(
    {at_sequence,
     at_time,
     {"alert",
      "large_holder, limit_alert, own_against_principal, stability_triggered; an instrument's new state: "
      "volatility_call (circuit breaker), halted, trading; a member's: suspended, readmitted (kill switch)"},
     {"rule", "clause of the rulebook"},
     {"instrument", "instrument number; empty where the alert is of a member or of all allowances"},
     {"account", "large_holder: whose position; own_against_principal: the principal's"},
     {"broker", "own_against_principal, suspended, readmitted: member number"},
     {"trade", "own_against_principal: number in trades.csv"},
     {"value", "large_holder: kg held and bid for; limit_alert, stability_triggered: fen per tonne"},
     {"limit", "large_holder: kg, the position limit; stability_triggered: fen per tonne, the long mean"},
     {"since", "limit_alert: from when on the price stood at its limit; stability_triggered: the month's first day"},
     {"reason", "suspended, readmitted, halted: as given"}});
constexpr auto rejects = std::to_array<Column>({at_sequence,
                                                at_time,
                                                {"role", "sender's role"},
                                                {"number", "sender's number"},
                                                {"request_id", "sender's id of the request"},
                                                {"command", "what was refused"},
                                                {"code", "reject name"},
                                                {"value", "what was sent"},
                                                {"limit", "what is allowed"},
                                                {"text", "the reason as the sender read it"}});
constexpr auto register_ = std::to_array<Column>({{"account", "account number"},
                                                  {"kind", "kind of account"},
                                                  instrument,
                                                  {"symbol", "instrument symbol"},
                                                  {"quantity", "kg held at the end of the export"}});
constexpr auto transfers =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"kind", "issue, trade, surrender or cancel"},
                           instrument,
                           {"from_account", "account the units left; empty when issued"},
                           {"to_account", "account that received them"},
                           {"quantity", "kg"},
                           {"reference", "trade number, liability year, or reason of cancellation"}});
constexpr auto cap = std::to_array<Column>({instrument,
                                            {"symbol", "instrument symbol"},
                                            {"vintage", "year"},
                                            {"cap", "kg; empty for credits"},
                                            {"issued", "kg"},
                                            {"held", "kg on all accounts but surrender and cancellation"},
                                            {"surrendered", "kg"},
                                            {"cancelled", "kg"},
                                            {"within_cap", "true when issued <= cap (credits: always)"},
                                            {"balanced", "true when issued = held + surrendered + cancelled"}});
constexpr auto allocation_runs = std::to_array<Column>({at_sequence,
                                                        at_time,
                                                        {"year", "compliance year"},
                                                        {"cap", "kg"},
                                                        {"reserve", "kg"},
                                                        {"paid_pool", "kg"},
                                                        {"free_pool", "kg, F"},
                                                        {"accounts", "how many have a weight"},
                                                        {"weight_sum", "thousandths"},
                                                        {"inputs_digest", "SHA-256 of the run's inputs"}});
constexpr auto allocation = std::to_array<Column>({at_sequence,
                                                   {"year", "compliance year"},
                                                   {"account", "whose weight counts"},
                                                   {"holder", "who received the units (a minor's guardian)"},
                                                   {"weight", "thousandths"},
                                                   {"quantity", "kg, A_i"}});
constexpr auto emissions =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"record", "emission record number"},
                           {"status", "the record's state from here on"},
                           {"principal", "account"},
                           {"year", "compliance year"},
                           {"source", "data source number"},
                           {"device", "meter or vehicle"},
                           {"period_from", "first day"},
                           {"period_to", "last day"},
                           {"activity_milli", "thousandths of the factor's unit"},
                           {"factor", "factor number"},
                           {"factor_version", "its version"},
                           {"methodology", "code"},
                           {"methodology_version", "its version"},
                           {"kg", "kg CO2e"},
                           {"verified_total", "kg, the principal's verified emissions of the year after this change"}});
constexpr auto compliance = std::to_array<Column>({at_sequence,
                                                   at_time,
                                                   {"principal", "account"},
                                                   {"year", "compliance year"},
                                                   {"status", "A enough, B not enough, C no figure"},
                                                   {"liability", "kg, E"},
                                                   {"from_credits", "kg surrendered from credits"},
                                                   {"from_banked", "kg surrendered from older vintages"},
                                                   {"from_vintage", "kg surrendered from the year's vintage"},
                                                   {"shortfall", "kg, S"},
                                                   {"banked", "kg of the vintage carried on"},
                                                   {"not_banked", "kg of the vintage cancelled"}});
constexpr auto offsets = std::to_array<Column>({at_sequence,
                                                at_time,
                                                {"event", "requested or granted"},
                                                {"principal", "account"},
                                                {"year", "compliance year"},
                                                instrument,
                                                {"requested", "kg"},
                                                {"granted", "kg; empty while requested"}});
constexpr auto penalties = std::to_array<Column>({at_sequence,
                                                  at_time,
                                                  {"event", "assessed or collected"},
                                                  {"principal", "account"},
                                                  {"year", "compliance year"},
                                                  {"shortfall", "kg, S"},
                                                  {"deducted", "kg from the next allocation"},
                                                  {"debt", "kg carried"},
                                                  {"surcharge", "milli-fen"},
                                                  {"collected", "milli-fen taken"},
                                                  {"owed", "milli-fen still owed"}});
constexpr auto member_money =
    std::to_array<Column>({at_sequence,
                           at_time,
                           {"kind", "deposit, withdrawal, trade, commission or surcharge"},
                           {"broker", "member whose segregated account it is in; empty for exchange and authority"},
                           {"account", "account number, bank, fees or authority"},
                           {"amount", "milli-fen, signed; the rows of one movement sum to zero"},
                           {"balance", "milli-fen after"}});
constexpr auto fees = std::to_array<Column>({{"day", "trading day"},
                                             {"broker", "member number"},
                                             {"fills", "sides of trades, less those of corrections"},
                                             {"value", "milli-fen traded"},
                                             {"fee", "milli-fen, to the exchange"},
                                             {"commission", "milli-fen, charged by the member to its principals"}});
constexpr auto rules = std::to_array<Column>({at_sequence,
                                              at_time,
                                              {"version", "rulebook version"},
                                              {"legal_basis", "reference, or pilot mode"},
                                              {"rule", "parameter"},
                                              {"value", "its value in its own unit"}});
constexpr auto market_days = std::to_array<Column>({{"day", "trading day"},
                                                    instrument,
                                                    {"symbol", "instrument symbol"},
                                                    {"reference", "fen per tonne"},
                                                    {"lower", "day's lower limit"},
                                                    {"upper", "day's upper limit"},
                                                    {"trades", "number"},
                                                    {"volume", "kg"},
                                                    {"value", "milli-fen"},
                                                    {"open", "first price"},
                                                    {"high", "highest"},
                                                    {"low", "lowest"},
                                                    {"close", "last price"}});
constexpr auto instruments = std::to_array<Column>({instrument,
                                                    {"symbol", "PCA-YYYY, PHCER-project-YYYY or CCER-project-YYYY"},
                                                    {"kind", "allowance, phcer or ccer"},
                                                    {"vintage", "year"},
                                                    {"project", "credit project number; 0 for allowances"},
                                                    {"project_code", "its code"},
                                                    {"methodology", "code"},
                                                    {"methodology_version", "its version"},
                                                    {"region", "number"},
                                                    {"offset_eligible", "true when it may offset"}});
constexpr auto accounts = std::to_array<Column>({{"account", "account number (pseudonym)"},
                                                 {"kind", "kind of account"},
                                                 {"status", "open, frozen, surrender_only or closed"},
                                                 {"region", "region number"},
                                                 {"guardian", "minors: the guardian's account"},
                                                 {"opened_at", "sequence"}});

constexpr auto definitions = std::to_array<TableDefinition>({
    {Table::orders, "orders.csv", "Every order's acceptance, replacement and cancellation.", orders},
    {Table::pool_shares, "pool_shares.csv", "The declared split of every pooled order (principal 0 in orders.csv).",
     pool_shares},
    {Table::trades, "trades.csv", "Every trade with both sides.", trades},
    {Table::blocks, "blocks.csv", "Block trades: each side's report, its trade or withdrawal, and the publication.",
     blocks},
    {Table::auctions, "auctions.csv", "Sealed-bid auctions: announced, closed or cancelled.", auctions},
    {Table::bids, "bids.csv", "Every sealed bid and what became of it.", bids},
    {Table::alerts, "alerts.csv", "What the rulebook has told or flagged to operator and authority.", alerts},
    {Table::rejects, "rejects.csv", "Every command that was refused, and why.", rejects},
    {Table::register_, "register.csv", "Snapshot of holdings per account and instrument.", register_},
    {Table::transfers, "transfers.csv", "Every movement of units between accounts.", transfers},
    {Table::cap, "cap.csv", "Proof of the cap: issued = held + surrendered + cancelled, and issued <= cap.", cap},
    {Table::allocation_runs, "allocation_runs.csv", "Each allocation run's pools and inputs digest.", allocation_runs},
    {Table::allocation, "allocation.csv",
     "Each account's weight and share. With F of allocation_runs.csv: A_i = floor(F * weight / weight_sum), leftover "
     "kilograms one each by largest "
     "remainder, ties by the rulebook's hash of account and year.",
     allocation},
    {Table::emissions, "emissions.csv",
     "Emission records and every change of their state, by source, method and version.", emissions},
    {Table::compliance, "compliance.csv", "Each principal's result of a compliance year.", compliance},
    {Table::offsets, "offsets.csv", "Requests to offset with credits, and what was granted.", offsets},
    {Table::penalties, "penalties.csv", "Shortfalls with their penalties, and what was collected.", penalties},
    {Table::member_money, "member_money.csv", "Every movement of client money, double entry.", member_money},
    {Table::fees, "fees.csv", "Exchange fees per trading day and member.", fees},
    {Table::rules, "rules.csv", "Every change of a rulebook parameter.", rules},
    {Table::market_days, "market_days.csv",
     "Prices and volume per trading day and instrument, of what traded in the book; trades broken on their own day "
     "leave trades, volume, value, high and low.",
     market_days},
    {Table::instruments, "instruments.csv", "Listed instruments and their credit projects.", instruments},
    {Table::accounts, "accounts.csv", "Accounts of the register, pseudonymous.", accounts},
});
static_assert(definitions.size() == table_count);

}  // namespace

std::span<const TableDefinition> table_definitions() {
  return definitions;
}

const TableDefinition& definition_of(Table table) {
  return definitions[static_cast<std::size_t>(table)];
}

std::string header_row(const TableDefinition& definition) {
  std::string line;
  for (const Column& column : definition.columns) {
    if (!line.empty()) line += ',';
    line += column.name;
  }
  return line + '\n';
}

std::string schema_text() {
  std::string text =
      "# Files of this export\n\nCSV by RFC 4180, UTF-8, LF, one header row. Quantities are kilograms CO2e, prices fen "
      "per tonne, money milli-fen "
      "(1/1000 fen), all integers. Accounts are pseudonyms.\n\n`log.jsonl` is the log itself: one JSON object per line "
      "and sequence number, from 1. The "
      "bytes of a line without its LF are a leaf of the Merkle tree (RFC 9162). Every CSV file derives from it "
      "alone.\n\n`leaf_hashes.bin` holds the 32-byte "
      "leaf hashes in order.\n";
  for (const TableDefinition& definition : definitions) {
    text += "\n## " + std::string(definition.file) + "\n" + std::string(definition.about) +
            "\n\n| column | meaning |\n|---|---|\n";
    for (const Column& column : definition.columns)
      text += "| " + std::string(column.name) + " | " + std::string(column.meaning) + " |\n";
  }
  return text;
}

RowBuilder& RowBuilder::text(std::string_view value) {
  if (cells_++ != 0) line_ += ',';
  append_csv(line_, value);
  return *this;
}

}  // namespace pace::audit
