#include "kaskad/grid/blend_fit.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <random>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/case_targets.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {
namespace {

constexpr int kMostSteps = 30;
constexpr double kEnoughGain = 1e-6;

struct Question {
  size_t phase;
  uint32_t number;  // of the case, counted through the phases
  EvalCase asked;
  uint32_t target_position;  // in the user's history
};

std::vector<Question> list_questions(const Dataset& dataset,
                                     const std::vector<const Phase*>& phases) {
  std::vector<Question> all;
  uint32_t number = 0;
  for (size_t p = 0; p < phases.size(); ++p) {
    for (const EvalCase& asked : phases[p]->cases) {
      const History history = dataset.history(asked.user);
      const auto seen = history.items.first(asked.history_end);
      for (uint32_t t = asked.history_end; t < asked.target_end; ++t) {
        if (std::find(seen.begin(), seen.end(), history.items[t]) == seen.end()) {
          all.push_back({p, number, asked, t});
        }
      }
      ++number;
    }
  }
  return all;
}

std::vector<Question> evenly(const std::vector<Question>& all, size_t most) {
  if (all.size() <= most) return all;
  std::vector<Question> some;
  for (size_t q = 0; q < most; ++q) some.push_back(all[q * all.size() / most]);
  return some;
}

// One case; the target comes first.
struct CaseRows {
  std::vector<float> features;  // (candidates, parts)
  std::vector<float> offsets;   // (candidates)
};

// The items that rival the target: the strongest of each part, and some of all the others. A
// target that no part ranks high must be held against the many items like it, not only against
// the strongest, or evidence itself would seem to speak against an item.
CaseRows case_rows(const PartedRetriever& model, const Query& query, uint32_t target,
                   const BlendFitOptions& options, std::mt19937_64& random,
                   std::vector<float>& scores) {
  const size_t items = model.num_items(), parts = model.num_parts();
  scores.resize(items * parts);
  model.score_parts(query, scores);
  std::vector<uint8_t> taken(items, 0);
  for (const ItemId item : query.history.items) taken[index(item)] = 1;
  taken[target] = 1;
  std::vector<uint32_t> candidates = {target};
  TopK top;
  for (size_t part = 0; part < parts; ++part) {
    top.reset(options.candidates_per_part);
    offer_all(scores.data() + part * items, items, 0, 0.0f, top);
    for (const Candidate& best : top.finish()) {
      if (!taken[best.item]) candidates.push_back(best.item);
      taken[best.item] = 1;
    }
  }
  CaseRows rows;
  rows.offsets.assign(candidates.size(), 0.0f);
  const size_t rest = static_cast<size_t>(std::count(taken.begin(), taken.end(), 0));
  const size_t drawn = std::min(options.random_candidates, rest);
  while (candidates.size() < rows.offsets.size() + drawn) {
    const uint32_t item = static_cast<uint32_t>(random() % items);
    if (!taken[item]) candidates.push_back(item);
    taken[item] = 1;
  }
  if (drawn > 0) {
    rows.offsets.resize(candidates.size(),
                        std::log(static_cast<float>(rest) / static_cast<float>(drawn)));
  }
  rows.features.reserve(candidates.size() * parts);
  for (const uint32_t item : candidates) {
    for (size_t part = 0; part < parts; ++part) {
      rows.features.push_back(scores[part * items + item]);
    }
  }
  return rows;
}

// Room for the largest problem there can be, so that it never moves: what stays unused is address
// space alone.
void reserve(BlendProblem& problem, size_t cases, size_t items, const BlendFitOptions& options) {
  const size_t most =
      std::min(items, 1 + problem.parts * options.candidates_per_part + options.random_candidates);
  problem.features.reserve(cases * most * problem.parts);
  problem.offsets.reserve(cases * most);
}

void append(const CaseRows& rows, uint32_t number, BlendProblem& problem) {
  problem.asked.push_back(number);
  problem.begin.push_back(problem.begin.back() + rows.offsets.size());
  problem.offsets.insert(problem.offsets.end(), rows.offsets.begin(), rows.offsets.end());
  problem.features.insert(problem.features.end(), rows.features.begin(), rows.features.end());
}

// The regularised objective at some weights, its gradient and its Hessian (parts, parts).
struct Objective {
  double value = 0;
  std::vector<double> gradient, hessian;

