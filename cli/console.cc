#include "cli/console.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

namespace kaskad::cli {
namespace {

using Clock = std::chrono::steady_clock;

bool bar_on_screen = false;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string duration_text(double seconds) {
  char text[32];
  const long whole = std::lround(seconds);
  std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

struct Bar {
  std::mutex mutex;
  std::string stage;
  Clock::time_point started, drawn;
  const bool terminal = isatty(STDERR_FILENO) != 0;

  void update(const ProgressUpdate& now) {
    std::lock_guard lock(mutex);
    if (now.stage != stage) {
      end_progress();
      stage = now.stage;
      started = Clock::now();
      drawn = {};
    }
    const bool complete = now.total > 0 && now.done >= now.total;
    if (!complete && seconds_since(drawn) < (terminal ? 0.1 : 10.0)) return;
    if (!terminal && seconds_since(started) < 1) return;  // short work needs no line
    drawn = Clock::now();
    draw(now);
    if (complete) end_progress();
  }

  void draw(const ProgressUpdate& now) const {
    const double elapsed = seconds_since(started);
    std::string line = now.stage;
    if (now.total > 0) {
      const double share = static_cast<double>(now.done) / static_cast<double>(now.total);
      char percent[16];
      std::snprintf(percent, sizeof(percent), " %3.0f%%", 100 * share);
      line += percent;
      if (terminal) {
        const int full = static_cast<int>(24 * share);
        line += " [" + std::string(full, '=') + std::string(24 - full, ' ') + "]";
      }
      line.append(" ").append(duration_text(elapsed));
      if (share > 0.01 && share < 1) {
        line.append(" left ").append(duration_text(elapsed / share - elapsed));
      }
    } else {
      line.append(" ").append(std::to_string(now.done)).append(" ").append(duration_text(elapsed));
    }
    if (!now.note.empty()) line += "  " + now.note;
    std::fprintf(stderr, terminal ? "\r\033[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
    bar_on_screen = terminal;
  }
};

}  // namespace

Progress console_progress(bool quiet) {
  if (quiet) return {};
  return [bar = std::make_shared<Bar>()](const ProgressUpdate& update) { bar->update(update); };
}

void end_progress() {
  if (bar_on_screen) std::fputc('\n', stderr);
  bar_on_screen = false;
}

void say(const std::string& line) {
  end_progress();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void print_json(const nlohmann::json& value) {
  end_progress();
  std::cout << value.dump() << std::endl;
}

}  // namespace kaskad::cli
