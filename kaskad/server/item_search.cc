#include "kaskad/server/item_search.h"

#include <algorithm>

namespace kaskad {
namespace {

// Matches looked at before the most popular are picked: bounds the work for a prefix like "a".
constexpr size_t kMatchesConsidered = 100'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// What the model answers when it knows nothing of the user: its order of popularity.
std::vector<ItemId> popularity_order(const Retriever& model) {
  std::vector<ScoredItem> row(model.num_items());
  const Query nobody;
  model.retrieve({&nobody, 1}, row.size(), row);
  std::vector<ItemId> order;
  std::vector<bool> placed(model.num_items(), false);
  for (const ScoredItem& scored : row) {
    if (scored.item == kNoItem) break;
    order.push_back(scored.item);
    placed[index(scored.item)] = true;
  }
  for (uint32_t item = 0; item < placed.size(); ++item) {
    if (!placed[item]) order.push_back(ItemId{item});
  }
  return order;
}

}  // namespace

ItemSearch::ItemSearch(const Bundle& bundle)
    : rank_(bundle.items.size()), by_rank_(popularity_order(*bundle.retriever)) {
  for (uint32_t i = 0; i < by_rank_.size(); ++i) rank_[index(by_rank_[i])] = i;
  for (uint32_t i = 0; i < bundle.items.size(); ++i) {
    add(bundle.items.name(i), ItemId{i});
    add(bundle.title(ItemId{i}), ItemId{i});
  }
  std::sort(words_.begin(), words_.end(),
            [this](const Word& a, const Word& b) { return rest(a) < rest(b); });
}

void ItemSearch::add(std::string_view text, ItemId item) {
  bool in_word = false;
  for (const char raw : text) {
    const char c = lower(raw);
    if (is_word_byte(c) && !in_word) words_.push_back({text_.size(), item});
    in_word = is_word_byte(c);
    text_ += c == '\n' ? ' ' : c;
  }
  text_ += '\n';
}

std::string_view ItemSearch::rest(const Word& word) const {
  return std::string_view(text_).substr(word.begin, text_.find('\n', word.begin) - word.begin);
}

std::vector<ItemId> ItemSearch::find(std::string_view prefix, size_t limit) const {
  if (prefix.empty()) {
    return {by_rank_.begin(), by_rank_.begin() + std::min(limit, by_rank_.size())};
  }
  std::string wanted(prefix);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), lower);
  auto at = std::lower_bound(
      words_.begin(), words_.end(), wanted,
      [this](const Word& word, const std::string& text) { return rest(word) < text; });
  std::vector<uint32_t> ranks;
  for (; at != words_.end() && rest(*at).starts_with(wanted); ++at) {
    ranks.push_back(rank_[index(at->item)]);
    if (ranks.size() == kMatchesConsidered) break;
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  std::vector<ItemId> items;
  for (size_t i = 0; i < std::min(limit, ranks.size()); ++i) items.push_back(by_rank_[ranks[i]]);
  return items;
}

}  // namespace kaskad
