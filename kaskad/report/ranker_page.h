// The page of `kaskad eval-ranker --report`: which ranker is in front on these lists, by how much,
// what it looks at, how it learned, what its probabilities are worth, and what a request costs.
// Called by the cli with the object of `--json`.
//
// Keys read (every one may be missing; what depends on it is then left out):
//   kaskad, command_line, time, metric, verdict, dataset_hash, impressions_hash, part
//   split, split_hash, facts{lists,asked,candidates,relevant,retrieved}
//   rankers[]{ranker,metrics{METRIC:{value,low,high}},definitions{METRIC:text},
//             to_best{value,low,high},may_equal_best,seconds,
//             heads[]{head,asked,own{METRIC:..},final{METRIC:..}},
//             importance[]{head,features[]{feature,gain}},
//             curves[]{head,unit,points[][x,y]},
//             calibration[]{head,method,ece,brier,brier_of_base_rate,base_rate,candidates,
//                           bins[]{predicted,observed,count}}}
//   latency[]{ranker,history,candidates,p50_ms,p99_ms}
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// Quality by time as a picture, an SVG file. Throws Error when there are no times of its rankers.
std::string latency_picture(const nlohmann::json& evaluation);

// A whole HTML file. Throws Error when `evaluation` is no JSON object.
std::string ranker_page(const nlohmann::json& evaluation);

}  // namespace kaskad
