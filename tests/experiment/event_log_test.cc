#include "kaskad/experiment/event_log.h"

#include <gtest/gtest.h>

#include "kaskad/core/hash.h"
#include "tests/fuzz/experiment_target.h"
#include "tests/temp_dir.h"

namespace kaskad::ab {
namespace {

std::string fault_of(const std::string& line) {
  EventLineParser parser;
  LoggedEvent event;
  LineFault fault;
  return parser.parse(line, event, fault)
             ? ""
             : fault.field + ": " + fault.found + ", expected " + fault.expected;
}

LoggedEvent parsed(const std::string& line) {
  EventLineParser parser;
  LoggedEvent event;
  LineFault fault;
  EXPECT_TRUE(parser.parse(line, event, fault)) << fault.field << fault.found;
  return event;
}

TEST(EventLine, AnExposureIsRead) {
  const LoggedEvent event = parsed(
      R"({"type":"exposure","timestamp":1764460800123,"user_id":"u","request_id":"r","query":"x",)"
      R"("experiment":"spring","arms":{"ranker":"new","blend":null},"items":["i1",22]})");
  EXPECT_EQ(event.kind, LoggedEvent::Kind::kExposure);
  EXPECT_EQ(event.time, 1'764'460'800'123);
  EXPECT_EQ(event.user, hash64("u"));
  EXPECT_EQ(event.request, hash64("r"));
  EXPECT_EQ(event.experiment, "spring");
  EXPECT_EQ(event.arms, (std::vector<std::pair<std::string, std::string>>{{"ranker", "new"}}));
  EXPECT_EQ(event.items, (std::vector<uint64_t>{hash64("i1"), hash64("22")}));
}

TEST(EventLine, AnActionIsReadAndNothingOfTheLineBeforeStays) {
  EventLineParser parser;
  LoggedEvent event;
  LineFault fault;
  ASSERT_TRUE(parser.parse(
      R"({"type":"exposure","timestamp":1,"user_id":"u","request_id":"r","arms":{"a":"b"},"items":[1]})",
      event, fault));
  ASSERT_TRUE(parser.parse(
      R"({"type":"action","timestamp":1764460800,"user_id":7,"item_id":"i","action":"click"})",
      event, fault));
  EXPECT_EQ(event.kind, LoggedEvent::Kind::kAction);
  EXPECT_EQ(event.time, 1'764'460'800'000);  // seconds
  EXPECT_EQ(event.user, hash64("7"));
  EXPECT_EQ(event.request, 0u);
  EXPECT_TRUE(event.arms.empty() && event.items.empty());
  EXPECT_EQ(event.weight, 1);
}

TEST(EventLine, SecondsMayHaveAFraction) {
  EXPECT_EQ(
      parsed(R"({"type":"exposure","timestamp":1764460800.25,"user_id":"u","items":[]})").time,
      1'764'460'800'250);
}

TEST(EventLine, FaultsNameFieldFoundAndExpected) {
  EXPECT_EQ(fault_of("[1]"), ": a list, expected one JSON object a line");
  EXPECT_EQ(fault_of("{\"type\":\"view\",\"timestamp\":1,\"user_id\":\"u\"}"),
            "type: '\"view\"', expected 'exposure' or 'action'");
  EXPECT_EQ(fault_of("{\"type\":\"action\",\"timestamp\":\"x\",\"user_id\":\"u\"}"),
            "timestamp: '\"x\"', expected seconds or milliseconds since 1970");
  EXPECT_EQ(fault_of("{\"type\":\"action\",\"timestamp\":1e300,\"user_id\":\"u\"}").substr(0, 10),
            "timestamp:");
  EXPECT_EQ(fault_of(R"({"type":"exposure","timestamp":1,"user_id":"","items":[]})"),
            "user_id: '\"\"', expected a text that is not empty, or a whole number");
  EXPECT_EQ(fault_of(R"({"type":"exposure","timestamp":1,"user_id":"u"})"),
            "items: nothing, expected a list of the items shown");
  EXPECT_EQ(
      fault_of(R"({"type":"exposure","timestamp":1,"user_id":"u","items":[],"arms":{"l":2}})"),
      "arms: '2', expected the name of an arm");
  EXPECT_EQ(
      fault_of(
          R"({"type":"action","timestamp":1,"user_id":"u","item_id":1,"action":"a","weight":-1})"),
      "weight: '-1', expected a number of at least 0");
}

std::string action(int64_t time, const std::string& user) {
  return R"({"type":"action","timestamp":)" + std::to_string(time) + R"(,"user_id":")" + user +
         R"(","item_id":"i","action":"click"})" + "\n";
}

TEST(EventLog, FilesAreReadAsOneStreamInTheOrderOfTime) {
  const TempDir directory;
  const std::vector<std::string> paths = {
      directory.write("a.jsonl", action(100, "a") + "\n" + action(400, "d")),
      directory.write("b.jsonl", action(200, "b") + action(300, "c") + action(500, "e"))};
  EventLog log(paths, OnError::kFail);
  std::vector<uint64_t> users;
  while (const LoggedEvent* event = log.next()) users.push_back(event->user);
  EXPECT_EQ(users, (std::vector<uint64_t>{hash64("a"), hash64("b"), hash64("c"), hash64("d"),
                                          hash64("e")}));
  EXPECT_EQ(log.lines(), 5u);
}

TEST(EventLog, BrokenLinesAreCountedWithTheirPlace) {
  EventLog log(action(1, "a") + "{\"type\":\n" + action(2, "b"), "events.jsonl", OnError::kSkip);
  while (log.next()) continue;
  EXPECT_EQ(log.lines(), 2u);
  ASSERT_EQ(log.skipped().count, 1u);
  EXPECT_EQ(log.skipped().examples[0].line, 2u);
  EXPECT_EQ(log.skipped().examples[0].why.substr(0, 28), "events.jsonl, line 2: found ");
}

TEST(EventLog, BrokenLinesFailWhereAsked) {
  EventLog log(action(1, "a") + "broken\n", "events.jsonl", OnError::kFail);
  ASSERT_NE(log.next(), nullptr);
  EXPECT_THROW(log.next(), Error);
}

// Another kind of file altogether is no experiment without events.
TEST(EventLog, MoreBrokenLinesThanSoundOnesAreAnError) {
  EventLog log("user,item\n1,2\n" + action(1, "a"), "events.csv", OnError::kSkip);
  ASSERT_NE(log.next(), nullptr);
  EXPECT_THROW(log.next(), Error);
}

TEST(EventLog, NastyLinesKeepTheFuzzersPromises) {
  for (const std::string& bytes :
       {std::string(), std::string("\n\n{}"), std::string("{\"type\":\"action\"}\n[1]"),
        action(-1, "a") + action(INT64_MAX, "b") + action(INT64_MIN, "c"),
        action(1, "\\u0000") + R"({"type":"exposure","timestamp":-0.0,"user_id":1e3,"items":[{}]})",
        std::string(
            R"({"type":"exposure","timestamp":9,"user_id":"u","arms":{"":"x"},"items":[1,1]})"
            "\n") +
            action(9, "u"),
        std::string(40, '[')}) {
    fuzz::experiment_log(bytes);
    fuzz::experiment_config(bytes);
  }
  fuzz::experiment_config("name='a'\n[[layer]]\nname='b'\nrest='c'\n[[layer.arm]]\nname='c'");
}

}  // namespace
}  // namespace kaskad::ab
