#include "kaskad/grid/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"
#include "tests/grid/log_facts.h"

namespace kaskad {
namespace {

TEST(DefaultSpace, HasHundredsOfVariantsThatTheLogAllows) {
  const auto plain = variants_of(default_space(kPlain)), rich = variants_of(default_space(kRich));
  EXPECT_GE(plain.size(), 500u);
  EXPECT_GT(rich.size(), plain.size());
  EXPECT_TRUE(std::none_of(plain.begin(), plain.end(), needs_clock));
  EXPECT_TRUE(std::none_of(plain.begin(), plain.end(), needs_content));
  EXPECT_TRUE(std::none_of(plain.begin(), plain.end(), needs_weights));
  EXPECT_TRUE(std::any_of(rich.begin(), rich.end(), needs_clock));
  EXPECT_TRUE(std::any_of(rich.begin(), rich.end(), needs_content));
  EXPECT_TRUE(std::any_of(rich.begin(), rich.end(), needs_weights));
}

TEST(DefaultSpace, RepeatsNoVariant) {
  std::set<std::string> texts;
  const auto variants = variants_of(default_space(kRich));
  for (const Variant& variant : variants) texts.insert(nlohmann::json(variant).dump());
  EXPECT_EQ(texts.size(), variants.size());
}

TEST(DefaultSpace, LeavesEaseOutOfLargeCatalogues) {
  const auto variants = variants_of(default_space({.num_items = 1'000'000}));
  EXPECT_TRUE(std::none_of(variants.begin(), variants.end(),
                           [](const Variant& v) { return v.matrix.kind == MatrixKind::kEase; }));
}

// How many knobs differ; the two have the same ones.
class ReadSpace : public testing::Test {
 protected:
  GridSpace read(const std::string& toml) {
    write_file(path_, toml);
    return read_space(path_);
  }
  std::string message(const std::string& toml) {
    return message_of([&] { read(toml); });
  }
  TempDir directory_;
  const std::string path_ = directory_ / "space.toml";
};

TEST_F(ReadSpace, TakesProductsOfLists) {
  const auto variants = variants_of(read(R"(
[[product]]
weighting = [{window = 5, gap = "inverse"}, {reverse = 1.0}]
normalisation = [{kind = "row", target_power = 0.25}]
history = [{position = "uniform"}, {position = "geometric", decay = 0.8}]
[[product]]
ease = [{lambda = 10.0}]
)"));
  ASSERT_EQ(variants.size(), 2u * 1 * 2 + 1);
  EXPECT_EQ(variants[0].name(), "next, window 5, 1/gap | row, pop^-0.25 | uniform");
  EXPECT_EQ(variants[3].name(), "both | row, pop^-0.25 | 0.8^k");
  EXPECT_EQ(variants[4].name(), "EASE, lambda 10 | 1/(1+k)");
}

TEST_F(ReadSpace, NamesFileLineAndWhatIsAllowed) {
  const auto starts = [&](const std::string& toml, const std::string& start) {
    EXPECT_EQ(message(toml).substr(0, path_.size() + start.size()), path_ + start) << toml;
  };
  starts("[[product]]\nweighting = [\n  {window = 5},\n  {windw = 5}]",
         ", line 4: pair weighting: found the key 'windw', expected one of reverse, window");
  starts("[[product]]\nweighting = [{gap = \"cubic\"}]",
         ", line 2: pair weighting, 'gap': found \"cubic\", expected one of none, inverse");
  starts("[[product]]\nweights = []",
         ", line 2: found the key 'weights', expected one of weighting");
  starts("[[product]]\nweighting = 5", ", line 2: found no list, expected an array");
  starts("[[product]]\nweighting = [{}]\ncontent = [\"much\"]",
         ", line 3: found \"much\", expected a number");
  starts("\n[[product]]\nhistory = [{}]", ", line 2: found a [[product]] without a matrix");
  starts("products = 3", ", line 1: found the key 'products', expected [[product]]");
  starts("[[product]\n", ", line 1: ");
  starts("", ": found no [[product]]");
  EXPECT_TRUE(contains(message_of([&] { read_space(directory_ / "none.toml"); }), "none.toml"));
}

}  // namespace
}  // namespace kaskad
