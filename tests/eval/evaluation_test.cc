#include "kaskad/eval/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/case_targets.h"
#include "kaskad/eval/recommendations.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/segments.h"
#include "tests/dataset/make_dataset.h"
#include "tests/eval/scripted_retriever.h"

namespace kaskad {
namespace {

using std::log2;

constexpr int64_t kMinute = 60'000;
constexpr double kNotFound = std::numeric_limits<double>::infinity();

// Item names are their ids: a = 0, b = 1, ...; the first user sees them all in that order.
struct Letters {
  // Each user a word: the items in order, a minute apart.
  explicit Letters(const std::vector<std::string>& words, TimeKind kind = TimeKind::kClock)
      : log(rows(words), {.time_kind = kind}) {}

  static std::vector<TestRow> rows(const std::vector<std::string>& words) {
    std::vector<TestRow> out;
    for (size_t user = 0; user < words.size(); ++user) {
      for (size_t at = 0; at < words[user].size(); ++at) {
        out.push_back({"u" + std::to_string(user), words[user].substr(at, 1),
                       static_cast<int64_t>(at) * kMinute});
      }
    }
    return out;
  }

  TestDataset log;
};

// One phase: users are asked for what follows the first `shown` events.
Phase asked_after(const Dataset& dataset, uint32_t shown) {
  Phase phase{.name = "test", .fit_end = {}, .horizon = 0, .cases = {}};
  for (uint32_t user = 0; user < dataset.num_users(); ++user) {
    const auto size = static_cast<uint32_t>(dataset.history(UserId{user}).size());
    phase.fit_end.push_back(std::min(shown, size));
    if (size > shown) phase.cases.push_back({UserId{user}, shown, size});
  }
  return phase;
}

std::vector<double> ranks_of(const std::vector<float>& scores, const Letters& letters,
                             const Phase& phase, RankOptions options = {}) {
  return rank_cases(ScriptedRetriever(scores), letters.log.data, phase, options).target_ranks;
}

double metric(const RankedCases& ranked, const Letters& letters, const Phase& phase,
              const std::string& name, Profile profile = Profile::kKaskad) {
  EvalOptions options{.metrics = parse_metrics(name, profile), .profile = profile};
  return measure(ranked, Catalogue(letters.log.data, phase), {}, phase, letters.log.data, options)
      .metrics[0]
      .interval.value;
}

TEST(RankCases, SeenItemsMakeRoom) {
  // u0 saw a and b, is asked for c: d .9, (a, b hidden), c .5 -> rank 2; with them rank 4
  const Letters letters({"abc", "d"});
  const Phase phase = asked_after(letters.log.data, 2);
  EXPECT_EQ(ranks_of({.8f, .7f, .5f, .9f}, letters, phase), std::vector<double>{2});
  EXPECT_EQ(ranks_of({.8f, .7f, .5f, .9f}, letters, phase, {.exclude_seen = false}),
            std::vector<double>{4});
}

TEST(RankCases, TiesGetTheStatedRank) {
  // c shares .5 with d and e, b is better: places 2..4, middle 3, against 4, listed 2 (lower id)
  const Letters letters({"abcde", "ac"});
  Phase phase = asked_after(letters.log.data, 1);
  phase.cases = {{UserId{1}, 1, 2}};
  const std::vector<float> scores = {0, .9f, .5f, .5f, .5f};
  EXPECT_EQ(ranks_of(scores, letters, phase), std::vector<double>{3});
  EXPECT_EQ(ranks_of(scores, letters, phase, {.ties = TieRule::kAgainst}), std::vector<double>{4});
  EXPECT_EQ(ranks_of(scores, letters, phase, {.ties = TieRule::kListed}), std::vector<double>{2});
}

TEST(RankCases, TiesBeyondTheListAreCountedInAll) {
  // 40 items of one score, '0' of them seen: places 1..39 for the targets '1' and '2', which get
  // 1/3 and 2/3 of 39 + 1. A list of k + margin = 17 cannot tell.
  std::string word;
  for (char c = '0'; c < '0' + 40; ++c) word += c;
  const Letters letters({word, "012"});
  Phase phase = asked_after(letters.log.data, 1);
  phase.cases = {{UserId{1}, 1, 3}};
  const ScriptedRetriever model(std::vector<float>(40, 1.0f));
  const RankedCases ranked = rank_cases(model, letters.log.data, phase, {.k = 1});
  EXPECT_EQ(ranked.rescored_cases, 1u);
  EXPECT_DOUBLE_EQ(ranked.target_ranks[0], 40.0 / 3);
  EXPECT_DOUBLE_EQ(ranked.target_ranks[1], 80.0 / 3);
}

TEST(RankCases, ScoresThatAreNoNumbersAreNotFound) {
  // Forty items, '0' of them seen, of one score, so that the list cannot tell; of the targets '1'
  // and '2' the first has no number, and the other shares places 1..38: 39 / 2.
  std::string word;
  for (char c = '0'; c < '0' + 40; ++c) word += c;
  const Letters letters({word, "012"});
  Phase phase = asked_after(letters.log.data, 1);
  phase.cases = {{UserId{1}, 1, 3}};
  std::vector<float> scores(40, .5f);
  scores[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(ranks_of(scores, letters, phase, {.k = 1}), (std::vector<double>{kNotFound, 19.5}));
  // An infinite one takes the first place of the list and is no hit there.
  scores[1] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(ranks_of(scores, letters, phase, {.k = 1}),
            (std::vector<double>{kNotFound, kNotFound}));
}

TEST(RankCases, NegativeScoresAreScoresWhereEveryItemHasOne) {
  // u1 saw a, is asked for c (-.5): b .9, d -.1 are better -> rank 3; e -.7 is worse.
  const Letters letters({"abcde", "ac"});
  Phase phase = asked_after(letters.log.data, 1);
  phase.cases = {{UserId{1}, 1, 2}};
  const std::vector<float> scores = {2, .9f, -.5f, -.1f, -.7f};
  const auto ranks = [&](const std::vector<float>& given, bool every_item, TieRule ties) {
    const ScriptedRetriever model(given, every_item);
    return rank_cases(model, letters.log.data, phase, {.ties = ties}).target_ranks[0];
  };
  EXPECT_EQ(ranks(scores, true, TieRule::kMiddle), 3);
  EXPECT_EQ(ranks(scores, false, TieRule::kMiddle), kNotFound);  // no evidence, so not listed
  // Ties below 0 and at 0: c shares its score with d; places 2 and 3, in the middle 2.5.
  for (const float tied : {-.5f, 0.f}) {
    const std::vector<float> given = {2, .9f, tied, tied, -.7f};
    EXPECT_EQ(ranks(given, true, TieRule::kMiddle), 2.5);
    EXPECT_EQ(ranks(given, true, TieRule::kAgainst), 3);
    EXPECT_EQ(ranks(given, true, TieRule::kListed), 2);
  }
}

TEST(RankCases, ThreadsDoNotChangeTheRanks) {
  const Letters letters({"abcdef", "badcfe", "fedcba", "acebdf"});
  const Phase phase = asked_after(letters.log.data, 2);
  const std::vector<float> scores = {.1f, .6f, .3f, .3f, .5f, .4f};
  EXPECT_EQ(ranks_of(scores, letters, phase, {.threads = 1}),
            ranks_of(scores, letters, phase, {.threads = 2}));
}

TEST(RankCases, RepeatedTargetsAreDroppedAndCounted) {
  // u0 is asked for b (seen), c, c again: one target. u1 is asked for a (seen) alone: no case.
  const Letters letters({"abbcc", "aaa"});
  const Phase phase = asked_after(letters.log.data, 2);
  const RankedCases ranked = rank_cases(ScriptedRetriever({3, 2, 1}), letters.log.data, phase, {});
  EXPECT_EQ(ranked.size(), 1u);
  EXPECT_EQ(ranked.targets, std::vector<ItemId>{letters.log.item("c")});
  EXPECT_EQ(ranked.dropped_targets, 2u);
  EXPECT_EQ(ranked.dropped_cases, 1u);
}

TEST(RankCases, RequestTimeIsThatOfTheFirstTarget) {
  const Letters letters({"abc"});
  const EvalCase one{UserId{0}, 2, 3};
  EXPECT_EQ(case_query(letters.log.data, one, true).now, 2 * kMinute);
  const Letters order({"abc"}, TimeKind::kOrder);
  EXPECT_EQ(case_query(order.log.data, one, true).now, 1 * kMinute);
}

TEST(RankCases, ModelOfOtherItemsIsRefused) {
  const Letters letters({"abc"});
  EXPECT_THROW(ranks_of({1, 2}, letters, asked_after(letters.log.data, 2)), Error);
}

// Two users, k = 2. u0 saw a, is asked for b and c, gets b d. u1 saw b, is asked for d, gets a c.
struct TwoLists {
  Letters letters{{"abc", "bd"}};
  Phase phase = asked_after(letters.log.data, 1);
  RankedCases ranked = collect_cases(letters.log.data, phase, {.k = 2});

  TwoLists() {
    const auto& log = letters.log;
    ranked.lists = {log.item("b"), log.item("d"), log.item("a"), log.item("c")};
    ranked.target_ranks = {1, kNotFound, kNotFound};
  }
  double value(const std::string& name, Profile profile = Profile::kKaskad) {
    return metric(ranked, letters, phase, name, profile);
  }
};

TEST(Metrics, AreMeansOverUsers) {
  TwoLists two;
  EXPECT_DOUBLE_EQ(two.value("hit_rate@2"), (1.0 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("recall@2"), (1.0 / 2 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("precision@2"), (1.0 / 2 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("mrr@2"), (1.0 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("ndcg@2"), (1 / (1 + 1 / log2(3)) + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("map@2"), (1.0 / 2 + 0) / 2);
}

TEST(Metrics, OfTheCatalogueLookAtTheLists) {
  // learned: a once (u0), b once (u1); c and d never. Lists: b d and a c.
  TwoLists two;
  EXPECT_DOUBLE_EQ(two.value("coverage@2"), 4.0 / 4);
  EXPECT_DOUBLE_EQ(two.value("coverage@1"), 2.0 / 4);
  EXPECT_DOUBLE_EQ(two.value("popularity@2"), ((1.0 + 0) / 2 + (1.0 + 0) / 2) / 2);
  // every item counts as taken by one user at least: log2(2 / 1) = 1
  EXPECT_DOUBLE_EQ(two.value("novelty@2"), 1);
  EXPECT_DOUBLE_EQ(two.value("gini@2"), 0);  // each item once
  // counts at 1, ascending: 0 0 1 1; 2 i - n - 1 is -3 -1 1 3
  EXPECT_DOUBLE_EQ(two.value("gini@1"), (1.0 + 3.0) / (4 * 2));
}

TEST(Metrics, DebiasedHitRateWeighsRareTargetsMore) {
  // x was learned three times, y once. Asked: u2 for x (found), u3 for y (missed).
  const Letters letters({"x", "x", "ax", "by", "x", "y"});
  Phase phase{.name = "test", .fit_end = {1, 1, 1, 1, 1, 1}, .horizon = 0, .cases = {}};
  phase.cases = {{UserId{2}, 1, 2}, {UserId{3}, 1, 2}};
  RankedCases ranked = collect_cases(letters.log.data, phase, {.k = 1});
  ranked.target_ranks = {1, kNotFound};
  EXPECT_DOUBLE_EQ(metric(ranked, letters, phase, "debiased_hit_rate@1"),
                   (1.0 / 3) / (1.0 / 3 + 1));
}

TEST(Profiles, KnowWhatTheirLibrariesMeasureAndHowTiesStand) {
  for (const Profile profile : {Profile::kRecTools, Profile::kRecBole, Profile::kImplicit}) {
    EXPECT_THROW(parse_metrics("debiased_hit_rate@10", profile), Error) << to_string(profile);
    for (const Metric& metric : default_metrics(profile, true)) {
      EXPECT_FALSE(metric.name.starts_with("debiased")) << to_string(profile);
    }
    EXPECT_EQ(tie_rule_of(profile), TieRule::kListed);
  }
  EXPECT_EQ(parse_metrics("debiased_hit_rate@10", Profile::kKaskad).size(), 1u);
  EXPECT_EQ(tie_rule_of(Profile::kKaskad), TieRule::kMiddle);
}

TEST(Profiles, DifferOnTheSameLists) {
  TwoLists two;
  // RecTools: the ideal of NDCG has k hits, MAP divides by R, coverage is a count
  EXPECT_DOUBLE_EQ(two.value("ndcg@2", Profile::kRecTools), (1 / (1 + 1 / log2(3)) + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("map@1", Profile::kRecTools), (1.0 / 2 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("map@1"), (1.0 / 1 + 0) / 2);
  EXPECT_DOUBLE_EQ(two.value("coverage@1", Profile::kRecTools), 2);
  // implicit: 1 hit of min(2, 2) + min(2, 1) attainable ones
  EXPECT_DOUBLE_EQ(two.value("precision@2", Profile::kImplicit), 1.0 / (2 + 1));
  // implicit's AUC: u0 has 2 targets, 2 others; the hit precedes the miss of the list (1 pair),
  // behind the list (1 + 2)/2 * (2 - 1): (1 + 1.5) / 4. u1: no hit, (0 + 1)/2 * (3 - 2) / 3.
  EXPECT_DOUBLE_EQ(two.value("auc@2", Profile::kImplicit), (2.5 / 4 + 0.5 / 3) / 2);
  EXPECT_THROW(two.value("auc@2"), Error);
}

TEST(Profiles, OneTargetInRecToolsIsHalvedByTheFullIdeal) {
  // one target on rank 1, k = 5: 1 / (1 + 1/log2(3) + 1/2 + 1/log2(5) + 1/log2(6)) = .339
  const Letters letters({"ab"});
  const Phase phase = asked_after(letters.log.data, 1);
  RankedCases ranked = collect_cases(letters.log.data, phase, {.k = 5});
  ranked.target_ranks = {1};
  EXPECT_DOUBLE_EQ(metric(ranked, letters, phase, "ndcg@5"), 1);
  EXPECT_NEAR(metric(ranked, letters, phase, "ndcg@5", Profile::kRecTools), 0.339, 0.0005);
}

TEST(ParseMetrics, TakesTheUsualNames) {
  const auto metrics = parse_metrics("HitRate@10,hr@5,NDCG,arp@20", Profile::kKaskad);
  EXPECT_EQ(metrics[0].name, "hit_rate@10");
  EXPECT_EQ(metrics[1].name, "hit_rate@5");
  EXPECT_EQ(metrics[2].name, "ndcg@10");
  EXPECT_EQ(metrics[3].name, "popularity@20");
  EXPECT_NE(metrics[2].definition.find("1..min(10, R)"), std::string::npos);
  for (const char* bad : {"", "ndgc@10", "ndcg@0", "ndcg@x", "ndcg@10,"}) {
    EXPECT_THROW(parse_metrics(bad, Profile::kKaskad), Error) << bad;
  }
}

TEST(Metrics, ValuesOfTheCasesAverageToTheMetric) {
  TwoLists two;
  const EvalOptions options{.metrics = parse_metrics("ndcg@2,precision@2", Profile::kImplicit)};
  const Evaluation evaluation = measure(two.ranked, Catalogue(two.letters.log.data, two.phase), {},
                                        two.phase, two.letters.log.data, options);
  for (const MetricResult& result : evaluation.metrics) {
    const auto column = evaluation.column(result.name);
    EXPECT_DOUBLE_EQ((column[0] + column[1]) / 2, result.interval.value) << result.name;
  }
  EXPECT_THROW(evaluation.column("mrr@2"), Error);
}

TEST(Results, AreReadBackAndPaired) {
  TwoLists two;
  const EvalOptions options{.metrics = parse_metrics("hit_rate@2,coverage@2", Profile::kKaskad)};
  const Evaluation written = measure(two.ranked, Catalogue(two.letters.log.data, two.phase), {},
                                     two.phase, two.letters.log.data, options);
  const TempDir folder;
  save_evaluation(folder / "run", written);
  const Evaluation read = load_evaluation(folder / "run");
  EXPECT_EQ(to_json(read), to_json(written));
  EXPECT_EQ(read.values, written.values);
  EXPECT_EQ(read.users, written.users);
  EXPECT_EQ(compare(read, written, "hit_rate@2").difference.value, 0);
  Evaluation other = read;
  other.split_hash = "another";
  EXPECT_THROW(compare(read, other, "hit_rate@2"), Error);
  std::filesystem::remove(folder / "run/users.npy");
  EXPECT_THROW(load_evaluation(folder / "run"), Error);
}

TEST(Results, AppendKeepsWhatIsThere) {
  const TempDir folder;
  const std::string path = folder / "runs/results.jsonl";
  append_result(path, {{"run", 1}});
  append_result(path, {{"run", 2}});
  EXPECT_EQ(read_file(path), "{\"run\":1}\n{\"run\":2}\n");
}

ListFile rank_lists(const Letters& letters, const Phase& phase, const std::string& text) {
  const TempDir folder;
  std::ofstream(folder / "recs.csv") << text;
  return rank_list_file(folder / "recs.csv", letters.log.data, phase, {.k = 3});
}

TEST(ListFile, RowsInMemorySayTheSame) {
  const Letters letters({"abc", "bd"});
  const Phase phase = asked_after(letters.log.data, 1);
  const ListFile from_file =
      rank_lists(letters, phase, "user_id,item_id,rank\nu0,d,2\nu0,c,1\nu0,nobody,3\nu1,d,1\n");
  const auto row = [&](const char* user, float rank, size_t order, const char* item) {
    const auto found = letters.log.data.items().find(item);
    return ListRow{UserId{*letters.log.data.users().find(user)}, rank, order,
                   found ? ItemId{*found} : kNoItem};
  };
  const ListFile in_memory = rank_lists(
      "theirs",
      {row("u1", 1, 0, "d"), row("u0", 3, 1, "nobody"), row("u0", 1, 2, "c"), row("u0", 2, 3, "d")},
      letters.log.data, phase, {.k = 3});
  EXPECT_EQ(in_memory.ranked.lists, from_file.ranked.lists);
  EXPECT_EQ(in_memory.ranked.target_ranks, from_file.ranked.target_ranks);
  EXPECT_EQ(in_memory.ranked.model, "theirs");
  EXPECT_THROW(rank_lists("theirs", {row("u0", 1, 0, "c"), row("u0", 2, 1, "c")}, letters.log.data,
                          phase, {.k = 3}),
               Error);
}

TEST(ListFile, RankOrScoreGiveThePlaces) {
  const Letters letters({"abc", "bd"});
  const Phase phase = asked_after(letters.log.data, 1);
  const ListFile by_rank =
      rank_lists(letters, phase, "user_id,item_id,rank\nu0,d,2\nu0,c,1\nu0,b,3\nu1,d,1\n");
  // targets b, c of u0, then d of u1
  EXPECT_EQ(by_rank.ranked.target_ranks, (std::vector<double>{3, 1, 1}));
  const ListFile by_score =
      rank_lists(letters, phase, "user_id,item_id,score\nu0,d,.2\nu0,c,.1\nu0,b,.3\n");
  EXPECT_EQ(by_score.ranked.target_ranks, (std::vector<double>{1, 3, kNotFound}));
  EXPECT_EQ(by_score.cases_without_list, 1u);
}

TEST(ListFile, UnknownIdsAreCountedAndHoldTheirPlace) {
  const Letters letters({"abc"});
  const Phase phase = asked_after(letters.log.data, 1);
  const ListFile file =
      rank_lists(letters, phase, "user_id,item_id,rank\nu0,unheard,1\nu0,b,2\nstranger,b,1\n");
  EXPECT_EQ(file.ranked.target_ranks, (std::vector<double>{2, kNotFound}));
  EXPECT_EQ(file.unknown_items, 1u);
  EXPECT_EQ(file.unknown_users, 1u);
}

TEST(ListFile, SaysWhatIsWrong) {
  const Letters letters({"abc"});
  const Phase phase = asked_after(letters.log.data, 1);
  EXPECT_THROW(rank_lists(letters, phase, "user_id,item_id,rank\nu0,b,1\nu0,b,2\n"), Error);
  EXPECT_THROW(rank_lists(letters, phase, "user_id,item_id,place\nu0,b,1\n"), Error);
}

// A damaged rank is an error, whatever else the file has to order by.
TEST(ListFile, ScoresStandInForMissingRanksNotForBadOnes) {
  const Letters letters({"abc"});
  const Phase phase = asked_after(letters.log.data, 1);
  try {
    rank_lists(letters, phase, "user_id,item_id,rank,score\nu0,b,first,.3\n");
    FAIL() << "the rank is no number";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 2, column 'rank': found 'first'"),
              std::string::npos)
        << error.what();
  }
}

// `at_once` users whose target shares a second with the event before, all found; the others of
// 100 have a target two hours later, `found_later` of them found.
SegmentReport gap_report(int at_once, int found_later) {
  std::vector<TestRow> rows;
  for (int user = 0; user < 100; ++user) {
    const std::string name = "u" + std::to_string(user);
    rows.push_back({name, "a", 1000});
    rows.push_back({name, user < at_once + found_later ? "found" : "missed",
                    user < at_once ? 1999 : 7'201'000});
  }
  const TestDataset log(rows);
  const Phase phase = asked_after(log.data, 1);
  std::vector<float> scores(3);
  scores[index(log.item("found"))] = 1;
  const RankedCases ranked = rank_cases(ScriptedRetriever(scores), log.data, phase, {.k = 1});
  const Catalogue catalogue(log.data, phase);
  const Evaluation evaluation = measure(ranked, catalogue, {}, phase, log.data,
                                        {.metrics = parse_metrics("hit_rate@1", Profile::kKaskad)});
  return make_segments(evaluation, ranked, catalogue, log.data);
}

TEST(Segments, SayThatTheGainIsPageOrder) {
  // 6 of 60 are found later: 40 of 46 hits are page order, 87%.
  EXPECT_EQ(gap_report(40, 6).findings[0],
            "40% of the cases have a target within a second of the user's previous event; "
            "hit_rate@1 is 1.000 there and 0.100 beyond an hour: 87% of all hits are those, so "
            "most of the gain is page order, not taste.");
}

TEST(Segments, SayMostOfTheGainOnlyOfMostOfTheHits) {
  // 33 of 70 are found later, less than half as often as the others: 30 of 63 hits, 48%.
  EXPECT_EQ(gap_report(30, 33).findings[0],
            "30% of the cases have a target within a second of the user's previous event; "
            "hit_rate@1 is 1.000 there and 0.471 beyond an hour: 48% of all hits are those.");
}

TEST(Segments, TellCasesWithoutAHistoryApart) {
  const Letters letters({"abc", "ba"});
  Phase phase = asked_after(letters.log.data, 1);
  phase.cases[1].history_end = 0;
  const RankedCases ranked =
      rank_cases(ScriptedRetriever({1, 2, 3}), letters.log.data, phase, {.k = 1});
  const Catalogue catalogue(letters.log.data, phase);
  const SegmentReport report =
      make_segments(measure(ranked, catalogue, {}, phase, letters.log.data,
                            {.metrics = parse_metrics("hit_rate@1", Profile::kKaskad)}),
                    ranked, catalogue, letters.log.data);
  std::set<std::string> names;
  for (const Segment& segment : report.segments) {
    if (segment.group != "target") names.insert(segment.group + ": " + segment.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"history: no history", "history: under 5 events",
                                          "gap: 1-60 s", "gap: no event before"}));
}

TEST(Segments, OrderAloneHasNoGaps) {
  const Letters letters({"abc", "bac"}, TimeKind::kOrder);
  const Phase phase = asked_after(letters.log.data, 2);
  const RankedCases ranked =
      rank_cases(ScriptedRetriever({1, 2, 3}), letters.log.data, phase, {.k = 1});
  const Catalogue catalogue(letters.log.data, phase);
  const SegmentReport report =
      make_segments(measure(ranked, catalogue, {}, phase, letters.log.data,
                            {.metrics = parse_metrics("hit_rate@1", Profile::kKaskad)}),
                    ranked, catalogue, letters.log.data);
  for (const Segment& segment : report.segments) EXPECT_NE(segment.group, "gap");
  EXPECT_NE(report.findings[0].find("no clock"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
