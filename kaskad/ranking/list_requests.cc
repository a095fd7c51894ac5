#include "kaskad/ranking/list_requests.h"

#include <mutex>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// `score(requests, out)` gives `width` values a candidate.
template <typename Score>
std::vector<float> score_with(const Score& score, size_t width, const std::string& kind,
                              const Dataset& dataset, const Impressions& lists, int threads,
                              const Progress& progress) {
  constexpr size_t kBatch = 32;
  std::vector<size_t> begin(lists.size() + 1);  // first candidate of each list
  for (size_t l = 0; l < lists.size(); ++l) begin[l + 1] = begin[l] + lists.list(l).size();
  std::vector<float> scores(lists.num_candidates() * width);
  const size_t batches = (lists.size() + kBatch - 1) / kBatch;
  std::mutex mutex;
  size_t done = 0;
  parallel_for(batches, threads > 0 ? threads : default_threads(), [&](size_t batch, int) {
    const size_t first = batch * kBatch, last = std::min(lists.size(), first + kBatch);
    std::vector<RankRequest> requests;
    for (size_t l = first; l < last; ++l) requests.push_back(request_of(dataset, lists.list(l)));
    score(std::span<const RankRequest>(requests),
          std::span(scores).subspan(begin[first] * width, (begin[last] - begin[first]) * width));
    const std::lock_guard lock(mutex);
    done += last - first;
    report(progress, {"ranking lists", done, lists.size(), kind});
  });
  return scores;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& one : names) text += (text.empty() ? "" : ", ") + one;
  return text.empty() ? std::string("none") : text;
}

}  // namespace

RankRequest request_of(const Dataset& dataset, const ImpressionList& list) {
  RankRequest request;
  request.user = list.user;
  if (list.user != kNoUser) request.history = dataset.history(list.user).first(list.history_end);
  request.now = list.time;
  request.candidates = list.items;
  request.scores = list.scores;
  request.ranks = list.ranks;
  request.context = list.context;
  request.query = list.query_text;
  return request;
}

RankingFeatures features_as_of(const Impressions& lists, const Dataset& dataset,
                               const FeatureOptions& options) {
  std::shared_ptr<const ItemCounters> counters;
  if (options.counters) counters = ItemCounters::build(dataset, lists.known_end());
  return {options, dataset, counters, lists.facts().contexts};
}

std::vector<float> score_lists(const Ranker& ranker, const Dataset& dataset,
                               const Impressions& lists, int threads, const Progress& progress) {
  const auto score = [&](auto requests, auto out) { ranker.score(requests, out); };
  return score_with(score, 1, ranker.kind(), dataset, lists, threads, progress);
}

std::vector<float> score_list_heads(const Ranker& ranker, const Dataset& dataset,
                                    const Impressions& lists, int threads,
                                    const Progress& progress) {
  const auto score = [&](auto requests, auto out) { ranker.score_heads(requests, out); };
  return score_with(score, ranker.heads().size(), ranker.kind(), dataset, lists, threads, progress);
}

void check_lists(const Ranker& ranker, const Dataset& dataset, const Impressions& lists,
                 const std::string& name) {
  if (ranker.num_items() != dataset.num_items()) {
    throw data_error(name, 0, "", "a ranker of " + std::to_string(ranker.num_items()) + " items",
                     std::to_string(dataset.num_items()) + " as '" + dataset.directory() + "' has");
  }
  const auto actions = ranker.action_names();
  if (!actions.empty() && actions != dataset.action_names()) {
    throw data_error(dataset.directory(), 0, "actions", joined(dataset.action_names()),
                     joined(actions) + " as the ranker '" + name + "' learned");
  }
  const auto wanted = ranker.context_names();
  if (wanted.empty() || wanted == lists.facts().contexts) return;
  throw data_error(lists.directory(), 0, "contexts", joined(lists.facts().contexts),
                   joined(wanted) + " as the ranker '" + name + "' learned");
}

}  // namespace kaskad
