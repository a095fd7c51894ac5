// The programs as a person calls them: arguments in; status, standard output and standard error
// out.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kaskad/core/file.h"
#include "tests/temp_dir.h"

namespace kaskad {

struct Ended {
  int status = 0;
  std::string output, error;

  nlohmann::json json() const { return nlohmann::json::parse(output); }
};

// `kaskad ARGUMENTS...`, working in `directory`.
inline Ended kaskad_in(const TempDir& directory, const std::vector<std::string>& arguments) {
  std::string command = "cd '" + directory.path() + "' && '" KASKAD_PROGRAM "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  const int status = std::system((command + " > .output 2> .error < /dev/null").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(directory / ".output"),
          read_file(directory / ".error")};
}

// The same for what must go well.
inline Ended run_in(const TempDir& directory, const std::vector<std::string>& arguments) {
  Ended ended = kaskad_in(directory, arguments);
  EXPECT_EQ(ended.status, 0) << arguments.front() << ": " << ended.error;
  return ended;
}

// A log in which item i is followed by item i + 1 of 40, with a step aside now and then; a user's
// first item is random. 400 users of 12 events.
inline std::string series_log() {
  constexpr uint32_t kUsers = 400, kEvents = 12, kItems = 40;
  std::string rows = "user_id,item_id,timestamp\n";
  uint32_t random = 1;
  const auto draw = [&random](uint32_t below) {
    random = random * 1664525u + 1013904223u;
    return (random >> 16) % below;
  };
  for (uint32_t user = 0; user < kUsers; ++user) {
    uint32_t item = draw(kItems);
    for (uint32_t event = 0; event < kEvents; ++event) {
      rows += "u" + std::to_string(user) + ",i" + std::to_string(item) + "," +
              std::to_string(1'600'000'000 + 1000 * user + event) + "\n";
      item = (item + (draw(4) == 0 ? 2 + draw(5) : 1)) % kItems;
    }
  }
  return rows;
}

// A directory with the dataset `data` made of that log.
class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_.write("log.csv", series_log());
    run_in(directory_, {"ingest", "log.csv", "-o", "data"});
  }
  Ended run(const std::vector<std::string>& arguments) { return run_in(directory_, arguments); }

  TempDir directory_;
};

}  // namespace kaskad
