#include "kaskad/core/hash.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

TEST(Hasher, IsTheStandardHashOfNothing) {
  // XXH3, 128 bit, of the empty input, as `xxhsum -H2 /dev/null` prints it.
  EXPECT_EQ(Hasher().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Hasher, DependsOnTheBytesAndNotOnThePieces) {
  const std::string text(100'000, 'k');
  Hasher pieces;
  pieces.add(text.substr(0, 1)).add("").add(text.substr(1, 4095)).add(text.substr(4096));
  EXPECT_EQ(pieces.hex(), hash_bytes(text.data(), text.size()));
  EXPECT_NE(hash_bytes("ab", 2), hash_bytes("ba", 2));
}

TEST(Hasher, GoesOnAfterHex) {
  Hasher hasher;
  hasher.add("a").hex();
  EXPECT_EQ(hasher.add("b").hex(), hash_bytes("ab", 2));
}

TEST(HashFile, IsThatOfItsBytes) {
  const TempDir folder;
  const std::string path = folder / "hashed";
  write_file(path, "kaskad");
  EXPECT_EQ(hash_file(path), hash_bytes("kaskad", 6));
  write_file(path, "");
  EXPECT_EQ(hash_file(path), Hasher().hex());
  EXPECT_THROW(hash_file(path + ".none"), Error);
}

}  // namespace
}  // namespace kaskad
