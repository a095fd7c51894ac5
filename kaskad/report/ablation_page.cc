#include "kaskad/report/ablation_page.h"

#include <cstdio>

#include "kaskad/core/error.h"
#include "kaskad/report/format.h"
#include "kaskad/report/interval_plot.h"
#include "kaskad/report/json_view.h"
#include "kaskad/report/page.h"

namespace kaskad::html {
namespace {

// Name over its words.
Cell component_cell(const nlohmann::json& component) {
  return Cell(text(words(component, "name")) +
              element("span", {{"class", "what"}}, text(words(component, "words"))));
}

// "-12%", "+3.1%"
std::string share_text(double change) {
  if (!std::isfinite(change)) return "\xe2\x80\x93";
  return (change >= 0 ? "+" : "") + format(change, Format::kPercent);
}

Cell cost_cell(const nlohmann::json& component, const char* cost) {
  const double change = number(child(component, cost), "change");
  return {share_text(change), change};
}

std::string mean_text(double value, const char* form) {
  if (!std::isfinite(value)) return "\xe2\x80\x93";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, form, value);
  return buffer;
}

std::string seeds_text(const nlohmann::json& of) {
  std::string all;
  for (const auto& seed : list(of, "seeds")) all += (all.empty() ? "" : ", ") + words(seed);
  return all;
}

// The plot: a row a component, a dot with its interval, zero where nothing changes.
Html changes(const nlohmann::json& ablation) {
  const auto& components = list(ablation, "components");
  if (components.empty()) return {};
  const std::string metric = words(ablation, "metric");
  std::vector<std::vector<IntervalMark>> marks;
  for (const auto& one : components) {
    const nlohmann::json& change = child(child(one, "metrics"), metric);
    marks.push_back({{number(change, "value"), interval(change), IntervalMark::Shape::kDot,
                      words(one, "says") != "may be nothing", metric_title(metric)}});
  }
  std::vector<double> ends = extent(marks);
  ends.push_back(0);
  const Scale scale = Scale::linear(ends);
  Table content{"Change of " + metric_title(metric) +
                    " without each component; to the left of 0 it earns its place",
                {{"without"},
                 {"change of " + metric_title(metric), Column::Kind::kPlot,
                  interval_axis(scale, Format::kSigned), "95% over seeds and requests"},
                 {"change", Column::Kind::kNumber},
                 {"training time", Column::Kind::kNumber, {}, "of the whole training"},
                 {"its CPU time", Column::Kind::kNumber, {}, "of the whole process"},
                 {"FLOPs", Column::Kind::kNumber, {}, "of scoring one request"},
                 {"latency", Column::Kind::kNumber, {}, "median of one request, one thread"},
                 {"verdict"}},
                {}};
  for (size_t c = 0; c < components.size(); ++c) {
    const auto& one = components[c];
    content.rows.push_back(
        {{component_cell(one), Cell(interval_cell(scale, marks[c], Format::kSigned)),
          Cell(format(marks[c][0].value, Format::kSigned), marks[c][0].value),
          cost_cell(one, "train_seconds"), cost_cell(one, "cpu_seconds"), cost_cell(one, "flops"),
          cost_cell(one, "latency_ms"), Cell(words(one, "says"))}});
  }
  content.interactive = true;
  content.css_class = "comparison";
  return table(content);
}

Html all_metrics(const nlohmann::json& ablation) {
  const auto& metrics = list(ablation, "metrics");
  if (metrics.empty() || list(ablation, "components").empty()) return {};
  Table content{"Change of every metric with its 95% interval; a heading sorts", {{"without"}}, {}};
  Row with{{Cell("nothing: the recipe itself")}, true};
  for (const auto& metric : metrics) {
    const std::string name = words(metric);
    content.columns.push_back({metric_title(name),
                               Column::Kind::kNumber,
                               {},
                               words(child(ablation, "definitions"), name)});
    const double value = number(child(child(ablation, "baseline"), "metrics"), name);
    with.cells.emplace_back(format(value, Format::kMetric), value);
  }
  content.rows.push_back(std::move(with));
  for (const auto& one : list(ablation, "components")) {
    Row row{{Cell(words(one, "name"))}};
    for (const auto& metric : metrics) {
      const nlohmann::json& change = child(child(one, "metrics"), words(metric));
      const double value = number(change, "value");
      Html cell = text(format(value, Format::kSigned));
      if (const auto range = interval(change)) {
        cell += element("span", {{"class", "what"}},
                        text(format_interval(range->first, range->second, Format::kSigned)));
      }
      row.cells.emplace_back(cell, value);
    }
    content.rows.push_back(std::move(row));
  }
  content.interactive = true;
  return table(content);
}

Html costs(const nlohmann::json& ablation) {
  if (list(ablation, "components").empty()) return {};
  Table content{"What the recipe costs with and without each component",
                {{"without"},
                 {"training", Column::Kind::kNumber, {}, "mean over seeds"},
                 {"an epoch", Column::Kind::kNumber, {}, "seconds, mean over seeds"},
                 {"CPU", Column::Kind::kNumber, {}, "of the whole process, mean over seeds"},
                 {"FLOPs", Column::Kind::kNumber, {}, "of scoring one request"},
                 {"latency, ms", Column::Kind::kNumber, {}, "median of one request, one thread"}},
                {}};
  const auto row = [&](Cell name, double train, double epoch, double cpu, double flops,
                       double latency, bool highlight) {
    content.rows.push_back(
        {{std::move(name), Cell(format(train, Format::kSeconds), train),
          Cell(mean_text(epoch, "%.2f"), epoch), Cell(format(cpu, Format::kSeconds), cpu),
          Cell(format(flops, Format::kShort), flops), Cell(mean_text(latency, "%.3f"), latency)},
         highlight});
  };
  const nlohmann::json& with = child(ablation, "baseline");
  row("nothing: the recipe itself", number(with, "train_seconds"), number(with, "epoch_seconds"),
      number(with, "cpu_seconds"), number(with, "flops"), number(with, "latency_ms"), true);
  for (const auto& one : list(ablation, "components")) {
    const auto of = [&](const char* cost) { return number(child(one, cost), "without"); };
    row(words(one, "name"), of("train_seconds"), of("epoch_seconds"), of("cpu_seconds"),
        of("flops"), of("latency_ms"), false);
  }
  content.interactive = true;
  return table(content);
}

// What each component's settings were, and what is missing.
Html runs(const nlohmann::json& ablation) {
  Html html;
  std::vector<std::string> missing;
  for (const auto& one : list(ablation, "left_out")) {
    missing.push_back(words(one, "name") + ": " + words(one, "why"));
  }
  for (const auto& one : list(ablation, "failed")) {
    missing.push_back(words(one, "name") + ", seed " + words(one, "seed") +
                      " failed: " + words(one, "error"));
  }
  if (!missing.empty()) html += callout("Not in the table", missing);
  Table content{"How each was trained", {{"without"}, {"settings"}, {"seeds"}}, {}};
  for (const auto& one : list(ablation, "components")) {
    std::string settings;
    for (const auto& setting : list(one, "settings")) {
      settings += (settings.empty() ? "" : ", ") + words(setting);
    }
    content.rows.push_back({{Cell(words(one, "name")), Cell(settings), Cell(seeds_text(one))}});
  }
  if (!content.rows.empty()) html += table(content);
  return html;
}

Html ablation_heading(const nlohmann::json& ablation) {
  const auto& components = list(ablation, "components");
  Html html = element("p", {{"class", "kicker"}},
                      text("kaskad ablate \xc2\xb7 " + words(ablation, "model") + " \xc2\xb7 " +
                           words(ablation, "on")));
  html += element("h1", text("What each component earns"));
  html += element("p", {{"class", "lead"}}, text(words(ablation, "verdict")));
  const nlohmann::json& with = child(child(ablation, "baseline"), "metrics");
  const std::string metric = words(ablation, "metric");
  return html +
         facts({{metric_title(metric), format(number(with, metric), Format::kMetric)},
                {"requests", format(number(ablation, "requests"), Format::kCount)},
                {"components", format(static_cast<double>(components.size()), Format::kCount)},
                {"seeds", seeds_text(ablation)}}) +
         changes(ablation);
}

Html ablation_method(const nlohmann::json& ablation) {
  const nlohmann::json& request = child(ablation, "request");
  std::string size;
  for (const char* part : {"history", "candidates", "words"}) {
    if (!std::isfinite(number(request, part))) continue;
    size += (size.empty() ? "" : ", ") + std::string(part) + " " +
            format(number(request, part), Format::kCount);
  }
  const nlohmann::json& spread = child(child(ablation, "spread"), words(ablation, "metric"));
  std::vector<std::pair<std::string, std::string>> terms = {
      {"Change",
       "The metric without the component minus with it, request by request, between two trainings "
       "of the same seed; the mean over seeds and requests."},
      {"Interval",
       "95%, of two levels: requests are resampled (Poisson bootstrap), and the mean over seeds "
       "moves by Student's t with the deviation of one seed, " +
           format(number(spread, "deviation"), Format::kMetric) + " with " +
           mean_text(number(spread, "freedom"), "%.1f") +
           " degrees of freedom, learned from all components together. 0 degrees: no component has "
           "two seeds, and the interval is over requests alone."},
      {"Verdict",
       "Earns, harms: the whole interval is below, above 0. Many components are looked "
       "at: one in twenty that does nothing leaves 0 outside by chance."},
      {"Training time",
       "As the trainings took it beside each other, early stopping included. The CPU time is that "
       "of "
       "the whole process, and does not depend on what else the machine does."},
      {"FLOPs",
       "Of the exported graphs for one request of median size (" + size +
           "): two for each multiplication of a matrix product, one for each element of any other "
           "arithmetic; and the dot products with candidates."},
      {"Latency", "Median of one request on one thread, with and without the component in turn."}};
  return definitions(std::move(terms), child(ablation, "definitions"));
}

}  // namespace
}  // namespace kaskad::html

namespace kaskad {

std::string ablation_page(const nlohmann::json& ablation) {
  using namespace html;
  if (!ablation.is_object()) {
    throw Error(std::string("ablation page: found JSON of type ") + ablation.type_name() +
                ", expected the object that `kaskad ablate --json` prints");
  }
  return document({"kaskad ablate",
                   ablation_heading(ablation),
                   {{"metrics", "All metrics", all_metrics(ablation)},
                    {"costs", "What it costs", costs(ablation)},
                    {"runs", "The runs", runs(ablation)},
                    {"method", "Method", ablation_method(ablation)}},
                   provenance(words(ablation, "command_line"),
                              {{"dataset hash", words(ablation, "dataset_hash")},
                               {"split hash", words(ablation, "split_hash")},
                               {"lists hash", words(ablation, "lists_hash")},
                               {"written", words(ablation, "time")},
                               {"kaskad", words(ablation, "kaskad")}})});
}

}  // namespace kaskad
