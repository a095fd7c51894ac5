// A canary that loses is taken down by the server itself, one that is as good is not.
#include "kaskad/server/arm_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <random>

#include "kaskad/core/error.h"
#include "kaskad/doctor/condition.h"
#include "kaskad/server/service.h"
#include "tests/model/battery_log.h"
#include "tests/model/counting_retriever.h"
#include "tests/server/test_bundle.h"
#include "tests/state/plain_store.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

using nlohmann::json;

std::atomic<bool> retrieval_broken{false};  // whether the retriever of that kind throws

class BrokenRetriever : public CountingRetriever {
 public:
  explicit BrokenRetriever(const CountingRetriever& model) : CountingRetriever(model) {}
  std::string kind() const override { return "breakable"; }
  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    if (retrieval_broken) throw std::runtime_error("broken on purpose");
    CountingRetriever::retrieve(queries, k, out);
  }
};

std::string breakable_bundle() {
  static const std::string path = [] {
    register_retriever("breakable", [](const std::string& from, const std::string&) {
      return std::make_unique<BrokenRetriever>(*CountingRetriever::load(from));
    });
    const std::string to = battery_directory("arm_guard") + "/bundle";
    const BrokenRetriever model(*CountingRetriever::fit(battery_dataset()));
    BundleContents contents;
    contents.dataset = &battery_dataset();
    contents.history_end.assign(battery_dataset().num_users(), 6);
    contents.now = 130 * kDayMs;
    write_bundle(to, contents, model, [&](const std::string& place) { model.save(place); });
    return to;
  }();
  return path;
}

class ArmGuardTest : public testing::Test {
 protected:
  ~ArmGuardTest() override { retrieval_broken = false; }

  void serve(const std::string& rule, bool events = true) {
    base_ = directory_.write("old.toml", cascade(load_test_bundle().directory, "item-0"));
    directory_.write("new.toml", cascade(breakable_bundle(), "item-1"));
    experiment_ =
        directory_.write("experiment.toml",
                         "name = \"spring\"\n[[layer]]\nname = \"version\"\n"
                         "[[layer.arm]]\nname = \"old\"\nshare = 0.5\n"
                         "[[layer.arm]]\nname = \"new\"\nshare = 0.5\ncascade = \"new.toml\"\n" +
                             rule);
    if (events) {
      live_ = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits()), nullptr);
    }
    service_ = std::make_unique<Service>(
        load(), ServiceOptions{.tell = [this](const std::string& what) { told_.push_back(what); },
                               .load = [this] { return load(); },
                               .live = live_,
                               .write_token = "secret"});
    old_ = arms_->base()->version();
    new_ = arms_->distinct()[1]->version();
  }
  static std::string cascade(const std::string& bundle, const std::string& banned) {
    return "[[retriever]]\nname = \"count\"\nbundle = \"" + bundle +
           "\"\nquota = 5\n[filter]\nbanned = [\"" + banned + "\"]\n";
  }
  Bundles load() {
    arms_ = std::make_shared<const CascadeArms>(ExperimentConfig::from_toml(experiment_), base_,
                                                std::make_shared<StageThreads>());
    return {.cascade = arms_->base(), .arms = arms_};
  }

  json ask(const std::string& method, const std::string& path, const std::string& body = "") {
    HttpRequest request{method, path, "", body};
    request.authorization = "Bearer secret";
    const HttpResponse response = service_->handle(request);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  // Pages of 400 users; `find` is how often one of an arm is useful.
  void browse(int pages, double find_old, double find_new) {
    std::mt19937_64 random(7);
    for (int page = 0; page < pages; ++page) {
      const std::string user = "u" + std::to_string(random() % 400);
      const json answer = ask("POST", "/v1/recommend", R"({"k": 1, "user_id": ")" + user + "\"}");
      const double find = answer["version"] == new_ ? find_new : find_old;
      const bool useful = static_cast<double>(random() >> 11) * 0x1p-53 < find;
      if (!useful || answer["items"].empty()) continue;
      live_->quality().acted(user, answer["request_id"].get<std::string>(),
                             answer["items"][0]["item_id"].get<std::string>(), "save");
    }
  }
  // Versions that a few hundred users get.
  std::set<std::string> versions() {
    std::set<std::string> found;
    for (int u = 0; u < 200; ++u) {
      found.insert(ask("POST", "/v1/recommend", R"({"user_id": "v)" + std::to_string(u) + "\"}")
                       .at("version"));
    }
    return found;
  }
  json taken() { return ask("GET", "/v1/admin/versions").at("taken_down"); }
  std::vector<std::string> findings() {
    const std::string text = service_->handle({"GET", "/metrics", "", ""}).body;
    std::vector<std::string> names;
    const auto now = doctor::MetricsText::parse(text, "here");
    for (const auto& finding : judge(doctor::Readings(now, now, 10, 1.8e9))) {
      names.push_back(finding.condition + ": " + finding.symptom.what);
    }
    return names;
  }

  const TempDir directory_;
  std::string base_, experiment_, old_, new_;
  std::shared_ptr<LiveState> live_;
  std::shared_ptr<const CascadeArms> arms_;
  std::vector<std::string> told_;
  std::unique_ptr<Service> service_;
};

