#include "kaskad/dataset/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/core/error.h"
#include "kaskad/dataset/split_roles.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

constexpr int64_t kDay = 86'400'000;

using Ends = std::vector<uint32_t>;

// (user, history_end, target_end)
struct Cut {
  std::string user;
  uint32_t history_end, target_end;
  friend bool operator==(const Cut&, const Cut&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Cut& cut) {
    return out << cut.user << " " << cut.history_end << ".." << cut.target_end;
  }
};

std::vector<Cut> cuts(const TestDataset& log, const Phase& phase) {
  std::vector<Cut> out;
  for (const EvalCase& one : phase.cases) {
    out.push_back(
        {std::string(log.data.users().name(index(one.user))), one.history_end, one.target_end});
  }
  return out;
}

bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

// `lengths[i]` events of user "u<i>", one a day from day 0, of items in turn.
TestDataset daily(const std::vector<int>& lengths, TimeKind kind = TimeKind::kClock) {
  std::vector<TestRow> rows;
  for (size_t user = 0; user < lengths.size(); ++user) {
    for (int day = 0; day < lengths[user]; ++day) {
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string(day), day * kDay});
    }
  }
  return TestDataset(rows, {.time_kind = kind});
}

Split split_of(const TestDataset& log, const std::string& text) {
  return make_split(log.data, SplitOptions::parse(text));
}

std::string error_of(const TestDataset& log, const std::string& text) {
  try {
    split_of(log, text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(LeaveOneOut, LastIsTestAndTheOneBeforeIsValidation) {
  const TestDataset log = daily({4, 3});
  const Split split = split_of(log, "leave-one-out");
  EXPECT_EQ(split.test.fit_end, (Ends{3, 2}));
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 3, 4}, {"u1", 2, 3}}));
  ASSERT_EQ(split.validations.size(), 1u);
  EXPECT_EQ(split.validations[0].fit_end, (Ends{2, 1}));
  EXPECT_EQ(cuts(log, split.validations[0]), (std::vector<Cut>{{"u0", 2, 3}, {"u1", 1, 2}}));
  EXPECT_EQ(split.test.horizon, 2 * kDay);  // u0's third event
  EXPECT_EQ(split.validations[0].horizon, 1 * kDay);
}

TEST(LeaveOneOut, ShortHistoriesAreLearnedFromButNotAsked) {
  // u1 has no event to spare; u2 can be asked once: then nothing is left for validation.
  const TestDataset log = daily({3, 1, 2});
  const Split split = split_of(log, "leave-one-out");
  EXPECT_EQ(split.test.fit_end, (Ends{2, 1, 1}));
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 2, 3}, {"u2", 1, 2}}));
  EXPECT_EQ(split.validations[0].fit_end, (Ends{1, 1, 1}));
  EXPECT_EQ(cuts(log, split.validations[0]), (std::vector<Cut>{{"u0", 1, 2}}));
}

TEST(LeaveLastN, TakesNAndHonoursTheShortestHistory) {
  // 2 + at least 3 of history: u0 has 9 - 2 = 7, then 7 - 2 = 5; u1 has 5 - 2 = 3, then 1 < 3
  const TestDataset log = daily({9, 5, 4});
  const Split split = split_of(log, "leave-last-n:2,min-history=3");
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 7, 9}, {"u1", 3, 5}}));
  EXPECT_EQ(cuts(log, split.validations[0]), (std::vector<Cut>{{"u0", 5, 7}}));
  EXPECT_EQ(split.validations[0].fit_end, (Ends{5, 3, 4}));
}

TEST(LeaveOneOut, SaysHowMuchOfTheFutureIsLearned) {
  // The targets are on days 2, 3 and 9: the median is day 3. Learned later are u2's days 4..8, 5
  // of the 2 + 3 + 9 = 14 learned events: 36%.
  const TestDataset log = daily({3, 4, 10});
  EXPECT_TRUE(mentions(split_of(log, "leave-one-out").warnings, "36% of the learned events"));
  const TestDataset order = daily({3, 4, 10}, TimeKind::kOrder);
  EXPECT_FALSE(mentions(split_of(order, "leave-one-out").warnings, "future"));
}

