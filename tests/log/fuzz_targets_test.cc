#include <gtest/gtest.h>

#include "tests/fuzz/log_targets.h"
#include "tests/log/log_files.h"

namespace kaskad {
namespace {

const std::string kSeeds[] = {
    "",
    "\n",
    "\r\n\r\n",
    std::string("\0", 1),
    std::string("user,item\na\0b,c\n", 15),
    "\xef\xbb\xbf",
    "\xff\xfeu\0s\0",
    "\"",
    "user,item\n\"",
    "user,item\n\"a\"\"",
    "user,item\n\"a\"x,b\n\"c,d\n",
    "user,item,timestamp\n1,2,3\n1,2,999999999999999999999\n1,2,-9223372036854775808\n",
    "user,item,rating\n1,2,nan\n1,2,1e400\n1,2,-inf\n",
    "::::\n::::\n",
    "1::2::3::4\n1::2::3\n::::::\n",
    "1::Am\xe9lie::Drama|Comedy\n",
    "user_id:token\titem_id:token\n1\t2\n1\n",
    ":token\n",
    "1 2\n3 4 5\n \n\t\n",
    "{\"user\":1,\"item\":2}\n{\"user\":1\n{}\n[]\nnull\n",
    "{\"user\":\"\\u0000\",\"item\":\"\\ud800\"}\n",
    "{\"user\":[1,[2]],\"item\":{\"a\":1}} trailing\n",
    "{\"id\":[1,2,null,\"x\"],\"b\":[],\"c\":3}",
    "{\"id\":[1,2",
    "{",
    "\x1f\x8b",
    "\x1f\x8b\x08\x00\x00\x00",
    "PAR1",
    "2001-02-29",
    "2001-02-28T23:59:60.9999999999999+18:59",
    "1e8",
    "99999999.5",
    "-0",
    "+-5",
    "user\n1\n",
    "user,user\n1,2\n",
    std::string(70'000, ','),
};

using Target = void (*)(std::string_view);

TEST(FuzzTargets, KeepTheirPromisesOnNastySeeds) {
  for (const Target target :
       {fuzz::delimited, fuzz::movielens, fuzz::recbole, fuzz::sequence, fuzz::jsonl,
        fuzz::attributes, fuzz::gzip, fuzz::any_format, fuzz::time_text}) {
    for (const std::string& seed : kSeeds) {
      target(seed);
      // And cut short, as a damaged file would be.
      for (size_t cut = 1; cut < std::min<size_t>(seed.size(), 40); ++cut) {
        target(std::string_view(seed).substr(0, cut));
      }
    }
  }
}

TEST(FuzzTargets, SurviveGzipCutAnywhere) {
  const std::string packed = gzipped("user,item,timestamp\n1,2,3\n4,5,6\n");
  for (size_t cut = 0; cut <= packed.size(); ++cut) fuzz::any_format(packed.substr(0, cut));
}

}  // namespace
}  // namespace kaskad
