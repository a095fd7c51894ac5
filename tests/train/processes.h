// Several processes that join one group on this machine, as tests of distributed training start
// them.
#pragma once

#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "tests/free_port.h"

namespace kaskad::train {

inline void set_environment(int rank, int size, int port) {
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
  setenv("RANK", std::to_string(rank).c_str(), 1);
  setenv("WORLD_SIZE", std::to_string(size).c_str(), 1);
  setenv("GLOO_SOCKET_IFNAME", "lo", 1);
}

// Runs `body(rank)` in `size` processes whose environment says so; true when all return true.
inline bool in_environments(int size, const std::function<bool(int rank)>& body) {
  const int port = free_port();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    const pid_t child = fork();
    if (child == 0) {
      bool good = false;
      try {
        at::set_num_threads(1);
        set_environment(rank, size, port);
        good = body(rank);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "process %d: %s\n", rank, error.what());
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  bool good = true;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return good;
}

}  // namespace kaskad::train
