// What /metrics says of the process, by the names that Prometheus clients have for it.
#pragma once

#include "kaskad/server/metric_families.h"

namespace kaskad {

// `started`: when the server began, in seconds since 1970.
void read_process(double started, MetricFamilies& families);

}  // namespace kaskad
