// What people type. A topic is what is wanted: a leaf category, with or without a brand or an
// attribute. A query is a string; a topic has several (synonyms), and some strings stand for
// several topics, as names of categories do. Topics have Zipf popularity, plain ones in front.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/sim/alias_table.h"
#include "kaskad/sim/catalogue.h"

namespace kaskad::sim {

struct Topic {
  uint32_t leaf = 0;
  uint32_t brand = kNone, attribute = kNone;
  double weight = 0;              // share of first requests before tastes are asked
  std::vector<uint32_t> queries;  // the usual one first

  bool operator==(const Topic& other) const {
    return leaf == other.leaf && brand == other.brand && attribute == other.attribute;
  }
};

struct Query {
  std::string text;
  std::vector<WordId> words;  // 1 to 3
  uint32_t topic = 0;         // the most popular one that it stands for
};

class QueryBook {
 public:
  QueryBook(const WorldOptions& options, const Catalogue& catalogue);

  const std::vector<Topic>& topics() const { return topics_; }
  const std::vector<Query>& queries() const { return queries_; }
  const Topic& topic(uint32_t topic) const { return topics_[topic]; }
  const Query& query(uint32_t query) const { return queries_[query]; }

  uint32_t draw_topic(Random& random) const { return popularity_.draw(random.next()); }
  // The same leaf, more or less closely described.
  uint32_t draw_neighbour(uint32_t topic, Random& random) const;
  // People keep to their own word for a thing, mostly.
  uint32_t draw_query(uint32_t topic, uint32_t user, Random& random) const;

 private:
  void make_topics(const Catalogue& catalogue);
  void make_queries(const Catalogue& catalogue);

  WorldOptions options_;
  std::vector<Topic> topics_;
  std::vector<Query> queries_;
  std::vector<std::vector<uint32_t>> of_leaf_;  // (leaves) topics
  AliasTable popularity_;
};

}  // namespace kaskad::sim
