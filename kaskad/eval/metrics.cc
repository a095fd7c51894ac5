#include "kaskad/eval/metrics.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kDefaultK = 10;
constexpr Profile kProfiles[] = {Profile::kKaskad, Profile::kRecTools, Profile::kRecBole,
                                 Profile::kImplicit};

template <double (*function)(std::span<const double>, size_t, size_t)>
Ratio per_user(const CaseView& view, size_t k, const Catalogue&) {
  return {function(view.ranks, view.relevant, k), 1};
}

size_t hits(const CaseView& view, size_t k) {
  const auto end = std::upper_bound(view.ranks.begin(), view.ranks.end(), static_cast<double>(k));
  return static_cast<size_t>(end - view.ranks.begin());
}

// implicit divides all hits by all attainable hits: users with many targets weigh more.
Ratio pooled_precision(const CaseView& view, size_t k, const Catalogue&) {
  return {static_cast<double>(hits(view, k)), static_cast<double>(std::min(k, view.relevant))};
}

// implicit's AUC@k: pairs (target, other) in the right order; behind the list the targets not
// found are taken to be spread evenly.
Ratio auc_at(const CaseView& view, size_t k, const Catalogue& catalogue) {
  const size_t found = hits(view, k);
  const auto targets = static_cast<double>(view.relevant);
  const double others = static_cast<double>(catalogue.num_items) - targets;
  if (others <= 0 || targets == 0) return {0, 1};
  double ordered = 0;  // misses of the list behind each hit
  for (size_t j = 0; j < found; ++j) {
    ordered += static_cast<double>(k) - view.ranks[j] - static_cast<double>(found - 1 - j);
  }
  const auto misses = static_cast<double>(k - found);
  ordered += (static_cast<double>(found) + targets) / 2 * (others - misses);
  return {ordered / (targets * others), 1};
}

// Mean of value(item) over the known items of the list; a case without any has no weight.
template <typename Value>
Ratio mean_over_list(const CaseView& view, Value&& value) {
  double sum = 0;
  size_t count = 0;
  for (const ItemId item : view.list) {
    if (item == kNoItem) continue;
    sum += value(index(item));
    ++count;
  }
  return count == 0 ? Ratio{0, 0} : Ratio{sum / static_cast<double>(count), 1};
}

Ratio popularity(const CaseView& view, size_t, const Catalogue& catalogue) {
  return mean_over_list(view, [&](size_t item) { return double(catalogue.counts.events[item]); });
}

Ratio novelty(const CaseView& view, size_t, const Catalogue& catalogue) {
  const FitCounts& counts = catalogue.counts;
  return mean_over_list(view, [&](size_t item) {
    const double users = std::max(counts.users[item], 1u);
    return std::log2(static_cast<double>(counts.num_users) / users);
  });
}

Ratio diversity(const CaseView& view, size_t, const Catalogue& catalogue) {
  if (catalogue.distance.empty()) {
    throw Error("metric 'diversity' needs item features or content vectors; the dataset has none");
  }
  std::vector<ItemId> items;
  std::copy_if(view.list.begin(), view.list.end(), std::back_inserter(items),
               [](ItemId item) { return item != kNoItem; });
  return {catalogue.distance.mean_over_pairs(items), 1};
}

Ratio debiased_hit_rate(const CaseView& view, size_t k, const Catalogue& catalogue) {
  Ratio ratio{0, 0};
  for (size_t i = 0; i < view.targets.size(); ++i) {
    const double weight = 1.0 / std::max(catalogue.counts.events[index(view.targets[i])], 1u);
    ratio.whole += weight;
    if (view.target_ranks[i] <= static_cast<double>(k)) ratio.part += weight;
  }
  return ratio;
}

double distinct_items(std::span<const uint64_t> counts) {
  return static_cast<double>(
      std::count_if(counts.begin(), counts.end(), [](uint64_t count) { return count > 0; }));
}

double coverage(std::span<const uint64_t> counts) {
  return counts.empty() ? 0 : distinct_items(counts) / static_cast<double>(counts.size());
}

