#include "kaskad/experiment/analysis.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/experiment/verdict.h"

namespace kaskad::ab {
namespace {

// What the experiment's file says of a layer of the log; nullptr where it says nothing.
const ExperimentLayer* planned_layer(const PopulationLayer& layer, const AnalysisOptions& options) {
  if (!options.plan || options.plan->name != layer.experiment) return nullptr;
  const auto& layers = options.plan->layers;
  const auto found = std::ranges::find(layers, layer.name, &ExperimentLayer::name);
  return found == layers.end() ? nullptr : &*found;
}

std::string control_name(const std::vector<std::string>& sorted, const ExperimentLayer* plan,
                         const AnalysisOptions& options) {
  const auto has = [&](const std::string& name) {
    return std::ranges::binary_search(sorted, name);
  };
  if (has(options.control)) return options.control;
  if (plan && has(plan->arms[plan->control].name)) return plan->arms[plan->control].name;
  return has("control") ? "control" : sorted.front();
}

// Planned share of an arm; 0 where nothing is known of it.
double share_of(const std::string& arm, const ExperimentLayer* plan,
                const AnalysisOptions& options) {
  const auto stated = options.shares.find(arm);
  if (stated != options.shares.end()) return stated->second;
  if (!plan) return 0;
  const auto found = std::ranges::find(plan->arms, arm, &ExperimentArm::name);
  return found == plan->arms.end() ? 0 : found->share;
}

// A name in the options that no layer knows is a mistake; in some layers it may well be missing.
void refuse_unknown_arms(const Population& population, const AnalysisOptions& options) {
  std::vector<std::string> known;
  for (const PopulationLayer& layer : population.layers()) {
    known.insert(known.end(), layer.arms.begin(), layer.arms.end());
  }
  if (known.empty()) return;
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const auto check = [&](const std::string& name, const char* what) {
    if (std::ranges::binary_search(known, name)) return;
    throw Error(std::string(what) + " '" + name + "' is no arm; expected " + one_of(known, name));
  };
  if (!options.control.empty()) check(options.control, "control");
  for (const auto& [arm, share] : options.shares) check(arm, "share of");
}

// The arms that were seen, as the population counts them, and behind them planned ones that were
// not: an arm that nobody came back from is the worst sample ratio of all.
std::vector<std::string> all_arms(const PopulationLayer& layer, const ExperimentLayer* plan) {
  std::vector<std::string> names = layer.arms;
  if (!plan) return names;
  for (const ExperimentArm& arm : plan->arms) {
    if (std::ranges::find(layer.arms, arm.name) == layer.arms.end()) names.push_back(arm.name);
  }
  return names;
}

// The order of the report: the control, then the others by name. Indices of `names`.
std::vector<size_t> arm_order(const std::vector<std::string>& names, const ExperimentLayer* plan,
                              const AnalysisOptions& options) {
  std::vector<size_t> order(names.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t arm) { return names[arm]; });
  std::vector<std::string> sorted;
  for (const size_t arm : order) sorted.push_back(names[arm]);
  const std::string control = control_name(sorted, plan, options);
  std::ranges::stable_partition(order, [&](size_t arm) { return names[arm] == control; });
  return order;
}

// Shares of all arms or of none: those of some say nothing of the others.
void set_shares(LayerReport& report, const ExperimentLayer* plan, const AnalysisOptions& options) {
  size_t known = 0;
  for (ArmReport& arm : report.arms) {
    arm.share = share_of(arm.name, plan, options);
    known += arm.share > 0;
  }
  report.shares_known = known == report.arms.size();
  if (known > 0 && !report.shares_known) {
    const auto missing = std::ranges::find(report.arms, 0.0, &ArmReport::share);
    throw Error("layer '" + report.name + "': found no share of arm '" + missing->name +
                "', expected one for each arm of the layer");
  }
  double sum = 0;
  for (ArmReport& arm : report.arms) sum += report.shares_known ? arm.share : 1;
  for (ArmReport& arm : report.arms) arm.share = (report.shares_known ? arm.share : 1) / sum;
}

// One metric of all arms of a layer; `moments` in the order of the report.
void add_figures(LayerReport& report, const std::vector<Moments>& moments,
                 const EffectOptions& options) {
  std::vector<ArmFigure> figures;
  std::vector<double> p_values;
  for (const Moments& arm : moments) {
    figures.push_back({figure_of(arm, options), {}, 1});
    if (figures.size() == 1) continue;
    figures.back().effect = effect_of(arm, moments[0], options);
    p_values.push_back(figures.back().effect.p_value);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (size_t a = 0; a < figures.size(); ++a) {
    if (a > 0) figures[a].adjusted_p = adjusted[a - 1];
    report.arms[a].figures.push_back(figures[a]);
  }
}

std::vector<Moments> in_order(const std::vector<Moments>& moments,
                              const std::vector<size_t>& order) {
  std::vector<Moments> ordered;
  // An arm that was not seen, or not yet, has no users.
  for (const size_t arm : order) ordered.push_back(arm < moments.size() ? moments[arm] : Moments());
  return ordered;
}

DayReport day_report(int64_t day, const std::vector<Moments>& moments,
                     const EffectOptions& options) {
  DayReport report{day, {}, {}};
  for (const Moments& arm : moments) {
    report.users.push_back(arm.users());
    report.effects.push_back(report.effects.empty() ? Effect()
                                                    : effect_of(arm, moments[0], options));
  }
  return report;
}

// Users that are new on each day, by arm.
double shares_changed(const std::vector<DayReport>& days) {
  std::vector<std::vector<double>> fresh;
  for (size_t d = 0; d < days.size(); ++d) {
    fresh.push_back(days[d].users);
    for (size_t a = 0; d > 0 && a < fresh[d].size(); ++a) {
      // Users who turn out to be mixed leave again.
      fresh[d][a] = std::max(0.0, fresh[d][a] - days[d - 1].users[a]);
    }
  }
  return independence_p(fresh);
}

LayerReport layer_report(const PopulationLayer& layer, size_t index,
                         const std::vector<std::vector<std::vector<Moments>>>& moments,
                         const std::vector<DayMoments>& days, const AnalysisOptions& options) {
  const ExperimentLayer* plan = planned_layer(layer, options);
  const std::vector<std::string> names = all_arms(layer, plan);
  const std::vector<size_t> order = arm_order(names, plan, options);
  LayerReport report{layer.experiment, layer.name};
  std::vector<double> users, shares;
  for (const Moments& arm : in_order(moments[0][index], order)) {
    report.arms.push_back({names[order[users.size()]], arm.users()});
    users.push_back(arm.users());
  }
  set_shares(report, plan, options);
  for (const ArmReport& arm : report.arms) shares.push_back(arm.share);
  report.ratio = check_sample_ratio(users, shares);
  for (const auto& of_metric : moments) {
    add_figures(report, in_order(of_metric[index], order), options.effect);
  }
  for (const DayMoments& day : days) {
    if (index >= day.moments.size()) continue;
    report.days.push_back(day_report(day.day, in_order(day.moments[index], order), options.effect));
  }
  report.shares_changed_p = shares_changed(report.days);
  return report;
}

}  // namespace

Analysis analyse(const Population& population, const std::vector<Metric>& metrics,
                 const std::vector<DayMoments>& days, const AnalysisOptions& options) {
  const Metric& deciding = find_metric(metrics, options.metric);
  refuse_unknown_arms(population, options);
  Analysis analysis{metrics, deciding.name, options.effect, {}};
  std::vector<std::vector<std::vector<Moments>>> moments;  // (metrics)(layers)(arms)
  for (const Metric& metric : metrics) moments.push_back(population.moments(metric));
  const std::vector<uint64_t> mixed = population.mixed();
  for (size_t l = 0; l < population.layers().size(); ++l) {
    if (population.layers()[l].arms.empty()) continue;
    LayerReport report = layer_report(population.layers()[l], l, moments, days, options);
    report.mixed_users = mixed[l];
    report.verdict = verdict_of(report, metrics, deciding, options.effect);
    analysis.layers.push_back(std::move(report));
  }
  std::ranges::sort(analysis.layers, [](const LayerReport& a, const LayerReport& b) {
    return std::tie(a.experiment, a.name) < std::tie(b.experiment, b.name);
  });
  return analysis;
}

}  // namespace kaskad::ab
