#include "tests/structure/options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "kaskad/core/file.h"

namespace kaskad {
namespace {

TEST(Options, AreFoundInDeclarationsAndInTexts) {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("kaskad-options-" + std::to_string(getpid()));
  fs::create_directories(root / "cli");
  fs::create_directories(root / "kaskad/log");
  write_file((root / "cli/verb.cc").string(),
             "// once called --older\n"
             "app->add_option(\"-o,--output\", a);\n"
             "add_choice<T>(app, \"--time\", b);\n"
             "app->add_option(\"--\" + of + \"-key\", c);\n"
             "throw Error(\"give --output, or --nothing\");\n"
             "throw Error(\"run `scripts/fetch.sh --train`\");\n");
  write_file((root / "kaskad/log/a.cc").string(), "{\"a column\", \"--user-key\"}\n");
  EXPECT_EQ(declared_options(root.string()),
            (std::set<std::string>{"--help", "--item-key", "--output", "--time", "--user-key",
                                   "--version"}));
  std::string mentions;
  for (const OptionMention& mention : mentioned_options(root.string())) {
    mentions += mention.place + " " + mention.option + "\n";
  }
  EXPECT_EQ(mentions,
            "kaskad/log/a.cc:1 --user-key\n"
            "cli/verb.cc:2 --output\n"  // "-o,--output": behind a comma
            "cli/verb.cc:3 --time\n"
            "cli/verb.cc:5 --output\n"
            "cli/verb.cc:5 --nothing\n");
  fs::remove_all(root);
}

// What a text of the program tells a user to type can be typed.
TEST(Checkout, EveryOptionThatATextNamesExists) {
  const std::set<std::string> declared = declared_options(KASKAD_SOURCE_DIR);
  ASSERT_GT(declared.size(), 60u);
  const std::vector<OptionMention> mentions = mentioned_options(KASKAD_SOURCE_DIR);
  ASSERT_GT(mentions.size(), declared.size());
  for (const OptionMention& mention : mentions) {
    EXPECT_TRUE(declared.contains(mention.option)) << mention.place << " names " << mention.option;
  }
}

}  // namespace
}  // namespace kaskad
