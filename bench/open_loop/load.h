// An open loop of POST requests over kept connections, on one thread: due requests go to the
// connection that has been idle longest, and wait where none is. Called by main.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kaskad/client/http_client.h"

namespace kaskad::bench {

struct LoadOptions {
  double rate = 100;  // requests a second
  double seconds = 10;
  size_t connections = 64;
  bool poisson = false;  // the times between two requests are exponential, else all the same
  // A server of several processes binds each connection to one of them. With the name of a header
  // that tells them apart, connections are closed and opened until each of `workers` has its share.
  std::string spread = {};
  size_t workers = 2;
};

struct Outcome {
  double due = 0;      // seconds since the beginning
  double seconds = 0;  // from then until the answer was read
  int status = 0;      // 0: no answer
};

// (requests) in the order in which they were due. Throws Error where the server cannot be reached.
std::vector<Outcome> put_load(const HttpAddress& address, const std::vector<std::string>& bodies,
                              const LoadOptions& options);

}  // namespace kaskad::bench
