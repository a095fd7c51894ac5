// Finds the evaluations that `grid`, `train` and `eval` left under the folders that a user names,
// with what each cost. Called by `kaskad compare`.
//   RUN/test/evaluation.json        grid and train; costs in RUN/result.json or RUN/grid.json
//   RUN/baselines/NAME/...          the baselines of that run's table
//   RUN/evaluation.json             one that `eval` saved
//   RUN/*/evaluation.json           a folder of those
#pragma once

#include <string>
#include <vector>

#include "kaskad/eval/comparison.h"

namespace kaskad {

struct FoundRuns {
  std::vector<ComparedRun> runs;     // a baseline that several runs carry stands here once
  std::vector<std::string> bundles;  // (runs): directory of the bundle, empty without one
  std::vector<std::string> skipped;  // paths that hold no evaluation
};

// "NAME=PATH", or a path alone, which is called as its folder.
struct NamedRun {
  std::string name, path;
};
NamedRun parse_named_run(const std::string& given);

// `paths` may be "NAME=PATH" to name a run; else it is called as its folder. Throws Error when a
// path does not exist or nothing is found at all.
FoundRuns find_runs(const std::vector<std::string>& paths);

// Microseconds of one request for 10 items, one thread: the median over stored histories (or over
// empty ones where the bundle stores none). Loads the bundle.
RunCost measure_bundle(const std::string& directory);

}  // namespace kaskad
