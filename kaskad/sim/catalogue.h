// What is sold: two levels of categories, brands, attributes and items, each item with the words of
// its title, a place in the latent space and a life from birth to death. Made once, from the seed;
// read by everything else.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "kaskad/sim/vectors.h"
#include "kaskad/sim/words.h"
#include "kaskad/sim/world_options.h"

namespace kaskad::sim {

constexpr uint32_t kNone = 0xffffffff;
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
constexpr uint32_t kCountries = 5;

// A category of the second level.
struct Leaf {
  uint32_t top = 0;
  std::array<WordId, 3> words;  // names of the same thing, the usual one first
  double price = 0;             // of the middle of the range
  int gender_sign = 0;          // 1: women like style 1, -1: the other way round, 0: indifferent
  Vector centre;                // (dimensions)
};

struct Brand {
  uint32_t top = 0, country = 0;
  WordId word = 0;
  Vector centre;
};

struct Attribute {
  WordId word = 0;
  Vector centre;
};

struct Item {
  uint32_t leaf = 0, brand = 0, attribute = 0;
  int style = 0;          // -1, 0, 1
  float price_level = 0;  // within its leaf, 0 to 1
  float price = 0;
  float look = 0, quality = 0;  // deviation 1; a buyer sees quality only after the click
  int64_t born = 0, died = kForever;
  std::array<WordId, 4> title;  // leaf, brand, attribute, and a word that says nothing
};

class Catalogue {
 public:
  explicit Catalogue(const WorldOptions& options);

  const Words& words() const { return words_; }
  const std::vector<WordId>& top_words() const { return top_words_; }
  const std::vector<Leaf>& leaves() const { return leaves_; }
  const std::vector<Brand>& brands() const { return brands_; }
  const std::vector<Attribute>& attributes() const { return attributes_; }
  // Brands sold in a leaf: those of its top category.
  uint32_t brands_of_top() const { return kBrandsOfTop; }

  size_t size() const { return items_.size(); }
  const Item& item(uint32_t item) const { return items_[item]; }
  bool alive(uint32_t item, int64_t time) const {
    return lives_[item].first <= time && time < lives_[item].second;
  }
  // (dimensions), of unit length: what tastes are compared with.
  std::span<const float> latent(uint32_t item) const {
    return {latent_.data() + item * dimensions_, dimensions_};
  }
  // (dimensions): what a model may see of it, turned and noisy. Made on demand.
  Vector content(uint32_t item) const;

 private:
  static constexpr uint32_t kBrandsOfTop = 8;

  void make_tree();
  void make_item(uint32_t item);
  void place_item(uint32_t item, Random& random);

  WorldOptions options_;
  size_t dimensions_;
  Words words_;
  std::vector<WordId> top_words_, fillers_;
  std::vector<Leaf> leaves_;
  std::vector<Brand> brands_;
  std::vector<Attribute> attributes_;
  std::vector<Item> items_;
  std::vector<std::pair<int64_t, int64_t>> lives_;  // (items) birth and death, close together
  std::vector<float> latent_;                       // (items, dimensions)
  std::vector<Vector> turn_;                        // (dimensions) rows of unit length
};

}  // namespace kaskad::sim
