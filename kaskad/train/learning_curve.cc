#include "kaskad/train/learning_curve.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/results.h"

namespace kaskad::train {

void to_json(nlohmann::json& json, const CurvePoint& point) {
  json = {{"epoch", point.epoch},     {"step", point.step},
          {"loss", point.loss},       {"learning_rate", point.learning_rate},
          {"seconds", point.seconds}, {"examples_per_second", point.examples_per_second}};
  if (!point.validation) return;
  json["validation"] = point.validation->values;
  json["validation"]["cases"] = point.validation->cases;
  json["validation"]["seconds"] = point.validation_seconds;
}

void from_json(const nlohmann::json& json, CurvePoint& point) {
  json.at("epoch").get_to(point.epoch);
  json.at("step").get_to(point.step);
  json.at("loss").get_to(point.loss);
  json.at("learning_rate").get_to(point.learning_rate);
  json.at("seconds").get_to(point.seconds);
  json.at("examples_per_second").get_to(point.examples_per_second);
  const auto found = json.find("validation");
  if (found == json.end()) return;
  ValidationFigures figures;
  for (const auto& [name, value] : found->items()) {
    if (name != "cases" && name != "seconds") value.get_to(figures.values[name]);
  }
  found->at("ndcg@10").get_to(figures.values["ndcg@10"]);  // never without it
  found->at("cases").get_to(figures.cases);
  found->at("seconds").get_to(point.validation_seconds);
  point.validation = figures;
}

std::vector<CurvePoint> read_curve(const std::string& path) {
  const std::string text = read_file(path);
  std::vector<CurvePoint> points;
  size_t number = 1;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // half a line
    try {
      points.push_back(nlohmann::json::parse(text.substr(begin, end - begin)).get<CurvePoint>());
    } catch (const nlohmann::json::exception& fault) {
      throw data_error(path, number, "", fault.what(), "a line of a learning curve");
    }
    begin = end + 1;
  }
  return points;
}

LearningCurve::LearningCurve(const std::string& path, int64_t last_epoch) : path_(path) {
  std::string kept;
  if (last_epoch > 0 && std::filesystem::exists(path)) {
    for (CurvePoint& point : read_curve(path)) {
      if (point.epoch > last_epoch) continue;
      kept += nlohmann::json(point).dump() + "\n";
      points_.push_back(std::move(point));
    }
  }
  write_file(path, kept);
}

void LearningCurve::append(const CurvePoint& point) {
  append_result(path_, nlohmann::json(point));
  points_.push_back(point);
}

}  // namespace kaskad::train
