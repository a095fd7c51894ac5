// The finished runs of an ablation as one result: what each component earns, with its interval, and
// what it costs. Called by `kaskad ablate`; report/ablation_page.h draws the JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/ablation/components.h"
#include "kaskad/eval/bootstrap.h"

namespace kaskad {

// Of the JSON: counts up when a key changes its meaning.
inline constexpr int kAblationForm = 1;

// One training, measured. Requests are lists for rankers, users for retrievers; all runs of an
// ablation answer the same ones in the same order.
struct MeasuredRun {
  uint64_t seed = 0;
  std::vector<double> values = {};  // (requests, metrics)
  double train_seconds = 0;         // learning and validation
  double cpu_seconds = 0;           // of the whole process, all threads; 0: not known
  int64_t epochs = 0;
  double peak_memory = 0;  // bytes of the training process; 0: not known
};

// What scoring one request takes; negative: not known.
struct ServingCost {
  double flops = -1;
  double latency_ms = -1;           // median over requests, one thread
  double baseline_latency_ms = -1;  // of the baseline, asked the same requests in turn with it
};

struct AblatedComponent {
  Component component;
  std::vector<MeasuredRun> runs;  // each of a seed that the baseline has, too
  ServingCost cost = {};
};

struct Ablation {
  std::string model;                              // "interact_rank"
  std::vector<std::string> metrics, definitions;  // (metrics); the first decides
  std::vector<MeasuredRun> baseline;              // at least one
  ServingCost baseline_cost = {};
  std::vector<AblatedComponent> components;
};

// Components by the change of the deciding metric, the largest loss first:
//   form, model, metric, metrics, definitions{}, requests, seeds[], spread{METRIC:{deviation,
//   freedom}}
//   baseline{metrics{METRIC:value}, train_seconds, epoch_seconds, cpu_seconds, epochs, flops,
//            latency_ms, peak_memory}
//   components[]{name, words, settings[], seeds[], says, metrics{METRIC:{value,low,high}},
//                train_seconds, epoch_seconds, cpu_seconds, flops, latency_ms:
//                each {with, without, change}}
//   verdict
// `value` is without the component minus with it, so that a component that earns its place has a
// negative one; `says` is "earns", "harms" or "may be nothing" by whether the interval of the
// deciding metric lies below 0, above it or on both sides. `change` is a share: -0.1 is a tenth
// less without it. A cost that is not known is left out.
nlohmann::json ablation_json(const Ablation& ablation, const BootstrapOptions& options = {});

}  // namespace kaskad
