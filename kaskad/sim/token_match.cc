#include "kaskad/sim/token_match.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace kaskad::sim {
namespace {

bool has(const Item& item, WordId word) {
  return std::find(item.title.begin(), item.title.end(), word) != item.title.end();
}

}  // namespace

TokenMatch::TokenMatch(const Marketplace& market)
    : market_(market), begin_(market.catalogue().words().size() + 1) {
  const Catalogue& catalogue = market.catalogue();
  for (uint32_t item = 0; item < catalogue.size(); ++item) {
    for (const WordId word : catalogue.item(item).title) ++begin_[word + 1];
  }
  for (size_t word = 1; word < begin_.size(); ++word) begin_[word] += begin_[word - 1];
  items_.resize(begin_.back());
  std::vector<uint64_t> next(begin_.begin(), begin_.end() - 1);
  for (uint32_t item = 0; item < catalogue.size(); ++item) {
    for (const WordId word : catalogue.item(item).title) items_[next[word]++] = item;
  }
  const auto all = static_cast<double>(catalogue.size());
  for (size_t word = 0; word + 1 < begin_.size(); ++word) {
    const auto with = static_cast<double>(begin_[word + 1] - begin_[word]);
    idf_.push_back(std::log(1 + all / (1 + with)));
  }
}

void TokenMatch::find(uint32_t query, int64_t time, Random& random,
                      std::vector<Candidate>& found) const {
  found.clear();
  const Catalogue& catalogue = market_.catalogue();
  const size_t most = market_.options().engine.candidates;
  std::vector<WordId> words = market_.book().query(query).words;
  std::sort(words.begin(), words.end(),
            [&](WordId a, WordId b) { return idf_[a] != idf_[b] ? idf_[a] > idf_[b] : a < b; });
  double all = 0;
  for (const WordId word : words) all += idf_[word];
  for (size_t w = 0; w < words.size() && found.size() < most; ++w) {
    const uint64_t with = begin_[words[w] + 1] - begin_[words[w]];
    const uint64_t wanted = std::min<uint64_t>(with, most - found.size());
    const uint64_t start = with > 0 ? random.below(with) : 0;
    for (uint64_t i = 0; i < wanted; ++i) {
      const uint32_t number = items_[begin_[words[w]] + (start + i * with / wanted) % with];
      if (!catalogue.alive(number, time)) continue;
      const Item& item = catalogue.item(number);
      const auto before = std::span(words).first(w);
      if (std::any_of(before.begin(), before.end(), [&](WordId b) { return has(item, b); })) {
        continue;  // found by that word
      }
      double matched = idf_[words[w]];
      for (const WordId word : std::span(words).subspan(w + 1)) {
        if (has(item, word)) matched += idf_[word];
      }
      found.push_back({number, static_cast<float>(matched / all)});
    }
  }
}

}  // namespace kaskad::sim
