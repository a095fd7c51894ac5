// `kaskad serve` as a process of its own: started, asked over HTTP, ended by a signal.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "kaskad/core/file.h"
#include "tests/server/test_client.h"
#include "tests/temp_dir.h"

namespace kaskad {

class RunningServer {
 public:
  // `kaskad serve --port 0 ARGUMENTS...`, working in `directory`; returns when it listens.
  // `prepare` runs in the process before it becomes the server, which it does not where that says
  // false.
  RunningServer(const TempDir& directory, const std::vector<std::string>& arguments,
                const std::function<bool()>& prepare = {})
      : log_(directory / ".serve") {
    write_file(log_, "");
    process_ = fork();
    if (process_ == 0) {
      if (prepare && !prepare()) _exit(126);
      become(directory, arguments);
    }
    const std::string address = wait_for("serving on http://127.0.0.1:");
    port_ = static_cast<uint16_t>(std::atoi(address.c_str()));
  }
  ~RunningServer() { end(); }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  uint16_t port() const { return port_; }
  void signal(int number) const { kill(process_, number); }
  // "/proc/123/NAME".
  std::string proc(const std::string& name) const {
    return "/proc/" + std::to_string(process_) + "/" + name;
  }

  // What the log says behind `text`, the rest of that line; waits for it, at most half a minute.
  std::string wait_for(const std::string& text) const {
    for (int i = 0; i < 3000; ++i) {
      const std::string log = read_file(log_);
      const size_t at = log.find(text);
      const size_t end = at == std::string::npos ? at : log.find('\n', at);
      if (end != std::string::npos) return log.substr(at + text.size(), end - at - text.size());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "'" << text << "' is not in the log: " << read_file(log_);
    return "";
  }

  // SIGTERM; the exit status.
  int end() {
    if (process_ <= 0) return -1;
    kill(process_, SIGTERM);
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  [[noreturn]] void become(const TempDir& directory, const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {KASKAD_PROGRAM, "serve", "--port", "0", "--threads", "2"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const bool ready =
        std::freopen(log_.c_str(), "w", stderr) != nullptr && chdir(directory.path().c_str()) == 0;
    if (ready) execv(argv[0], argv.data());
    _exit(127);
  }

  const std::string log_;
  pid_t process_ = 0;
  uint16_t port_ = 0;
};

}  // namespace kaskad
