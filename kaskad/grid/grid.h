// The whole of `kaskad grid`: tries the variants on validation, blends the best, looks at the
// test once, explains what the log rewards, and leaves a bundle of the winner. Called by the cli.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/segments.h"
#include "kaskad/grid/advice.h"
#include "kaskad/grid/fit_blend.h"
#include "kaskad/grid/search.h"

namespace kaskad {

struct GridOptions {
  std::string directory;   // where the journal, the bundle and grid.json go
  std::string space_toml;  // empty: the default space
  SearchOptions search;
  std::string title_feature;  // that people know the items by; empty: by its usual names
  bool blend = true;          // also try a blend of the best
  bool whole_log = false;     // also a bundle `production`, fitted on everything, test included
  BootstrapOptions bootstrap;
};

// Popularity on the same questions.
struct BaselineResult {
  std::string name;
  double validation_ndcg = 0, validation_hit_rate = 0;
  std::vector<double> window_ndcg;  // (validation windows)
  Evaluation test;
  Interval winner_gain;  // ndcg@10 on test of the winner minus this, paired by case
};

struct GridResult {
  LogFacts facts;
  SearchResult search;                    // leaders best first
  std::optional<FittedBlend> blend;       // empty when not wanted
  bool blend_won = false;                 // its cross-fitted gain excludes 0
  Blend winner;                           // one part, or the blend
  Evaluation test;                        // of the winner, looked at once
  SegmentReport segments;                 // of that
  std::optional<Evaluation> single_test;  // of the best single variant, when the blend won
  std::vector<BaselineResult> baselines;
  std::vector<Advice> advice;
  std::vector<KnobEffects> effects;  // around search.centre
  double seconds = 0;

  // The highest of the table on test: what a winner has to beat.
  const BaselineResult& strongest_baseline() const;
  std::vector<double> winner_by_window() const;  // ndcg@10 (validation windows)
};

// Writes `directory`/winner (a bundle) and returns everything else. Throws Error on bad options.
GridResult run_grid(const Dataset& dataset, const Split& split, const GridOptions& options,
                    const Progress& progress = {});

LogFacts facts_of(const Dataset& dataset);

// The object of `--json` and grid.json, as kaskad/report/grid_page.h reads it. `command` is shown.
nlohmann::json grid_json(const GridResult& result, const Dataset& dataset, const Split& split,
                         const GridOptions& options, const std::string& command);

// Beside the bundle, for people and for `kaskad compare`: grid.json, advice.json, recipe.toml, and
// the evaluations on test of the winner (test/) and of the baselines (baselines/NAME/).
void write_grid_files(const std::string& directory, const GridResult& result,
                      const nlohmann::json& grid);

}  // namespace kaskad
