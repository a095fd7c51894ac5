// The answer of an experiment: each arm's figures, how they differ from the control's, and whether
// any of it may be believed. Called by `kaskad ab` with a population read from a log or a table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kaskad/experiment/checks.h"
#include "kaskad/experiment/config.h"
#include "kaskad/experiment/effect.h"
#include "kaskad/experiment/population.h"

namespace kaskad::ab {

struct AnalysisOptions {
  EffectOptions effect = {};
  std::string metric = "sifr";  // the one that decides; the others are looked at
  // Empty: the plan's, else the arm called control, else the first by name.
  std::string control = {};
  std::map<std::string, double> shares = {};  // by arm; empty: the plan's, else equal
  const ExperimentConfig* plan = nullptr;     // the experiment's file, where it is given
};

// One metric of one arm.
struct ArmFigure {
  Range value;
  Effect effect;          // against the control; not for the control itself
  double adjusted_p = 1;  // Holm, over the arms of the layer
};

struct ArmReport {
  std::string name;
  double users = 0;
  double share = 0;                     // of the layer's users, as planned
  std::vector<ArmFigure> figures = {};  // (metrics)
};

// The deciding metric at the end of one day, of all days so far.
struct DayReport {
  int64_t day = 0;              // since 1970, UTC
  std::vector<double> users;    // (arms)
  std::vector<Effect> effects;  // (arms)
};

struct LayerReport {
  std::string experiment, name;
  std::vector<ArmReport> arms = {};  // the control first
  bool shares_known = false;         // planned or stated; else taken to be equal
  SampleRatio ratio = {};
  double shares_changed_p = 1;  // of new users' arms being alike every day
  uint64_t mixed_users = 0;     // seen in more than one arm, and left out
  std::vector<DayReport> days = {};
  std::string verdict = {};
};

struct Analysis {
  std::vector<Metric> metrics;
  std::string metric;
  EffectOptions effect;
  std::vector<LayerReport> layers;  // by experiment and name
};

// What a day left of the population: enough for its reports, whatever the options.
struct DayMoments {
  int64_t day = 0;
  std::vector<std::vector<Moments>> moments;  // (layers)(arms) of the deciding metric
};

// Throws Error for a metric, a control or an arm of the shares that is not there.
Analysis analyse(const Population& population, const std::vector<Metric>& metrics,
                 const std::vector<DayMoments>& days, const AnalysisOptions& options);

}  // namespace kaskad::ab
