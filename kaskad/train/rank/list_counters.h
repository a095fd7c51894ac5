// Counters of stored lists for a ranker that is trained on them: of the training lists as of each
// list's own time, of the validation lists as a store of all that was before them answers, which is
// how the test lists will be answered. Made by train_ranker().
//   DIRECTORY/validation, DIRECTORY/service  counter stores
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/counters/counter_store.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/rank/rank_batcher.h"

namespace kaskad::train {

// Keeps the training lists' counters in memory, 4 bytes a candidate and counter.
class CountedLists {
 public:
  // Throws Error when a segment asks for what the lists do not have.
  CountedLists(const Dataset& dataset, const Impressions& train, const Impressions& validation,
               const Recipe& recipe, const std::string& directory, const Progress& progress);
  CountedLists(const CountedLists&) = delete;

  const ListCounters& train() const { return train_; }
  const CrossCounters& train_scale() const { return of_train_; }  // without a store
  const CrossCounters& validation() const { return of_validation_; }
  const CrossCounters& service() const { return of_service_; }
  std::shared_ptr<const CounterStore> store() const { return service_; }  // of the bundle
  std::shared_ptr<const CounterStore> validation_store() const { return validation_; }

 private:
  std::vector<float> values_;
  ListCounters train_;
  std::shared_ptr<const CounterStore> validation_, service_;
  CrossCounters of_train_, of_validation_, of_service_;
};

// What the recipe counts; without a clock over all time alone.
CounterSpec counter_spec(const Recipe& recipe, const Impressions& lists);

}  // namespace kaskad::train
