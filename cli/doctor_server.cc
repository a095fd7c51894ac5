// kaskad doctor --server: what is wrong with a running server, in words.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/doctor.h"
#include "kaskad/core/utc.h"
#include "kaskad/doctor/examination.h"

namespace kaskad::cli {
namespace {

void print_finding(const doctor::Finding& finding) {
  const doctor::Symptom& symptom = finding.symptom;
  const std::string stage = symptom.stage.empty() ? "" : " of stage '" + symptom.stage + "'";
  std::printf("%s  %s%s\n", to_string(finding.severity), finding.condition.c_str(), stage.c_str());
  std::printf("  %s", symptom.what.c_str());
  if (symptom.since) std::printf("; since %s", utc_text(*symptom.since).c_str());
  std::printf("\n  what to do: %s\n", finding.remedy.c_str());
}

void print(const doctor::Examination& examination) {
  std::printf("%s\n", examination.url.c_str());
  for (const auto& [name, text] : examination.facts) {
    std::printf("  %-30s %s\n", name.c_str(), text.c_str());
  }
  if (examination.findings.empty()) {
    std::printf("nothing is wrong, by what %.0f seconds show\n", examination.seconds);
    return;
  }
  for (const doctor::Finding& finding : examination.findings) print_finding(finding);
}

}  // namespace

bool run_server_doctor(const std::string& url, double seconds, bool as_json) {
  if (!as_json) say("looking at " + url + " for " + doctor::duration_text(seconds));
  const doctor::Examination examination = doctor::examine_server(url, seconds);
  if (as_json) {
    print_json(to_json(examination));
  } else {
    print(examination);
  }
  return examination.findings.empty();
}

}  // namespace kaskad::cli
