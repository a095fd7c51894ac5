#include "kaskad/experiment/analysis_json.h"

#include <nlohmann/json.hpp>

#include "kaskad/core/utc.h"
#include "kaskad/experiment/verdict.h"

namespace kaskad::ab {
namespace {

using Json = nlohmann::json;

Json range_json(const Range& range) {
  return {{"value", range.value}, {"low", range.low}, {"high", range.high}};
}

Json effect_json(const Effect& effect) {
  return {{"difference", range_json(effect.difference)},
          {"relative", range_json(effect.relative)},
          {"standard_error", effect.error},
          {"p_value", effect.p_value},
          {"variance_left", effect.variance_left}};
}

Json arm_json(const ArmReport& arm, const std::vector<Metric>& metrics, bool control) {
  Json figures = Json::object();
  for (size_t m = 0; m < metrics.size(); ++m) {
    Json& figure = figures[metrics[m].name] = range_json(arm.figures[m].value);
    if (control) continue;
    figure["effect"] = effect_json(arm.figures[m].effect);
    figure["effect"]["adjusted_p"] = arm.figures[m].adjusted_p;
  }
  return {{"name", arm.name},
          {"control", control},
          {"users", arm.users},
          {"share", arm.share},
          {"metrics", figures}};
}

Json layer_json(const LayerReport& layer, const std::vector<Metric>& metrics) {
  Json arms = Json::array(), days = Json::array();
  for (size_t a = 0; a < layer.arms.size(); ++a) {
    arms.push_back(arm_json(layer.arms[a], metrics, a == 0));
  }
  for (const DayReport& day : layer.days) {
    Json of_day = Json::array();
    for (size_t a = 0; a < layer.arms.size(); ++a) {
      Json arm = {{"name", layer.arms[a].name}, {"users", day.users[a]}};
      if (a > 0) arm["effect"] = effect_json(day.effects[a]);
      of_day.push_back(std::move(arm));
    }
    days.push_back({{"date", date_text(day.day)}, {"arms", of_day}});
  }
  return {{"experiment", layer.experiment},
          {"layer", layer.name},
          {"verdict", layer.verdict},
          {"warnings", warnings_of(layer)},
          {"arms", arms},
          {"mixed_users", layer.mixed_users},
          {"sample_ratio",
           {{"expected", layer.ratio.expected},
            {"chi_square", layer.ratio.chi_square},
            {"p_value", layer.ratio.p_value},
            {"mismatch", layer.ratio.mismatch},
            {"shares_known", layer.shares_known}}},
          {"shares_changed_p", layer.shares_changed_p},
          {"days", days}};
}

}  // namespace

Json to_json(const SkippedRows& skipped) {
  Json examples = Json::array();
  for (const SkippedRow& row : skipped.examples) examples.push_back(row.why);
  return {{"count", skipped.count}, {"examples", examples}};
}

Json reading_json(const ReadLog& read) {
  const AttributionCounts& counts = read.counts;
  return {{"lines", read.lines},
          {"broken_lines", to_json(read.skipped)},
          {"users", read.population.users().size()},
          {"exposures", counts.exposures},
          {"exposures_before", counts.before},
          {"exposures_without_arm", counts.without_arm},
          {"exposures_repeated", counts.repeated_exposures},
          {"actions", counts.actions},
          {"actions_repeated", counts.repeated_actions},
          {"actions_uncredited", counts.uncredited_actions}};
}

Json to_json(const Analysis& analysis) {
  Json definitions = Json::object(), names = Json::array(), layers = Json::array();
  for (const Metric& metric : analysis.metrics) {
    definitions[metric.name] = metric.definition;
    names.push_back(metric.name);
  }
  for (const LayerReport& layer : analysis.layers) {
    layers.push_back(layer_json(layer, analysis.metrics));
  }
  const EffectOptions& effect = analysis.effect;
  Json out = {{"metric", analysis.metric},
              {"metrics", names},
              {"definitions", definitions},
              {"level", effect.level},
              {"cuped", effect.cuped},
              {"sequential", effect.sequential.has_value()},
              {"layers", layers}};
  if (effect.sequential) out["planned_users"] = effect.sequential->planned_users;
  return out;
}

}  // namespace kaskad::ab
