// Tables of TOML files, read key by key.
#include "kaskad/core/toml_reader.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

template <typename Read>
std::string fault_in(const std::string& text, const Read& read) {
  try {
    const toml::table table = parse_toml(text, "a.toml");
    TomlReader reader("a.toml", table, "part");
    read(reader);
    reader.finish();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TomlReader, ReadsWhatIsThereAndLeavesWhatIsNot) {
  std::string name = "before", other = "before";
  size_t count = 1;
  bool truth = false;
  double share = 0;
  std::vector<std::string> list;
  EXPECT_EQ(fault_in("name = \"x\"\ncount = 3\ntruth = true\nshare = 2\nlist = [\"a\", \"b\"]",
                     [&](TomlReader& reader) {
                       reader.text("name", name);
                       reader.text("other", other);
                       reader.whole("count", count, 0, 5);
                       reader.truth("truth", truth);
                       reader.number("share", share, 0, 9);
                       reader.texts("list", list);
                     }),
            "");
  EXPECT_EQ(name, "x");
  EXPECT_EQ(other, "before");
  EXPECT_EQ(count, 3U);
  EXPECT_TRUE(truth);
  EXPECT_EQ(share, 2);
  EXPECT_EQ(list, (std::vector<std::string>{"a", "b"}));
}

TEST(TomlReader, FaultsNameFileLineAndKey) {
  size_t count = 0;
  const auto read = [&](TomlReader& reader) { reader.whole("count", count, 1, 5); };
  EXPECT_EQ(fault_in("\ncount = 7", read),
            "a.toml, line 2, key 'part.count': found 7, expected a whole number of 1 to 5");
  EXPECT_EQ(
      fault_in("cuont = 2", read),
      "a.toml, line 1, key 'part.cuont': found an unknown key, expected one of: count; did you "
      "mean 'count'?");
  EXPECT_NE(fault_in("count = ", read).find("a.toml, line 1: "), std::string::npos);
  EXPECT_NE(fault_in("", [](TomlReader& reader) { reader.need("count"); })
                .find("key 'part.count': found nothing, expected the key"),
            std::string::npos);
}

TEST(TomlReader, TablesWithinTables) {
  EXPECT_EQ(fault_in("inner = { b = 1, a = 2 }\nlist = [{ x = \"1\" }, { x = \"2\" }]",
                     [](TomlReader& reader) {
                       EXPECT_EQ(reader.table("inner").names(),
                                 (std::vector<std::string>{"a", "b"}));
                       std::string all;
                       for (TomlReader& one : reader.tables("list")) {
                         std::string x;
                         one.text("x", x);
                         all += x;
                       }
                       EXPECT_EQ(all, "12");
                     }),
            "");
}

}  // namespace
}  // namespace kaskad
