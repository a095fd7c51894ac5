#include "kaskad/grid/journal.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace fs = std::filesystem;
namespace {

RandomProgress random_of(const nlohmann::json& json) {
  RandomProgress progress{.seed = json.at("seed"),
                          .batches = json.at("batches"),
                          .seconds = json.at("seconds"),
                          .finished = json.at("finished")};
  from_json(json.at("centre"), progress.centre);
  return progress;
}

}  // namespace

Journal::Journal(const std::string& directory, const std::string& identity, size_t num_cases)
    : lines_path_(directory + "/variants.jsonl"),
      cases_path_(directory + "/cases.f32"),
      num_cases_(num_cases) {
  std::error_code failure;
  fs::create_directories(directory, failure);
  if (failure) throw system_error("create", directory, failure.value());
  // An empty one is of a run that was stopped before it wrote anything.
  const bool is_new = !fs::exists(lines_path_) || fs::is_empty(lines_path_);
  if (!is_new) read_finished(identity);
  lines_.open(lines_path_, std::ios::app);
  cases_.open(cases_path_, std::ios::app | std::ios::binary);
  if (!lines_ || !cases_) throw system_error("write to", directory, errno);
  if (is_new) lines_ << nlohmann::json{{"grid", identity}}.dump() << '\n' << std::flush;
}

// Cuts both files back to the last variant that is whole in both.
void Journal::read_finished(const std::string& identity) {
  std::ifstream lines(lines_path_), cases(cases_path_, std::ios::binary);
  std::string line;
  std::getline(lines, line);
  const nlohmann::json head = nlohmann::json::parse(line, nullptr, false);
  const std::string found = head.is_object() ? head.value("grid", "") : "";
  if (found != identity) {
    throw Error("'" + lines_path_ + "' holds another grid: found '" + found + "', expected '" +
                identity + "'; take another -o, or --fresh to start over");
  }
  uint64_t whole_bytes = line.size() + 1;
  size_t number = 1;
  while (std::getline(lines, line) && !lines.eof()) {
    const nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_discarded()) break;
    ++number;
    try {
      if (entry.contains("random")) {
        random_.push_back(random_of(entry.at("random")));
      } else if (!read_score(entry, cases)) {
        break;
      }
    } catch (const nlohmann::json::exception& error) {
      throw Error("'" + lines_path_ + "', line " + std::to_string(number) +
                  " is damaged: " + error.what() + "; --fresh starts over");
    }
    whole_bytes += line.size() + 1;
  }
  lines.close();
  cases.close();
  fs::resize_file(lines_path_, whole_bytes);
  if (fs::exists(cases_path_)) {
    fs::resize_file(cases_path_, finished_.size() * num_cases_ * 2 * sizeof(float));
  }
}

// False when the cases that belong to the line are not all there.
bool Journal::read_score(const nlohmann::json& entry, std::ifstream& cases) {
  VariantScore score;
  from_json(entry.at("variant"), score.variant);
  score.ndcg = entry.at("ndcg@10");
  score.hit_rate = entry.at("hit_rate@10");
  score.case_ndcg.resize(num_cases_);
  score.case_hit.resize(num_cases_);
  const auto bytes = static_cast<std::streamsize>(num_cases_ * sizeof(float));
  cases.read(reinterpret_cast<char*>(score.case_ndcg.data()), bytes);
  cases.read(reinterpret_cast<char*>(score.case_hit.data()), bytes);
  if (!cases) return false;
  finished_.push_back(std::move(score));
  return true;
}

RandomProgress Journal::random_progress(uint64_t seed) const {
  RandomProgress last{.seed = seed};
  for (const RandomProgress& progress : random_) {
    if (progress.seed == seed) last = progress;
  }
  return last;
}

void Journal::add(const RandomProgress& progress) {
  random_.push_back(progress);
  const nlohmann::json random = {{"seed", progress.seed},
                                 {"batches", progress.batches},
                                 {"seconds", progress.seconds},
                                 {"finished", progress.finished},
                                 {"centre", progress.centre}};
  lines_ << nlohmann::json{{"random", random}}.dump() << '\n' << std::flush;
  if (!lines_) throw system_error("write to", lines_path_, errno);
}

// Cases first: a line is only believed when its cases are there.
void Journal::add(const VariantScore& score) {
  const auto bytes = static_cast<std::streamsize>(num_cases_ * sizeof(float));
  cases_.write(reinterpret_cast<const char*>(score.case_ndcg.data()), bytes);
  cases_.write(reinterpret_cast<const char*>(score.case_hit.data()), bytes);
  cases_.flush();
  lines_ << nlohmann::json{{"variant", score.variant},
                           {"ndcg@10", score.ndcg},
                           {"hit_rate@10", score.hit_rate}}
                .dump()
         << '\n'
         << std::flush;
  if (!lines_ || !cases_) throw system_error("write to", lines_path_, errno);
}

}  // namespace kaskad
