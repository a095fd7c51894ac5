#include "kaskad/dataset/item_words.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/npy.h"
#include "kaskad/dataset/id_map.h"
#include "kaskad/dataset/query_tokens.h"

namespace kaskad {
namespace {

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
std::vector<T> read_words_column(const std::string& path) {
  const NpyFile<T> file(path);
  return {file.values().begin(), file.values().end()};
}

Bm25Options read_bm25_options(const std::string& directory, const std::string& config_json) {
  Bm25Options options;
  try {
    const auto config = nlohmann::json::parse(config_json);
    config.at("k1").get_to(options.k1);
    config.at("b").get_to(options.b);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "k1 and b");
  }
  if (!(options.k1 >= 0) || !std::isfinite(options.k1) || !(options.b >= 0) || options.b > 1) {
    throw data_error(directory, 0, "config", config_json, "k1 of at least 0, b from 0 to 1");
  }
  return options;
}

}  // namespace

ItemWords::ItemWords(const FeatureTable& items, size_t num_items,
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

void ItemWords::weigh() {
  const size_t items = num_items();
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

std::vector<uint32_t> ItemWords::find(std::string_view query) const {
  std::vector<uint32_t> found;
  for (const std::string& token : query_tokens(query)) {
    if (const auto at = numbers_.find(token); at != numbers_.end()) found.push_back(at->second);
  }
  return found;
}

ItemWords::Counted ItemWords::of(ItemId item) const {
  const uint64_t first = begin_[index(item)], length = begin_[index(item) + 1] - first;
  return {std::span(word_).subspan(first, length), std::span(count_).subspan(first, length)};
}

std::string ItemWords::config_json() const {
  return nlohmann::json{{"k1", options_.k1}, {"b", options_.b}}.dump();
}

void ItemWords::save(const std::string& directory) const {
  const std::vector<std::string_view> words(words_.begin(), words_.end());
  write_id_map(directory, "words", words);
  write_npy(directory + "/begin.npy", begin_);
  write_npy(directory + "/word.npy", word_);
  write_npy(directory + "/count.npy", count_);
}

ItemWords ItemWords::load(const std::string& directory, const std::string& config_json) {
  ItemWords loaded(read_bm25_options(directory, config_json));
  const IdMap words(directory, "words");
  for (uint32_t word = 0; word < words.size(); ++word) {
    loaded.words_.emplace_back(words.name(word));
    loaded.numbers_.emplace(loaded.words_.back(), word);
  }
  loaded.begin_ = read_words_column<uint64_t>(directory + "/begin.npy");
  loaded.word_ = read_words_column<uint32_t>(directory + "/word.npy");
  loaded.count_ = read_words_column<uint32_t>(directory + "/count.npy");
  const bool fits = !loaded.begin_.empty() && loaded.begin_.front() == 0 &&
                    loaded.begin_.back() == loaded.word_.size() &&
                    loaded.word_.size() == loaded.count_.size() &&
                    std::is_sorted(loaded.begin_.begin(), loaded.begin_.end()) &&
                    std::all_of(loaded.word_.begin(), loaded.word_.end(),
                                [&](uint32_t word) { return word < words.size(); });
  if (!fits) throw Error("'" + directory + "/word.npy' is damaged: it does not fit begin.npy");
  loaded.weigh();
  return loaded;
}

}  // namespace kaskad
