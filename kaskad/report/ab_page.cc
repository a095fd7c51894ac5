#include "kaskad/report/ab_page.h"

#include "kaskad/core/error.h"
#include "kaskad/report/ab_sections.h"
#include "kaskad/report/format.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

std::string layer_title(const nlohmann::json& layer) {
  const std::string experiment = words(layer, "experiment");
  return words(layer, "layer") + (experiment.empty() ? "" : " of " + experiment);
}

Html ab_heading(const nlohmann::json& answer) {
  const auto& layers = list(answer, "layers");
  Html html =
      element("p", {{"class", "kicker"}},
              text("kaskad ab \xc2\xb7 decided by " + metric_title(words(answer, "metric"))));
  html += element("h1", text("What the experiment says"));
  std::vector<std::string> warnings;
  for (const auto& layer : layers) {
    const std::string name = layers.size() > 1 ? layer_title(layer) + ": " : "";
    html += element("p", {{"class", "lead"}}, text(name + words(layer, "verdict")));
    for (const auto& warning : list(layer, "warnings")) warnings.push_back(name + words(warning));
  }
  const nlohmann::json& reading = child(answer, "reading");
  const double broken = number(child(reading, "broken_lines"), "count");
  if (broken > 0) {
    warnings.push_back(plural(broken, "line") + " could not be read and were left out.");
  }
  return html + callout("Before you believe it", warnings) +
         facts({{"users", format(number(reading, "users"), Format::kCount)},
                {"pages", words(reading, "exposures").empty()
                              ? ""
                              : format(number(reading, "exposures"), Format::kCount)},
                {"actions", words(reading, "actions").empty()
                                ? ""
                                : format(number(reading, "actions"), Format::kCount)},
                {"looks", child(answer, "sequential") == true ? "any number" : "one"}});
}

// What was left out of the figures, and why.
Html ab_reading(const nlohmann::json& answer) {
  const nlohmann::json& reading = child(answer, "reading");
  std::vector<std::pair<std::string, std::string>> rows;
  const auto add = [&](const char* key, const char* title, const char* meaning) {
    if (!(number(reading, key) > 0)) return;
    rows.emplace_back(title, format(number(reading, key), Format::kCount) + ". " + meaning);
  };
  add("exposures_before", "Pages before",
      "Shown before the experiment: the users' past, for CUPED.");
  add("exposures_without_arm", "Pages without an arm", "Of users whom no layer touches.");
  add("exposures_repeated", "Pages logged again", "Of a request that was there already; left out.");
  add("actions_repeated", "Repeated actions", "The same on an item of a page again; counted once.");
  add("actions_uncredited", "Unexplained actions",
      "No page of the user showed the item within the window; left out.");
  Html broken;
  for (const auto& example : list(child(reading, "broken_lines"), "examples")) {
    broken += element("li", text(words(example)));
  }
  return definitions(rows) +
         (broken.empty() ? Html()
                         : paragraph("Lines that could not be read:") + element("ul", broken));
}

Html ab_method(const nlohmann::json& answer) {
  const std::string level = format(number(answer, "level"), Format::kPercent);
  std::vector<std::pair<std::string, std::string>> terms = {
      {"Unit",
       "The user, as users were given arms. A metric is a sum over users divided by a sum "
       "over users, its variance by the delta method (arXiv 1803.06336)."},
      {"Change", "(arm - control) / control, the control's own uncertainty included."}};
  if (child(answer, "sequential") == true) {
    terms.emplace_back("Interval", level +
                                       ", valid at every look: an asymptotic confidence sequence "
                                       "(arXiv 2103.06476), narrowest near " +
                                       format(number(answer, "planned_users"), Format::kCount) +
                                       " users.");
  } else {
    terms.emplace_back("Interval", level +
                                       " by Student's t, for one look that was planned beforehand. "
                                       "Who looks every day and stops at the first p below 0.05 is "
                                       "wrong several times as often.");
  }
  terms.emplace_back("p (Holm)",
                     "Raised for the number of arms in the layer; the verdict uses it.");
  if (child(answer, "cuped") == true) {
    terms.emplace_back(
        "CUPED",
        "What users did before the experiment is taken away from the difference; the "
        "arms' own figures are as they are.");
  }
  return definitions(std::move(terms), child(answer, "definitions"));
}

}  // namespace
}  // namespace kaskad::html

namespace kaskad {

std::string ab_page(const nlohmann::json& answer) {
  using namespace html;
  if (!answer.is_object()) {
    throw Error(std::string("experiment page: found JSON of type ") + answer.type_name() +
                ", expected the object that `kaskad ab --json` prints");
  }
  std::vector<Section> sections;
  for (const auto& layer : list(answer, "layers")) {
    sections.push_back({"layer-" + std::to_string(sections.size()), layer_title(layer),
                        ab_changes(answer, layer) + ab_arms(layer) + ab_course(answer, layer)});
  }
  sections.push_back({"reading", "What was read", ab_reading(answer)});
  sections.push_back({"method", "Method", ab_method(answer)});
  return document({"kaskad ab", ab_heading(answer), sections,
                   provenance(words(answer, "command"), {{"written", words(answer, "created")},
                                                         {"kaskad", words(answer, "kaskad")}})});
}

}  // namespace kaskad
