// Who comes. Nothing is stored of a user: country, gender, age, tastes as of any moment and what a
// visit is about are made from the seed when they are asked for, so that millions of users cost
// no memory.
#pragma once

#include <cstdint>

#include "kaskad/sim/catalogue.h"
#include "kaskad/sim/query_book.h"

namespace kaskad::sim {

enum class Gender : uint8_t { kWoman, kMan, kUnknown };

constexpr uint32_t kAgeGroups = 4;

struct Traits {
  uint32_t country = 0;
  Gender gender = Gender::kUnknown;
  uint32_t age_group = 0;
  double price_level = 0.5;  // 0 to 1; the older pay more
  int64_t joined = 0;
};

// What a visit is about; the next may go on with it.
struct Intent {
  uint32_t topic = 0;
  double price_level = 0.5;
  Vector mood;  // (dimensions), of unit length
};

class Population {
 public:
  Population(const WorldOptions& options, const Catalogue& catalogue, const QueryBook& book)
      : options_(options), catalogue_(catalogue), book_(book) {}

  uint32_t size() const { return options_.users; }
  Traits traits(uint32_t user) const;
  // (dimensions), of unit length. Moves evenly between directions that follow each other every 30
  // days, each correlated with the one before.
  Vector taste(uint32_t user, int64_t time) const;
  // Of the user's visit of that number, from 0, at that time: that of a visit which begins anew.
  Intent intent(uint32_t user, uint32_t visit, int64_t time) const;
  // Relative number of the user's visits.
  double activity(uint32_t user) const;

 private:
  Vector first_taste(uint32_t user, Random& random) const;

  const WorldOptions& options_;
  const Catalogue& catalogue_;
  const QueryBook& book_;
};

const char* gender_name(Gender gender);      // "female", "male", "unknown"
const char* age_group_name(uint32_t group);  // "18-24"
const char* country_name(uint32_t country);  // "c1"

}  // namespace kaskad::sim
