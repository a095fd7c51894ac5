#include "tests/model/counting_retriever.h"
#include "tests/model/retriever_battery.h"

namespace kaskad {
namespace {

void even_items_by_count(const Retriever& model, const Dataset&) {
  // Items 4 and 6 are numbers 2 and 3 of the even group. Its users begin at numbers 0..9, 0, 1
  // and take 6 numbers each. Number 1 (item 2) goes with 2 for the users who begin at 7, 8, 9, 0,
  // 0, 1, 1 and with 3 for those at 8, 9, 0, 0, 1, 1: 7 + 6 = 13. Number 4 (item 8) goes with 2
  // for 9, 0, 0, 1, 1, 2 and with 3 for the same and 3: 6 + 7 = 13. The lower id comes first.
  OwnedQuery query;
  query.take({4, 6});
  const std::vector<ScoredItem> expected = {{ItemId{2}, 13}, {ItemId{8}, 13}};
  EXPECT_EQ(retrieve_one(model, query, 2), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Model, RetrieverBattery,
    testing::Values(BatteryModel{
        .name = "counting",
        .fit = [](const Dataset& dataset) { return CountingRetriever::fit(dataset); },
        .save =
            [](const Retriever& model, const std::string& directory) {
              dynamic_cast<const CountingRetriever&>(model).save(directory);
            },
        .load = [](const std::string& directory) { return CountingRetriever::load(directory); },
        .known_answer = even_items_by_count}),
    battery_name);

}  // namespace
}  // namespace kaskad
