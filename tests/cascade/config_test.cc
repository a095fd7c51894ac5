// cascade.toml: what it means, and what is said of what it should not say.
#include "kaskad/cascade/config.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

constexpr const char* kRetriever = "[[retriever]]\nname = \"a\"\nbundle = \"x\"\nquota = 5\n";

CascadeConfig read_config(const std::string& text) {
  const TempDir directory;
  return CascadeConfig::from_toml(directory.write("cascade.toml", text));
}

// What the error says behind the directory of the file.
std::string config_fault(const std::string& text) {
  try {
    read_config(text);
  } catch (const Error& error) {
    const std::string what = error.what();
    return what.substr(what.find("cascade.toml"));
  }
  return "none";
}

TEST(CascadeConfig, SaysAllStages) {
  const TempDir directory;
  const CascadeConfig config = CascadeConfig::from_toml(directory.write("cascade.toml", R"(
name = "shop"
items = "data"
histories = "b"
[[retriever]]
name = "a"
bundle = "../a"
quota = 100
time_ms = 2.5
fallback = { bundle = "popular" }
[[retriever]]
name = "b"
bundle = "b"
quota = 20
fallback = "last_good"
asked = "search"
[filter]
available = "ids.txt"
banned = ["x"]
rules = [{ name = "cheap", keep = 'price < 20' }]
[prerank]
bundle = "p"
keep = 300
scores_of = "b"
[rank]
bundle = "/r"
keep = 50
[blend]
mmr = { lambda = 0.7, feature = "category" }
caps = [{ feature = "brand", at_most = 3 }, { when = 'price > 100', at_most = 1 }]
fresh = { feature = "appeared", days = 7, share = 0.2 }
explore = { share = 0.1, seed = 5 }
pinned = [{ item = "x", position = 2 }]
[breaker]
failures = 3
)"));
  EXPECT_EQ(config.name, "shop");
  EXPECT_EQ(config.items, directory / "data");
  EXPECT_EQ(config.histories, "b");
  EXPECT_EQ(config.retrievers[0].bundle,
            std::filesystem::path(directory.path()).parent_path().string() + "/a");
  EXPECT_EQ(config.retrievers[0].time_ms, 2.5);
  EXPECT_EQ(config.retrievers[0].fallback, Fallback::kBundle);
  EXPECT_EQ(config.retrievers[0].other[0].name, "a.fallback");
  EXPECT_EQ(config.retrievers[0].other[0].keep, 100u);
  EXPECT_EQ(config.retrievers[1].fallback, Fallback::kLastGood);
  EXPECT_EQ(config.retrievers[0].asked, AskedFor::kAlways);
  EXPECT_EQ(config.retrievers[1].asked, AskedFor::kSearch);
  EXPECT_EQ(config.rules[0].rule.text(), "price < 20");
  EXPECT_TRUE(config.rules[0].keep);
  EXPECT_EQ(config.prerank->scores_of, "b");
  EXPECT_EQ(config.rank->bundle, "/r");
  EXPECT_EQ(config.rank->scores_of, "a");
  EXPECT_EQ(config.blend.caps[1].when->text(), "price > 100");
  EXPECT_EQ(config.blend.pinned[0].position, 2u);
  EXPECT_EQ(config.blend.explore_seed, 5u);
  EXPECT_EQ(config.breaker.failures, 3u);
  EXPECT_EQ(config.breaker.open_ms, 2000);
}

TEST(CascadeConfig, FaultsNameLineAndKey) {
  const std::string a = kRetriever;
  EXPECT_EQ(config_fault(""),
            "cascade.toml: found no retriever, expected at least one [[retriever]]");
  EXPECT_EQ(config_fault("x = [").substr(0, 21), "cascade.toml, line 1:");
  EXPECT_EQ(config_fault("[[retriever]]\nname = \"a\"\nbundle = \"x\"\nquota = 0\n"),
            "cascade.toml, line 4, key 'retriever.quota': found 0, expected a whole number of 1 to "
            "100000");
  EXPECT_EQ(config_fault("[[retriever]]\nname = \"a\"\nquota = 1\n"),
            "cascade.toml, line 1, key 'retriever.bundle': found nothing, expected the key");
  EXPECT_EQ(config_fault(a + "quotta = 3\n"),
            "cascade.toml, line 5, key 'retriever.quotta': found an unknown key, expected one of: "
            "asked, bundle, fallback, name, quota, time_ms; did you mean 'quota'?");
  EXPECT_EQ(config_fault(a + a),
            "cascade.toml, line 6, key 'retriever.name': found 'a', expected a name that no other "
            "stage has");
  EXPECT_EQ(
      config_fault(a + "asked = \"sometimes\"\n"),
      "cascade.toml, line 5, key 'retriever.asked': found 'sometimes', expected always, search "
      "or recommend");
  EXPECT_EQ(config_fault(a + "fallback = \"retry\"\n"),
            "cascade.toml, line 5, key 'retriever.fallback': found 'retry', expected skip, "
            "last_good or { bundle = \"PATH\" }");
  EXPECT_EQ(config_fault(a + "[rank]\nbundle = \"r\"\nkeep = 3\ntime_ms = -1\n"),
            "cascade.toml, line 8, key 'rank.time_ms': found -1, expected a number of 0 to 60000");
  EXPECT_EQ(config_fault(a + "[rank]\nbundle = \"r\"\nkeep = 3\nscores_of = \"b\"\n"),
            "cascade.toml, line 8, key 'rank.scores_of': found 'b', expected one of: a; did you "
            "mean 'a'?");
  EXPECT_EQ(config_fault(a + "[ranks]\nbundle = \"r\"\n").substr(0, 65),
            "cascade.toml, line 5, key 'ranks': found an unknown key, expected");
  EXPECT_EQ(config_fault(a + "[filter]\nrules = [{ name = \"x\", drop = 'price < ' }]\n"),
            "cascade.toml, line 6, key 'filter.rules.drop', column 9: found the end, expected a "
            "number");
  EXPECT_EQ(config_fault(a + "[filter]\nrules = [{ name = \"x\" }]\n"),
            "cascade.toml, line 6, key 'filter.rules.name': found neither 'keep' nor 'drop', "
            "expected one of them with an expression");
  EXPECT_EQ(config_fault(a + "[blend]\nmmr = 3\n"),
            "cascade.toml, line 6, key 'blend.mmr': found 3, expected a table");
  EXPECT_EQ(config_fault(a + "[blend]\nmmr = { lambda = 1.5, feature = \"x\" }\n"),
            "cascade.toml, line 6, key 'blend.mmr.lambda': found 1.5, expected a number of 0 to 1");
  EXPECT_EQ(config_fault(a + "[blend]\npinned = [{ item = \"x\", position = 1 }, { item = \"y\", "
                             "position = 1 }]\n"),
            "cascade.toml, line 6, key 'blend.pinned.position': found 1, expected a position with "
            "one item");
}

TEST(CascadeConfig, SaysWhichFileIsNotThere) {
  EXPECT_THROW(CascadeConfig::from_toml("no such file.toml"), Error);
}

}  // namespace
}  // namespace kaskad
