#include "kaskad/server/utf8.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

TEST(Utf8, ValidTextStaysAndEveryOtherByteIsReplaced) {
  EXPECT_EQ(to_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(to_utf8(""), "");
  EXPECT_EQ(to_utf8("a\xff z"), "a\xef\xbf\xbd z");
  EXPECT_EQ(to_utf8("\xc3"), "\xef\xbf\xbd") << "cut short";
  EXPECT_EQ(to_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
}

TEST(Utf8, LengthsOfSequences) {
  EXPECT_EQ(utf8_length("a"), 1U);
  EXPECT_EQ(utf8_length("\xc3\xa9"), 2U);
  EXPECT_EQ(utf8_length("\xc0\xaf"), 0U) << "an overlong form";
}

}  // namespace
}  // namespace kaskad
