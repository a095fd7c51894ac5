#include "kaskad/core/npy.h"

#include <gtest/gtest.h>

#include "kaskad/core/ids.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

std::string temporary(const std::string& name) {
  static const TempDir folder;
  return folder / name;
}

template <typename T>
void expect_round_trip(std::vector<T> values) {
  const std::string path = temporary("round.npy");
  write_npy(path, values);
  const NpyFile<T> read(path);
  EXPECT_EQ(std::vector<T>(read.values().begin(), read.values().end()), values);
  EXPECT_EQ(read.shape(), std::vector<size_t>{values.size()});
}

TEST(Npy, GivesBackWhatWasWritten) {
  expect_round_trip<float>({1.5f, -0.0f, 3e38f});
  expect_round_trip<double>({1.0 / 3});
  expect_round_trip<uint8_t>({0, 255});
  expect_round_trip<uint32_t>({0, 0xffffffffu});
  expect_round_trip<uint64_t>({1ull << 63});
  expect_round_trip<int64_t>({-5, 5});
  expect_round_trip<ItemId>({ItemId{3}, kNoItem});
  expect_round_trip<float>({});
}

TEST(Npy, HeaderIsWhatNumpyWrites) {
  const size_t shape[] = {3, 2};
  const std::string header = npy_header("<f4", shape);
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(header.substr(10, 59), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }");
  EXPECT_EQ(header.back(), '\n');
}

TEST(Npy, ElementsAreAligned) {
  const std::string path = temporary("aligned.npy");
  write_npy<uint64_t>(path, {1, 2, 3, 4, 5, 6}, {2, 3});
  const NpyFile<uint64_t> read(path);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(read.values().data()) % 64, 0u);
  EXPECT_EQ(read.shape(), (std::vector<size_t>{2, 3}));
}

TEST(Npy, ValuesSurviveAMove) {
  const std::string path = temporary("moved.npy");
  write_npy<uint32_t>(path, {7, 8});
  NpyFile<uint32_t> first(path);
  const auto values = first.values();
  const NpyFile<uint32_t> second(std::move(first));
  EXPECT_EQ(second.values().data(), values.data());
  EXPECT_EQ(values[1], 8u);
}

std::string error_of(const std::string& path) {
  try {
    NpyFile<float> file(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Npy, NamesAnotherType) {
  const std::string path = temporary("type.npy");
  write_npy<uint32_t>(path, {1});
  EXPECT_NE(error_of(path).find("type '<u4', expected '<f4'"), std::string::npos) << error_of(path);
}

TEST(Npy, RefusesDamagedFiles) {
  const std::string path = temporary("damaged.npy");
  write_npy<float>(path, {1, 2, 3});
  const std::string whole = read_file(path);
  for (const size_t size : {0, 7, 9, 10, 60, 127, 128, 139}) {
    write_file(path, whole.substr(0, size));
    EXPECT_NE(error_of(path).find(path), std::string::npos) << size;
  }
  write_file(path, whole + "x");
  EXPECT_NE(error_of(path).find("promises 140"), std::string::npos) << error_of(path);
  std::string huge = whole;
  huge.replace(huge.find("(3,)"), 16, "(99999999999999,");
  write_file(path, huge);
  EXPECT_NE(error_of(path), "");
}

}  // namespace
}  // namespace kaskad
