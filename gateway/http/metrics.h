// /metrics in Prometheus' text form. Thread rule: functions without shared state; the hub is read on the io thread.
#pragma once

#include <string>
#include <vector>

#include "gateway/http/http_api.h"
#include "gateway/http/http_options.h"

namespace pace {

/// Figures of one name form one family, wherever they stand in the list.
std::string prometheus_text(const std::vector<Figure>& figures);
/// What the gateway knows itself: connections, sessions, replies, rejected commands by reason, its place in the log.
void append_gateway_figures(std::vector<Figure>& figures, const HttpCounts& counts, const StreamHub& hub);

}  // namespace pace
