// `kaskad train` as several processes, as a launcher of PyTorch jobs starts them on several hosts:
// torch's environment variables, the others reached over TCP.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <thread>

#include "tests/cli/program.h"
#include "tests/free_port.h"

namespace kaskad {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

class SlowSeveralHostsTest : public ProgramTest {
 protected:
  void TearDown() override {
    for (const pid_t process : processes_) kill(process, SIGKILL);
    for (const pid_t process : processes_) waitpid(process, nullptr, 0);
  }

  // Starts process `rank` of `size`, working in `directory_`; what it says goes to `OUTPUT.RANK`.
  void start(int rank, int size, uint16_t port, const std::string& output, int epochs,
             bool resume = false) {
    std::vector<std::string> words = {KASKAD_PROGRAM, "train", "data", "--model",
                                      "sasrec",       "-o",    output};
    for (const std::string setting :
         {"dimension=16", "max_history=12", "batch=64", "dropout=0", "learning_rate=0.01",
          "threads=1", "patience=1000", "refit=false"}) {
      words.insert(words.end(), {"--set", setting});
    }
    words.insert(words.end(), {"--set", "epochs=" + std::to_string(epochs)});
    if (resume) words.emplace_back("--resume");
    const pid_t process = fork();
    if (process != 0) {
      processes_.push_back(process);
      return;
    }
    setpgid(0, 0);
    setenv("MASTER_ADDR", "127.0.0.1", 1);
    setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
    setenv("RANK", std::to_string(rank).c_str(), 1);
    setenv("WORLD_SIZE", std::to_string(size).c_str(), 1);
    setenv("GLOO_SOCKET_IFNAME", "lo", 1);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string log = directory_ / (output + "." + std::to_string(rank));
    if (std::freopen(log.c_str(), "w", stderr) && std::freopen("/dev/null", "w", stdout) &&
        chdir(directory_.path().c_str()) == 0) {
      execv(argv[0], argv.data());
    }
    _exit(127);
  }
  void start_both(const std::string& output, int epochs, bool resume = false) {
    const uint16_t port = free_port();
    for (int rank = 0; rank < 2; ++rank) start(rank, 2, port, output, epochs, resume);
  }

  // The exit statuses, in the order of their start; -1 for those that were killed, and for those
  // that do not end within two minutes.
  std::vector<int> wait_for_all() {
    std::vector<int> statuses;
    const auto until = Clock::now() + std::chrono::seconds(120);
    for (const pid_t process : processes_) {
      int status = 0;
      pid_t ended = 0;
      while ((ended = waitpid(process, &status, WNOHANG)) == 0 && Clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      if (ended == 0) {
        ADD_FAILURE() << "a process did not end";
        kill(process, SIGKILL);
        waitpid(process, &status, 0);
      }
      statuses.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    processes_.clear();
    return statuses;
  }

  std::string said(const std::string& output, int rank) {
    return read_file(directory_ / (output + "." + std::to_string(rank)));
  }
  // Loss and NDCG@10 on validation of each epoch.
  std::vector<std::pair<double, double>> curve(const std::string& output) {
    std::vector<std::pair<double, double>> epochs;
    std::istringstream lines(read_file(directory_ / (output + "/curve.jsonl")));
    for (std::string line; std::getline(lines, line);) {
      const json epoch = json::parse(line);
      epochs.emplace_back(epoch.at("loss"), epoch.at("validation").at("ndcg@10"));
    }
    return epochs;
  }
  size_t epochs_so_far(const std::string& output) {
    const bool there = std::filesystem::exists(directory_ / (output + "/curve.jsonl"));
    return there ? curve(output).size() : 0;
  }

  std::vector<pid_t> processes_;
};

TEST_F(SlowSeveralHostsTest, TwoProcessesHaveTheLossCurveOfOneWithTheJointBatch) {
  start(0, 1, 0, "one", 4);
  EXPECT_EQ(wait_for_all(), std::vector({0})) << said("one", 0);
  start_both("two", 4);
  EXPECT_EQ(wait_for_all(), std::vector({0, 0})) << said("two", 0) << said("two", 1);
  const auto one = curve("one"), two = curve("two");
  ASSERT_EQ(one.size(), 4u);
  ASSERT_EQ(two.size(), 4u);
  for (size_t epoch = 0; epoch < 4; ++epoch) {
    EXPECT_NEAR(two[epoch].first, one[epoch].first, 1e-3 * one[epoch].first) << "epoch " << epoch;
    EXPECT_NEAR(two[epoch].second, one[epoch].second, 0.02) << "epoch " << epoch;
  }
  EXPECT_LT(one[3].first, 0.9 * one[0].first) << "something was learned";
}

TEST_F(SlowSeveralHostsTest, AKilledProcessIsAnErrorOfTheOtherAndBothGoOnFromTheCheckpoint) {
  constexpr int kEpochs = 12;
  start_both("whole", kEpochs);
  EXPECT_EQ(wait_for_all(), std::vector({0, 0})) << said("whole", 0);
  start_both("cut", kEpochs);
  const auto until = Clock::now() + std::chrono::seconds(60);
  while (epochs_so_far("cut") < 2 && Clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(processes_[1], SIGKILL);
  const std::vector<int> statuses = wait_for_all();
  EXPECT_EQ(statuses[0], 1) << said("cut", 0);
  EXPECT_EQ(statuses[1], -1);
  EXPECT_NE(said("cut", 0).find("another of the 2 processes is gone"), std::string::npos)
      << said("cut", 0);
  EXPECT_NE(said("cut", 0).find("--resume"), std::string::npos) << said("cut", 0);
  EXPECT_LT(epochs_so_far("cut"), static_cast<size_t>(kEpochs)) << "it was killed too late";
  start_both("cut", kEpochs, true);
  EXPECT_EQ(wait_for_all(), std::vector({0, 0})) << said("cut", 0) << said("cut", 1);
  EXPECT_EQ(curve("cut"), curve("whole")) << "as if nothing had happened";
}

}  // namespace
}  // namespace kaskad
