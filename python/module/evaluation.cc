// Figures of models and of anybody's lists on the questions of a split, and comparisons of them.
#include "kaskad/eval/evaluation.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "bindings.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/bundle_check.h"
#include "kaskad/eval/comparison.h"
#include "kaskad/eval/recommendations.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/segments.h"
#include "kaskad/report/compare_page.h"
#include "model.h"
#include "work.h"

namespace kaskad::python {
namespace {

// How to measure: the options that all calls share.
struct Measuring {
  std::string metrics, profile, ties;
  bool exclude_seen = true;
  size_t resamples = 1000;
  uint64_t seed = 1;
  int threads = 1;

  EvalOptions options(bool items_described) const {
    EvalOptions options;
    options.profile = parse_profile(profile);
    options.metrics = metrics.empty() ? default_metrics(options.profile, items_described)
                                      : parse_metrics(metrics, options.profile);
    options.ties = ties.empty() ? tie_rule_of(options.profile) : parse_tie_rule(ties);
    options.exclude_seen = exclude_seen;
    options.threads = threads;
    options.bootstrap = {.resamples = resamples, .seed = seed, .threads = threads};
    return options;
  }
  static RankOptions ranking(const EvalOptions& options) {
    return {.k = longest_k(options.metrics),
            .ties = options.ties,
            .exclude_seen = options.exclude_seen,
            .threads = options.threads};
  }
};

// An evaluation with its parts by segment.
struct Measured {
  Evaluation evaluation;
  SegmentReport segments;
  size_t unknown_items = 0, cases_without_list = 0;  // of lists