  explicit Objective(size_t parts) : gradient(parts, 0.0), hessian(parts * parts, 0.0) {}
  void add(const Objective& other) {
    value += other.value;
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += other.gradient[i];
    for (size_t i = 0; i < hessian.size(); ++i) hessian[i] += other.hessian[i];
  }
};

// Adds one case: log p(target) with p the softmax of features * weights.
void add_case(const BlendProblem& problem, uint32_t c, const std::vector<double>& weights,
              bool with_hessian, Objective& sum) {
  const size_t parts = problem.parts;
  const size_t count = problem.begin[c + 1] - problem.begin[c];
  const float* features = problem.features.data() + problem.begin[c] * parts;
  std::vector<double> p(count);
  double highest = -1e300;
  for (size_t j = 0; j < count; ++j) {
    double score = problem.offsets[problem.begin[c] + j];
    for (size_t m = 0; m < parts; ++m) score += weights[m] * features[j * parts + m];
    p[j] = score;
    highest = std::max(highest, score);
  }
  const double target_score = p[0];
  double total = 0;
  for (double& x : p) total += x = std::exp(x - highest);
  sum.value += target_score - highest - std::log(total);
  std::vector<double> mean(parts, 0.0);
  for (size_t j = 0; j < count; ++j) {
    p[j] /= total;
    for (size_t m = 0; m < parts; ++m) mean[m] += p[j] * features[j * parts + m];
  }
  for (size_t m = 0; m < parts; ++m) sum.gradient[m] += features[m] - mean[m];
  if (!with_hessian) return;
  for (size_t j = 0; j < count; ++j) {
    if (p[j] < 1e-6) continue;
    for (size_t m = 0; m < parts; ++m) {
      const double x = p[j] * (features[j * parts + m] - mean[m]);
      for (size_t n = 0; n <= m; ++n) {
        sum.hessian[m * parts + n] += x * (features[j * parts + n] - mean[n]);
      }
    }
  }
}

Objective evaluate(const BlendProblem& problem, const std::vector<uint32_t>& cases,
                   const std::vector<double>& weights, const BlendFitOptions& options) {
  constexpr size_t kChunk = 64;
  const size_t chunks = (cases.size() + kChunk - 1) / kChunk;
  std::vector<Objective> partial(chunks, Objective(problem.parts));
  parallel_for(chunks, options.threads, [&](size_t chunk, int) {
    const size_t last = std::min(cases.size(), (chunk + 1) * kChunk);
    for (size_t c = chunk * kChunk; c < last; ++c) {
      add_case(problem, cases[c], weights, true, partial[chunk]);
    }
  });
  Objective sum(problem.parts);
  for (const Objective& part : partial) sum.add(part);  // in order: the same whatever the threads
  const double n = static_cast<double>(cases.size());
  sum.value /= n;
  for (double& x : sum.gradient) x /= n;
  for (double& x : sum.hessian) x /= n;
  for (size_t m = 0; m < problem.parts; ++m) {
    sum.value -= options.ridge * weights[m] * weights[m];
    sum.gradient[m] -= 2 * options.ridge * weights[m];
    sum.hessian[m * problem.parts + m] += 2 * options.ridge;
  }
  return sum;
}

// Solves hessian * x = gradient by Cholesky; the ridge keeps the matrix positive definite.
std::vector<double> newton_step(Objective objective) {
  const size_t n = objective.gradient.size();
  std::vector<double>& a = objective.hessian;
  std::vector<double> x = objective.gradient;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / a[j * n + j];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) x[i] -= a[i * n + k] * x[k];
    x[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) x[i] -= a[k * n + i] * x[k];
    x[i] /= a[i * n + i];
  }
  return x;
}

}  // namespace

void BlendProblem::keep_parts(std::span<const size_t> kept) {
  const uint64_t candidates = begin.back();
  for (uint64_t c = 0; c < candidates; ++c) {
    for (size_t p = 0; p < kept.size(); ++p) {
      features[c * kept.size() + p] = features[c * parts + kept[p]];
    }
  }
  features.resize(candidates * kept.size());
  parts = kept.size();
}

