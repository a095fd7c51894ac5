// Production that says why it broke: what a server shows of itself, from outside, as Prometheus and
// the doctor see it.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/doctor/examination.h"
#include "kaskad/server/server.h"
#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_ranker.h"
#include "tests/state/plain_store.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

using doctor::Labels;
using doctor::MetricsText;
using nlohmann::json;

class OperationsTest : public testing::Test {
 protected:
  void SetUp() override {
    builder_.retriever("a", {0, 1, 2, 3, 4, 5}, 6);
    builder_.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4);
    live_ = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits{}),
                                        std::make_unique<Journal>(directory_ / "journal"),
                                        PageQualityOptions{.useful = {"save"}});
    serve({.cascade = builder_.build()});
  }
  void serve(Bundles bundles) {
    service_ = std::make_unique<Service>(std::move(bundles), ServiceOptions{.live = live_});
  }

  json post(const std::string& path, const std::string& body) {
    const HttpResponse response = service_->handle({"POST", path, "", body});
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  json recommend(const std::string& user, const std::string& more = "") {
    return post("/v1/recommend", R"({"user_id": ")" + user + "\"" + more + "}");
  }
  void act(const json& answer, const std::string& user, const std::string& item,
           const std::string& action) {
    // Named, so that the same one is the same: without a name two of a millisecond are one.
    post("/v1/events", json{{"events",
                             {{{"event_id", user + item + action},
                               {"user_id", user},
                               {"item_id", item},
                               {"action", action},
                               {"request_id", answer["request_id"]}}}}}
                           .dump());
  }
  std::string text() { return service_->handle({"GET", "/metrics", "", ""}).body; }
  MetricsText metrics() { return MetricsText::parse(text(), "metrics"); }
  double value(const std::string& name, const Labels& labels = {}) {
    const doctor::Readings readings({}, metrics(), 1, 0);
    const auto found = readings.value(name, labels);
    EXPECT_TRUE(found) << name << "\n" << text();
    return found.value_or(-1);
  }

  TempDir directory_;
  CascadeBuilder builder_;
  std::shared_ptr<LiveState> live_;
  std::unique_ptr<Service> service_;
};

TEST_F(OperationsTest, ActionsGiveSifrAndCtr) {
  const json first = recommend("u", R"(, "k": 3)"), second = recommend("v", R"(, "k": 2)");
  act(first, "u", "i5", "click");
  act(first, "u", "i5", "click");
  act(first, "u", "i5", "save");
  act(first, "u", "i9", "click");  // not on the page
  act(second, "v", "i5", "click");
  EXPECT_EQ(value("kaskad_pages_total"), 2);
  EXPECT_EQ(value("kaskad_shown_items_total"), 5);
  EXPECT_EQ(value("kaskad_clicked_items_total"), 2);
  EXPECT_EQ(value("kaskad_useful_pages_total"), 1);
  EXPECT_EQ(value("kaskad_joined_actions_total", {{"page", "page"}}), 3) << "the same event once";
  EXPECT_EQ(value("kaskad_joined_actions_total", {{"page", "not_shown"}}), 1);
  const std::string version = first["version"];
  EXPECT_EQ(value("kaskad_pages_total", {{"version", version}}), 2);
}

TEST_F(OperationsTest, AnswersToNobodyAndExplanationsAreNoPages) {
  post("/v1/recommend", R"({"history": ["i1"]})");
  post("/v1/explain", R"({"user_id": "u"})");
  recommend("u");
  EXPECT_EQ(value("kaskad_pages_total"), 1);
}

TEST_F(OperationsTest, CoverageAndPopularityOfWhatIsShown) {
  for (int i = 0; i < 3; ++i) recommend("u", R"(, "k": 2)");
  EXPECT_EQ(value("kaskad_recent_shown_items"), 6);
  EXPECT_EQ(value("kaskad_recent_distinct_items"), 2) << "i5 and i4, again and again";
  EXPECT_EQ(value("kaskad_catalogue_items"), 10);
  // Places 5 and 4 of 0 to 9 by popularity.
  EXPECT_NEAR(value("kaskad_recent_popularity_place"), 0.5, 1e-6);
}