  std::string json() const {
    nlohmann::json out = to_json(evaluation);
    out["segments"] = to_json(segments);
    return out.dump();
  }
};

Measured measured(const RankedCases& ranked, const Dataset& dataset, const Split& split,
                  const Phase& phase, const Catalogue& catalogue, const EvalOptions& options) {
  Measured result;
  result.evaluation = measure(ranked, catalogue, split, phase, dataset, options);
  result.segments = make_segments(result.evaluation, ranked, catalogue, dataset);
  return result;
}

Measured evaluate_model(const Model& model, const Dataset& dataset, const Split& split,
                        const Phase& phase, const Measuring& measuring,
                        const nb::object& progress) {
  if (model.retriever->num_items() != dataset.num_items()) {
    throw Error("the model knows " + std::to_string(model.retriever->num_items()) +
                " items, the dataset has " + std::to_string(dataset.num_items()));
  }
  return work_result(progress, [&](const Progress& shown) {
    const Catalogue catalogue(dataset, phase);
    const EvalOptions options = measuring.options(!catalogue.distance.empty());
    const RankedCases ranked =
        rank_cases(*model.retriever, dataset, phase, Measuring::ranking(options), shown);
    return measured(ranked, dataset, split, phase, catalogue, options);
  });
}

// Rows of lists: users are the dataset's, NO_ITEM is an item that it lacks, keys ascend.
Measured evaluate_lists(const std::string& name, const Column<uint32_t>& users,
                        const Column<uint32_t>& items, const Column<float>& keys,
                        const Dataset& dataset, const Split& split, const Phase& phase,
                        const Measuring& measuring) {
  if (items.size() != users.size() || keys.size() != users.size()) {
    throw Error("lists: users, items and keys differ in length");
  }
  std::vector<ListRow> rows(users.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    const ItemId item{items.data()[row]};
    if (item != kNoItem && index(item) >= dataset.num_items()) {
      throw Error("lists: row " + std::to_string(row) + " names no item of the dataset");
    }
    rows[row] = {UserId{users.data()[row]}, keys.data()[row], row, item};
  }
  const nb::gil_scoped_release released;
  size_t unknown = 0;
  for (const ListRow& row : rows) unknown += row.item == kNoItem;
  const Catalogue catalogue(dataset, phase);
  EvalOptions options = measuring.options(!catalogue.distance.empty());
  options.ties = TieRule::kListed;
  const ListFile lists =
      rank_lists(name, std::move(rows), dataset, phase, Measuring::ranking(options));
  Measured result = measured(lists.ranked, dataset, split, phase, catalogue, options);
  result.unknown_items = unknown;
  result.cases_without_list = lists.cases_without_list;
  return result;
}

// The comparison as JSON, and its page.
nb::tuple compare(const std::vector<std::string>& names, const std::vector<Measured>& results,
                  const std::vector<double>& fit_seconds, const std::string& metric,
                  size_t resamples, uint64_t seed, int threads) {
  if (names.size() != results.size() || fit_seconds.size() != results.size()) {
    throw Error("compare: expected a name and a time for each result");
  }
  std::vector<ComparedRun> runs;
  for (size_t r = 0; r < names.size(); ++r) {
    runs.push_back({names[r], names[r], results[r].evaluation, {}, results[r].segments});
    runs.back().cost.fit_seconds = fit_seconds[r];
  }
  std::string text, page;
  {
    const nb::gil_scoped_release released;
    const Comparison comparison = compare_runs(
        std::move(runs), metric, {.resamples = resamples, .seed = seed, .threads = threads});
    nlohmann::json json = to_json(comparison);
    json["command"] = "kaskad.compare";
    json["kaskad"] = KASKAD_VERSION;
    json["created"] = now_utc();
    text = json.dump();
    page = compare_page(json);
  }
  return nb::make_tuple(text, page);
}

// Warnings, and why the bundle may not be asked; empty where it may.
nb::tuple check_answers(const Model& model, const Dataset& dataset, const Split& split,
                        const Phase& phase) {
  if (!model.bundle) throw Error("the model was fitted here, not loaded");
  const BundleCheck check = check_bundle(*model.bundle, dataset, split, phase);
  return nb::make_tuple(check.warnings, check.refusal);
}

std::vector<std::string> metric_names(const std::string& text, const std::string& profile) {
  std::vector<std::string> names;
  for (const Metric& metric : parse_metrics(text, parse_profile(profile))) {
    names.push_back(metric.name);
  }
  return names;
}

}  // namespace

void bind_evaluation(nb::module_& module) {
  nb::class_<Measuring>(module, "Measuring", "What to measure, and how.")
      .def(
          "__init__",
          [](Measuring* self, const std::string& metrics, const std::string& profile,
             const std::string& ties, bool exclude_seen, size_t resamples, uint64_t seed,
             int threads) {
            new (self) Measuring{metrics, profile, ties, exclude_seen, resamples, seed, threads};
          },
          nb::arg("metrics"), nb::arg("profile"), nb::arg("ties"), nb::arg("exclude_seen"),
          nb::arg("resamples"), nb::arg("seed"), nb::arg("threads"));
  nb::class_<Measured>(module, "Evaluation", "Metrics with intervals, and the value of each case.")
      .def("json", &Measured::json)
      .def_prop_ro(
          "case_user",
          [](const Measured& result) { return to_numpy(std::vector(result.evaluation.users)); },
          nb::rv_policy::reference)
      .def_prop_ro("columns",
                   [](const Measured& result) { return result.evaluation.value_columns; })
      .def("column",
           [](const Measured& result, const std::string& name) {
             return to_numpy(result.evaluation.column(name));
           })
      .def_ro("unknown_items", &Measured::unknown_items)
      .def_ro("cases_without_list", &Measured::cases_without_list);
  module.def("evaluate_model", &evaluate_model, nb::arg("model"), nb::arg("dataset"),
             nb::arg("split"), nb::arg("phase"), nb::arg("measuring"), nb::arg("progress").none());
  module.def("evaluate_lists", &evaluate_lists, nb::arg("name"), nb::arg("users"), nb::arg("items"),
             nb::arg("keys"), nb::arg("dataset"), nb::arg("split"), nb::arg("phase"),
             nb::arg("measuring"));
  module.def("compare", &compare, nb::arg("names"), nb::arg("results"), nb::arg("fit_seconds"),
             nb::arg("metric"), nb::arg("resamples"), nb::arg("seed"), nb::arg("threads"));
  module.def("check_bundle", &check_answers, nb::arg("model"), nb::arg("dataset"), nb::arg("split"),
             nb::arg("phase"));
  module.def("metric_names", &metric_names, nb::arg("text"), nb::arg("profile"));
}

}  // namespace kaskad::python
