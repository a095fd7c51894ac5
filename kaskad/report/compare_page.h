// The page of `kaskad compare`: which method wins on this split, by how much, at what price.
// Called by the cli with the object of `--json`.
//
// Keys read (every one may be missing; what depends on it is then left out):
//   kaskad, command, created, metric, verdict, dataset_hash, phase, cases
//   split{text,hash}
//   runs[]{name,model,metrics{METRIC:{value,low,high}},difference_to_best{value,low,high},
//          may_equal_best,fit_seconds,peak_memory_bytes,score_microseconds,bundle_bytes,
//          segments{parts[]{group,name,cases,share,metrics{}}}}              best first
//   curves[]{name,points[]{epoch,METRIC:value}}
//   metric_definitions{metric:text}
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// A whole HTML file. Throws Error when `comparison` is no JSON object.
std::string compare_page(const nlohmann::json& comparison);

}  // namespace kaskad