TEST_F(OperationsTest, UnknownIdsHaveTheirWhole) {
  recommend("u");
  post("/v1/recommend", R"({"history": ["i1", "i2", "what"]})");
  EXPECT_EQ(value("kaskad_looked_up_ids_total", {{"kind", "user"}}), 1);
  EXPECT_EQ(value("kaskad_looked_up_ids_total", {{"kind", "item"}}), 3);
  EXPECT_EQ(value("kaskad_unknown_ids_total", {{"kind", "item"}}), 1);
}

TEST_F(OperationsTest, AStageFailsSinceItsFirstFailureAndUntilItsNextGoodAnswer) {
  recommend("u");
  EXPECT_EQ(value("kaskad_stage_failing_since_seconds", {{"stage", "rank"}}), 0);
  builder_.behaviour("rank")->mood = Mood::kThrows;
  recommend("u");
  const double since = value("kaskad_stage_failing_since_seconds", {{"stage", "rank"}});
  EXPECT_NEAR(since, static_cast<double>(wall_clock()) / 1000, 60);
  recommend("u");
  EXPECT_EQ(value("kaskad_stage_failing_since_seconds", {{"stage", "rank"}}), since);
  builder_.behaviour("rank")->mood = Mood::kGood;
  recommend("u");
  EXPECT_EQ(value("kaskad_stage_failing_since_seconds", {{"stage", "rank"}}), 0);
}

TEST_F(OperationsTest, ScoresThatDriftAreSeenByStage) {
  for (int i = 0; i < 900; ++i) recommend("u");
  const Labels rank = {{"stage", "rank"}, {"asked", "recommend"}, {"reference", "live"}};
  EXPECT_EQ(value("kaskad_stage_score_answers", rank), 400) << "500 were the reference";
  EXPECT_LT(value("kaskad_stage_score_psi", rank), 0.01);
  for (int i = 0; i < 900; ++i) recommend("u", R"(, "allow": ["i0", "i1"])");
  EXPECT_GT(value("kaskad_stage_score_psi", rank), 0.25);
}

TEST_F(OperationsTest, SearchesAreComparedWithSearches) {
  for (int i = 0; i < 701; ++i) {
    recommend("u");
    if (i > 0) post("/v1/search", R"({"user_id": "u", "query": "x"})");
  }
  EXPECT_EQ(value("kaskad_stage_score_answers", {{"stage", "rank"}, {"asked", "recommend"}}), 201);
  EXPECT_EQ(value("kaskad_stage_score_answers", {{"stage", "rank"}, {"asked", "search"}}), 200);
}

TEST_F(OperationsTest, TheProcessAndWhatItServesHaveTheirTimes) {
  const double now = static_cast<double>(wall_clock()) / 1000;
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("kaskad_available_memory_bytes"), 1e6);
  EXPECT_GT(value("process_open_fds"), 2);
  EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
  EXPECT_NEAR(value("kaskad_served_since_seconds"), now, 60);
  EXPECT_NEAR(value("process_start_time_seconds"), now, 60);
  EXPECT_EQ(value("kaskad_last_failed_reload_seconds"), 0);
  service_->metrics().failed_reload();
  EXPECT_NEAR(value("kaskad_last_failed_reload_seconds"), now, 60);
  EXPECT_EQ(value("kaskad_ready"), 1);
  service_->set_ready(false);
  EXPECT_EQ(value("kaskad_ready"), 0);
}

TEST_F(OperationsTest, CountersAreAsOldAsTheirNewestEvent) {
  RankerBundle bundle = test_ranker();
  const int64_t now = wall_clock();
  bundle.live = std::make_shared<LiveItemEvents>(now - 3'600'000);
  serve({.retriever = load_test_bundle(), .ranker = std::move(bundle)});
  EXPECT_NEAR(value("kaskad_counters_age_seconds"), 3600, 60);
  const json event = {{"user_id", "u"}, {"item_id", "item-7"}, {"timestamp", now - 60'000}};
  post("/v1/events", json{{"events", {event}}}.dump());
  EXPECT_NEAR(value("kaskad_counters_age_seconds"), 60, 50);
  EXPECT_NEAR(value("kaskad_newest_event_age_seconds"), 60, 50);
}

// The names in a file that look like metrics. Prefixes, as in `kaskad_stage_...`, end in '_'.
std::set<std::string> names_in(const std::string& text) {
  static const std::regex kName("\\b(kaskad|process)_[a-z0-9_]+");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), kName), end; at != end; ++at) {
    names.insert(at->str());
  }
  return names;
}

