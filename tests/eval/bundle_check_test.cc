#include "kaskad/eval/bundle_check.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/dataset/make_dataset.h"
#include "tests/model/counting_retriever.h"

namespace kaskad {
namespace {

// Three users who take the items named by letters, a second apart.
TestDataset letters(const std::vector<std::string>& words) {
  std::vector<TestRow> rows;
  for (size_t user = 0; user < words.size(); ++user) {
    for (size_t at = 0; at < words[user].size(); ++at) {
      rows.push_back(
          {"u" + std::to_string(user), words[user].substr(at, 1), static_cast<int64_t>(at) * 1000});
    }
  }
  return TestDataset(rows);
}

class BundleCheckTest : public testing::Test {
 protected:
  // A bundle of the test phase of `text` that keeps `history_end` of each history.
  Bundle make_bundle(const std::string& text, const std::vector<uint32_t>& history_end) {
    register_retriever(CountingRetriever::kKind, [](const std::string& directory, const auto&) {
      return CountingRetriever::load(directory);
    });
    const auto model = CountingRetriever::fit(log_.data);
    BundleContents contents;
    contents.dataset = &log_.data;
    contents.history_end = history_end;
    contents.split_hash = split(text).hash;
    contents.config_json = "{}";
    contents.metrics_json = "{}";
    const std::string directory = folder_ / "bundle";
    write_bundle(directory, contents, *model,
                 [&](const std::string& where) { model->save(where); });
    return load_bundle(directory);
  }

  Split split(const std::string& text) const {
    return make_split(log_.data, SplitOptions::parse(text));
  }

  TempDir folder_;
  TestDataset log_ = letters({"abcde", "badce", "cabde"});
};

TEST_F(BundleCheckTest, TestOfItsOwnSplitIsFine) {
  const Bundle bundle = make_bundle("leave-one-out", {5, 5, 5});
  const Split own = split("leave-one-out");
  const BundleCheck check = check_bundle(bundle, log_.data, own, own.test);
  EXPECT_EQ(check.refusal, "");
  EXPECT_TRUE(check.warnings.empty());
}

TEST_F(BundleCheckTest, ValidationOfItsOwnSplitWasLearned) {
  const Bundle bundle = make_bundle("leave-one-out", {4, 4, 4});
  const Split own = split("leave-one-out");
  EXPECT_NE(check_bundle(bundle, log_.data, own, own.validations[0]).refusal.find("of 3 users"),
            std::string::npos);
}

TEST_F(BundleCheckTest, AnotherSplitWhoseAnswersItHoldsIsRefused) {
  const Bundle bundle = make_bundle("leave-one-out", {4, 4, 4});
  const Split other = split("leave-last-n:2");  // may learn 3 events of each
  const BundleCheck check = check_bundle(bundle, log_.data, other, other.test);
  EXPECT_NE(check.refusal, "");
  EXPECT_EQ(check.warnings.size(), 1u);
}

TEST_F(BundleCheckTest, AnotherSplitThatAsksLaterEventsIsWarnedOf) {
  const Bundle bundle = make_bundle("leave-last-n:2", {3, 3, 3});
  const Split other = split("leave-one-out");
  const BundleCheck check = check_bundle(bundle, log_.data, other, other.test);
  EXPECT_EQ(check.refusal, "");
  EXPECT_EQ(check.warnings.size(), 1u);
}

TEST_F(BundleCheckTest, OtherItemsCannotBeAsked) {
  const Bundle bundle = make_bundle("leave-one-out", {4, 4, 4});
  const TestDataset other = letters({"abcdx", "badcx"});
  const Split asked = make_split(other.data, {});
  EXPECT_THROW(check_bundle(bundle, other.data, asked, asked.test), Error);
}

}  // namespace
}  // namespace kaskad
