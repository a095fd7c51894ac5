// The page of `kaskad ablate`: what each component of a recipe earns and what it costs. Called by
// the cli with the object of `--json`.
//
// Keys read (every one may be missing; what depends on it is then left out):
//   kaskad, command_line, time, model, on, metric, metrics[], definitions{METRIC:text}, verdict
//   requests, seeds[], dataset_hash, lists_hash, split, split_hash,
//   spread{METRIC:{deviation,freedom}} request{history,candidates,words}
//   baseline{metrics{METRIC:value},train_seconds,epoch_seconds,cpu_seconds,epochs,flops,
//            latency_ms}
//   components[]{name,words,settings[],seeds[],says,metrics{METRIC:{value,low,high}},
//                train_seconds,epoch_seconds,cpu_seconds,flops,latency_ms: each
//                {with,without,change}}
//   left_out[]{name,why}, failed[]{name,seed,error}
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// A whole HTML file. Throws Error when `ablation` is no JSON object.
std::string ablation_page(const nlohmann::json& ablation);

}  // namespace kaskad
