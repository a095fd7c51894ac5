// The ranker battery over every kind.
#include "kaskad/counters/store_writer.h"
#include "kaskad/ranking/gbdt_training.h"
#include "kaskad/ranking/onnx_import.h"
#include "kaskad/ranking/query_rankers.h"
#include "kaskad/ranking/simple_rankers.h"
#include "tests/model/ranker_battery.h"
#include "tests/ranking/colour_attention.h"
#include "tests/ranking/onnx_stumps.h"

namespace kaskad {
namespace {

std::shared_ptr<const ItemCounters> counters_of(const ColourLog& colours) {
  return ItemCounters::build(colours.log.data, colours.validation.known_end());
}

MadeRanker retrieval_order(const ColourLog&) {
  register_simple_rankers();
  const auto ranker = std::make_shared<RetrievalOrder>(kColourItems);
  return {ranker, ranker->config_json(), [ranker](const std::string& to) { ranker->save(to); }};
}

MadeRanker popularity(const ColourLog& colours, bool decayed) {
  register_simple_rankers();
  const auto ranker = std::make_shared<PopularityRanker>(counters_of(colours), decayed);
  return {ranker, ranker->config_json(), [ranker](const std::string& to) { ranker->save(to); }};
}

MadeRanker made_bm25(const ColourLog& colours) {
  register_query_rankers();
  const auto ranker = std::make_shared<Bm25Ranker>(colours.log.data.item_features(), kColourItems,
                                                   std::vector<std::string>{}, Bm25Options{});
  return {ranker, ranker->config_json(), [ranker](const std::string& to) { ranker->save(to); }};
}

MadeRanker made_counters(const ColourLog& colours) {
  register_query_rankers();
  const auto directory = std::make_shared<TempDir>();
  CounterSpec spec;
  spec.segments = {{"town", "item"}};
  write_counter_store(*directory / "store", ListOrder({&colours.train}), colours.log.data, spec,
                      {.threads = 1});
  const auto ranker = std::make_shared<CounterRanker>(
      std::make_shared<const CounterStore>(CounterStore::open(*directory / "store")), "");
  EXPECT_EQ(ranker->feature(), "rate_town:item_next_all");
  return {ranker, ranker->config_json(),
          [ranker, directory](const std::string& to) { ranker->save(to); }};
}

MadeRanker gbdt(const ColourLog& colours, const std::string& objective) {
  register_gbdt();
  const auto directory = std::make_shared<TempDir>();
  const GbdtData data{&colours.log.data, &colours.train, &colours.validation, {}};
  GbdtOptions options;
  options.objective = objective;
  options.rounds = 60;
  options.threads = 1;
  options.min_child_weight = 0.1;
  GbdtFit fit = train_gbdt(data, RankingFeatures({}, colours.log.data, counters_of(colours)),
                           {{"next", 1}}, options, directory->path());
  const std::shared_ptr<GbdtRanker> ranker = std::move(fit.ranker);
  return {ranker, ranker->config_json(fit.models),
          [ranker, directory, models = fit.models](const std::string& to) {
            ranker->save(to, models);
          }};
}

MadeRanker foreign_graph(const ColourLog& colours, const std::string& graph,
                         const std::string& mapping) {
  register_onnx_ranker();
  const auto directory = std::make_shared<TempDir>();
  directory->write("graph.onnx", graph);
  const std::shared_ptr<OnnxRanker> ranker =
      import_onnx_ranker({.mapping_text = mapping, .mapping_path = *directory / "mapping.toml"},
                         colours.log.data, colours.validation);
  return {ranker, ranker->config_json(),
          [ranker, directory](const std::string& to) { ranker->save(to); }};
}

// Trees of another library: the share of the candidate's colour in the history decides.
MadeRanker foreign_trees(const ColourLog& colours) {
  return foreign_graph(
      colours, stump_regressor(2, {{0, 0.5F, 0, 1}, {1, 0, 0.25F, 0}, {0, 0.9F, 0, 0.1F}}), R"(
graph = "graph.onnx"
inputs.X = { source = "features", columns = ["item_colour_history_share", "seen_count"] }
)");
}

MadeRanker foreign_attention(const ColourLog& colours, bool lists, const std::string& pad) {
  return foreign_graph(colours, colour_attention(lists, pad != "none"),
                       colour_attention_mapping(lists, pad));
}

void follows_retrieval(const Ranker& ranker, const ColourLog&) {
  OwnedRequest request;
  for (uint32_t item = 0; item < 5; ++item) request.offer(item, 1);
  EXPECT_EQ(scores_of(ranker, {request}),
            (std::vector<float>{1, 1 / 2.0f, 1 / 3.0f, 1 / 4.0f, 1 / 5.0f}));
  request.ranks.clear();  // then by score
  EXPECT_EQ(scores_of(ranker, {request}), request.scores);
}

void counts_before_the_request(const Ranker& ranker, const ColourLog& colours) {
  OwnedRequest request;
  for (uint32_t item = 0; item < kColourItems; ++item) request.offer(item, 1);
  request.now = 12 * kColourDay;
  const auto scores = scores_of(ranker, {request});
  for (uint32_t item = 0; item < kColourItems; ++item) {
    float expected = 0;
    for (size_t e = 0; e < colours.log.data.num_events(); ++e) {
      expected +=
          colours.log.data.item()[e] == ItemId{item} && colours.log.data.time()[e] < request.now;
    }
    EXPECT_EQ(scores[item], expected) << item;
  }
}

// Unseen items of the colour of the history come first, whoever asks.
void knows_the_colour(const Ranker& ranker, const ColourLog&) {
  for (const uint32_t colour : {0u, 1u}) {
    OwnedRequest request;
    for (const uint32_t item : {4u, 8u, 12u}) request.take(item + colour);
    for (uint32_t item = 0; item < 12; ++item) request.offer(item, static_cast<float>(12 - item));
    const auto scores = scores_of(ranker, {request});
    for (const uint32_t right : {0u, 2u, 6u, 10u}) {
      for (const uint32_t wrong : {1u, 3u, 5u, 7u}) {
        EXPECT_GT(scores[right + colour], scores[(wrong + colour) % 12]) << right << ' ' << wrong;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RankerBattery,
    testing::Values(
        BatteryRanker{"retrieval_order", retrieval_order, follows_retrieval},
        BatteryRanker{"popularity", [](const ColourLog& log) { return popularity(log, false); },
                      counts_before_the_request},
        BatteryRanker{"popularity_decayed",
                      [](const ColourLog& log) { return popularity(log, true); }},
        BatteryRanker{"bm25", made_bm25}, BatteryRanker{"counters", made_counters},
        BatteryRanker{"gbdt_ndcg", [](const ColourLog& log) { return gbdt(log, "rank:ndcg"); },
                      knows_the_colour},
        BatteryRanker{"gbdt_logistic",
                      [](const ColourLog& log) { return gbdt(log, "binary:logistic"); },
                      knows_the_colour},
        BatteryRanker{"onnx_trees", foreign_trees, knows_the_colour},
        BatteryRanker{"onnx_lists",
                      [](const ColourLog& log) { return foreign_attention(log, true, "none"); },
                      knows_the_colour, 1e-5F},
        BatteryRanker{"onnx_rows",
                      [](const ColourLog& log) { return foreign_attention(log, false, "left"); },
                      knows_the_colour, 1e-5F}),
    ranker_battery_name);

}  // namespace
}  // namespace kaskad
