// The figures of /metrics, from the parts' own counts.
#pragma once

#include <vector>

#include "engine/sequencer/sequencer.h"
#include "gateway/fix/fix_gateway.h"
#include "gateway/http/http_gateway.h"
#include "tools/pace/projections.h"

namespace pace::tool {

/// Prometheus names: unit last, counters end in _total.
std::vector<Figure> figures(const SequencerStatistics& sequencer, const ProjectionStatus& projections,
                            const FixStatus& fix);

}  // namespace pace::tool
