// What the doctor says to recorded figures: of a healthy server nothing, and of each broken one
// what is broken, and no more.
#include "kaskad/doctor/condition.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kaskad::doctor {
namespace {

constexpr double kNow = 1.8e9;

// A healthy server before and after ten seconds, in which 1,000 users were answered.
constexpr std::string_view kBefore = R"(
kaskad_ready 1
kaskad_requests_in_flight 1
kaskad_requests_total{method="POST",path="/v1/recommend",status="200"} 50000
kaskad_requests_total{method="none",path="none",status="429"} 500
kaskad_request_seconds_bucket{path="/v1/recommend",le="0.025"} 50000
kaskad_request_seconds_bucket{path="/v1/recommend",le="0.25"} 50000
kaskad_request_seconds_bucket{path="/v1/recommend",le="1"} 50000
kaskad_request_seconds_bucket{path="/v1/recommend",le="+Inf"} 50000
kaskad_stage_seconds_count{stage="rank"} 50000
kaskad_stage_seconds_count{stage="blend"} 50000
kaskad_stage_candidates_total{direction="in",stage="rank"} 5000000
kaskad_stage_candidates_total{direction="out",stage="blend"} 500000
kaskad_stage_unknown_candidates_total{stage="rank"} 50000
kaskad_stage_fallbacks_total{fallback="skip",reason="exception",stage="rank"} 40000
kaskad_looked_up_ids_total{kind="user"} 50000
kaskad_looked_up_ids_total{kind="item"} 50000
kaskad_unknown_ids_total{kind="user"} 40000
kaskad_unknown_ids_total{kind="item"} 40000
kaskad_event_store_failures_total 7
kaskad_events_total{outcome="stored"} 5000
kaskad_joined_actions_total{page="page"} 100
kaskad_joined_actions_total{page="unnamed"} 5000
kaskad_pages_total{version="1"} 50000
)";
constexpr std::string_view kAfter = R"(
kaskad_ready 1
kaskad_requests_in_flight 1
kaskad_requests_total{method="POST",path="/v1/recommend",status="200"} 51000
kaskad_requests_total{method="none",path="none",status="429"} 500
kaskad_request_seconds_bucket{path="/v1/recommend",le="0.025"} 50990
kaskad_request_seconds_bucket{path="/v1/recommend",le="0.25"} 51000
kaskad_request_seconds_bucket{path="/v1/recommend",le="1"} 51000
kaskad_request_seconds_bucket{path="/v1/recommend",le="+Inf"} 51000
kaskad_stage_seconds_count{stage="rank"} 51000
kaskad_stage_seconds_count{stage="blend"} 51000
kaskad_stage_candidates_total{direction="in",stage="rank"} 5100000
kaskad_stage_candidates_total{direction="out",stage="blend"} 510000
kaskad_stage_unknown_candidates_total{stage="rank"} 51000
kaskad_stage_fallbacks_total{fallback="skip",reason="exception",stage="rank"} 40010
kaskad_stage_breaker_open{stage="rank"} 0
kaskad_stage_abandoned_calls{stage="rank"} 0
kaskad_stage_failing_since_seconds{stage="rank"} 0
kaskad_stage_model_age_seconds{stage="rank"} 90000
kaskad_bundle_age_seconds 90000
kaskad_stage_score_psi{asked="recommend",reference="trial",stage="rank",version="1"} 0.07
kaskad_counters_age_seconds{model="gbdt",version="1"} 12
kaskad_looked_up_ids_total{kind="user"} 51000
kaskad_looked_up_ids_total{kind="item"} 51000
kaskad_unknown_ids_total{kind="user"} 40100
kaskad_unknown_ids_total{kind="item"} 40010
kaskad_recent_shown_items 10000
kaskad_recent_distinct_items 3000
kaskad_catalogue_items 20000
kaskad_event_store_failures_total 7
kaskad_journal_failures 0
kaskad_newest_event_age_seconds 5
kaskad_events_total{outcome="stored"} 5100
kaskad_joined_actions_total{page="page"} 190
kaskad_joined_actions_total{page="unnamed"} 5010
kaskad_pages_total{version="1"} 51000
kaskad_last_failed_reload_seconds 1700000000
kaskad_served_since_seconds 1799990000
kaskad_available_memory_bytes 4e9
process_resident_memory_bytes 2e9
process_open_fds 100
process_max_fds 1024
)";

// The text with other values of some samples; a sample that is not there is added.
std::string with(std::string text,
                 const std::vector<std::pair<std::string, std::string>>& changes) {
  for (const auto& [sample, value] : changes) {
    const size_t at = text.find("\n" + sample + " ");
    const std::string line = "\n" + sample + " " + value;
    if (at == std::string::npos) {
      text += line.substr(1) + "\n";
    } else {
      text.replace(at, text.find('\n', at + 1) - at, line);
    }
  }
  return text;
}