TEST(LeaveOneOut, SaysHowManyTargetsTieWithTheHistory) {
  const TestDataset log({{"a", "x", 1},
                         {"a", "y", 2},
                         {"a", "z", 2},  //
                         {"b", "x", 1},
                         {"b", "y", 2},
                         {"b", "z", 3}});  // 1 of 2
  const Split split = split_of(log, "leave-one-out");
  EXPECT_TRUE(mentions(split.warnings, "50% of the test cases begin at the very time"));
  EXPECT_TRUE(mentions(split.warnings, "only 2 test cases"));
}

TEST(GlobalTime, TestBeginsForAllAtTheSameTime) {
  // 10 + 10 events on days 0..9; the last 20% are 4 of them: days 8 and 9 of both users.
  const TestDataset log = daily({10, 10});
  const Split split = split_of(log, "global-time:0.2");
  EXPECT_EQ(split.test.horizon, 8 * kDay);
  EXPECT_EQ(split.test.fit_end, (Ends{8, 8}));
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 8, 10}, {"u1", 8, 10}}));
  ASSERT_EQ(split.validations.size(), 3u);  // days 6-7, 4-5, 2-3
  for (uint32_t window = 0; window < 3; ++window) {
    const uint32_t begin = 6 - 2 * window;
    EXPECT_EQ(split.validations[window].horizon, begin * kDay);
    EXPECT_EQ(split.validations[window].fit_end, (Ends{begin, begin}));
    EXPECT_EQ(cuts(log, split.validations[window])[0], (Cut{"u0", begin, begin + 2}));
  }
  EXPECT_EQ(split.validations[1].name, "validation-2");
}

TEST(GlobalTime, SaysWhereItCuts) {
  const TestDataset log = daily({10, 10});
  const Split split = split_of(log, "global-time:0.2,windows=2");
  EXPECT_EQ(split.test.cut, 8 * kDay);
  EXPECT_EQ(describe_cuts(split),
            "test from 1970-01-09T00:00:00Z, validation from 1970-01-07T00:00:00Z, "
            "1970-01-05T00:00:00Z");
  const nlohmann::json phases = phases_json(split);
  EXPECT_EQ(phases["test"]["cut"], "1970-01-09T00:00:00Z");
  EXPECT_EQ(phases["test"]["cut_ms"], 8 * kDay);
  EXPECT_EQ(phases["validation-2"]["cases"], 2);
  const Split last = split_of(log, "leave-one-out");
  EXPECT_EQ(describe_cuts(last), "");
  EXPECT_TRUE(phases_json(last)["test"]["cut"].is_null());
}

TEST(GlobalTime, SaysWhyNoValidationWindowFits) {
  // All of the test at one time: a window of the same length would last a millisecond.
  const TestDataset log({{"a", "x", 0}, {"a", "y", kDay}, {"b", "x", 0}, {"b", "y", kDay}});
  const std::string message = error_of(log, "global-time:1970-01-02");
  EXPECT_NE(message.find("share one time, 1970-01-02T00:00:00Z"), std::string::npos) << message;
}

TEST(GlobalTime, NewUsersAndSilentUsersAreNotAsked) {
  // u1 stops on day 2 and is never seen in the test; "new" begins within it.
  std::vector<TestRow> rows;
  for (int day = 0; day < 10; ++day) rows.push_back({"u0", "i" + std::to_string(day), day * kDay});
  for (int day = 0; day < 3; ++day) rows.push_back({"u1", "i" + std::to_string(day), day * kDay});
  rows.push_back({"new", "i1", 9 * kDay});
  const TestDataset log(rows);
  const Split split = split_of(log, "global-time:last-2d");
  // the last two days end with the last event: from day 7 plus a millisecond
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 8, 10}}));
  EXPECT_EQ(split.test.fit_end, (Ends{8, 3, 0}));
}

