// kaskad_open_loop URL BODIES --rate 500: posts so many requests a second, whether the server has
// answered or not, and prints a line of JSON. Latency counts from the moment that a request was
// due, so that a server which makes its clients wait cannot hide it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/open_loop/load.h"
#include "kaskad/client/http_client.h"
#include "kaskad/core/error.h"

namespace kaskad::bench {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw Error("'" + path + "': found no line, expected a body a line");
  return lines;
}

double percentile_ms(std::vector<double>& seconds, double share) {
  if (seconds.empty()) return 0;
  const auto at = std::min(seconds.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(seconds.size())));
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<ptrdiff_t>(at), seconds.end());
  return 1e3 * seconds[at];
}

// What came of the requests that were due within [from, to) seconds.
nlohmann::json summary(const std::vector<Outcome>& outcomes, double from, double to) {
  std::vector<double> accepted, refused;
  size_t failed = 0, late = 0;
  for (const Outcome& one : outcomes) {
    if (one.due < from || one.due >= to) continue;
    if (one.status == 200) {
      accepted.push_back(one.seconds);
    } else if (one.status == 429) {
      refused.push_back(one.seconds);
    } else {
      ++failed;
    }
    late += one.status == 0;
  }
  return {{"accepted", accepted.size()},
          {"refused", refused.size()},
          {"errors", failed},
          {"unanswered", late},
          {"p50_ms", percentile_ms(accepted, 0.5)},
          {"p99_ms", percentile_ms(accepted, 0.99)},
          {"max_ms", percentile_ms(accepted, 1)},
          {"refused_p50_ms", percentile_ms(refused, 0.5)},
          {"refused_p99_ms", percentile_ms(refused, 0.99)}};
}

int run(int argc, char** argv) {
  std::string url, bodies, name = "server";
  LoadOptions options;
  CLI::App app("Posts requests at a given rate.");
  app.add_option("url", url, "http://HOST:PORT/PATH")->required();
  app.add_option("bodies", bodies, "A file with a body a line")->required();
  app.add_option("--name", name, "In the printed line");
  app.add_option("--rate", options.rate, "Requests a second")->required();
  app.add_option("--seconds", options.seconds)->capture_default_str();
  app.add_option("--connections", options.connections, "Kept open, asked in turn")
      ->capture_default_str();
  app.add_flag("--poisson", options.poisson, "Requests come at random, not evenly");
  app.add_option("--spread", options.spread,
                 "A header of answers, of which each of --workers values gets as many connections");
  app.add_option("--workers", options.workers)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const std::vector<Outcome> outcomes =
      put_load(parse_http_address(url), lines_of(bodies), options);
  nlohmann::json line = summary(outcomes, 0, options.seconds);
  line["server"] = name;
  line["rate"] = options.rate;
  line["arrivals"] = options.poisson ? "poisson" : "even";
  line["each_second"] = nlohmann::json::array();
  for (double second = 0; second < options.seconds; ++second) {
    line["each_second"].push_back(summary(outcomes, second, second + 1));
  }
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  try {
    return kaskad::bench::run(argc, argv);
  } catch (const kaskad::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
