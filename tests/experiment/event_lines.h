// Event logs of made-up experiments, for tests of what reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/experiment/simulated.h"

namespace kaskad::ab {

constexpr int64_t kFirstDay = 1'764'460'800;  // seconds: 2025-11-30, midnight UTC

// `time` in seconds after kFirstDay.
inline std::string page_line(int64_t time, const std::string& user, const std::string& arm,
                             const std::vector<std::string>& items) {
  std::string line = R"({"type":"exposure","timestamp":)" + std::to_string(kFirstDay + time) +
                     R"(,"user_id":")" + user + R"(","experiment":"spring","arms":{"ranker":")" +
                     arm + R"("},"items":[)";
  for (size_t i = 0; i < items.size(); ++i) line += (i > 0 ? ",\"" : "\"") + items[i] + "\"";
  return line + "]}\n";
}

inline std::string click_line(int64_t time, const std::string& user, const std::string& item) {
  return R"({"type":"action","timestamp":)" + std::to_string(kFirstDay + time) + R"(,"user_id":")" +
         user + R"(","item_id":")" + item + R"(","action":"click"})" + "\n";
}

// Users of two arms, each coming on about half of the days; a page is useful with the arm's
// probability on average, with what differs between users drawn around it.
inline std::string planted_log(int users_an_arm, int days, double control, double arm) {
  Random random(17);
  std::string text;
  std::vector<double> taste;
  for (int u = 0; u < 2 * users_an_arm; ++u) taste.push_back(0.58 * uniform(random) - 0.29);
  for (int day = 0; day < days; ++day) {
    for (int u = 0; u < 2 * users_an_arm; ++u) {
      if (uniform(random) < 0.5 && (day > 0 || u % 3 != 0)) continue;
      const bool treated = u % 2 == 1;
      const std::string user = "u" + std::to_string(u);
      for (int page = 0; page < 5; ++page) {
        const int64_t time = 86'400LL * day + 6 * u + page;
        text += page_line(time, user, treated ? "new" : "control", {"x", "y", "z"});
        if (uniform(random) < (treated ? arm : control) + taste[u]) {
          text += click_line(time, user, "y");
        }
      }
    }
  }
  return text;
}

}  // namespace kaskad::ab