TEST(GlobalTime, DateIsTheFirstMomentOfTheTest) {
  const TestDataset log = daily({10});
  const Split split = split_of(log, "global-time:1970-01-09,windows=1");  // day 8
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 8, 10}}));
  // the test lasts from day 8 to the last event on day 9, a day and a millisecond; as long before
  EXPECT_EQ(split.validations[0].horizon, 8 * kDay - (1 * kDay + 1));
  EXPECT_EQ(cuts(log, split.validations[0]), (std::vector<Cut>{{"u0", 7, 8}}));
}

// The test lasts from day 4 to day 19; nothing so long lies before it.
TEST(GlobalTime, ATestLongerThanWhatIsBeforeItGetsWindowsOfEqualEvents) {
  const TestDataset log = daily({20, 20});
  const Split one = split_of(log, "global-time:1970-01-05,windows=1");
  ASSERT_EQ(one.validations.size(), 1u);
  // 4 * 2 events before the test; half of them, days 2 and 3, are the window
  EXPECT_EQ(one.validations[0].horizon, 2 * kDay);
  EXPECT_EQ(cuts(log, one.validations[0]), (std::vector<Cut>{{"u0", 2, 4}, {"u1", 2, 4}}));
  EXPECT_EQ(one.test.fit_end, (Ends{4, 4}));
  EXPECT_TRUE(mentions(one.warnings, "no validation window as long as the test fits"));
  EXPECT_TRUE(mentions(split_of(log, "global-time:last-15d").warnings,
                       "no validation window as long as the test fits"));
  EXPECT_FALSE(mentions(split_of(log, "global-time:last-4d").warnings, "no validation window"));
  // 8 events in three windows and what is learned for the last of them: 2 each
  const Split three = split_of(log, "global-time:1970-01-05");
  ASSERT_EQ(three.validations.size(), 3u);
  EXPECT_EQ(cuts(log, three.validations[2]), (std::vector<Cut>{{"u0", 1, 2}, {"u1", 1, 2}}));
}

TEST(GlobalTime, CountsWhoIsNotAskedForWantOfAHistory) {
  std::vector<TestRow> rows;
  for (int day = 0; day < 10; ++day) rows.push_back({"u0", "i" + std::to_string(day), day * kDay});
  for (int e = 0; e < 3; ++e) rows.push_back({"new", "i" + std::to_string(e), 9 * kDay});
  const TestDataset log(rows);
  const Split split = split_of(log, "global-time:last-2d");
  EXPECT_EQ(split.test.cold_users, 1u);
  EXPECT_EQ(split.test.cold_events, 3u);
  EXPECT_TRUE(mentions(split.warnings,
                       "1 of the 2 users who act in the test, with 3 events, are not asked: they "
                       "have no history before it"));
  const Split all = split_of(log, "global-time:last-2d,min-history=0");
  EXPECT_EQ(cuts(log, all.test), (std::vector<Cut>{{"u0", 8, 10}, {"new", 0, 3}}));
  EXPECT_EQ(all.test.cold_users, 0u);
}

TEST(LeaveOneOut, WithoutALeastHistoryAsksForTheFirstEvent) {
  const TestDataset log = daily({3, 1});
  const Split split = split_of(log, "leave-one-out,min-history=0");
  EXPECT_EQ(cuts(log, split.test), (std::vector<Cut>{{"u0", 2, 3}, {"u1", 0, 1}}));
}