TEST_F(ArmGuardTest, ACanaryThatLosesIsTakenDown) {
  serve("[take_down]\nmargin = 0.1\n");
  EXPECT_EQ(versions(), (std::set{old_, new_}));
  browse(3000, 0.4, 0.1);
  EXPECT_EQ(versions(), std::set{old_});
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].find("experiment 'spring': took down the arm 'new' of the layer 'version', "
                          "whose users get 'old' from here on: against it, its sifr changes by -"),
            0U)
      << told_[0];
  const json one = taken().at(0);
  EXPECT_EQ(one["arm"], "new");
  EXPECT_EQ(one["control"], "old");
  EXPECT_EQ(one["reason"], "sifr");
  EXPECT_NE(one["why"].get<std::string>().find("95% interval"), std::string::npos);
  EXPECT_EQ(findings(), std::vector<std::string>{
                            "KaskadArmTakenDown: the server took the arm 'new' of the layer "
                            "'version' down: against 'old' its sifr is worse"});
  const json arms = ask("GET", "/v1/served").at("experiment").at("layers")[0].at("arms");
  EXPECT_EQ(arms[0]["taken_down"], false);
  EXPECT_EQ(arms[1]["taken_down"], true);
}

TEST_F(ArmGuardTest, ItStaysDownOverReloadsUntilItHasAnotherName) {
  serve("[take_down]\n");
  browse(3000, 0.4, 0.1);
  ASSERT_EQ(versions(), std::set{old_});
  ask("POST", "/v1/admin/reload");
  EXPECT_EQ(versions(), std::set{old_});
  ask("POST", "/v1/admin/rollback");
  EXPECT_EQ(versions(), std::set{old_});
  std::string text = read_file(experiment_);
  text.replace(text.find("\"new\""), 5, "\"newer\"");
  directory_.write("experiment.toml", text);
  ask("POST", "/v1/admin/reload");
  EXPECT_EQ(versions(), (std::set{old_, new_}));
}

TEST_F(ArmGuardTest, ACanaryThatIsAsGoodStays) {
  serve("[take_down]\n");
  browse(4000, 0.3, 0.3);
  EXPECT_EQ(versions(), (std::set{old_, new_}));
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(taken().empty());
}

TEST_F(ArmGuardTest, OneThatIsWorseByLessThanTheMarginStays) {
  serve("[take_down]\nmargin = 0.9\n");
  browse(3000, 0.4, 0.1);
  EXPECT_EQ(versions(), (std::set{old_, new_}));
}

TEST_F(ArmGuardTest, WithoutTheRuleNothingIsTakenDown) {
  serve("");
  browse(3000, 0.4, 0.1);
  EXPECT_EQ(versions(), (std::set{old_, new_}));
  EXPECT_EQ(findings().at(0).substr(0, 14), "KaskadArmWorse") << "it is said all the same";
}

// Also without events, and long before its pages could be compared.
TEST_F(ArmGuardTest, ACanaryWhoseStagesFailIsTakenDown) {
  serve("[take_down]\n", false);
  retrieval_broken = true;
  for (int u = 0; u < 700; ++u) {
    ask("POST", "/v1/recommend", R"({"user_id": "u)" + std::to_string(u) + "\"}");
  }
  EXPECT_EQ(versions(), std::set{old_});
  EXPECT_EQ(taken().at(0)["reason"], "degraded");
  EXPECT_EQ(taken().at(0)["why"],
            "its share of degraded answers differs by +100.0% (95% interval "
            "+100.0% to +100.0%)");
}

}  // namespace
}  // namespace kaskad
