// The contract of everything that finds items for a user: batches in, top-k lists out. Every
// kind loads from a bundle and passes the same test battery (tests/model/retriever_battery.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/feature_schema.h"

namespace kaskad {

struct ScoredItem {
  ItemId item = kNoItem;
  float score = 0;

  friend bool operator==(const ScoredItem&, const ScoredItem&) = default;
};

// One user's question. The spans and the text must outlive the call.
struct Query {
  History history = {};                  // oldest first; may be empty
  FeatureRow user_features = {};         // what else is known of the user
  int64_t now = 0;                       // request time, in the dataset's unit
  bool exclude_seen = true;              // leave out the items of the history
  std::span<const ItemId> exclude = {};  // further items to leave out, in any order
  std::span<const ItemId> allow = {};    // when not empty: only these, in any order
  std::string_view text = {};            // what is searched for, as written; empty: nothing is
};

// Why an item was recommended: the share of its score that one event of the history brought.
struct Contribution {
  uint32_t position;  // in the history, oldest first
  float share;        // parts of the score; they need not add up where the model is not additive
};

// Thread-safe: const calls may run at once.
class Retriever {
 public:
  virtual ~Retriever() = default;

  // "directed", "popularity", "ease", ...: the registered name.
  virtual std::string kind() const = 0;
  virtual size_t num_items() const = 0;

  // Whether every item has a score of either sign, as a dot product gives it, where evidence is
  // there at all: then 0 says nothing of an item, and rows take the best whatever their sign.
  // Otherwise scores are not negative, and an item that gets 0 is one without evidence.
  virtual bool scores_every_item() const { return false; }

  // What the model reads of a user beside the history; null: nothing.
  virtual const FeatureSchema* user_schema() const { return nullptr; }

  // Whether the answer depends on Query::text; the others look at the user alone.
  virtual bool reads_query() const { return false; }

  // Row q of `out` (k a row) becomes the best items of queries[q], best first; ties go to the
  // lower item id. Where fewer than k items score, the row is filled up by popularity when the
  // model has one, then with kNoItem. A question without evidence for any item (an empty history)
  // is answered by popularity alone, with scores 0.
  virtual void retrieve(std::span<const Query> queries, size_t k,
                        std::span<ScoredItem> out) const = 0;

  // Scores of all items for one query: `scores` is (num_items). Items without evidence get 0;
  // nothing is excluded. The plain reference that retrieve() is tested against.
  virtual void score_all(const Query& query, std::span<float> scores) const = 0;

  // One list for each of `items`, which are distinct; strongest first, empty where the kind cannot
  // tell. A whole answer is explained in one call, because a model may have to score for it.
  virtual std::vector<std::vector<Contribution>> explain(const Query&,
                                                         std::span<const ItemId> items) const {
    return std::vector<std::vector<Contribution>>(items.size());
  }

  // Items most like `item`, best first; empty where the kind has no such notion.
  virtual std::vector<ScoredItem> similar(ItemId, size_t) const { return {}; }

  // How items are searched for, in words for people ("hnsw index, recall@100 0.987"); empty where
  // there is nothing to say.
  virtual std::string search_note() const { return {}; }
};

}  // namespace kaskad
