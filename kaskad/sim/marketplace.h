// A search marketplace with known truth, made from options and a seed: what is sold, what is typed,
// who comes, and how much everybody wants every item at any moment. The simulation (simulation.h)
// lets it run; tests and closed loops ask it what is true. Thread-safe once made.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kaskad/sim/catalogue.h"
#include "kaskad/sim/population.h"
#include "kaskad/sim/query_book.h"
#include "kaskad/sim/world_options.h"

namespace kaskad::sim {

// Somebody, somewhen, wanting something: all that decides how good an item is.
struct Moment {
  uint32_t user = 0;
  int64_t time = 0;
  uint32_t topic = 0;
  Traits traits;
  double price_level = 0.5;
  Vector taste;
  Vector mood;                    // empty: of no session
  std::vector<uint32_t> clicked;  // in this visit
};

// What the planted regularities say of an item, each already times its weight; utility is the sum.
struct Reasons {
  double base = 0, topic = 0, named = 0, taste = 0, mood = 0, price = 0, gender = 0, country = 0,
         affinity = 0, freshness = 0, seen = 0;
  double look = 0, quality = 0;  // the one before the click, the other behind it

  double shared() const {
    return base + topic + named + taste + mood + price + gender + country + affinity + freshness +
           seen;
  }
};

// What may follow a click; `save`, `contact` and `purchase` are given a click.
struct Chances {
  double click = 0;  // given that it is looked at
  double save = 0, contact = 0, purchase = 0;
};

class Marketplace {
 public:
  explicit Marketplace(const WorldOptions& options);  // as complete() makes them; throws Error
  Marketplace(const Marketplace&) = delete;
  Marketplace& operator=(const Marketplace&) = delete;

  const WorldOptions& options() const { return options_; }
  const Catalogue& catalogue() const { return catalogue_; }
  const QueryBook& book() const { return book_; }
  const Population& population() const { return population_; }

  // Without a session: the user's own price level, no mood.
  Moment moment(uint32_t user, uint32_t topic, int64_t time) const;
  Moment moment(uint32_t user, uint32_t topic, int64_t time, const Intent& intent) const;

  Reasons reasons(const Moment& moment, uint32_t item) const;
  Chances chances(const Reasons& reasons) const;
  // Chance of a click, given that the item is looked at.
  double true_relevance(const Moment& moment, uint32_t item) const;
  // The same for a query that stands for its most popular topic, outside of any session.
  double true_relevance(uint32_t user, uint32_t query, uint32_t item, int64_t time) const;

  // Chance that place k, from 1, is looked at.
  double examination(uint32_t position) const { return examination_[position - 1]; }
  double click_probability(double relevance, uint32_t position) const;

  // 1: among the best of the topic, -1: among the worst, else 0. The same whatever was typed.
  int affinity(uint32_t topic, uint32_t item) const;

  int64_t log_end() const { return kStart + options_.days * kDay; }
  int64_t world_end() const { return log_end() + options_.days_after * kDay; }

 private:
  WorldOptions options_;
  Catalogue catalogue_;
  QueryBook book_;
  Population population_;
  std::vector<double> examination_;  // (page)
};

}  // namespace kaskad::sim
