#include "kaskad/ranking/corpus_recall.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/ranking/list_labels.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/ranking/list_requests.h"

namespace kaskad {
namespace {

// Evenly spread over the lists that have a relevant item, which stand in the order of time.
std::vector<size_t> lists_to_ask(const Impressions& lists, const std::vector<size_t>& heads,
                                 size_t count) {
  ListMeasure measure(heads);
  std::vector<size_t> all, chosen;
  for (size_t l = 0; l < lists.size(); ++l) {
    if (measure.asks(lists.list(l))) all.push_back(l);
  }
  if (all.empty()) {
    throw data_error(lists.directory(), 0, "", "no list with a relevant item", "some to rank");
  }
  count = std::min(count, all.size());
  for (size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

// Relevant items that the catalogue has, each once.
std::vector<ItemId> known_items(const ImpressionList& list, std::span<const uint8_t> relevance,
                                size_t num_items) {
  std::vector<ItemId> items;
  for (size_t c = 0; c < list.size(); ++c) {
    if (relevance[c] && index(list.items[c]) < num_items) items.push_back(list.items[c]);
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

// Of all items: how many score as much as this one or more, with it among them.
size_t rank_of(ItemId item, std::span<const float> scores) {
  const float own = scores[index(item)];
  return static_cast<size_t>(
      std::count_if(scores.begin(), scores.end(), [&](float score) { return score >= own; }));
}

}  // namespace

CorpusRecall measure_corpus(const Ranker& ranker, const std::string& name, const Dataset& dataset,
                            const Impressions& lists, const CorpusOptions& options,
                            const Progress& progress) {
  check_dataset(lists, dataset);
  check_lists(ranker, dataset, lists, name);
  const std::vector<size_t> heads = head_numbers(lists, options.heads);
  const std::vector<size_t> asked = lists_to_ask(lists, heads, options.lists);
  std::vector<ItemId> catalogue(dataset.num_items());
  for (size_t i = 0; i < catalogue.size(); ++i) catalogue[i] = ItemId{static_cast<uint32_t>(i)};
  CorpusRecall out{name, asked.size(), std::vector<double>(asked.size() * kCorpusK.size()), {}};
  std::mutex mutex;
  size_t done = 0;
  const int threads = options.threads > 0 ? options.threads : default_threads();
  parallel_for(asked.size(), threads, [&](size_t number, int) {
    const ImpressionList list = lists.list(asked[number]);
    RankRequest request = request_of(dataset, list);
    request.candidates = catalogue;
    request.scores = {}, request.ranks = {}, request.context = {};
    std::vector<float> scores(catalogue.size());
    ranker.score({&request, 1}, scores);
    ListMeasure measure(heads);
    const auto relevant = static_cast<double>(measure.relevant(list));
    for (const ItemId item : known_items(list, measure.relevance(), catalogue.size())) {
      const size_t rank = rank_of(item, scores);
      for (size_t k = 0; k < kCorpusK.size(); ++k) {
        if (rank <= kCorpusK[k]) out.values[number * kCorpusK.size() + k] += 1 / relevant;
      }
    }
    const std::lock_guard lock(mutex);
    report(progress, {"ranking the catalogue", ++done, asked.size(), ranker.kind()});
  });
  BootstrapOptions bootstrap = options.bootstrap;
  bootstrap.threads = options.threads;
  out.recalls = mean_intervals(out.values, kCorpusK.size(), bootstrap);
  return out;
}

PairedDifference paired(const CorpusRecall& a, const CorpusRecall& b, size_t k,
                        const BootstrapOptions& options) {
  KASKAD_ASSERT(a.asked == b.asked && k < kCorpusK.size());
  std::vector<double> of_a, of_b;
  for (size_t at = k; at < a.values.size(); at += kCorpusK.size()) {
    of_a.push_back(a.values[at]);
    of_b.push_back(b.values[at]);
  }
  return paired_difference(of_a, of_b, options);
}

nlohmann::json to_json(const CorpusRecall& recall) {
  nlohmann::json out = {{"ranker", recall.ranker}, {"lists", recall.asked}};
  for (size_t k = 0; k < kCorpusK.size(); ++k) {
    out["recall@" + std::to_string(kCorpusK[k])] = to_json(recall.recalls[k]);
  }
  return out;
}

}  // namespace kaskad
