// ops/prometheus against the doctor: the same conditions under the same names, with the same
// severity and the same advice, so that neither says less than the other.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "kaskad/core/file.h"
#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {
namespace {

// These compare with last week, or with yesterday: the doctor sees ten seconds.
const std::set<std::string> kOfPrometheusAlone = {"KaskadSifrDropped", "KaskadCtrDropped",
                                                  "KaskadCacheCollapsed"};

std::string one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

// Name -> what stands from there to the next alert, in one line.
std::map<std::string, std::string> alerts() {
  const std::string text = read_file(KASKAD_SOURCE_DIR "/ops/prometheus/kaskad.rules.yml");
  const std::string mark = "- alert: ";
  std::map<std::string, std::string> alerts;
  for (size_t at = text.find(mark); at != std::string::npos;) {
    const size_t next = text.find(mark, at + 1);
    const std::string part = text.substr(at + mark.size(), next - at - mark.size());
    alerts[part.substr(0, part.find('\n'))] = one_line(part);
    at = next;
  }
  return alerts;
}

TEST(Rules, AreTheConditionsOfTheDoctor) {
  auto rules = alerts();
  std::vector<Condition> all = conditions();
  all.push_back(kDown);
  for (const Condition& condition : all) {
    const auto rule = rules.find(condition.name);
    ASSERT_NE(rule, rules.end()) << condition.name << " is no alert";
    const std::string severity = std::string("severity: ") + to_string(condition.severity);
    EXPECT_NE(rule->second.find(severity), std::string::npos) << rule->second;
    EXPECT_NE(rule->second.find(one_line(condition.remedy)), std::string::npos)
        << rule->second << "\nlacks\n"
        << condition.remedy;
    rules.erase(rule);
  }
  std::set<std::string> left;
  for (const auto& [name, text] : rules) left.insert(name);
  EXPECT_EQ(left, kOfPrometheusAlone);
}

// Every alert fires in one of the recorded cases.
TEST(Rules, AreAllTested) {
  const std::string tests = read_file(KASKAD_SOURCE_DIR "/ops/prometheus/kaskad.rules.test.yml") +
                            read_file(KASKAD_SOURCE_DIR "/ops/prometheus/kaskad.weeks.test.yml");
  for (const auto& [name, text] : alerts()) {
    EXPECT_NE(tests.find("alertname=\"" + name + "\""), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace kaskad::doctor
