#include "kaskad/counters/counter_spec.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/fuzz/counter_target.h"

namespace kaskad {
namespace {

std::string error_of(const std::string& text) {
  try {
    CounterSpec::from_json(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CounterSpec, IsWhatItWasWrittenAs) {
  CounterSpec spec;
  spec.segments = {{"query", "item"}, {"query", "country", "item"}};
  spec.windows_days = {1, 14};
  spec.decay_days = {2.5};
  spec.prior_events = 0.5;
  spec.prior_total = 20;
  spec.rates = false;
  spec.top = 100;
  EXPECT_EQ(CounterSpec::from_json(spec.to_json()), spec);
  EXPECT_EQ(CounterSpec::from_json("{}"), CounterSpec());
  EXPECT_EQ(spec.horizon_names(), (std::vector<std::string>{"1d", "14d", "decay2.5d"}));
  EXPECT_EQ(spec.longest_window(), 14u);
}

TEST(CounterSpec, RefusesWhatItCannotCount) {
  EXPECT_NE(error_of(R"({"segmets": []})").find("'segmets', expected one of"), std::string::npos);
  EXPECT_NE(error_of(R"({"segments": []})").find("segments"), std::string::npos);
  EXPECT_NE(error_of(R"({"segments": [["item", "item"]]})").find("each field once"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"windows_days": [1.5]})").find("whole days"), std::string::npos);
  EXPECT_NE(error_of(R"({"windows_days": [-1]})").find("whole days"), std::string::npos);
  EXPECT_NE(error_of(R"({"decay_days": [0]})").find("decay_days"), std::string::npos);
  EXPECT_NE(error_of(R"({"prior_total": 0})").find("prior_total"), std::string::npos);
  EXPECT_NE(error_of(R"({"windows_days": []})").find("1 to 16"), std::string::npos);
  EXPECT_NE(error_of(R"({"shares": false, "rates": false})").find("at least one"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"top": 5, "sketch_epsilon": 0.1})").find("sketched"), std::string::npos);
  EXPECT_NE(error_of("[1]").find("an object"), std::string::npos);
  EXPECT_NE(error_of("{").find("counters"), std::string::npos);
}

TEST(CounterSpec, SegmentsAreWrittenWithColons) {
  const auto segments = parse_segments("query:item,query:country:item,item");
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[1], (std::vector<std::string>{"query", "country", "item"}));
  EXPECT_EQ(segment_name(segments[1]), "query:country:item");
  for (const char* text : {"", ",", "query:", ":item", "query:item,", "a,,b"}) {
    EXPECT_THROW(parse_segments(text), Error) << text;
  }
}

TEST(CounterSpec, AnyBytesEndInASpecOrInAnError) {
  for (const std::string text :
       {"", "{}", "null", "\xff", R"({"segments": [["\u0000"]]})", R"({"windows_days": [1e300]})",
        R"({"segments": {"a": ["b"]}})", R"({"decay_days": [1e-320]})", R"({"top": -1})",
        R"({"prior_events": null})", R"({"segments": [["caf\ud800"]]})", "a:b,c"}) {
    fuzz::counters(text);
  }
}

}  // namespace
}  // namespace kaskad
