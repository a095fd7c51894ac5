#include "cli/interruption.h"

#include <csignal>

namespace kaskad::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void watch_interruption() {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
}

bool was_interrupted() { return interrupted != 0; }

}  // namespace kaskad::cli
