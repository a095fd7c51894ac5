#include "kaskad/doctor/examination.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/client/http_client.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"

namespace kaskad::doctor {
namespace {

constexpr std::chrono::milliseconds kTimeout{5000};

Finding finding_of(const Condition& condition, std::string what) {
  return {condition.name, condition.severity, {std::move(what)}, condition.remedy};
}

// It began to stop after its figures were read.
void add_not_ready(std::vector<Finding>& findings) {
  for (const Condition& condition : conditions()) {
    if (condition.name != std::string_view(kNotReady)) continue;
    if (std::ranges::find(findings, kNotReady, &Finding::condition) != findings.end()) return;
    findings.insert(findings.begin(), finding_of(condition, "the server has just begun to stop"));
  }
}

MetricsText read_metrics(HttpClient& client, const std::string& url) {
  const HttpAnswer answer = client.get("/metrics");
  const std::string source = url + "/metrics";
  if (answer.status != 200) {
    throw Error(source + ": found status " + std::to_string(answer.status) + ", expected 200");
  }
  MetricsText metrics = MetricsText::parse(answer.body, source);
  if (metrics.of("kaskad_requests_in_flight").empty()) {
    throw Error(source + ": found no kaskad_requests_in_flight, expected a server of kaskad");
  }
  return metrics;
}

std::string version_of(const Readings& readings) {
  std::string text;
  for (const char* what : {"cascade", "bundle", "ranker"}) {
    for (const Sample& sample : readings.samples("kaskad_" + std::string(what) + "_info")) {
      const std::string name = sample.label(what == std::string("cascade") ? "name" : "model");
      text += (text.empty() ? "" : "; ") + std::string(what) + " " + name + ", version " +
              sample.label("version");
    }
    if (!text.empty() && what == std::string("cascade")) return text;  // its parts are its own
  }
  return text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

}  // namespace

Facts facts_of(const Readings& readings) {
  Facts facts = {{"serves", version_of(readings)}};
  if (const auto since = readings.value("kaskad_served_since_seconds")) {
    facts.emplace_back("since", utc_text(*since));
  }
  facts.emplace_back("requests a second",
                     number(readings.increase("kaskad_requests_total") / readings.seconds()));
  for (const char* path : {"/v1/recommend", "/v1/search", "/v1/rank"}) {
    const auto p99 = readings.quantile("kaskad_request_seconds", 0.99, {{"path", path}});
    if (p99) facts.emplace_back("p99 of " + std::string(path), duration_text(*p99));
  }
  for (const Sample& sample : readings.samples("kaskad_pages_total")) {
    const auto share = [&](const char* part, const char* whole) {
      const double all = readings.value(whole, sample.labels).value_or(0);
      return all > 0 ? share_text(readings.value(part, sample.labels).value_or(0) / all) : "-";
    };
    if (sample.value <= 0) continue;
    facts.emplace_back("SIFR, CTR of " + sample.label("version"),
                       share("kaskad_useful_pages_total", "kaskad_pages_total") + ", " +
                           share("kaskad_clicked_items_total", "kaskad_shown_items_total") +
                           " of " + std::to_string(static_cast<int64_t>(sample.value)) +
                           " answers");
  }
  if (const auto memory = readings.value("process_resident_memory_bytes")) {
    facts.emplace_back("memory", number(*memory / (1 << 20)) + " MiB");
  }
  return facts;
}

Examination examine_server(const std::string& url, double seconds) {
  HttpClient client(parse_http_address(url), kTimeout);
  Examination examination{.url = url, .seconds = seconds};
  try {
    const HttpAnswer live = client.get("/v2/health/live");
    if (live.status != 200) {
      throw Error(url + "/v2/health/live: found status " + std::to_string(live.status) +
                  ", expected 200");
    }
    const auto began = std::chrono::steady_clock::now();
    MetricsText first = read_metrics(client, url);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    MetricsText second = read_metrics(client, url);
    const std::chrono::duration<double> apart = std::chrono::steady_clock::now() - began;
    const Readings readings(std::move(first), std::move(second), apart.count(),
                            seconds_since_1970());
    examination.findings = judge(readings);
    examination.facts = facts_of(readings);
    if (client.get("/v2/health/ready").status != 200) add_not_ready(examination.findings);
  } catch (const Error& error) {
    examination.findings.insert(examination.findings.begin(), finding_of(kDown, error.what()));
  }
  return examination;
}

nlohmann::ordered_json to_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json one = {{"condition", finding.condition},
                                  {"severity", to_string(finding.severity)}};
    if (!finding.symptom.stage.empty()) one["stage"] = finding.symptom.stage;
    one["what"] = finding.symptom.what;
    if (finding.symptom.since) one["since"] = utc_text(*finding.symptom.since);
    one["remedy"] = finding.remedy;
    all.push_back(std::move(one));
  }
  return all;
}

nlohmann::ordered_json to_json(const Facts& facts) {
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const auto& [name, text] : facts) all[name] = text;
  return all;
}

nlohmann::ordered_json to_json(const Examination& examination) {
  return {{"server", examination.url},
          {"ok", examination.findings.empty()},
          {"seconds", examination.seconds},
          {"findings", to_json(examination.findings)},
          {"facts", to_json(examination.facts)}};
}

}  // namespace kaskad::doctor
