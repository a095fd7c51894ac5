#include "kaskad/train/tensorboard.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "kaskad/core/file.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {
namespace {

// A reader of its own, so that a mistake in the writer is not read back as right.
struct Reader {
  std::string_view left;

  template <typename T>
  T raw() {
    T value;
    std::memcpy(&value, left.data(), sizeof(T));
    left.remove_prefix(sizeof(T));
    return value;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(left[0]);
      left.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string_view bytes(uint64_t length) {
    const std::string_view out = left.substr(0, length);
    left.remove_prefix(length);
    return out;
  }
};

struct ReadEvent {
  double time = 0;
  int64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars;
};

void read_value(std::string_view message, ReadEvent& event) {
  Reader reader{message};
  EXPECT_EQ(reader.varint(), 1u << 3 | 2);  // tag
  const std::string tag(reader.bytes(reader.varint()));
  EXPECT_EQ(reader.varint(), 2u << 3 | 5);  // simple_value
  event.scalars[tag] = reader.raw<float>();
}

ReadEvent read_event(std::string_view message) {
  ReadEvent event;
  for (Reader reader{message}; !reader.left.empty();) {
    const uint64_t key = reader.varint();
    if (key == (1 << 3 | 1)) event.time = reader.raw<double>();
    if (key == (2 << 3 | 0)) event.step = static_cast<int64_t>(reader.varint());
    if (key == (3 << 3 | 2)) event.version = reader.bytes(reader.varint());
    if (key != (5 << 3 | 2)) continue;
    for (Reader summary{reader.bytes(reader.varint())}; !summary.left.empty();) {
      EXPECT_EQ(summary.varint(), 1u << 3 | 2);
      read_value(summary.bytes(summary.varint()), event);
    }
  }
  return event;
}

std::vector<ReadEvent> read_events(const std::string& path) {
  const std::string text = read_file(path);
  std::vector<ReadEvent> events;
  for (Reader reader{text}; !reader.left.empty();) {
    const std::string_view head = reader.left.substr(0, 8);
    const auto length = reader.raw<uint64_t>();
    EXPECT_EQ(reader.raw<uint32_t>(), masked_crc32c(head));
    const std::string_view message = reader.bytes(length);
    EXPECT_EQ(reader.raw<uint32_t>(), masked_crc32c(message));
    events.push_back(read_event(message));
  }
  return events;
}

TEST(Tensorboard, ChecksumIsCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);  // the check value of RFC 3720
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  // (e3069283 >> 15 | e3069283 << 17) + a282ead8 = 2507c60d + a282ead8
  EXPECT_EQ(masked_crc32c("123456789"), 0x2507c60du + 0xa282ead8u);
}

TEST(Tensorboard, ScalarsComeBack) {
  const TempDir directory;
  std::string path;
  {
    EventFile file(directory.path());
    path = file.path();
    file.add(1, {{"train/loss", 7.5f}, {"train/learning_rate", 1e-3f}});
    file.flush();
    file.add(300, {{"validation/ndcg@10", 0.125f}});
  }
  EXPECT_NE(path.find("/events.out.tfevents."), std::string::npos);
  const std::vector<ReadEvent> events = read_events(path);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_GT(events[0].time, 1.6e9);
  EXPECT_EQ(events[1].step, 1);
  EXPECT_EQ(events[1].scalars,
            (std::map<std::string, float>{{"train/loss", 7.5f}, {"train/learning_rate", 1e-3f}}));
  EXPECT_EQ(events[2].step, 300);
  EXPECT_EQ(events[2].scalars.at("validation/ndcg@10"), 0.125f);
}

TEST(Tensorboard, AFolderThatIsMissingIsAnError) {
  EXPECT_THROW(EventFile("/nonexistent/folder"), Error);
}

}  // namespace
}  // namespace kaskad::train
