#include "kaskad/report/compare_page.h"

#include "kaskad/core/error.h"
#include "kaskad/report/compare_sections.h"
#include "kaskad/report/contest.h"
#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

// The deciding metric of every run.
Html compared_runs(const nlohmann::json& comparison) {
  const std::string metric = words(comparison, "metric");
  std::vector<Contestant> runs;
  for (const nlohmann::json& run : list(comparison, "runs")) {
    runs.push_back({Cell(text(words(run, "name")) +
                         element("span", {{"class", "what"}}, text(words(run, "model")))),
                    child(child(run, "metrics"), metric), child(run, "difference_to_best"),
                    child(run, "may_equal_best") == true});
  }
  return contest(metric, "method", "paired user by user", runs);
}

Html compare_heading(const nlohmann::json& comparison) {
  const auto& runs = list(comparison, "runs");
  const std::string best = runs.empty() ? "" : words(runs[0], "name");
  Html html = element("p", {{"class", "kicker"}},
                      text("kaskad compare \xc2\xb7 " + words(child(comparison, "split"), "text") +
                           " \xc2\xb7 " + words(comparison, "phase")));
  html += element("h1", text(best.empty() ? "Nothing was compared" : best + " is in front"));
  html += element("p", {{"class", "lead"}}, text(words(comparison, "verdict")));
  return html +
         facts({{"cases", format(number(comparison, "cases"), Format::kCount)},
                {"methods", format(static_cast<double>(runs.size()), Format::kCount)}}) +
         compared_runs(comparison);
}

Html compare_method(const nlohmann::json& comparison) {
  std::vector<std::pair<std::string, std::string>> terms = {
      {"Pairing",
       "Differences are taken user by user over the same cases, then resampled "
       "(Poisson bootstrap, 95%)."},
      {"May be as good", "The interval of the paired difference to the best includes 0."}};
  return definitions(std::move(terms), child(comparison, "metric_definitions"));
}

}  // namespace
}  // namespace kaskad::html

namespace kaskad {

std::string compare_page(const nlohmann::json& comparison) {
  using namespace html;
  if (!comparison.is_object()) {
    throw Error(std::string("compare page: found JSON of type ") + comparison.type_name() +
                ", expected the object that `kaskad compare --json` prints");
  }
  return document({"kaskad compare",
                   compare_heading(comparison),
                   {{"metrics", "All metrics", compare_metrics(comparison)},
                    {"cost", "What it costs", compare_costs(comparison)},
                    {"segments", "Where they differ", compare_segments(comparison)},
                    {"learning", "How they learned", compare_curves(comparison)},
                    {"method", "Method", compare_method(comparison)}},
                   provenance(words(comparison, "command"),
                              {{"dataset hash", words(comparison, "dataset_hash")},
                               {"split hash", words(child(comparison, "split"), "hash")},
                               {"written", words(comparison, "created")},
                               {"kaskad", words(comparison, "kaskad")}})});
}

}  // namespace kaskad