BlendFitOptions within_memory(BlendFitOptions options, size_t parts, size_t items,
                              size_t questions) {
  constexpr double kForCandidates = 0.6;
  constexpr size_t kFewestCandidates = 25;  // of a part
  const double room = kForCandidates * static_cast<double>(options.memory);
  const auto case_bytes = [&] {
    const size_t most = 1 + parts * options.candidates_per_part + options.random_candidates;
    return static_cast<double>(std::min(items, most) * (parts + 1) * sizeof(float));
  };
  options.max_cases = std::min(options.max_cases, std::max<size_t>(1, questions));
  while (case_bytes() * static_cast<double>(options.max_cases) > room &&
         options.candidates_per_part >= 2 * kFewestCandidates) {
    options.candidates_per_part /= 2;
    options.random_candidates /= 2;
  }
  const auto fitting = static_cast<size_t>(std::min(1e9, room / case_bytes()));
  options.max_cases = std::clamp<size_t>(fitting, 1, options.max_cases);
  return options;
}

BlendProblem build_blend_problem(const Dataset& dataset, const std::vector<const Phase*>& phases,
                                 const PhaseModel& model_of, const BlendFitOptions& options,
                                 const Progress& progress) {
  constexpr size_t kAtOnce = 256;  // cases whose rows wait for being put together
  BlendProblem problem;
  problem.begin.push_back(0);
  problem.parts = model_of(0).num_parts();
  const std::vector<Question> all = list_questions(dataset, phases);
  const BlendFitOptions fitting =
      within_memory(options, problem.parts, dataset.num_items(), all.size());
  const std::vector<Question> questions = evenly(all, fitting.max_cases);
  reserve(problem, questions.size(), dataset.num_items(), fitting);
  std::vector<std::vector<float>> scratch(std::max(1, options.threads));
  std::mutex progress_mutex;
  size_t finished = 0;
  for (size_t first = 0, last = 0; first < questions.size(); first = last) {
    const PartedRetriever& model = model_of(questions[first].phase);
    while (last < questions.size() && last < first + kAtOnce &&
           questions[last].phase == questions[first].phase) {
      ++last;
    }
    std::vector<CaseRows> rows(last - first);
    parallel_for(rows.size(), options.threads, [&](size_t r, int worker) {
      const Question& question = questions[first + r];
      const History whole = dataset.history(question.asked.user);
      const Query query = case_query(dataset, question.asked, /*exclude_seen=*/true);
      std::mt19937_64 random(first + r);  // the same candidates whatever the threads
      rows[r] =
          case_rows(model, query, static_cast<uint32_t>(whole.items[question.target_position]),
                    fitting, random, scratch[worker]);
      std::lock_guard lock(progress_mutex);
      report(progress, {"collecting candidates for the blend", ++finished, questions.size(), ""});
    });
    for (size_t r = 0; r < rows.size(); ++r) append(rows[r], questions[first + r].number, problem);
  }
  return problem;
}

// Newton's method with halving: the objective is concave, so it ends at the one maximum.
std::vector<double> fit_blend_weights(const BlendProblem& problem,
                                      const std::vector<uint32_t>& cases,
                                      const BlendFitOptions& options) {
  std::vector<double> weights(problem.parts, 0.0);
  if (cases.empty()) return weights;
  Objective now = evaluate(problem, cases, weights, options);
  for (int step = 0; step < kMostSteps; ++step) {
    const std::vector<double> direction = newton_step(now);
    double length = 1;
    bool improved = false;
    for (; length > 1e-4 && !improved; length /= 2) {
      std::vector<double> next = weights;
      for (size_t m = 0; m < next.size(); ++m) next[m] += length * direction[m];
      Objective there = evaluate(problem, cases, next, options);
      if (there.value <= now.value) continue;
      improved = there.value > now.value + kEnoughGain;
      weights = std::move(next);
      now = std::move(there);
      if (!improved) return weights;
    }
    if (!improved) break;
  }
  return weights;
}

std::vector<double> fit_blend_weights(const BlendProblem& problem, const BlendFitOptions& options) {
  std::vector<uint32_t> all(problem.size());
  std::iota(all.begin(), all.end(), 0);
  return fit_blend_weights(problem, all, options);
}

}  // namespace kaskad
