// curve.jsonl: one line an epoch, for people, plots and `compare`. Called by the trainer.
//   {"epoch":3,"step":141,"loss":6.12,"learning_rate":0.001,"seconds":17.2,
//    "examples_per_second":351.0,"validation":{"ndcg@10":..,"cases":6040,"seconds":3.1,..}}
// "validation" is absent where the epoch was not validated; what is in it beside NDCG the course
// says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/train/validation_figures.h"

namespace kaskad::train {

struct CurvePoint {
  int64_t epoch = 0;               // 1 is the first
  int64_t step = 0;                // steps taken since the start
  double loss = 0;                 // mean over the targets of the epoch
  double learning_rate = 0;        // of the last step
  double seconds = 0;              // of learning, without validation
  double examples_per_second = 0;  // sequences, or lists
  std::optional<ValidationFigures> validation;
  double validation_seconds = 0;
};

class LearningCurve {
 public:
  // Keeps the lines of epochs up to `last_epoch` that the file holds: those after the checkpoint
  // from which a run goes on are made again. 0 empties it.
  LearningCurve(const std::string& path, int64_t last_epoch);

  void append(const CurvePoint& point);
  const std::vector<CurvePoint>& points() const { return points_; }

 private:
  std::string path_;
  std::vector<CurvePoint> points_;
};

// Throws Error naming the line; a last line that a killed process left half written is left out.
std::vector<CurvePoint> read_curve(const std::string& path);

void to_json(nlohmann::json& json, const CurvePoint& point);
void from_json(const nlohmann::json& json, CurvePoint& point);

}  // namespace kaskad::train
