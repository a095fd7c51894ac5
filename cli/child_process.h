// Another process of ours, for what a verb must try from outside: `kaskad doctor` runs the other
// verbs as a user would, so that a crash in one of them is a finding and not its own end.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace kaskad::cli {

class ChildProcess {
 public:
  // Starts `arguments[0]`; both outputs go to the file `output`. Throws Error.
  ChildProcess(const std::vector<std::string>& arguments, const std::string& output);
  ~ChildProcess();  // kills it if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void interrupt() const;  // SIGINT, as Ctrl-C
  bool running();

  // Waits and says how it ended: "" for exit status 0, else "exit status 1", "killed by Illegal
  // instruction", "no end within 30 seconds" (it is killed then).
  std::string wait(double seconds);

 private:
  pid_t pid_ = -1;  // -1 when it has ended
  int status_ = 0;
};

}  // namespace kaskad::cli
