// Ctrl-C of a training, or of a verb that runs trainings: the first asks for a checkpoint, a second
// ends the process at once.
#pragma once

namespace kaskad::cli {

inline constexpr int kInterrupted = 130;  // the exit status, as shells say it of Ctrl-C

void watch_interruption();
bool was_interrupted();

}  // namespace kaskad::cli
