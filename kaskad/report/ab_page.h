// The page of `kaskad ab`: what an experiment says, by layer: verdict, changes of every metric with
// their intervals, the deciding one day by day. Called by the cli with the object of `--json`.
//
// Keys read (every one may be missing; what depends on it is then left out):
//   kaskad, command, created, metric, metrics[], definitions{METRIC:text}, level, cuped,
//   sequential, planned_users
//   reading{lines,rows,users,exposures,actions,exposures_before,exposures_without_arm,
//           exposures_repeated,actions_repeated,actions_uncredited,broken_lines{count,examples[]}}
//   layers[]{experiment,layer,verdict,warnings[],mixed_users,
//     sample_ratio{expected[],p_value,shares_known},
//     arms[]{name,control,users,share,metrics{METRIC:{value,low,high,
//       effect{difference{},relative{value,low,high},p_value,adjusted_p,variance_left}}}}
//     days[]{date,arms[]{name,users,effect{relative{value,low,high}}}}}
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// A whole HTML file. Throws Error when `answer` is no JSON object.
std::string ab_page(const nlohmann::json& answer);

}  // namespace kaskad
