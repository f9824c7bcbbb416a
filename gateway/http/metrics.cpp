#include "gateway/http/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <map>

namespace pace {

std::string prometheus_text(const std::vector<Figure>& figures) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (const Figure& figure : figures) {
    prometheus::MetricFamily& family = families[figure.name];
    family.name = figure.name;
    family.help = figure.help;
    const bool counter = figure.kind == Figure::Kind::counter;
    family.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    (counter ? metric.counter.value : metric.gauge.value) = figure.value;
    for (const auto& [name, value] : figure.labels) metric.label.push_back({name, value});
  }
  std::vector<prometheus::MetricFamily> list;
  for (auto& [name, family] : families) list.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(list);
}

void append_gateway_figures(std::vector<Figure>& figures, const HttpCounts& counts, const StreamHub& hub) {
  const auto add = [&](const char* name, const char* help, Figure::Kind kind, auto value) -> Figure& {
    return figures.emplace_back(Figure{name, help, kind, static_cast<double>(value), {}});
  };
  add("pace_http_connections", "Open HTTP connections.", Figure::Kind::gauge, counts.connections);
  add("pace_ws_sessions", "Open WebSocket sessions.", Figure::Kind::gauge, counts.ws_sessions);
  add("pace_ws_dropped_total", "WebSocket sessions dropped because they read too slowly.", Figure::Kind::counter,
      counts.ws_dropped);
  add("pace_stream_sequence", "Last log entry in the market data.", Figure::Kind::gauge, hub.board().applied().raw());
  add("pace_stream_lag_entries", "Released log entries that market data has not read.", Figure::Kind::gauge,
      hub.released().raw() - std::min(hub.released().raw(), hub.board().applied().raw()));
  for (const auto& [status, n] : counts.replies)
    add("pace_http_replies_total", "HTTP replies by status.", Figure::Kind::counter, n).labels = {
        {"status", std::to_string(status)}};
  for (const auto& [reason, n] : hub.rejects())
    add("pace_rejects_total", "Rejected commands by reason, since this process started.", Figure::Kind::counter, n)
        .labels = {{"reason", reason}};
  for (const auto& [alert, n] : hub.alerts())
    add("pace_alerts_total", "What the rulebook told or flagged, since this process started.", Figure::Kind::counter, n)
        .labels = {{"alert", alert}};
}

}  // namespace pace