// sum_i (2 i - n - 1) c_i / (n sum_i c_i), c ascending, i = 1..n.
double gini(std::span<const uint64_t> counts) {
  std::vector<uint64_t> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double weighted = 0, total = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    weighted += (2 * static_cast<double>(i + 1) - n - 1) * static_cast<double>(sorted[i]);
    total += static_cast<double>(sorted[i]);
  }
  return total == 0 ? 0 : weighted / (n * total);
}

using OfCase = decltype(Metric::of_case);
using OfLists = decltype(Metric::of_lists);

struct Row {
  std::string_view name;
  uint32_t profiles;  // bits of Profile
  OfCase of_case;
  OfLists of_lists;
  std::string_view definition;  // K stands for the k; R: targets of the user
};

constexpr uint32_t kKaskad = 1, kRecTools = 2, kRecBole = 4, kImplicit = 8;
constexpr uint32_t kAll = kKaskad | kRecTools | kRecBole | kImplicit;

// In the order of reports.
constexpr Row kTable[] = {
    {"hit_rate", kAll, per_user<hit_rate_at>, nullptr,
     "share of users with at least one target among the first K"},
    {"recall", kAll, per_user<recall_at>, nullptr,
     "targets among the first K / R, mean over users"},
    {"precision", kAll & ~kImplicit, per_user<precision_at>, nullptr,
     "targets among the first K / K, mean over users"},
    {"precision", kImplicit, pooled_precision, nullptr,
     "targets among the first K of all users / sum over users of min(K, R)"},
    {"ndcg", kAll & ~kRecTools, per_user<ndcg_at>, nullptr,
     "sum over targets among the first K of 1/log2(1 + rank), divided by the same sum for ranks "
     "1..min(K, R), mean over users"},
    {"ndcg", kRecTools, per_user<ndcg_full_ideal_at>, nullptr,
     "sum over targets among the first K of 1/log2(1 + rank), divided by the same sum for ranks "
     "1..K however few the targets are, mean over users"},
    {"map", kAll & ~kRecTools, per_user<map_at>, nullptr,
     "sum over targets among the first K of the precision at their rank, divided by min(K, R), "
     "mean over users"},
    {"map", kRecTools, per_user<map_all_relevant_at>, nullptr,
     "sum over targets among the first K of the precision at their rank, divided by R, mean over "
     "users"},
    {"mrr", kAll, per_user<mrr_at>, nullptr,
     "1 / rank of the first target, 0 beyond K, mean over users"},
    {"auc", kImplicit, auc_at, nullptr,
     "pairs (target, other item) in the right order / all such pairs, those behind the first K "
     "taken as evenly spread, mean over users"},
    {"debiased_hit_rate", kKaskad, debiased_hit_rate, nullptr,
     "hits weighted by 1 / learned events of the target: sum of the weights of targets among the "
     "first K / sum of all weights"},
    {"popularity", kAll, popularity, nullptr,
     "learned events of the recommended items, mean over the first K, then over users"},
    {"novelty", kAll, novelty, nullptr,
     "-log2(users who took the item / users) of the recommended items, mean over the first K, "
     "then over users"},
    {"diversity", kAll, diversity, nullptr,
     "distance of the items of a list by their features, mean over pairs of the first K, then "
     "over users"},
    {"coverage", kAll & ~kRecTools, nullptr, coverage,
     "share of the catalogue that stands among the first K of anybody"},
    {"coverage", kRecTools, nullptr, distinct_items,
     "number of items that stand among the first K of anybody"},
    {"gini", kAll, nullptr, gini,
     "inequality of how often the items of the catalogue stand among the first K: 0 all equally "
     "often, 1 always the same item"},
};

