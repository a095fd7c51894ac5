// A redis-server that a test starts, kills and starts again, with its files in a directory of its
// own.
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "kaskad/core/error.h"
#include "tests/free_port.h"
#include "tests/temp_dir.h"

namespace kaskad {

// A Redis of the test's own, on loopback.
class RedisProcess {
 public:
  explicit RedisProcess(const std::vector<std::string>& settings) : settings_(settings) { start(); }
  ~RedisProcess() { end(SIGKILL); }

  void start() {
    std::vector<std::string> words = {"redis-server",    "--port",          std::to_string(port_),
                                      "--bind",          "127.0.0.1",       "--dir",
                                      directory_.path(), "--save",          "",
                                      "--logfile",       directory_ / "log"};
    words.insert(words.end(), settings_.begin(), settings_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&process_, "redis-server", nullptr, nullptr, arguments.data(), environ) != 0) {
      throw Error("there is no redis-server; scripts/install_packages.sh --dev installs it");
    }
    for (int i = 0; i < 500 && !answers(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void end(int signal) {
    if (process_ <= 0) return;
    kill(process_, signal);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  int port() const { return port_; }
  std::string url(const std::string& name = "") const {
    return "redis://127.0.0.1:" + std::to_string(port_) + name;
  }

 private:
  bool answers() const {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char reply[5] = {};
    const bool there =
        connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
        write(connection, "PING\r\n", 6) == 6 && read(connection, reply, 5) == 5;
    close(connection);
    return there && std::string_view(reply, 5) == "+PONG";  // else it still reads its log
  }

  const std::vector<std::string> settings_;
  const TempDir directory_;
  const uint16_t port_ = free_port();
  pid_t process_ = 0;
};

// What kaskad demands of a Redis.
inline const std::vector<std::string> kDurable = {"--appendonly", "yes", "--appendfsync", "always"};

}  // namespace kaskad
