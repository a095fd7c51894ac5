#include "kaskad/ranking/reliability.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/ranking/calibration_fit.h"

namespace kaskad {

Reliability measure_reliability(std::span<const float> probabilities,
                                std::span<const uint8_t> labels, size_t bins) {
  KASKAD_ASSERT(probabilities.size() == labels.size() && !labels.empty() && bins > 0);
  std::vector<uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return probabilities[a] < probabilities[b]; });
  Reliability found;
  found.count = labels.size();
  const auto n = static_cast<double>(labels.size());
  for (size_t at = 0; at < order.size();) {
    const size_t bin = at * bins / order.size();  // the one that the next candidate falls into
    const size_t end = ((bin + 1) * order.size() + bins - 1) / bins;
    ReliabilityBin sum;
    while (at < order.size() &&
           (at < end || probabilities[order[at]] == probabilities[order[at - 1]])) {
      const double p = probabilities[order[at]], label = labels[order[at]];
      sum.predicted += p;
      sum.observed += label;
      found.brier += (p - label) * (p - label) / n;
      found.base_rate += label / n;
      ++sum.count;
      ++at;
    }
    const auto count = static_cast<double>(sum.count);
    sum.predicted /= count;
    sum.observed /= count;
    found.ece += count / n * std::abs(sum.predicted - sum.observed);
    found.bins.push_back(sum);
  }
  found.brier_plain = found.base_rate * (1 - found.base_rate);
  return found;
}

nlohmann::json measure_calibration(const Ranker& ranker, const Calibration& calibration,
                                   const Dataset& dataset, const Impressions& lists, int threads,
                                   const Progress& progress) {
  nlohmann::json heads = nlohmann::json::array();
  const auto data = label_scores(ranker, dataset, lists, threads, progress);
  for (size_t head = 0; head < data.size(); ++head) {
    std::vector<float> probabilities;
    for (const float score : data[head].scores) {
      probabilities.push_back(calibration.probability(head, score));
    }
    nlohmann::json one = measure_reliability(probabilities, data[head].labels);
    one["head"] = ranker.heads()[head].name;
    one["method"] = calibration.method();
    heads.push_back(std::move(one));
  }
  return heads;
}

void to_json(nlohmann::json& out, const Reliability& reliability) {
  out = {{"candidates", reliability.count},
         {"base_rate", reliability.base_rate},
         {"ece", reliability.ece},
         {"brier", reliability.brier},
         {"brier_of_base_rate", reliability.brier_plain},
         {"bins", nlohmann::json::array()}};
  for (const ReliabilityBin& bin : reliability.bins) {
    out["bins"].push_back(
        {{"predicted", bin.predicted}, {"observed", bin.observed}, {"count", bin.count}});
  }
}

}  // namespace kaskad
