// Ten items of which something is known, as a dataset: item i costs 10 * i (i9: not known), the
// even ones are books, the odd ones toys, i4 is both, i8 is neither; they appeared a day after each
// other, i9 at the time of the fakes' requests; vectors point east for i0 .. i4, north for the
// rest.
#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset_writer.h"
#include "tests/temp_dir.h"

namespace kaskad {

inline FeatureColumns shop_features() {
  CategoricalColumn category{
      .name = "category", .names = {"books", "toys"}, .offsets = {0}, .codes = {}};
  DenseColumn price{.name = "price", .dimension = 1, .values = {}};
  DenseColumn appeared{.name = "appeared", .dimension = 1, .values = {}};
  DenseColumn vector{.name = "vector", .dimension = 2, .values = {}};
  for (uint32_t i = 0; i < 10; ++i) {
    if (i != 8) category.codes.push_back(i % 2);
    if (i == 4) category.codes.push_back(1);
    category.offsets.push_back(category.codes.size());
    price.values.push_back(i == 9 ? std::numeric_limits<float>::quiet_NaN()
                                  : 10 * static_cast<float>(i));
    appeared.values.push_back(1e9F - 86'400 * static_cast<float>(9 - i));
    vector.values.push_back(i < 5 ? 1 : 0);
    vector.values.push_back(i < 5 ? 0 : 1);
  }
  return {.categorical = {category}, .dense = {price, appeared, vector}};
}

inline std::shared_ptr<const Dataset> write_shop(const std::string& directory) {
  std::filesystem::create_directories(directory);
  DatasetWriter writer(directory, false);
  const std::vector<ItemId> items = {ItemId{0}};
  const std::vector<int64_t> times = {1000};
  const std::vector<float> weights = {1};
  writer.append(std::vector<uint32_t>{1}, History{items, times, weights, {}});
  DatasetContents contents;
  contents.users = {"u"};
  static const std::vector<std::string> kNames = {"i0", "i1", "i2", "i3", "i4",
                                                  "i5", "i6", "i7", "i8", "i9"};
  contents.items.assign(kNames.begin(), kNames.end());
  contents.time_kind = TimeKind::kClock;
  contents.item_features = shop_features();
  writer.finish(contents);
  return std::make_shared<const Dataset>(Dataset::open(directory));
}

}  // namespace kaskad
