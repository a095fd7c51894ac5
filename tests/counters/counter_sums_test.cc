#include "kaskad/counters/counter_sums.h"

#include <gtest/gtest.h>

#include "kaskad/counters/store_writer.h"
#include "tests/counters/search_log.h"

namespace kaskad {
namespace {

// Shares, rates and flags alike, each with a weight of its own.
double weigh(size_t segment, const float* features, size_t width) {
  double sum = 0;
  for (size_t j = 0; j < width; ++j) {
    sum += (1.0 + static_cast<double>((3 * j + segment) % 7)) * double{features[j]};
  }
  return sum;
}

class CounterSumsTest : public testing::Test {
 protected:
  void build(const CounterSpec& spec) {
    const Impressions lists = log_.write("lists", 0, 160);
    write_counter_store(directory_ / "store", ListOrder({&lists}), log_.data.data, spec, {});
    store_ = std::make_shared<const CounterStore>(CounterStore::open(directory_ / "store"));
    const size_t width = store_->layout().num_features();
    live_ = std::make_shared<LiveCounters>(store_);
    sums_ = std::make_unique<CounterSums>(live_, [width](size_t segment, const float* features) {
      return weigh(segment, features, width);
    });
  }

  // Pages and clicks since the store was made, of some of its queries and users and of a new one.
  void count_on() {
    for (size_t l = 0; l < 160; l += 3) {
      const SearchLog::List& list = log_.lists[l];
      const std::string user = list.user == kNoUser ? "" : "u" + std::to_string(index(list.user));
      const std::string query = l % 2 == 0               ? "never asked"
                                : list.query == kNoQuery ? ""
                                                         : log_.query_texts[index(list.query)];
      const std::string names[] = {"i" + std::to_string(l % 40), "i7", "nowhere"};
      const std::string_view items[] = {names[0], names[1], names[2]};
      const std::string request = std::to_string(l);
      LivePage page{user, request, query, items, store_->as_of()};
      live_->shown(page);
      page.items = page.items.first(1);
      live_->acted(page, "click");
    }
  }

  static CounterSpec spec_of(std::vector<std::vector<std::string>> segments) {
    CounterSpec spec;
    spec.segments = std::move(segments);
    spec.windows_days = {7, 0};
    return spec;
  }

  CounterRequest request_of(size_t list, std::span<const ItemId> candidates) const {
    const ImpressionList asked = log_.lists[list].view();
    CounterRequest request;
    if (asked.query != kNoQuery) request.query = log_.query_texts[index(asked.query)];
    request.user = asked.user;
    request.candidates = candidates;
    return request;
  }

  std::vector<float> plain(const CounterRequest& request, float factor) const {
    const size_t width = store_->layout().num_features();
    std::vector<float> features(request.candidates.size() * store_->num_features());
    live_->answer(request, features);
    std::vector<float> out;
    for (size_t c = 0; c < request.candidates.size(); ++c) {
      double sum = 0;
      for (size_t s = 0; s < store_->num_segments(); ++s) {
        sum += weigh(s, features.data() + c * store_->num_features() + s * width, width);
      }
      out.push_back(static_cast<float>(factor * sum));
    }
    return out;
  }

  std::vector<float> found(const CounterRequest& request, float factor) {
    const float everybody = sums_->begin(request, factor, scratch_);
    std::vector<float> out;
    for (size_t c = 0; c < request.candidates.size(); ++c) {
      const size_t item = index(request.candidates[c]);
      const size_t place = item < log_.data.data.num_items() ? item + 1 : 0;
      const bool marked = (scratch_.marked[place / 64] >> (place % 64) & 1) != 0;
      EXPECT_TRUE(marked || scratch_.offsets[place] == 0);
      out.push_back(everybody + scratch_.offsets[place]);
      if (!scratch_.extra.empty()) out.back() += scratch_.extra[c];
    }
    sums_->clear(scratch_);
    for (const float offset : scratch_.offsets) EXPECT_EQ(offset, 0);
    for (const uint64_t marks : scratch_.marked) EXPECT_EQ(marks, 0u);
    return out;
  }

