#include "kaskad/sim/query_book.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

namespace kaskad::sim {
namespace {

constexpr double kOwnWord = 0.7;  // of the queries use the word that this user always uses

// Which of the names, the usual one most: shares .6, .3, .1 of three.
uint32_t which_name(double u, size_t names) {
  const uint32_t drawn = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
  return std::min(drawn, static_cast<uint32_t>(names - 1));
}

std::vector<double> weights_of(const std::vector<Topic>& topics) {
  std::vector<double> weights;
  for (const Topic& topic : topics) weights.push_back(topic.weight);
  return weights;
}

}  // namespace

QueryBook::QueryBook(const WorldOptions& options, const Catalogue& catalogue)
    : options_(options),
      of_leaf_(catalogue.leaves().size()),
      popularity_(std::span<const double>()) {
  make_topics(catalogue);
  make_queries(catalogue);
  popularity_ = AliasTable(weights_of(topics_));
}

// First the leaves themselves in a random order, then leaves with a brand, an attribute, or both.
void QueryBook::make_topics(const Catalogue& catalogue) {
  Random random(address(options_.seed, Stream::kTopic));
  const auto leaves = static_cast<uint32_t>(catalogue.leaves().size());
  for (uint32_t leaf = 0; leaf < leaves; ++leaf) topics_.push_back({leaf, kNone, kNone, 0, {}});
  for (uint32_t i = leaves; i > 1; --i) std::swap(topics_[i - 1], topics_[random.below(i)]);
  std::set<std::tuple<uint32_t, uint32_t, uint32_t>> known;
  const size_t wanted = std::max<size_t>(leaves, options_.queries * 2 / 5);
  // A small world may not have so many different ones.
  for (size_t tries = 0; topics_.size() < wanted && tries < 4 * wanted; ++tries) {
    Topic topic{random.below(leaves), kNone, kNone, 0, {}};
    const uint32_t kind = random.below(3);
    if (kind != 1) {
      topic.brand = catalogue.leaves()[topic.leaf].top * catalogue.brands_of_top() +
                    random.below(catalogue.brands_of_top());
    }
    if (kind != 0) topic.attribute = random.below(catalogue.attributes().size());
    if (known.emplace(topic.leaf, topic.brand, topic.attribute).second) topics_.push_back(topic);
  }
  const std::vector<double> weights = zipf_weights(topics_.size(), options_.zipf);
  double total = 0;
  for (const double weight : weights) total += weight;
  for (uint32_t i = 0; i < topics_.size(); ++i) {
    topics_[i].weight = weights[i] / total;
    of_leaf_[topics_[i].leaf].push_back(i);
  }
}

void QueryBook::make_queries(const Catalogue& catalogue) {
  std::unordered_map<std::string, uint32_t> known;
  for (uint32_t t = 0; t < topics_.size(); ++t) {
    Topic& topic = topics_[t];
    for (const WordId name : catalogue.leaves()[topic.leaf].words) {
      Query query{"", {name}, t};
      if (topic.brand != kNone) query.words.push_back(catalogue.brands()[topic.brand].word);
      if (topic.attribute != kNone) {
        query.words.push_back(catalogue.attributes()[topic.attribute].word);
      }
      for (const WordId word : query.words) {
        query.text += (query.text.empty() ? "" : " ") + catalogue.words().text(word);
      }
      const auto [at, added] = known.emplace(query.text, static_cast<uint32_t>(queries_.size()));
      topic.queries.push_back(at->second);
      if (added) queries_.push_back(std::move(query));
    }
  }
}

uint32_t QueryBook::draw_neighbour(uint32_t topic, Random& random) const {
  const std::vector<uint32_t>& all = of_leaf_[topics_[topic].leaf];
  return all[random.below(all.size())];
}

uint32_t QueryBook::draw_query(uint32_t topic, uint32_t user, Random& random) const {
  const std::vector<uint32_t>& names = topics_[topic].queries;
  const uint64_t habit = address(options_.seed, Stream::kUser, user, topics_[topic].leaf);
  const bool own = random.chance(kOwnWord);
  return names[which_name(own ? unit(habit) : random.uniform(), names.size())];
}

}  // namespace kaskad::sim
