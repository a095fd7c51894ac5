#include "kaskad/grid/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/grid/log_facts.h"

namespace kaskad {
namespace {

size_t differences(const Variant& a, const Variant& b) {
  const auto x = knobs_of(a), y = knobs_of(b);
  EXPECT_EQ(x.size(), y.size());
  size_t count = 0;
  for (size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
    EXPECT_EQ(x[k].knob, y[k].knob);
    count += x[k].value != y[k].value;
  }
  return count;
}

TEST(Neighbours, ChangeExactlyOneKnob) {
  for (const LogFacts& facts : {kPlain, kRich}) {
    const auto variants = variants_of(default_space(facts));
    for (size_t v = 0; v < variants.size(); v += 37) {
      SCOPED_TRACE(variants[v].name());
      const auto neighbours = neighbours_of(variants[v], facts);
      EXPECT_GE(neighbours.size(), 10u);
      for (const Neighbour& neighbour : neighbours) {
        EXPECT_EQ(differences(variants[v], neighbour.variant), 1u) << neighbour.variant.name();
        EXPECT_TRUE(facts.has_clock || !needs_clock(neighbour.variant));
        EXPECT_TRUE(facts.has_weights || !needs_weights(neighbour.variant));
        const auto knobs = knobs_of(neighbour.variant);
        EXPECT_TRUE(std::any_of(knobs.begin(), knobs.end(), [&](const KnobValue& knob) {
          return knob.knob == neighbour.changed.knob && knob.value == neighbour.changed.value;
        }));
      }
    }
  }
}

TEST(RandomVariant, IsTheSameFromTheSameState) {
  uint64_t a = 3, b = 3;
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    const Variant variant = random_variant(kPlain, a);
    EXPECT_EQ(variant, random_variant(kPlain, b));
    EXPECT_FALSE(needs_clock(variant) || needs_content(variant) || needs_weights(variant));
    names.insert(variant.name());
  }
  EXPECT_GE(names.size(), 19u);
}

}  // namespace
}  // namespace kaskad
