#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/npy.h"
#include "kaskad/dataset/id_map.h"
#include "kaskad/dataset/query_tokens.h"
#include "kaskad/ranking/query_rankers.h"

namespace kaskad {
namespace {

using nlohmann::json;

std::vector<const CategoricalFeature*> text_columns(const FeatureTable& items,
                                                    const std::vector<std::string>& names) {
  std::vector<const CategoricalFeature*> columns;
  std::string known;
  for (const CategoricalFeature& column : items.categorical) {
    known += (known.empty() ? "" : ", ") + column.name;
    const bool asked =
        names.empty() || std::find(names.begin(), names.end(), column.name) != names.end();
    if (asked) columns.push_back(&column);
  }
  if (columns.empty() || (!names.empty() && columns.size() != names.size())) {
    throw Error("bm25: found " + std::to_string(columns.size()) +
                " columns of text, expected those that are asked for, of: " +
                (known.empty() ? "none; items have no categorical features" : known));
  }
  return columns;
}

template <typename T>
std::vector<T> read_column(const std::string& path) {
  const NpyFile<T> file(path);
  return {file.values().begin(), file.values().end()};
}

}  // namespace

Bm25Ranker::Bm25Ranker(const FeatureTable& items, size_t num_items,
                       const std::vector<std::string>& columns, const Bm25Options& options)
    : options_(options), begin_{0} {
  const auto texts = text_columns(items, columns);
  for (size_t item = 0; item < num_items; ++item) {
    std::map<uint32_t, uint32_t> counts;
    for (const CategoricalFeature* column : texts) {
      for (uint64_t v = column->offsets[item]; v < column->offsets[item + 1]; ++v) {
        for (std::string& token : query_tokens(column->names[column->codes[v]])) {
          const auto [at, added] =
              numbers_.emplace(std::move(token), static_cast<uint32_t>(words_.size()));
          if (added) words_.push_back(at->first);
          ++counts[at->second];
        }
      }
    }
    for (const auto& [word, count] : counts) {
      word_.push_back(word);
      count_.push_back(count);
    }
    begin_.push_back(word_.size());
  }
  weigh();
}

void Bm25Ranker::weigh() {
  const size_t items = begin_.size() - 1;
  std::vector<double> in_items(words_.size(), 0);
  std::vector<double> lengths(items, 0);
  double total = 0;
  for (size_t item = 0; item < items; ++item) {
    for (uint64_t at = begin_[item]; at < begin_[item + 1]; ++at) {
      ++in_items[word_[at]];
      lengths[item] += count_[at];
    }
    total += lengths[item];
  }
  const double mean = total > 0 ? total / static_cast<double>(items) : 1;
  for (const double n : in_items) {
    idf_.push_back(
        static_cast<float>(std::log1p((static_cast<double>(items) - n + 0.5) / (n + 0.5))));
  }
  for (const double length : lengths) {
    length_.push_back(
        static_cast<float>(options_.k1 * (1 - options_.b + options_.b * length / mean)));
  }
}

float Bm25Ranker::score_of(const std::vector<uint32_t>& words, ItemId item) const {
  if (index(item) >= length_.size()) return 0;
  const auto first = word_.begin() + static_cast<ptrdiff_t>(begin_[index(item)]);
  const auto last = word_.begin() + static_cast<ptrdiff_t>(begin_[index(item) + 1]);
  float score = 0;
  for (const uint32_t word : words) {
    const auto found = std::lower_bound(first, last, word);
    if (found == last || *found != word) continue;
    const auto tf = static_cast<float>(count_[static_cast<size_t>(found - word_.begin())]);
    score += idf_[word] * tf * static_cast<float>(options_.k1 + 1) / (tf + length_[index(item)]);
  }
  return score;
}

void Bm25Ranker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  float* to = out.data();
  for (const RankRequest& request : requests) {
    std::vector<uint32_t> words;
    for (const std::string& token : query_tokens(request.query)) {
      if (const auto found = numbers_.find(token); found != numbers_.end()) {
        words.push_back(found->second);
      }
    }
    for (const ItemId item : request.candidates) *to++ = score_of(words, item);
  }
}

std::string Bm25Ranker::config_json() const {
  return json{{"k1", options_.k1}, {"b", options_.b}}.dump();
}

void Bm25Ranker::save(const std::string& directory) const {
  const std::vector<std::string_view> words(words_.begin(), words_.end());
  write_id_map(directory, "words", words);
  write_npy(directory + "/begin.npy", begin_);
  write_npy(directory + "/word.npy", word_);
  write_npy(directory + "/count.npy", count_);
}

std::unique_ptr<Bm25Ranker> Bm25Ranker::load(const std::string& directory,
                                             const std::string& config_json,
                                             const std::vector<Head>&) {
  Bm25Options options;
  try {
    const json config = json::parse(config_json);
    config.at("k1").get_to(options.k1);
    config.at("b").get_to(options.b);
  } catch (const json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "k1 and b");
  }
  std::unique_ptr<Bm25Ranker> ranker(new Bm25Ranker(options));
  const IdMap words(directory, "words");
  for (uint32_t word = 0; word < words.size(); ++word) {
    ranker->words_.emplace_back(words.name(word));
    ranker->numbers_.emplace(ranker->words_.back(), word);
  }
  ranker->begin_ = read_column<uint64_t>(directory + "/begin.npy");
  ranker->word_ = read_column<uint32_t>(directory + "/word.npy");
  ranker->count_ = read_column<uint32_t>(directory + "/count.npy");
  const bool fits = !ranker->begin_.empty() && ranker->begin_.back() == ranker->word_.size() &&
                    ranker->word_.size() == ranker->count_.size() &&
                    std::is_sorted(ranker->begin_.begin(), ranker->begin_.end()) &&
                    std::all_of(ranker->word_.begin(), ranker->word_.end(),
                                [&](uint32_t word) { return word < words.size(); });
  if (!fits) throw Error("'" + directory + "/word.npy' is damaged: it does not fit begin.npy");
  ranker->weigh();
  return ranker;
}

}  // namespace kaskad
