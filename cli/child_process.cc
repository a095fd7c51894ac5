#include "cli/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "kaskad/core/error.h"

namespace kaskad::cli {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& output,
                           Group group) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (output.empty()) {
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (group == Group::kOwn) {
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  const int failure = posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    pid_ = -1;
    throw system_error("start", arguments[0], failure);
  }
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  reap(0);
}

bool ChildProcess::reap(int options) {
  rusage usage{};
  if (pid_ <= 0 || wait4(pid_, &status_, options, &usage) != pid_) return pid_ <= 0;
  pid_ = -1;
  peak_memory_ = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  cpu_seconds_ = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return true;
}

void ChildProcess::interrupt() const {
  if (pid_ > 0) kill(pid_, SIGINT);
}

bool ChildProcess::running() { return !reap(WNOHANG); }

std::string ChildProcess::wait(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  while (running()) {
    if (Clock::now() > deadline) {
      kill(pid_, SIGKILL);
      reap(0);
      return "no end within " + std::to_string(static_cast<int>(seconds)) + " seconds";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return ending();
}

std::string ChildProcess::wait() {
  while (!reap(0)) {
    if (errno != EINTR) pid_ = -1;
  }
  return ending();
}

std::string ChildProcess::ending() const {
  if (WIFSIGNALED(status_)) return std::string("killed by ") + strsignal(WTERMSIG(status_));
  if (WEXITSTATUS(status_) != 0) return "exit status " + std::to_string(WEXITSTATUS(status_));
  return "";
}

}  // namespace kaskad::cli
