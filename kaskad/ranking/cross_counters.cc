#include "kaskad/ranking/cross_counters.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/kernels/pre_rank.h"

namespace kaskad {

CounterScale CounterScale::learn(std::span<const std::string> names, std::span<const float> rows,
                                 bool logarithms) {
  const size_t width = names.size();
  KASKAD_ASSERT(width == 0 || rows.size() % width == 0);
  CounterScale scale;
  const size_t candidates = width > 0 ? rows.size() / width : 0;
  const auto count = static_cast<double>(candidates);
  for (size_t j = 0; j < width; ++j) {
    const bool logged = logarithms && !names[j].starts_with("missing_");
    double sum = 0, squares = 0;
    for (size_t at = j; at < rows.size(); at += width) {
      const double x = logged ? bits_log2(rows[at]) : rows[at];
      sum += x;
      squares += x * x;
    }
    const double mean = count > 0 ? sum / count : 0;
    const double variance = count > 0 ? squares / count - mean * mean : 0;
    const bool varies = variance > 1e-9 * std::max(1.0, mean * mean);
    scale.logged.push_back(logged ? 1 : 0);
    scale.mean.push_back(static_cast<float>(mean));
    scale.inverse.push_back(varies ? static_cast<float>(1 / std::sqrt(variance)) : 0.0F);
  }
  return scale;
}

void CounterScale::scale(std::span<const float> rows, float* out, size_t stride) const {
  for (size_t begin = 0; begin < rows.size(); begin += size(), out += stride) {
    for (size_t j = 0; j < size(); ++j) {
      const float x = rows[begin + j];
      out[j] = ((logged[j] ? bits_log2(x) : x) - mean[j]) * inverse[j];
    }
  }
}

void to_json(nlohmann::json& json, const CounterScale& scale) {
  json = {{"logged", scale.logged}, {"mean", scale.mean}, {"inverse", scale.inverse}};
}

void from_json(const nlohmann::json& json, CounterScale& scale) {
  json.at("logged").get_to(scale.logged);
  json.at("mean").get_to(scale.mean);
  json.at("inverse").get_to(scale.inverse);
  if (scale.logged.size() != scale.mean.size() || scale.inverse.size() != scale.mean.size()) {
    throw Error("the scale of counters: " + std::to_string(scale.logged.size()) + " shapes, " +
                std::to_string(scale.mean.size()) + " means and " +
                std::to_string(scale.inverse.size()) + " deviations, expected as many of each");
  }
}

CounterRequest counter_request(const RankRequest& request) {
  return {.query = request.query, .user = request.user, .candidates = request.candidates};
}

}  // namespace kaskad
