// Another process of ours: `kaskad doctor` runs the other verbs as a user would, so that a crash in
// one of them is a finding and not its own end; `kaskad compare --negatives` trains in one, `kaskad
// ablate` in several.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kaskad::cli {

class ChildProcess {
 public:
  // kOwn: Ctrl-C on the terminal does not reach it; who started it says so with interrupt().
  enum class Group { kOurs, kOwn };

  // Starts `arguments[0]`; both outputs go to the file `output`, or without one to our standard
  // error. Throws Error.
  explicit ChildProcess(const std::vector<std::string>& arguments, const std::string& output = {},
                        Group group = Group::kOurs);
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void interrupt() const;  // SIGINT, as Ctrl-C
  bool running();

  // Waits and says how it ended: "" for exit status 0, else "exit status 1", "killed by Illegal
  // instruction", "no end within 30 seconds" (it is killed then).
  std::string wait(double seconds);
  std::string wait();  // however long it takes
  // Bytes, the largest resident set that it had; 0 before it has ended.
  uint64_t peak_memory() const { return peak_memory_; }
  double cpu_seconds() const { return cpu_seconds_; }  // of all its threads, likewise

 private:
  bool reap(int options);  // whether it has ended
  std::string ending() const;

  pid_t pid_ = -1;  // -1 when it has ended
  int status_ = 0;
  uint64_t peak_memory_ = 0;
  double cpu_seconds_ = 0;
};

}  // namespace kaskad::cli
