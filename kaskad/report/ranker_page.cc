#include "kaskad/report/ranker_page.h"

#include "kaskad/core/error.h"
#include "kaskad/report/contest.h"
#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"
#include "kaskad/report/picture.h"
#include "kaskad/report/ranker_sections.h"

namespace kaskad::html {
namespace {

// The deciding metric of every ranker.
Html compared_rankers(const std::string& metric,
                      const std::vector<const nlohmann::json*>& best_first) {
  std::vector<Contestant> rankers;
  for (const nlohmann::json* ranker : best_first) {
    rankers.push_back({Cell(words(*ranker, "ranker")), child(child(*ranker, "metrics"), metric),
                       child(*ranker, "to_best"), child(*ranker, "may_equal_best") == true});
  }
  return contest(metric, "ranker", "paired list by list", rankers);
}

Html ranker_heading(const nlohmann::json& evaluation) {
  const auto rankers = best_first(evaluation);
  const std::string best = rankers.empty() ? "" : words(*rankers[0], "ranker");
  const nlohmann::json& lists = child(evaluation, "facts");
  Html html = element("p", {{"class", "kicker"}},
                      text("kaskad eval-ranker \xc2\xb7 " + words(evaluation, "split") +
                           " \xc2\xb7 " + words(evaluation, "part")));
  html += element("h1", text(best.empty() ? "Nothing was ranked" : best + " is in front"));
  html += element("p", {{"class", "lead"}}, text(words(evaluation, "verdict")));
  const double retrieved = number(lists, "retrieved"), relevant = number(lists, "relevant");
  return html +
         facts({{"lists asked", format(number(lists, "asked"), Format::kCount)},
                {"candidates", format(number(lists, "candidates"), Format::kCount)},
                {"answers among them", format(retrieved / relevant, Format::kPercent)},
                {"rankers", format(static_cast<double>(rankers.size()), Format::kCount)}}) +
         compared_rankers(words(evaluation, "metric"), rankers);
}

Html ranker_method(const nlohmann::json& evaluation) {
  std::vector<std::pair<std::string, std::string>> terms = {
      {"Pairing", "Differences are taken list by list, then resampled (Poisson bootstrap, 95%)."},
      {"May be as good", "The interval of the paired difference to the best includes 0."}};
  const auto& rankers = list(evaluation, "rankers");
  const nlohmann::json& metrics = rankers.empty() ? evaluation : rankers[0];
  return definitions(std::move(terms), child(metrics, "definitions"));
}

}  // namespace
}  // namespace kaskad::html

namespace kaskad {

std::string latency_picture(const nlohmann::json& evaluation) {
  const auto series = html::latency_series(evaluation);
  const std::string lists = html::words(evaluation, "split") + " of " +
                            html::words(evaluation, "dataset") + ", " +
                            html::words(evaluation, "part");
  std::string picture = html::series_picture(
      {"Quality by time of a request",
       "A point is a model and a number of candidates, the fewest on the left; " + lists},
      html::latency_axis(), html::quality_axis(evaluation), series);
  if (!picture.empty()) return picture;
  throw Error(
      "picture of quality by time: found no times, expected those that `kaskad bench rank "
      "--json` printed of these rankers");
}

std::string ranker_page(const nlohmann::json& evaluation) {
  using namespace html;
  if (!evaluation.is_object()) {
    throw Error(std::string("page of rankers: found JSON of type ") + evaluation.type_name() +
                ", expected the object that `kaskad eval-ranker --json` prints");
  }
  return document(
      {"kaskad eval-ranker",
       ranker_heading(evaluation),
       {{"metrics", "All metrics", ranker_metrics(evaluation)},
        {"heads", "Head by head", ranker_heads(evaluation)},
        {"latency", "Quality and time", ranker_latency(evaluation)},
        {"reliability", "What the probabilities are worth", ranker_reliability(evaluation)},
        {"importance", "What the trees look at", ranker_importance(evaluation)},
        {"learning", "How they learned", ranker_curves(evaluation)},
        {"method", "Method", ranker_method(evaluation)}},
       provenance(words(evaluation, "command_line"),
                  {{"dataset hash", words(evaluation, "dataset_hash")},
                   {"split hash", words(evaluation, "split_hash")},
                   {"lists hash", words(evaluation, "impressions_hash")},
                   {"written", words(evaluation, "time")},
                   {"kaskad", words(evaluation, "kaskad")}})});
}

}  // namespace kaskad