  void expect_plain(std::span<const ItemId> candidates) {
    for (size_t l = 0; l < log_.lists.size(); l += 9) {
      const CounterRequest request = request_of(l, candidates);
      const auto expected = plain(request, 0.5F), given = found(request, 0.5F);
      for (size_t c = 0; c < expected.size(); ++c) {
        ASSERT_NEAR(given[c], expected[c], 1e-4 * (1 + std::abs(expected[c]))) << l << ' ' << c;
      }
    }
  }

  // All items, one twice, and two that are not known.
  std::vector<ItemId> all_items() const {
    std::vector<ItemId> items = {kNoItem, ItemId{7}};
    for (uint32_t item = 0; item < log_.data.data.num_items(); ++item)
      items.push_back(ItemId{item});
    items.push_back(ItemId{1000});
    return items;
  }

  const SearchLog log_;
  TempDir directory_;
  std::shared_ptr<const CounterStore> store_;
  std::shared_ptr<LiveCounters> live_;
  std::unique_ptr<CounterSums> sums_;
  CounterSums::Scratch scratch_;
};

TEST_F(CounterSumsTest, EqualsTheWeighedFeaturesWhereARowIsSpread) {
  build(spec_of({{"query", "item"}, {"country", "item"}, {"item"}}));
  expect_plain(all_items());
  EXPECT_TRUE(scratch_.extra.empty());  // all of it went by item
}

TEST_F(CounterSumsTest, EqualsThemWhereRowsOfSeveralWordsAreAddedUp) {
  build(spec_of({{"query_token", "item"}, {"query_token", "country", "item"}}));
  expect_plain(all_items());
  EXPECT_TRUE(scratch_.extra.empty());
}

TEST_F(CounterSumsTest, EqualsThemForACandidateOrTwoOfALongRow) {
  build(spec_of({{"country", "item"}, {"query_token", "item"}}));
  const std::vector<ItemId> few = {ItemId{3}, ItemId{3}};
  expect_plain(few);
  EXPECT_EQ(scratch_.extra.size(), 2u);
}

TEST_F(CounterSumsTest, EqualsThemForCategoriesOfWhichAnItemHasSeveral) {
  build(spec_of({{"query", "category"}, {"query", "item"}}));
  expect_plain(all_items());
}

TEST_F(CounterSumsTest, EqualsThemForEstimates) {
  CounterSpec spec = spec_of({{"query", "item"}, {"query_token", "item"}});
  spec.sketch_epsilon = 0.01;
  build(spec);
  expect_plain(all_items());
}

TEST_F(CounterSumsTest, EqualsThemWithWhatCameSince) {
  build(spec_of({{"query", "item"},
                 {"country", "item"},
                 {"query_token", "item"},
                 {"item"},
                 {"query", "category"}}));
  count_on();
  expect_plain(all_items());
  expect_plain(std::vector<ItemId>{ItemId{3}, ItemId{7}});
  const auto candidates = all_items();
  const CounterRequest request{"never asked", kNoUser, candidates};
  const auto given = found(request, 2), expected = plain(request, 2);
  for (size_t c = 0; c < given.size(); ++c) EXPECT_NEAR(given[c], expected[c], 1e-3);
  EXPECT_NE(given[1], given[0]);  // item 7 and an unknown one
}

TEST_F(CounterSumsTest, EqualsThemWithWhatCameSinceASketch) {
  CounterSpec spec = spec_of({{"query", "item"}, {"query_token", "item"}});
  spec.sketch_epsilon = 0.01;
  build(spec);
  count_on();
  expect_plain(all_items());
}

TEST_F(CounterSumsTest, ARequestNobodyKnowsGetsTheNumberOfNoEvents) {
  build(spec_of({{"query", "item"}, {"country", "item"}}));
  const auto candidates = all_items();
  CounterRequest request;
  request.query = "never asked";
  request.candidates = candidates;
  const auto given = found(request, 1), expected = plain(request, 1);
  for (size_t c = 0; c < given.size(); ++c) {
    EXPECT_EQ(given[c], given[0]);
    EXPECT_NEAR(given[c], expected[c], 1e-4);
  }
}

}  // namespace
}  // namespace kaskad
