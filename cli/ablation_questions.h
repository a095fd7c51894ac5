// What the runs of `kaskad ablate` are asked: stored lists of rankers, users of retrievers; and
// what an answer costs. Called by ablate.cc, after all trainings, so that nothing else runs beside
// what is timed.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/ablation/ablation.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad::cli {

// Values of one run, all columns in the questions' own order.
struct Answers {
  std::vector<std::string> metrics, definitions;
  std::vector<double> values;  // (requests, metrics)
};

class AblationQuestions {
 public:
  virtual ~AblationQuestions() = default;

  // For components_of().
  virtual AblationData data() const = 0;
  // Hashes and sizes of what is asked, for the record: lists_hash or split_hash, "request".
  virtual nlohmann::json facts() const = 0;
  // From the run's folder; what was measured there already is read. Throws Error.
  virtual Answers answers(const std::string& run_folder) const = 0;
  // FLOPs of one request, and its median time beside the baseline's. `baseline_folder` may be the
  // run's own: then the two times are of one model. Files for a moment go into `scratch`.
  virtual ServingCost cost(const std::string& run_folder, const std::string& baseline_folder,
                           const std::string& scratch) const = 0;
};

// `part` is "validation" or "test". `heads`: whose labels are relevant; empty: any.
std::unique_ptr<AblationQuestions> list_questions(const Dataset& dataset, const std::string& lists,
                                                  const std::string& part,
                                                  const std::vector<std::string>& heads);
// `split` as SplitOptions::parse() takes it.
std::unique_ptr<AblationQuestions> user_questions(const Dataset& dataset, const std::string& split,
                                                  const std::string& part);

}  // namespace kaskad::cli
