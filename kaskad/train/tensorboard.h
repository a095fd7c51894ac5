// TensorBoard's event files, written without TensorFlow: records framed as TFRecord, each holding
// an Event message with scalars. Called by the trainer; read by `tensorboard --logdir runs`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kaskad::train {

struct Scalar {
  std::string tag;  // "train/loss"
  float value = 0;
};

// Appends to `directory`/events.out.tfevents.TIME.HOST.PID; a run that is resumed starts another
// file beside it, which TensorBoard merges by step. Not thread-safe.
class EventFile {
 public:
  // Throws Error when the file cannot be made.
  explicit EventFile(const std::string& directory);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void add(int64_t step, const std::vector<Scalar>& scalars);
  // Hands what was added to the system; a killed process loses what was added since.
  void flush();

  const std::string& path() const { return path_; }

 private:
  std::string path_, buffer_;
  int fd_ = -1;
};

// The event files of an earlier run in that folder, if it is there.
void remove_event_files(const std::string& directory);

// CRC-32C (Castagnoli), and as TFRecord stores it: rotated by 15 bits plus a constant.
uint32_t crc32c(std::string_view bytes);
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace kaskad::train
