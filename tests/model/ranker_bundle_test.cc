#include "kaskad/model/ranker_bundle.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

using nlohmann::json;

// Scores by the item's number, times a factor that lies in a file.
class NumberRanker : public Ranker {
 public:
  explicit NumberRanker(float factor) : factor_(factor) {}

  static std::unique_ptr<Ranker> load(const std::string& directory, const std::string&,
                                      const std::vector<Head>&) {
    return std::make_unique<NumberRanker>(std::stof(read_file(directory + "/factor.txt")));
  }
  void save(const std::string& directory) const {
    write_file(directory + "/factor.txt", std::to_string(factor_));
  }

  std::string kind() const override { return "number"; }
  size_t num_items() const override { return kColourItems; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    for (const RankRequest& request : requests) {
      for (size_t i = 0; i < request.candidates.size(); ++i) {
        const ItemId item = request.candidates[i];
        out[i] = item == kNoItem ? 0 : factor_ * static_cast<float>(index(item));
      }
      out = out.subspan(request.candidates.size());
    }
  }

 private:
  float factor_;
  std::vector<Head> heads_ = {{"next", 2}};
};

class RankerBundleTest : public testing::Test {
 protected:
  RankerBundleTest() {
    register_ranker("number", NumberRanker::load);
    contents_.dataset = &colour_log().log.data;
    contents_.lists = &colour_log().train;
    contents_.split_hash = "split";
    contents_.config_json = R"({"factor": "in a file"})";
    write(0.5f);
  }

  void write(float factor) {
    const NumberRanker ranker(factor);
    write_ranker_bundle(path(), contents_, ranker, [&](const std::string& to) { ranker.save(to); });
  }
  std::string path() const { return directory_ / "ranker"; }
  std::string error_of_loading() const {
    try {
      load_ranker_bundle(path());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  void edit_manifest(const std::function<void(json&)>& edit) const {
    const std::string file = path() + "/manifest.json";
    json manifest = json::parse(read_file(file));
    edit(manifest);
    write_file(file, manifest.dump());
  }

  TempDir directory_;
  RankerBundleContents contents_;
};

TEST_F(RankerBundleTest, LoadsWhatWasWritten) {
  const RankerBundle bundle = load_ranker_bundle(path());
  EXPECT_EQ(bundle.kind, "number");
  EXPECT_EQ(bundle.split_hash, "split");
  EXPECT_EQ(bundle.dataset_hash, colour_log().log.hash);
  EXPECT_EQ(bundle.items.size(), kColourItems);
  EXPECT_EQ(bundle.users.size(), kColourUsers);
  OwnedRequest request;
  request.offer(6, 1);
  EXPECT_EQ(scores_of(*bundle.ranker, {request}), std::vector<float>{2 * 0.5f * 6});
}

TEST_F(RankerBundleTest, ALoadedRankerThatScoresOtherwiseIsRefused) {
  edit_manifest([](json& manifest) { manifest["golden"][3]["expected"][2] = 1234.5; });
  EXPECT_NE(error_of_loading().find("golden list 3"), std::string::npos) << error_of_loading();
}

TEST_F(RankerBundleTest, ARankerThatItsFilesDoNotGiveBackIsNotWritten) {
  const NumberRanker ranker(0.5f), other(0.6f);
  EXPECT_THROW(write_ranker_bundle(directory_ / "other", contents_, ranker,
                                   [&](const std::string& to) { other.save(to); }),
               Error);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "other"));
}

TEST_F(RankerBundleTest, DamageIsNamed) {
  write_file(path() + "/factor.txt", "0.600000");
  EXPECT_NE(error_of_loading().find("factor.txt"), std::string::npos);
}

TEST_F(RankerBundleTest, OtherKindsVersionsAndFormatsAreRefused) {
  edit_manifest([](json& manifest) { manifest["kind"] = "oracle"; });
  EXPECT_NE(error_of_loading().find("'oracle'"), std::string::npos);
  edit_manifest([](json& manifest) { manifest["version"] = 7; });
  EXPECT_NE(error_of_loading().find("version"), std::string::npos);
  edit_manifest([](json& manifest) { manifest["format"] = "kaskad bundle"; });
  EXPECT_NE(error_of_loading().find("retriever"), std::string::npos);
  write_file(path() + "/manifest.json", "{");
  EXPECT_NE(error_of_loading().find("damaged"), std::string::npos);
}

TEST_F(RankerBundleTest, HashIsThatOfTheModel) {
  const std::string first = load_ranker_bundle(path()).hash;
  write(0.5f);
  EXPECT_EQ(load_ranker_bundle(path()).hash, first);
  write(0.25f);
  EXPECT_NE(load_ranker_bundle(path()).hash, first);
}

TEST_F(RankerBundleTest, CarriesProbabilitiesBesideTheSameScores) {
  const RankerBundle plain = load_ranker_bundle(path());
  EXPECT_FALSE(plain.calibration.has_value());
  Calibration calibration;
  calibration.heads = {PlattCurve{1, 0}};
  write_calibrated(directory_ / "sure", plain, calibration, R"({"ece": 0.01})");
  const RankerBundle sure = load_ranker_bundle(directory_ / "sure");
  ASSERT_TRUE(sure.calibration.has_value());
  EXPECT_EQ(sure.calibration->probability(0, 0), 1 / 2.0f);
  EXPECT_NE(sure.hash, plain.hash);
  EXPECT_EQ(json::parse(sure.manifest_text)["metrics"]["calibration"]["ece"], 0.01);
  OwnedRequest request;
  request.offer(6, 1);
  EXPECT_EQ(scores_of(*sure.ranker, {request}), scores_of(*plain.ranker, {request}));

  calibration.heads = {PlattCurve{0, 1}};  // another one takes its place
  write_calibrated(directory_ / "sure", sure, calibration, "");
  EXPECT_GT(load_ranker_bundle(directory_ / "sure").calibration->probability(0, 0), 1 / 2.0f);
}

TEST_F(RankerBundleTest, ADamagedCalibrationIsNamed) {
  Calibration calibration;
  calibration.heads = {PlattCurve{1, 0}};
  write_calibrated(path(), load_ranker_bundle(path()), calibration, "");
  write_file(path() + "/calibration.json", "{}");
  EXPECT_NE(error_of_loading().find("calibration.json"), std::string::npos) << error_of_loading();
}

}  // namespace
}  // namespace kaskad
