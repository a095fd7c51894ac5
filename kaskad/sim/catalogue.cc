#include "kaskad/sim/catalogue.h"

#include <cmath>

namespace kaskad::sim {
namespace {

constexpr uint32_t kAttributes = 40, kFillers = 300;
constexpr double kSharedWord = 0.1;  // of the second and third names: another leaf's, too
constexpr double kEvergreen = 0.3;   // of the items live for ever, from before the log
constexpr double kLife = 60;         // mean days of the others
// New items come so many days after the log; not as long as options.days_after says, on which
// nothing in the log may depend.
constexpr uint32_t kBirthsAfter = 28;
constexpr double kContentNoise = 0.7;  // beside a turned vector of unit length

// Small numbers are likelier: squares of evenly distributed ones.
uint32_t skewed(Random& random, uint32_t count) {
  const double u = random.uniform();
  return std::min(count - 1, static_cast<uint32_t>(u * u * count));
}

Vector near(const Vector& centre, double spread, Random& random) {
  Vector out = draw_direction(random, centre.size());
  for (float& value : out) value *= static_cast<float>(spread);
  add(out, centre, 1);
  normalize(out);
  return out;
}

int signed_third(uint32_t drawn) { return static_cast<int>(drawn % 3) - 1; }

}  // namespace

Catalogue::Catalogue(const WorldOptions& options)
    : options_(options), dimensions_(options.dimensions), words_(options.seed) {
  make_tree();
  items_.resize(options.items);
  latent_.resize(items_.size() * dimensions_);
  for (uint32_t item = 0; item < items_.size(); ++item) make_item(item);
  for (const Item& item : items_) lives_.emplace_back(item.born, item.died);
  Random random(address(options.seed, Stream::kItem, kNone));
  for (size_t row = 0; row < dimensions_; ++row) {
    turn_.push_back(draw_direction(random, dimensions_));
  }
}

void Catalogue::make_tree() {
  const uint64_t seed = options_.seed;
  for (uint32_t a = 0; a < kAttributes; ++a) {
    Random random(address(seed, Stream::kAttribute, a));
    attributes_.push_back({words_.make(), draw_direction(random, dimensions_)});
  }
  for (uint32_t top = 0; top < options_.tops; ++top) {
    Random random(address(seed, Stream::kCategory, top));
    const Vector centre = draw_direction(random, dimensions_);
    top_words_.push_back(words_.make());
    for (uint32_t i = 0; i < options_.leaves; ++i) {
      Leaf leaf;
      leaf.top = top;
      leaf.words[0] = words_.make();
      for (size_t name = 1; name < leaf.words.size(); ++name) {
        const bool shared = !leaves_.empty() && random.chance(kSharedWord);
        leaf.words[name] = shared ? leaves_[random.below(leaves_.size())].words[0] : words_.make();
      }
      leaf.price = std::exp(random.uniform(std::log(8.0), std::log(800.0)));
      leaf.gender_sign = signed_third(top + i);  // a third of each top category either way
      leaf.centre = near(centre, 0.8, random);
      leaves_.push_back(leaf);
    }
    for (uint32_t i = 0; i < kBrandsOfTop; ++i) {
      Random draws(address(seed, Stream::kBrand, top, i));
      brands_.push_back({top, draws.below(kCountries), words_.make(), near(centre, 1.2, draws)});
    }
  }
  for (uint32_t i = 0; i < kFillers; ++i) fillers_.push_back(words_.make());
}

void Catalogue::make_item(uint32_t number) {
  Random random(address(options_.seed, Stream::kItem, number));
  Item& item = items_[number];
  item.leaf = skewed(random, static_cast<uint32_t>(leaves_.size()));
  const Leaf& leaf = leaves_[item.leaf];
  item.brand = leaf.top * kBrandsOfTop + skewed(random, kBrandsOfTop);
  item.attribute = random.below(attributes_.size());
  item.style = signed_third(random.below(3));
  item.price_level = static_cast<float>(random.uniform());
  const double price = leaf.price * std::exp(2.4 * (item.price_level - 0.5));
  item.price = static_cast<float>(std::round(price * 100) / 100);
  item.look = static_cast<float>(random.normal());
  item.quality = static_cast<float>(random.normal());
  const int64_t end = kStart + (options_.days + kBirthsAfter) * kDay;
  const int64_t early = kStart - static_cast<int64_t>(kLife) * kDay;
  if (random.chance(kEvergreen)) {
    item.born = early;
  } else {
    item.born = early + static_cast<int64_t>(random.uniform() * static_cast<double>(end - early));
    item.died = item.born + static_cast<int64_t>(random.exponential(kLife) * kDay) + kDay;
  }
  const double name = random.uniform();
  item.title = {leaf.words[name < 0.5   ? 0
                           : name < 0.8 ? 1
                                        : 2],
                brands_[item.brand].word, attributes_[item.attribute].word,
                fillers_[skewed(random, kFillers)]};
  place_item(number, random);
}

// What an item is like: its category, brand and attribute, and something of its own.
void Catalogue::place_item(uint32_t number, Random& random) {
  const std::span<float> place(latent_.data() + number * dimensions_, dimensions_);
  const Item& item = items_[number];
  add(place, leaves_[item.leaf].centre, 0.5);
  add(place, brands_[item.brand].centre, 0.5);
  add(place, attributes_[item.attribute].centre, 0.4);
  add(place, draw_direction(random, dimensions_), 0.7);
  normalize(place);
}

Vector Catalogue::content(uint32_t item) const {
  Random random(address(options_.seed, Stream::kItem, item, 1));
  Vector out(dimensions_);
  const double noise = kContentNoise / std::sqrt(static_cast<double>(dimensions_));
  for (size_t row = 0; row < dimensions_; ++row) {
    out[row] = static_cast<float>(dot(turn_[row], latent(item)) + noise * random.normal());
  }
  return out;
}

}  // namespace kaskad::sim