// What the server says it has: families, and the series of histograms.
std::set<std::string> exposed(const std::string& text) {
  static const std::regex kType("# TYPE (\\S+) (\\S+)");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), kType), end; at != end; ++at) {
    names.insert(at->str(1));
    if (at->str(2) != "histogram") continue;
    for (const char* part : {"_bucket", "_sum", "_count"}) names.insert(at->str(1) + part);
  }
  return names;
}

// Everything that a server can show: with a cascade that fails at times, events and an experiment;
// and with a bundle and a ranker.
std::set<std::string> all_exposed(Service& service, const std::shared_ptr<LiveState>& live) {
  service.metrics().experiment_answer("spring", {{"ranker", "new"}});
  service.metrics().inference("model", 200, 0.001);
  service.metrics().kafka_messages("taken", 1);
  service.metrics().kafka_lag(0);
  std::set<std::string> names = exposed(service.handle({"GET", "/metrics", "", ""}).body);
  RankerBundle ranker = test_ranker();
  ranker.live = std::make_shared<LiveItemEvents>(0);
  Service plain(Bundles{.retriever = load_test_bundle(), .ranker = std::move(ranker)},
                ServiceOptions{.live = live});
  names.merge(exposed(plain.handle({"GET", "/metrics", "", ""}).body));
  return names;
}

// Rules, dashboard, doctor and docs cannot name what is not there, and nothing is left
// undocumented.
TEST_F(OperationsTest, EveryMetricThatAnythingNamesIsOneThatTheServerShows) {
  builder_.behaviour("rank")->mood = Mood::kThrows;
  recommend("u");
  act(recommend("u"), "u", "i5", "click");
  const std::set<std::string> known = all_exposed(*service_, live_);
  ASSERT_GT(known.size(), 50U);
  const std::filesystem::path root = KASKAD_SOURCE_DIR;
  std::vector<std::filesystem::path> files = {root / "docs/operations.md"};
  for (const char* folder : {"ops/prometheus", "ops/grafana", "kaskad/doctor"}) {
    for (const auto& file : std::filesystem::directory_iterator(root / folder)) {
      if (file.path().filename() != "CMakeLists.txt") files.push_back(file.path());
    }
  }
  for (const std::filesystem::path& file : files) {
    for (const std::string& name : names_in(read_file(file.string()))) {
      const bool found =
          name.ends_with('_')
              ? std::ranges::any_of(known,
                                    [&](const std::string& one) { return one.starts_with(name); })
              : known.contains(name);
      EXPECT_TRUE(found) << file << " names " << name;
    }
  }
  const std::set<std::string> documented =
      names_in(read_file((root / "docs/operations.md").string()));
  for (const std::string& name : known) {
    const bool part =
        name.ends_with("_bucket") || name.ends_with("_sum") || name.ends_with("_count");
    EXPECT_TRUE(part || documented.contains(name)) << "docs/operations.md lacks " << name;
  }
}

TEST(Doctor, LooksAtARealServer) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3, 4, 5}, 6);
  builder.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4);
  std::string url;
  {
    Server server({.cascade = builder.build()}, {.http = {.port = 0}});
    server.start();
    url = server.url();
    const doctor::Examination well = doctor::examine_server(url, 0.1);
    EXPECT_TRUE(well.findings.empty()) << to_json(well).dump(1);
    EXPECT_EQ(to_json(well)["ok"], true);
    EXPECT_EQ(to_json(well)["facts"]["serves"].get<std::string>().substr(0, 16),
              "cascade cascade,");
    EXPECT_THROW(server.reload(), Error) << "there is nothing to read anew";
    const doctor::Examination ill = doctor::examine_server(url, 0.1);
    ASSERT_EQ(ill.findings.size(), 1U) << to_json(ill).dump(1);
    EXPECT_EQ(ill.findings[0].condition, "KaskadReloadFailed");
    EXPECT_NEAR(*ill.findings[0].symptom.since, static_cast<double>(wall_clock()) / 1000, 60);
  }
  const doctor::Examination gone = doctor::examine_server(url, 0.1);
  ASSERT_EQ(gone.findings.size(), 1U);
  EXPECT_EQ(gone.findings[0].condition, "KaskadDown");
  EXPECT_EQ(gone.findings[0].severity, doctor::Severity::kCritical);
  EXPECT_NE(gone.findings[0].symptom.what.find(url), std::string::npos);
}

}  // namespace
}  // namespace kaskad