std::vector<Finding> judge_changed(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  return judge({MetricsText::parse(kBefore, "before"),
                MetricsText::parse(with(std::string(kAfter), changes), "after"), 10, kNow});
}

// The one finding that these changes lead to.
Finding only(const std::vector<std::pair<std::string, std::string>>& changes) {
  const std::vector<Finding> findings = judge_changed(changes);
  for (size_t i = 1; i < findings.size(); ++i) ADD_FAILURE() << findings[i].condition;
  return findings.empty() ? Finding{} : findings[0];
}

void expect_only(const char* condition, const std::string& what,
                 const std::vector<std::pair<std::string, std::string>>& changes) {
  const Finding finding = only(changes);
  EXPECT_EQ(finding.condition, condition);
  EXPECT_EQ(finding.symptom.what, what);
}

TEST(Conditions, NothingIsWrongWithAHealthyServer) {
  EXPECT_TRUE(judge_changed({}).empty());
  EXPECT_TRUE(judge({{}, {}, 10, kNow}).empty()) << "nor with figures that are not there";
}

TEST(Conditions, AStageThatFailsIsNamedWithItsReasonAndItsBeginning) {
  const Finding finding =
      only({{R"(kaskad_stage_fallbacks_total{fallback="skip",reason="exception",stage="rank"})",
             "40500"},
            {R"(kaskad_stage_failing_since_seconds{stage="rank"})", "1799999000"}});
  EXPECT_EQ(finding.condition, "KaskadStageFailing");
  EXPECT_EQ(finding.symptom.stage, "rank");
  EXPECT_EQ(finding.symptom.what,
            "in 50% of its answers something stood in for the stage (exception 50%)");
  EXPECT_EQ(finding.symptom.since, 1'799'999'000);
}

TEST(Conditions, AnOpenBreakerComesFirst) {
  const auto findings = judge_changed(
      {{R"(kaskad_stage_fallbacks_total{fallback="skip",reason="breaker",stage="rank"})", "900"},
       {R"(kaskad_stage_breaker_open{stage="rank"})", "1"},
       {"kaskad_bundle_age_seconds", "9e6"},
       {R"(kaskad_stage_model_age_seconds{stage="rank"})", "9e6"}});
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].condition, "KaskadStageBreakerOpen");
  EXPECT_EQ(findings[0].severity, Severity::kCritical);
  EXPECT_EQ(findings[1].condition, "KaskadStageFailing");
  EXPECT_EQ(findings[2].condition, "KaskadStaleBundle");
  EXPECT_EQ(findings[2].symptom.what, "its bundle was written 104 days ago");
  EXPECT_FALSE(findings[2].remedy.empty());
}

TEST(Conditions, CallsThatHangAreCounted) {
  expect_only("KaskadStageHangs", "4 calls that ran out of time still run",
              {{R"(kaskad_stage_abandoned_calls{stage="rank"})", "4"}});
}

TEST(Conditions, OverloadIsToldFromErrors) {
  expect_only("KaskadOverloaded", "50% of requests were refused for want of room",
              {{R"(kaskad_requests_total{method="none",path="none",status="429"})", "1500"}});
  expect_only("KaskadOverloaded", "50% of requests were refused for want of room",
              {{R"(kaskad_requests_total{method="none",path="none",status="503"})", "1000"}});
  expect_only("KaskadErrors", "50% of requests ended with a status of 500 and above",
              {{R"(kaskad_requests_total{method="POST",path="/v1/events",status="503"})", "1000"}});
}

TEST(Conditions, SlownessIsOfAPath) {
  expect_only("KaskadSlow", "one in a hundred requests to /v1/recommend takes 925.0 ms or longer",
              {{R"(kaskad_request_seconds_bucket{path="/v1/recommend",le="0.025"})", "50900"},
               {R"(kaskad_request_seconds_bucket{path="/v1/recommend",le="0.25"})", "50900"}});
}

TEST(Conditions, EmptyAnswersAreSeen) {
  expect_only("KaskadEmptyAnswers", "every answer of the cascade was empty",
              {{R"(kaskad_stage_candidates_total{direction="out",stage="blend"})", "500000"}});
}

TEST(Conditions, DriftSaysOfWhichScoresAndFromWhat) {
  const Finding finding = only(
      {{R"(kaskad_stage_score_psi{asked="recommend",reference="trial",stage="rank",version="1"})",
        "0.41"}});
  EXPECT_EQ(finding.condition, "KaskadScoreDrift");
  EXPECT_EQ(finding.symptom.stage, "rank");
  EXPECT_EQ(finding.symptom.what,
            "its scores are distributed otherwise than those of stored users at loading (PSI 0.41, "
            "recommend)");
}

