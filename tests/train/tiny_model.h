// What the tests of training need: a log in which the last two items decide the next one, and a
// model that is just able to learn it in a second.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/dataset/split.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/random.h"
#include "kaskad/train/sequence_model.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {

// Items on a circle: the next lies one further when the number of the item before the last is even,
// and seven further when it is odd. All are about equally popular, so popularity knows nothing, and
// the last item alone leaves two answers open. A user starts with two random ones.
inline constexpr uint64_t kPlantedItems = 30;

// "u7". Appended, because gcc 12 warns falsely of "u" + std::to_string(7) (gcc bug 105651).
inline std::string numbered(char letter, uint64_t number) {
  return std::string(1, letter).append(std::to_string(number));
}

inline std::vector<TestRow> planted_rows(uint64_t users, uint64_t events) {
  std::vector<TestRow> rows;
  for (uint64_t user = 0; user < users; ++user) {
    Random random{7, user};
    uint64_t before = random.below(kPlantedItems), last = random.below(kPlantedItems);
    for (uint64_t event = 0; event < events; ++event) {
      rows.push_back(
          {numbered('u', user), numbered('i', before), static_cast<int64_t>(event) * 1000});
      const uint64_t next = (last + (before % 2 == 0 ? 1 : 7)) % kPlantedItems;
      before = std::exchange(last, next);
    }
  }
  return rows;
}

struct PlantedSequence {
  explicit PlantedSequence(uint64_t users = 200, uint64_t events = 8)
      : log(planted_rows(users, events)),
        split(make_split(log.data, SplitOptions::parse("leave-one-out"))) {}
  TestDataset log;
  Split split;
};

// The user after a place: a layer over the vectors of its token and of the one before it.
class TinyModel : public SequenceModel {
 public:
  TinyModel(int64_t num_items, int64_t dimension, double dropout, uint64_t seed)
      : items_(num_items), dropout_(dropout) {
    torch::manual_seed(seed);
    const auto draw = [](int64_t rows, int64_t columns) {
      return torch::randn({rows, columns}) / std::sqrt(static_cast<double>(columns));
    };
    last_ = register_parameter("last", draw(num_items + 2, 4 * dimension));
    before_ = register_parameter("before", draw(num_items + 2, 4 * dimension));
    out_ = register_parameter("out", draw(4 * dimension, dimension));
    table_ = register_parameter("table", draw(num_items, dimension));
  }

  int64_t num_items() const override { return items_; }
  int64_t dimension() const override { return table_.size(1); }
  torch::Tensor encode(const SequenceBatch& batch) override {
    const torch::Tensor none = torch::zeros({batch.tokens.size(0), 1}, torch::kInt64);
    const torch::Tensor before =
        torch::cat({none, batch.tokens.slice(1, 0, batch.tokens.size(1) - 1)}, 1);
    torch::Tensor hidden =
        torch::relu(torch::embedding(last_, batch.tokens) + torch::embedding(before_, before));
    hidden = torch::dropout(hidden, dropout_, is_training());
    return torch::matmul(hidden, out_);
  }
  torch::Tensor item_vectors(const torch::Tensor& items) override {
    return torch::embedding(table_, items);
  }
  torch::Tensor all_item_vectors() override { return table_; }
  std::string user_graph() const override { return {}; }
  bool is_causal() const override { return true; }

 private:
  int64_t items_;
  double dropout_;
  torch::Tensor last_, before_, out_, table_;
};

inline std::shared_ptr<SequenceModel> tiny_model(const Dataset& dataset, const Recipe& recipe) {
  return std::make_shared<TinyModel>(static_cast<int64_t>(dataset.num_items()), recipe.dimension,
                                     recipe.dropout, recipe.seed);
}

inline Recipe tiny_recipe() {
  Recipe recipe;
  recipe.dimension = 16;
  recipe.max_history = 8;
  recipe.batch = 32;
  recipe.epochs = 6;
  recipe.learning_rate = 0.01;
  recipe.device = "cpu";
  recipe.threads = 1;
  return recipe;
}

// A real model that learns next to nothing in a second.
inline Recipe quick_recipe(ModelKind model) {
  Recipe recipe = Recipe::defaults(model);
  recipe.dimension = 16;
  recipe.blocks = 1;
  recipe.heads = 1;
  recipe.dropout = 0;
  recipe.max_history = 8;
  recipe.batch = 32;
  recipe.epochs = 2;
  recipe.learning_rate = 0.01;
  recipe.device = "cpu";
  recipe.threads = 1;
  return recipe;
}

}  // namespace kaskad::train
