#include "kaskad/core/toml_reader.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

// As cascade.toml and experiment.toml are read; tests/cascade has every kind of error.
TEST(TomlReader, EntriesArePathsWithTheirValuesAsTheFileWouldWriteThem) {
  TomlReader root = TomlReader::parse(
      "a = 1\nb.c = 0.7\n[d]\ne = [1.5, 2]\nf = \"x\"\ng = true\nh = 3.0", "file.toml");
  std::string all;
  for (const TomlEntry& entry : root.entries()) all += entry.key + " = " + entry.value + "\n";
  EXPECT_EQ(all, "a = 1\nb.c = 0.7\nd.e = [ 1.5, 2 ]\nd.f = 'x'\nd.g = true\nd.h = 3.0\n");
  EXPECT_NO_THROW(root.finish());  // what was handed on is known
}

// A value that is handed on is read as itself again.
TEST(TomlReader, AnEntryReadsBack) {
  for (const char* value : {"0.1", "1e-300", "-3", "'a \"b\"'", "[ 'x', 2.0 ]", "1e100"}) {
    const std::string text = std::string("key = ") + value;
    TomlReader first = TomlReader::parse(text, "a");
    const std::string once = first.entries()[0].value;
    TomlReader second = TomlReader::parse("key = " + once, "b");
    EXPECT_EQ(second.entries()[0].value, once);
  }
}

TEST(TomlReader, TablesOutliveTheirRoot) {
  TomlReader inner = TomlReader::parse("[a]\nb = 3", "file.toml").table("a");
  size_t b = 0;
  inner.whole("b", b, 0, 9);
  EXPECT_EQ(b, 3u);
  EXPECT_EQ(inner.place("b").text, "file.toml, line 2, key 'a.b'");
}

TEST(TomlReader, SyntaxErrorsNameTheLine) {
  try {
    TomlReader::parse("a = 1\nb = [", "file.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 18), "file.toml, line 2:");
  }
}

}  // namespace
}  // namespace kaskad