TEST(Conditions, UnknownIdsAreSharesOfThoseLookedUp) {
  expect_only("KaskadUnknownUsers",
              "the models do not know 80% of the users that requests and events name",
              {{R"(kaskad_unknown_ids_total{kind="user"})", "40800"}});
  expect_only("KaskadUnknownItems",
              "the models do not know 30% of the items that requests and events name",
              {{R"(kaskad_unknown_ids_total{kind="item"})", "40300"}});
  expect_only("KaskadStageUnknownCandidates", "its model does not know 21% of its candidates",
              {{R"(kaskad_stage_unknown_candidates_total{stage="rank"})", "71000"}});
}

TEST(Conditions, TheStoreTheJournalAndTheStreamOfEvents) {
  expect_only("KaskadEventStoreFailing",
              "the store of events could not be read or written 3 times in 10 seconds",
              {{"kaskad_event_store_failures_total", "10"}});
  expect_only("KaskadJournalFailing",
              "2 lines of the journal could not be written since the server began",
              {{"kaskad_journal_failures", "2"}});
  const Finding quiet = only({{"kaskad_newest_event_age_seconds", "7200"},
                              {R"(kaskad_events_total{outcome="stored"})", "5000"}});
  EXPECT_EQ(quiet.condition, "KaskadNoEvents");
  EXPECT_EQ(quiet.symptom.since, kNow - 7200);
  expect_only("KaskadActionsUnjoined",
              "91% of actions belong to no answer that is remembered (91% name none): SIFR and CTR "
              "are too low",
              {{R"(kaskad_joined_actions_total{page="unnamed"})", "5900"}});
}

TEST(Conditions, AnArmThatIsWorseForSure) {
  const std::string arm =
      R"(kaskad_experiment_sifr_change{experiment="spring",layer="ranker",arm="new",control="old",)";
  expect_only("KaskadArmWorse",
              "the arm 'new' of the layer 'ranker' has at least 5.0% fewer useful pages than 'old'",
              {{arm + R"(bound="high"})", "-0.05"}});
  EXPECT_TRUE(judge_changed({{arm + R"(bound="high"})", "0.01"}, {arm + R"(bound="low"})", "-0.4"}})
                  .empty());
}

// It is not said twice that the arm is worse.
TEST(Conditions, AnArmThatTheServerTookDown) {
  const std::string arm = R"({experiment="spring",layer="ranker",arm="new",control="old",)";
  const auto taken = [&](const std::string& reason) {
    return only({{"kaskad_experiment_sifr_change" + arm + R"(bound="high"})", "-0.05"},
                 {"kaskad_experiment_arm_taken_down_seconds" + arm + "reason=\"" + reason + "\"}",
                  "1799990000"}});
  };
  const Finding worse = taken("sifr");
  EXPECT_EQ(worse.condition, "KaskadArmTakenDown");
  EXPECT_EQ(worse.symptom.since, 1'799'990'000);
  EXPECT_EQ(worse.symptom.what,
            "the server took the arm 'new' of the layer 'ranker' down: against 'old' its sifr is "
            "worse");
  EXPECT_EQ(
      taken("degraded").symptom.what,
      "the server took the arm 'new' of the layer 'ranker' down: against 'old' its stages fail "
      "more often");
}

TEST(Conditions, OldCountersAndARefusedReload) {
  const Finding old =
      only({{R"(kaskad_counters_age_seconds{model="gbdt",version="1"})", "200000"}});
  EXPECT_EQ(old.condition, "KaskadStaleCounters");
  EXPECT_EQ(old.symptom.what,
            "the newest event in the counters of the ranker 'gbdt' is 2 days old");
  const Finding reload = only({{"kaskad_last_failed_reload_seconds", "1799995000"}});
  EXPECT_EQ(reload.condition, "KaskadReloadFailed");
  EXPECT_EQ(reload.symptom.since, 1'799'995'000);
}

TEST(Conditions, WhatEverybodyGetsAndWhatRunsOut) {
  expect_only("KaskadSameItems", "the last 10000 items shown were 20 distinct ones",
              {{"kaskad_recent_distinct_items", "20"}});
  EXPECT_TRUE(
      judge_changed({{"kaskad_recent_distinct_items", "20"}, {"kaskad_catalogue_items", "40"}})
          .empty())
      << "of a small catalogue";
  expect_only("KaskadLittleMemory", "only 4.8% of the memory that the process could have is left",
              {{"kaskad_available_memory_bytes", "1e8"}});
  expect_only("KaskadFewDescriptors", "98% of the descriptors that the process may open are open",
              {{"process_open_fds", "1000"}});
  expect_only("KaskadNotReady", "the server is stopping: it takes no new requests",
              {{"kaskad_ready", "0"}});
}

TEST(Conditions, HaveNamesOfTheirOwn) {
  std::vector<std::string> names;
  for (const Condition& condition : conditions()) names.push_back(condition.name);
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace kaskad::doctor
