#include "kaskad/retrieval/popularity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/npy.h"
#include "kaskad/model/bundle.h"

namespace kaskad {
namespace {

std::string shortest(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

// Where the window begins in a user's learned events.
size_t window_begin(const History& learned, int64_t horizon, const PopularityOptions& options) {
  if (options.window_days > 0) {
    const int64_t from = horizon - std::llround(options.window_days * kMillisecondsADay);
    const auto begin = std::lower_bound(learned.times.begin(), learned.times.end(), from);
    return static_cast<size_t>(begin - learned.times.begin());
  }
  const double kept = std::ceil(options.window_share * static_cast<double>(learned.size()));
  return learned.size() - static_cast<size_t>(kept);
}

}  // namespace

PopularityOptions PopularityOptions::parse(const std::string& text, TimeKind time_kind,
                                           SplitKind split) {
  PopularityOptions options;
  if (text == "popularity") return options;
  constexpr std::string_view kWindow = "popularity-window";
  if (text == kWindow) {
    const bool days = time_kind == TimeKind::kClock && split == SplitKind::kGlobalTime;
    (days ? options.window_days : options.window_share) = days ? 7 : 0.1;
    return options;
  }
  const Error unknown("baseline '" + text + "' is unknown; there are popularity, " +
                      "popularity-window:7d (the last days) and popularity-window:0.1 (the last " +
                      "share of each history)");
  if (!text.starts_with(kWindow) || text[kWindow.size()] != ':') throw unknown;
  std::string_view value = std::string_view(text).substr(kWindow.size() + 1);
  const bool days = value.ends_with('d');
  if (days) value.remove_suffix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !(number > 0) ||
      !std::isfinite(number) || number > (days ? 1e6 : 1)) {
    throw unknown;
  }
  (days ? options.window_days : options.window_share) = number;
  return options;
}

std::string PopularityOptions::to_string() const {
  if (window_days > 0) return "popularity-window:" + shortest(window_days) + "d";
  if (window_share > 0) return "popularity-window:" + shortest(window_share);
  return "popularity";
}

PopularityRetriever::PopularityRetriever(PopularityOptions options, std::vector<uint64_t> counts,
                                         std::vector<uint64_t> window)
    : options_(options),
      counts_(std::move(counts)),
      window_(std::move(window)),
      fill_(counts_),
      filters_([items = counts_.size()] { return std::make_unique<ItemFilter>(items); }) {
  const auto& scored = scores();
  for (size_t item = 0; item < scored.size(); ++item) {
    if (scored[item] == 0) continue;
    ranked_.push_back({ItemId{static_cast<uint32_t>(item)}, static_cast<float>(scored[item])});
  }
  std::sort(ranked_.begin(), ranked_.end(), ranks_before);
}

std::unique_ptr<PopularityRetriever> PopularityRetriever::fit(const Dataset& dataset,
                                                              const Phase& phase,
                                                              const PopularityOptions& options) {
  if (options.window_days > 0 && dataset.time_kind() != TimeKind::kClock) {
    throw Error("'" + options.to_string() +
                "' needs a log with a clock; here only the order is known, ask for a share as in "
                "popularity-window:0.1");
  }
  std::vector<uint64_t> counts(dataset.num_items());
  std::vector<uint64_t> window(options.windowed() ? dataset.num_items() : 0);
  for (size_t user = 0; user < phase.fit_end.size(); ++user) {
    const History learned =
        dataset.history(UserId{static_cast<uint32_t>(user)}).first(phase.fit_end[user]);
    for (const ItemId item : learned.items) ++counts[index(item)];
    if (!options.windowed()) continue;
    for (const ItemId item : learned.items.subspan(window_begin(learned, phase.horizon, options))) {
      ++window[index(item)];
    }
  }
  return std::unique_ptr<PopularityRetriever>(
      new PopularityRetriever(options, std::move(counts), std::move(window)));
}

std::unique_ptr<PopularityRetriever> PopularityRetriever::load(const std::string& directory,
                                                               const std::string& config_json) {
  const auto read = [&](const std::string& name) {
    const NpyFile<uint64_t> file(directory + "/" + name);
    return std::vector<uint64_t>(file.values().begin(), file.values().end());
  };
  PopularityOptions options;
  try {
    const auto config = nlohmann::json::parse(config_json);
    options.window_days = config.at("window_days").get<double>();
    options.window_share = config.at("window_share").get<double>();
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "window_days and window_share");
  }
  auto counts = read("counts.npy");
  auto window = options.windowed() ? read("window.npy") : std::vector<uint64_t>();
  if (options.windowed() && window.size() != counts.size()) {
    throw data_error(directory + "/window.npy", 0, "", std::to_string(window.size()) + " items",
                     std::to_string(counts.size()) + " as in counts.npy");
  }
  return std::unique_ptr<PopularityRetriever>(
      new PopularityRetriever(options, std::move(counts), std::move(window)));
}

void PopularityRetriever::save(const std::string& directory) const {
  write_npy(directory + "/counts.npy", counts_);
  if (options_.windowed()) write_npy(directory + "/window.npy", window_);
}

std::string PopularityRetriever::config_json() const {
  return nlohmann::json{{"window_days", options_.window_days},
                        {"window_share", options_.window_share}}
      .dump();
}

std::string PopularityRetriever::kind() const {
  return options_.windowed() ? "popularity_window" : "popularity";
}

void PopularityRetriever::retrieve(std::span<const Query> queries, size_t k,
                                   std::span<ScoredItem> out) const {
  const Pool<ItemFilter>::Loan filter(filters_);
  for (size_t q = 0; q < queries.size(); ++q) {
    const auto row = out.subspan(q * k, k);
    filter->set(queries[q]);
    size_t used = 0;
    for (size_t at = 0; at < ranked_.size() && used < k; ++at) {
      if (filter->allows(ranked_[at].item)) row[used++] = ranked_[at];
    }
    fill_.fill(*filter, row, used);
  }
}

void PopularityRetriever::score_all(const Query&, std::span<float> out) const {
  std::transform(scores().begin(), scores().end(), out.begin(),
                 [](uint64_t count) { return static_cast<float>(count); });
}

void register_popularity() {
  for (const char* kind : {"popularity", "popularity_window"}) {
    register_retriever(kind, PopularityRetriever::load);
  }
}

}  // namespace kaskad