TEST(GlobalTime, TiesAtTheCutGoToTheTestAndAreReported) {
  // 10 events, 8 of them at time 5: the cut of 20% falls among them
  std::vector<TestRow> rows = {{"a", "x", 1}, {"b", "x", 2}};
  for (int i = 0; i < 4; ++i) {
    rows.push_back({"a", "i" + std::to_string(i), 5});
    rows.push_back({"b", "i" + std::to_string(i), 5});
  }
  const TestDataset log(rows);
  try {
    split_of(log, "global-time:0.2");
    FAIL() << "there is no room for a validation window";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("too short for a validation window"),
              std::string::npos);
  }
  std::vector<TestRow> longer;
  for (int i = 0; i < 40; ++i) {
    longer.push_back({i % 2 ? "a" : "b", "o" + std::to_string(i), i - 100});
  }
  longer.insert(longer.end(), rows.begin(), rows.end());
  const TestDataset tied(longer);  // 50 events; 10% are 5, the cut is at time 5: 8 go to the test
  EXPECT_TRUE(mentions(split_of(tied, "global-time:0.1").warnings,
                       "8 events share the very time of the cut"));
}

TEST(GlobalTime, NeedsAClock) {
  const TestDataset log = daily({10, 10}, TimeKind::kOrder);
  EXPECT_THROW(split_of(log, "global-time:0.2"), Error);
}

TEST(GlobalTime, DateOutsideTheLogIsRefused) {
  const TestDataset log = daily({10});
  EXPECT_THROW(split_of(log, "global-time:1969-01-01"), Error);
  EXPECT_THROW(split_of(log, "global-time:2030-01-01"), Error);
}

TEST(UserHoldout, HeldOutUsersAreNotLearned) {
  const TestDataset log = daily(std::vector<int>(20, 10));
  const Split split = split_of(log, "user-holdout:0.2");
  EXPECT_EQ(split.test.cases.size(), 4u);
  EXPECT_EQ(split.validations[0].cases.size(), 4u);
  std::set<size_t> asked;
  for (const Phase* phase : {&split.test, &split.validations[0]}) {
    for (const EvalCase& one : phase->cases) {
      EXPECT_EQ(phase->fit_end[index(one.user)], 0u);
      EXPECT_EQ(one.history_end, 8u);  // .8 * 10
      EXPECT_EQ(one.target_end, 10u);
      asked.insert(index(one.user));
    }
  }
  EXPECT_EQ(asked.size(), 8u) << "nobody is asked twice";
  // the test may learn from validation's users, not the other way round
  EXPECT_EQ(std::count(split.test.fit_end.begin(), split.test.fit_end.end(), 10u), 16);
  const Ends& validation = split.validations[0].fit_end;
  EXPECT_EQ(std::count(validation.begin(), validation.end(), 10u), 12);
}

TEST(UserHoldout, SeedChoosesTheUsers) {
  const TestDataset log = daily(std::vector<int>(40, 5));
  EXPECT_EQ(split_of(log, "user-holdout:0.1").hash, split_of(log, "user-holdout:0.1").hash);
  EXPECT_NE(split_of(log, "user-holdout:0.1").hash, split_of(log, "user-holdout:0.1,seed=2").hash);
}

TEST(UserHoldout, FoldInLeavesAtLeastOneOnEitherSide) {
  const TestDataset log = daily(std::vector<int>(20, 2));
  for (const EvalCase& one : split_of(log, "user-holdout:0.2,fold-in=0.01").test.cases) {
    EXPECT_EQ(one.history_end, 1u);
  }
  for (const EvalCase& one : split_of(log, "user-holdout:0.2,fold-in=0.99").test.cases) {
    EXPECT_EQ(one.history_end, 1u);
  }
}

std::string roles(const TestDataset& log, const Split& split, size_t user) {
  const SplitRoles roles(log.data, split);
  std::string text;
  for (size_t p = 0; p < log.data.history(UserId{static_cast<uint32_t>(user)}).size(); ++p) {
    text += (p > 0 ? " " : "") + std::string(roles.role(user, p));
  }
  return text;
}

