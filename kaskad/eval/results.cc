#include "kaskad/eval/results.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"

namespace kaskad {
namespace {

MetricResult metric_from_json(const std::string& name, const nlohmann::json& metric,
                              const nlohmann::json& definitions) {
  MetricResult out;
  out.name = name;
  out.definition = definitions.at(name).get<std::string>();
  out.has_interval = metric.contains("low");
  out.interval.value = metric.at("value").get<double>();
  if (out.has_interval) {
    out.interval.low = metric.at("low").get<double>();
    out.interval.high = metric.at("high").get<double>();
  }
  return out;
}

Evaluation evaluation_from_json(const nlohmann::json& json) {
  Evaluation out;
  json.at("model").get_to(out.model);
  json.at("phase").get_to(out.phase);
  json.at("dataset_hash").get_to(out.dataset_hash);
  json.at("split").get_to(out.split);
  json.at("split_hash").get_to(out.split_hash);
  out.profile = parse_profile(json.at("profile").get<std::string>());
  out.ties = parse_tie_rule(json.at("ties").get<std::string>());
  json.at("exclude_seen").get_to(out.exclude_seen);
  json.at("targets").get_to(out.num_targets);
  json.at("targets_seen_before").get_to(out.dropped_targets);
  json.at("cases_without_target").get_to(out.dropped_cases);
  json.at("targets_never_learned").get_to(out.unlearned_targets);
  json.at("bootstrap").at("resamples").get_to(out.bootstrap.resamples);
  json.at("bootstrap").at("level").get_to(out.bootstrap.level);
  json.at("bootstrap").at("seed").get_to(out.bootstrap.seed);
  json.at("value_columns").get_to(out.value_columns);
  for (const auto& [name, metric] : json.at("metrics").items()) {
    out.metrics.push_back(metric_from_json(name, metric, json.at("definitions")));
  }
  return out;
}

}  // namespace

void save_evaluation(const std::string& directory, const Evaluation& evaluation) {
  StagedDirectory staged(directory);
  nlohmann::json json = to_json(evaluation);
  json["value_columns"] = evaluation.value_columns;
  write_file(staged.file("evaluation.json"), json.dump(1) + "\n");
  write_npy(staged.file("values.npy"), evaluation.values,
            {evaluation.users.size(), evaluation.value_columns.size()});
  write_npy(staged.file("users.npy"), evaluation.users);
  staged.commit();
}

Evaluation load_evaluation(const std::string& directory) {
  const std::string path = directory + "/evaluation.json";
  Evaluation out;
  try {
    out = evaluation_from_json(nlohmann::json::parse(read_file(path)));
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "what save_evaluation() writes");
  }
  const NpyFile<double> values(directory + "/values.npy");
  const NpyFile<UserId> users(directory + "/users.npy");
  if (values.size() != users.size() * out.value_columns.size()) {
    throw data_error(directory + "/values.npy", 0, "", std::to_string(values.size()) + " values",
                     std::to_string(users.size() * out.value_columns.size()));
  }
  out.values.assign(values.values().begin(), values.values().end());
  out.users.assign(users.values().begin(), users.values().end());
  return out;
}

void append_result(const std::string& path, const nlohmann::json& result) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  if (!folder.empty()) std::filesystem::create_directories(folder, failure);
  if (failure) throw system_error("create", folder.string(), failure.value());
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) throw system_error("open", path, errno);
  const std::string line = result.dump() + "\n";
  // One write: lines of several processes do not mix.
  const ssize_t written = write(fd, line.data(), line.size());
  const int error = written < 0 ? errno : ENOSPC;
  close(fd);
  if (written != static_cast<ssize_t>(line.size())) throw system_error("write to", path, error);
}

PairedDifference compare(const Evaluation& a, const Evaluation& b, const std::string& metric,
                         const BootstrapOptions& options) {
  if (a.split_hash != b.split_hash || a.phase != b.phase || a.users != b.users) {
    throw Error("the evaluations of " + a.model + " and " + b.model +
                " were asked different questions (split, phase or users differ): they cannot be "
                "paired");
  }
  if (a.metric(metric).definition != b.metric(metric).definition) {
    throw Error("'" + metric + "' is defined differently in the two evaluations");
  }
  return paired_difference(a.column(metric), b.column(metric), options);
}

}  // namespace kaskad
