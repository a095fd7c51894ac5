#include "kaskad/server/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace kaskad {
namespace {

std::string written(std::string_view text) {
  std::string out;
  JsonWriter(out).value(text);
  return out;
}

TEST(JsonWriter, PutsCommasBetweenMembersOnly) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", 1).key("b").begin_array().value("x").value(true).end_array();
  json.key("c").begin_object().end_object().field("d", 0.5f).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":["x",true],"c":{},"d":0.5})");
}

TEST(JsonWriter, EscapesText) { EXPECT_EQ(written("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")"); }

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(written("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  EXPECT_EQ(written("a\xff"
                    "b"),
            R"("a\ufffdb")");
  EXPECT_EQ(written("\xc0\x80"), R"("\ufffd\ufffd")");                      // overlong
  EXPECT_EQ(written("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");            // a surrogate
  EXPECT_EQ(written("\xe2\x82"), R"("\ufffd\ufffd")");                      // cut short
  EXPECT_EQ(written("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");  // beyond U+10FFFF
}

TEST(JsonWriter, EveryByteGivesValidJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'x', static_cast<char>(byte), 'y'};
    EXPECT_TRUE(nlohmann::json::accept(written(text))) << byte;
  }
}

TEST(JsonWriter, WritesFloatsThatReadBackEqual) {
  for (const float number : {0.1f, 1e20f, 1.17549435e-38f, -3.5f, 16777216.0f}) {
    std::string out;
    JsonWriter(out).value(number);
    EXPECT_EQ(nlohmann::json::parse(out).get<float>(), number) << out;
  }
  std::string out;
  JsonWriter(out).value(std::numeric_limits<float>::infinity());
  EXPECT_EQ(out, "null");
}

}  // namespace
}  // namespace kaskad
