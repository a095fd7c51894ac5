#include "kaskad/retrieval/bm25.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/model/bundle.h"

namespace kaskad {

Bm25Retriever::Bm25Retriever(ItemWords words)
    : words_(std::move(words)),
      begin_(words_.num_words() + 1, 0),
      scratch_([items = words_.num_items()] { return std::make_unique<Scratch>(items); }) {
  const size_t items = words_.num_items();
  const auto item_at = [](size_t item) { return ItemId{static_cast<uint32_t>(item)}; };
  for (size_t item = 0; item < items; ++item) {
    for (const uint32_t word : words_.of(item_at(item)).words) ++begin_[word + 1];
  }
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  postings_.resize(begin_.back());
  std::vector<uint64_t> next(begin_.begin(), begin_.end() - 1);
  for (size_t item = 0; item < items; ++item) {
    const ItemWords::Counted text = words_.of(item_at(item));
    for (size_t i = 0; i < text.words.size(); ++i) {
      const uint32_t word = text.words[i];
      postings_[next[word]++] = {item_at(item), words_.part(word, text.counts[i], item_at(item))};
    }
  }
}

std::unique_ptr<Bm25Retriever> Bm25Retriever::load(const std::string& directory,
                                                   const std::string& config_json) {
  return std::unique_ptr<Bm25Retriever>(new Bm25Retriever(ItemWords::load(directory, config_json)));
}

std::vector<std::string> Bm25Retriever::golden_queries(size_t count) const {
  constexpr size_t kWords = 3;
  std::vector<std::string> queries(count);
  for (size_t q = 1; q < count && num_items() > 0; ++q) {
    const ItemId item{static_cast<uint32_t>(q * num_items() / count)};
    const std::span<const uint32_t> words = words_.of(item).words;
    for (const uint32_t word : words.first(std::min(kWords, words.size()))) {
      queries[q] += (queries[q].empty() ? "" : " ") + words_.word(word);
    }
  }
  return queries;
}

// The words are added in the order of the query, as the ranker does, so that sums are the same.
void Bm25Retriever::answer(const Query& query, Scratch& scratch, std::span<ScoredItem> row) const {
  const std::vector<uint32_t> words = words_.find(query.text);
  for (const uint32_t word : words) {
    for (const Posting& posting : postings(word)) {
      float& score = scratch.scores[index(posting.item)];
      if (score == 0) scratch.found.push_back(posting.item);
      score += posting.part;
    }
  }
  scratch.top.reset(row.size());
  if (!scratch.found.empty()) scratch.filter.set(query);
  for (const ItemId item : scratch.found) {
    float& score = scratch.scores[index(item)];
    if (score >= scratch.top.threshold() && scratch.filter.allows(item)) {
      scratch.top.offer(index(item), score);
    }
    score = 0;
  }
  scratch.found.clear();
  size_t used = 0;
  for (const Candidate& best : scratch.top.finish()) row[used++] = {ItemId{best.item}, best.score};
  std::fill(row.begin() + static_cast<ptrdiff_t>(used), row.end(), ScoredItem{});
}

void Bm25Retriever::retrieve(std::span<const Query> queries, size_t k,
                             std::span<ScoredItem> out) const {
  KASKAD_ASSERT(out.size() == queries.size() * k);
  const Pool<Scratch>::Loan scratch(scratch_);
  for (size_t q = 0; q < queries.size(); ++q) answer(queries[q], *scratch, out.subspan(q * k, k));
}

void Bm25Retriever::score_all(const Query& query, std::span<float> scores) const {
  KASKAD_ASSERT(scores.size() == num_items());
  std::fill(scores.begin(), scores.end(), 0.0F);
  for (const uint32_t word : words_.find(query.text)) {
    for (const Posting& posting : postings(word)) scores[index(posting.item)] += posting.part;
  }
}

void register_bm25() { register_retriever("bm25", Bm25Retriever::load); }

}  // namespace kaskad
