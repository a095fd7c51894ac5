#include "kaskad/ranking/list_segments.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "kaskad/core/error.h"
#include "kaskad/ranking/list_labels.h"
#include "kaskad/ranking/list_metrics.h"

namespace kaskad {
namespace {

enum class QueryPart { kPopular, kRare };

// By text: parts of one log number queries alike, but those of two logs do not.
std::unordered_map<std::string, QueryPart> query_parts(const Impressions& train) {
  std::unordered_map<std::string, size_t> asked;
  size_t total = 0;
  for (size_t l = 0; l < train.size(); ++l) {
    const std::string_view query = train.list(l).query_text;
    if (query.empty()) continue;
    ++asked[std::string(query)];
    ++total;
  }
  std::vector<std::pair<size_t, std::string>> order;
  for (auto& [query, count] : asked) order.emplace_back(count, query);
  std::sort(order.rbegin(), order.rend());
  std::unordered_map<std::string, QueryPart> parts;
  size_t before = 0;
  for (auto& [count, query] : order) {
    parts[query] = 2 * before < total ? QueryPart::kPopular : QueryPart::kRare;
    before += count;
  }
  return parts;
}

std::vector<uint8_t> shown_items(const Impressions& train) {
  std::vector<uint8_t> shown;
  for (size_t l = 0; l < train.size(); ++l) {
    for (const ItemId item : train.list(l).items) {
      if (item == kNoItem) continue;
      if (index(item) >= shown.size()) shown.resize(index(item) + 1, 0);
      shown[index(item)] = 1;
    }
  }
  return shown;
}

class Segmenter {
 public:
  Segmenter(const Impressions& lists, const Impressions& train, std::vector<size_t> heads)
      : lists_(lists),
        heads_(std::move(heads)),
        queries_(query_parts(train)),
        shown_(shown_items(train)) {}

  std::string part(const std::string& group, const ImpressionList& list) const {
    if (group == "users") return list.history_end == 0 ? "new" : "returning";
    if (group == "items") return has_new_answer(list) ? "new" : "known";
    if (!lists_.has_queries() || list.query_text.empty()) return "none";
    const auto found = queries_.find(std::string(list.query_text));
    if (found == queries_.end()) return "new";
    return found->second == QueryPart::kPopular ? "popular" : "rare";
  }

 private:
  bool has_new_answer(const ImpressionList& list) const {
    const size_t heads = lists_.num_heads();
    for (size_t c = 0; c < list.size(); ++c) {
      const size_t item = index(list.items[c]);
      if (item < shown_.size() && shown_[item]) continue;
      for (const size_t head : heads_) {
        if (list.labels[c * heads + head] > 0) return true;
      }
    }
    return false;
  }

  const Impressions& lists_;
  const std::vector<size_t> heads_;
  const std::unordered_map<std::string, QueryPart> queries_;
  const std::vector<uint8_t> shown_;
};

}  // namespace

std::vector<ListSegment> list_segments(const Impressions& lists, const Impressions& train,
                                       const std::vector<std::string>& heads) {
  const std::vector<size_t> numbers = head_numbers(lists, heads);
  const Segmenter segmenter(lists, train, numbers);
  ListMeasure measure(numbers);
  std::vector<ListSegment> all;
  for (const char* group : {"queries", "users", "items"}) {
    std::map<std::string, std::vector<uint32_t>> parts;
    uint32_t asked = 0;
    for (size_t l = 0; l < lists.size(); ++l) {
      const ImpressionList list = lists.list(l);
      if (measure.asks(list)) parts[segmenter.part(group, list)].push_back(asked++);
    }
    if (parts.size() < 2) continue;
    for (auto& [name, members] : parts) all.push_back({group, name, std::move(members)});
  }
  return all;
}

std::vector<MetricResult> measure_segment(const ListEvaluation& evaluation,
                                          const ListSegment& segment,
                                          const BootstrapOptions& options) {
  const size_t width = evaluation.metrics.size();
  std::vector<size_t> columns;
  for (size_t m = 0; m < width; ++m) {
    if (evaluation.metrics[m].name.find("auc") == std::string::npos) columns.push_back(m);
  }
  std::vector<double> values;
  for (const uint32_t list : segment.lists) {
    for (const size_t column : columns) values.push_back(evaluation.values[list * width + column]);
  }
  const auto intervals = mean_intervals(values, columns.size(), options);
  std::vector<MetricResult> results;
  for (size_t c = 0; c < columns.size(); ++c) {
    MetricResult result = evaluation.metrics[columns[c]];
    result.interval = intervals[c];
    results.push_back(result);
  }
  return results;
}

nlohmann::json to_json(const std::vector<ListSegment>& segments,
                       const std::vector<ListEvaluation>& evaluations,
                       const BootstrapOptions& options) {
  nlohmann::json out = nlohmann::json::array();
  for (const ListSegment& segment : segments) {
    nlohmann::json one = {
        {"group", segment.group}, {"name", segment.name}, {"lists", segment.lists.size()}};
    for (const ListEvaluation& evaluation : evaluations) {
      for (const MetricResult& metric : measure_segment(evaluation, segment, options)) {
        one["rankers"][evaluation.ranker][metric.name] = to_json(metric.interval);
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace kaskad