TEST(SplitRoles, SayWhatBecomesOfEachEvent) {
  const TestDataset log = daily({4, 1});
  const Split last = split_of(log, "leave-one-out");
  EXPECT_EQ(roles(log, last, 0), "train train validation test");
  EXPECT_EQ(roles(log, last, 1), "train");  // too short to be asked

  // Ten days and a user who begins on the last: nobody's question, and behind the cut.
  std::vector<TestRow> rows;
  for (int day = 0; day < 10; ++day) rows.push_back({"u", "i" + std::to_string(day), day * kDay});
  rows.push_back({"new", "i1", 9 * kDay});
  const TestDataset timed(rows);
  const Split cut = split_of(timed, "global-time:1970-01-09,windows=1");
  EXPECT_EQ(roles(timed, cut, 0), "train train train train train train train validation test test");
  EXPECT_EQ(roles(timed, cut, 1), "unused");

  const TestDataset many = daily(std::vector<int>(20, 5));
  const Split held = split_of(many, "user-holdout:0.1");
  const size_t tested = index(held.test.cases[0].user);
  EXPECT_EQ(roles(many, held, tested), "shown shown shown shown test");
  const size_t validated = index(held.validations[0].cases[0].user);
  EXPECT_EQ(roles(many, held, validated), "train train train train validation");
}

TEST(Split, NobodyToAskIsAnError) {
  EXPECT_THROW(split_of(daily({2, 2}), "leave-one-out"), Error);  // nothing for validation
  EXPECT_THROW(split_of(daily({5, 5}), "user-holdout:0.1"), Error);
}

TEST(Split, HashIsOfTheCutNotOfTheWords) {
  const TestDataset log = daily({6, 7});
  EXPECT_EQ(split_of(log, "leave-one-out").hash, split_of(log, "leave-last-n:1").hash);
  EXPECT_NE(split_of(log, "leave-one-out").hash, split_of(log, "leave-last-n:2").hash);
  EXPECT_NE(split_of(log, "leave-one-out").hash, split_of(daily({6, 8}), "leave-one-out").hash);
}

TEST(SplitOptions, ReadWhatTheyWrite) {
  for (const char* text :
       {"leave-one-out", "leave-last-n:3", "leave-one-out,min-history=4", "global-time:0.1",
        "global-time:2000-12-01", "global-time:2000-12-01T08:30:00Z", "global-time:last-7d",
        "global-time:last-0.5d,windows=5", "user-holdout:0.1", "user-holdout:0.25,fold-in=0.5",
        "user-holdout:0.1,fold-in=0.5,seed=12,min-history=2", "leave-one-out,min-history=0"}) {
    EXPECT_EQ(SplitOptions::parse(text).to_string(), text);
  }
  EXPECT_EQ(SplitOptions::parse("leave-last-n:1").to_string(), "leave-one-out");
  EXPECT_EQ(SplitOptions::parse("global-time").to_string(), "global-time:0.1");
}

TEST(SplitOptions, SayWhatIsAllowed) {
  for (const char* bad :
       {"", "random", "leave-one-out:2", "leave-last-n:0", "leave-last-n:x", "global-time:1.5",
        "global-time:last-7", "global-time:last-0d", "global-time:2000-13-01",
        "global-time:2000-02-30", "user-holdout:0.6", "leave-one-out,seed=1", "leave-one-out,",
        "global-time:0.1,windows=0", "user-holdout:nan", "leave-one-out,min-history"}) {
    EXPECT_THROW(SplitOptions::parse(bad), Error) << bad;
  }
}

TEST(ParseIsoDate, CountsFromTheEpoch) {
  EXPECT_EQ(parse_iso_date("1970-01-01"), 0);
  EXPECT_EQ(parse_iso_date("1970-01-02T01:02:03Z"), kDay + (3600 + 2 * 60 + 3) * 1000);
  EXPECT_EQ(parse_iso_date("2000-03-01"), 11017 * kDay);  // 30 years, 7 leap days, 31 + 29 days
  for (const char* bad : {"1970-1-1", "1970-01-01T", "1970-01-01T25:00:00", "1970-01-01Z", "x"}) {
    EXPECT_THROW(parse_iso_date(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace kaskad
