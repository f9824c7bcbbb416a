#include <boost/asio/awaitable.hpp>

#include "gateway/http/command_json.h"
#include "gateway/http/http_api.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/market_messages.h"

namespace pace {

HttpApi::Wait HttpApi::instruments(const HttpCall&) {
  return ask(AskMarket{}, [](const Answer& answer) {
    const auto& market = std::get<MarketView>(answer);
    std::string out = "{\"sequence\":" + std::to_string(market.as_of.raw()) + ",\"instruments\":";
    json_value(out, market.instruments);
    return json_reply(out + "}");
  });
}

HttpApi::Wait HttpApi::session(const HttpCall&) {
  return ask(AskMarket{}, [](const Answer& answer) {
    const auto& market = std::get<MarketView>(answer);
    std::string out = "{";
    JsonFields fields(out);
    fields.add("sequence", market.as_of);
    fields.add_text("time", to_text(market.time));
    fields.add("time_ns", market.time);
    fields.add("day", market.day);
    fields.add("phase", market.phase);
    return json_reply(out + "}");
  });
}

// Open to all, as it names neither seller nor bidder.
HttpApi::Wait HttpApi::auctions(const HttpCall&) {
  return ask(AskAuctions{}, view_reply<AuctionsView>);
}

const BoardInstrument* HttpApi::instrument_of(const HttpCall& call) const {
  return hub_.ready() ? hub_.board().find(std::string_view(call.parameter)) : nullptr;
}

HttpApi::Wait HttpApi::book(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  co_return json_reply(book_snapshot(*instrument));
}

HttpApi::Wait HttpApi::trades(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  const auto limit = query_number(call, "limit", 100, 1, MarketBoard::kept_trades);
  if (!limit) co_return problem(400, "limit: expected 1 to " + std::to_string(MarketBoard::kept_trades));
  co_return json_reply(trades_snapshot(hub_.board(), *instrument, *limit));
}

HttpApi::Wait HttpApi::trade_history(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  Items items = [id = instrument->instrument](const Entry& entry) { return trade_items(entry, id); };
  co_return co_await history(call, "trades", std::move(items));
}

HttpApi::Wait HttpApi::candles(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  const auto given = call.query.find("interval");
  const auto width =
      given == call.query.end() ? std::optional(CandleWidth::minute) : enum_from<CandleWidth>(given->second);
  if (!width) co_return problem(400, "interval: expected 1m, 5m, 1h or 1d");
  const auto limit = query_number(call, "limit", 100, 1, 1'000);
  if (!limit) co_return problem(400, "limit: expected 1 to 1000");
  const auto before = query_number(call, "before", 0, 1, INT64_MAX);
  if (!before) co_return problem(400, "before: expected nanoseconds since 1970, as a candle's start says them");
  const auto list =
      hub_.candles().last(instrument->instrument, *width, Timestamp(static_cast<std::int64_t>(*before)), *limit);
  std::string out = "{";
  JsonFields fields(out);
  fields.add("sequence", hub_.board().applied());
  fields.add("symbol", instrument->symbol);
  fields.add("interval", *width);
  fields.add("candles", list);
  if (!list.empty()) fields.add("before", list.front().start);
  co_return json_reply(out + "}");
}

}  // namespace pace