// Lower case without _ - and blanks -> name in the table.
const std::map<std::string, std::string_view>& aliases() {
  static const std::map<std::string, std::string_view> table = [] {
    std::map<std::string, std::string_view> out = {
        {"hr", "hit_rate"},           {"hit", "hit_rate"},
        {"arp", "popularity"},        {"averagepopularity", "popularity"},
        {"miuf", "novelty"},          {"catalogcoverage", "coverage"},
        {"itemcoverage", "coverage"}, {"giniindex", "gini"},
        {"ild", "diversity"},         {"debiasedhr", "debiased_hit_rate"}};
    for (const Row& row : kTable) {
      std::string plain(row.name);
      std::erase(plain, '_');
      out[plain] = row.name;
    }
    return out;
  }();
  return table;
}

std::string with_k(std::string_view definition, size_t k) {
  std::string out;
  for (const char c : definition) {
    if (c == 'K') {
      out += std::to_string(k);
    } else {
      out += c;
    }
  }
  return out;
}

Metric make_metric(const Row& row, size_t k) {
  return {.name = std::string(row.name) + "@" + std::to_string(k),
          .definition = with_k(row.definition, k),
          .k = k,
          .of_case = row.of_case,
          .of_lists = row.of_lists};
}

std::string known_names() {
  std::string names;
  for (const Row& row : kTable) {
    if (names.find(std::string(row.name) + "@") != std::string::npos) continue;
    names += (names.empty() ? "" : ", ") + std::string(row.name) + "@K";
  }
  return names;
}

Metric parse_metric(std::string_view text, Profile profile) {
  const size_t at = text.find('@');
  std::string plain;
  for (const char c : text.substr(0, at)) {
    if (c != '_' && c != '-' && c != ' ') plain += static_cast<char>(std::tolower(c));
  }
  size_t k = kDefaultK;
  if (at != std::string_view::npos) {
    const std::string_view digits = text.substr(at + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), k);
    if (error != std::errc() || end != digits.data() + digits.size() || k == 0 || k > 10000) {
      throw Error("metric '" + std::string(text) + "': expected a K from 1 to 10000 behind the @");
    }
  }
  const auto name = aliases().find(plain);
  if (name == aliases().end()) {
    throw Error("metric '" + std::string(text) + "' is unknown; there are " + known_names());
  }
  for (const Row& row : kTable) {
    if (row.name == name->second && (row.profiles & static_cast<uint32_t>(profile)) != 0) {
      return make_metric(row, k);
    }
  }
  throw Error("metric '" + std::string(text) + "' has no definition in the profile " +
              to_string(profile));
}

}  // namespace

Profile parse_profile(const std::string& text) {
  for (const Profile profile : kProfiles) {
    if (text == to_string(profile)) return profile;
  }
  throw Error("profile '" + text + "' is unknown; there are kaskad, rectools, recbole, implicit");
}

TieRule tie_rule_of(Profile profile) {
  return profile == Profile::kKaskad ? TieRule::kMiddle : TieRule::kListed;
}

std::string to_string(Profile profile) {
  switch (profile) {
    case Profile::kKaskad:
      return "kaskad";
    case Profile::kRecTools:
      return "rectools";
    case Profile::kRecBole:
      return "recbole";
    case Profile::kImplicit:
      return "implicit";
  }
  return {};
}

Catalogue::Catalogue(const Dataset& dataset, const Phase& phase)
    : num_items(dataset.num_items()),
      counts(count_fit(dataset, phase)),
      distance(dataset.item_features()) {}

std::vector<Metric> parse_metrics(const std::string& text, Profile profile) {
  std::vector<Metric> metrics;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    metrics.push_back(parse_metric(std::string_view(text).substr(begin, end - begin), profile));
    begin = end + 1;
  }
  return metrics;
}

std::vector<Metric> default_metrics(Profile profile, bool items_described) {
  std::vector<Metric> metrics;
  for (const Row& row : kTable) {
    if ((row.profiles & static_cast<uint32_t>(profile)) == 0) continue;
    if (row.of_case == diversity && !items_described) continue;
    metrics.push_back(make_metric(row, kDefaultK));
  }
  return metrics;
}

}  // namespace kaskad
