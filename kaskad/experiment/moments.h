// What the analysis keeps of an arm's users for one metric: means and covariances of four numbers,
// in one pass and without the users. Called by effect.h.
#pragma once

#include <array>
#include <cstddef>

namespace kaskad::ab {

// One user's part of a metric: the metric is sum(above) / sum(below) over users. `below` is 1 for a
// mean over users. The same before the experiment, for CUPED: zeros where nothing is known.
struct UserPart {
  double above = 0, below = 1;
  double before_above = 0, before_below = 0;
};

enum Part : size_t { kAbove, kBelow, kBeforeAbove, kBeforeBelow, kParts };

// Weights of the four numbers: a linear figure of a user.
using PartWeights = std::array<double, kParts>;

// Welford's update, so that large values with a small spread keep their digits.
class Moments {
 public:
  void add(const UserPart& user);

  double users() const { return users_; }
  double mean(Part part) const { return means_[part]; }
  double sum(Part part) const { return means_[part] * users_; }
  // Between two linear figures over users, by users - 1; 0 for fewer than two users.
  double covariance(const PartWeights& one, const PartWeights& other) const;

 private:
  double users_ = 0;
  std::array<double, kParts> means_ = {};
  std::array<std::array<double, kParts>, kParts> products_ = {};  // sums of centred products
};

}  // namespace kaskad::ab
