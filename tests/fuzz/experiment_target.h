// What the fuzz entries of kaskad/experiment do with their bytes; tests/experiment runs them over a
// few nasty seeds too. Any input must end in an answer or in an Error.
#pragma once

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/experiment/analysis_json.h"
#include "kaskad/experiment/assignment.h"
#include "kaskad/experiment/read_log.h"

namespace kaskad::fuzz {

inline void experiment_log(const std::string& bytes) {
  try {
    ab::EventLog log(bytes, "fuzz", OnError::kSkip);
    const ab::ReadLog read = ab::read_log(log, {}, "sifr");
    const ab::AttributionCounts& counts = read.counts;
    if (counts.uncredited_actions + counts.repeated_actions > counts.actions) std::abort();
    double pages = 0;
    for (const ab::PopulationUser& user : read.population.users()) {
      for (const ab::Membership& member : user.memberships) {
        if (member.sums.at(ab::kPages) < 1) std::abort();
        pages += member.layer == 0 ? member.sums[ab::kPages] : 0;
      }
    }
    if (pages > static_cast<double>(counts.exposures)) std::abort();
    const ab::Analysis analysis = ab::analyse(read.population, read.metrics, read.days, {});
    if (ab::to_json(analysis)["layers"].size() != read.population.layers().size()) std::abort();
  } catch (const Error&) {
  }
}

// Every bucket of a config that is read has the arm that the shares say.
inline void experiment_config(const std::string& bytes) {
  try {
    const Assignment assignment(ExperimentConfig::parse(bytes, "fuzz.toml"));
    const auto& layers = assignment.config().layers;
    for (size_t l = 0; l < layers.size(); ++l) {
      size_t with_arm = 0;
      for (uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
        with_arm += assignment.arm_of_bucket(l, bucket).has_value();
      }
      if (std::abs(static_cast<double>(with_arm) / kBuckets - (1 - layers[l].rest())) > 1e-4) {
        std::abort();
      }
    }
    if (assignment.of(bytes).arms.size() != layers.size()) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace kaskad::fuzz
