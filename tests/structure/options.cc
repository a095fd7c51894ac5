#include "tests/structure/options.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <regex>

#include "kaskad/core/file.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sources(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".cc" || ending == ".h") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void for_each_match(const std::string& text, const std::regex& pattern,
                    const std::function<void(const std::smatch&)>& use) {
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    use(*match);
  }
}

// Comments may say what was, or what others have.
std::string without_comment(const std::string& line) {
  const size_t first = line.find_first_not_of(' ');
  return first != std::string::npos && line.compare(first, 2, "//") == 0 ? "" : line;
}

}  // namespace

std::set<std::string> declared_options(const std::string& source_root) {
  // A call that declares: add_option(, add_flag_callback(, add_choice(app, and local shorthands.
  static const std::regex declaration(
      R"re(\w*(?:option|flag|choice|text|count)\w*(?:<[^<>()]*>)?\(\s*(?:app,\s*)?"([-\w,!]+)")re");
  static const std::regex name(R"(--[a-z][a-z0-9-]*)");
  static const std::regex of_both(R"re("--" \+ of \+ "(-[a-z-]+)")re");
  std::set<std::string> options = {"--help", "--version"};
  for (const fs::path& path : sources(fs::path(source_root) / "cli")) {
    const std::string text = read_file(path);
    for_each_match(text, declaration, [&](const std::smatch& call) {
      for_each_match(call[1].str(), name,
                     [&](const std::smatch& option) { options.insert(option.str()); });
    });
    for_each_match(text, of_both, [&](const std::smatch& option) {
      options.insert("--item" + option[1].str());
      options.insert("--user" + option[1].str());
    });
  }
  return options;
}

std::vector<OptionMention> mentioned_options(const std::string& source_root) {
  static const std::regex literal(R"re("((?:[^"\\]|\\.)*)")re");
  static const std::regex option(R"((?:^|[^\w<-])(--[a-z][a-z0-9-]*))");
  static const std::regex of_others(R"((cmake|\.sh) .*$)");  // what stands behind another program
  std::vector<OptionMention> mentions;
  for (const char* folder : {"kaskad", "cli"}) {
    for (const fs::path& path : sources(fs::path(source_root) / folder)) {
      std::string rest = read_file(path);
      for (size_t number = 1; !rest.empty(); ++number) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const std::string line = without_comment(rest.substr(0, end));
        rest.erase(0, end + 1);
        for_each_match(line, literal, [&](const std::smatch& text) {
          const std::string ours = std::regex_replace(text[1].str(), of_others, "");
          for_each_match(ours, option, [&](const std::smatch& found) {
            mentions.push_back(
                {fs::relative(path, source_root).string() + ":" + std::to_string(number),
                 found[1].str()});
          });
        });
      }
    }
  }
  return mentions;
}

}  // namespace kaskad
