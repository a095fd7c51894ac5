// The only file that sees faiss.
#include <faiss/IndexHNSW.h>
#include <faiss/impl/DistanceComputer.h>
#include <faiss/impl/FaissException.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/kernels/dot_scan.h"
#include "kaskad/retrieval/hnsw_graph.h"

namespace kaskad {
namespace {

// What the distance of two inverted items needs beside their inner product:
//   |a' - b'|^2 = |a'|^2 + |b'|^2 - 2 w_a w_b <a, b>  with x' = w x.
// Items far shorter than the longest, and those of zeros, would be sent to infinity. They get the
// length of the shortest that is told apart, at a right angle to everything.
struct Inversion {
  Inversion(std::span<const float> items, size_t dimension);

  std::vector<float> weights, half_squares;  // (items): w, |x'|^2 / 2
};

Inversion::Inversion(std::span<const float> items, size_t dimension)
    : weights(items.size() / dimension), half_squares(weights.size()) {
  constexpr double kShortest = 1e-3;  // of the longest
  std::vector<double> squares(weights.size());
  for (size_t i = 0; i < squares.size(); ++i) {
    for (const float x : items.subspan(i * dimension, dimension)) squares[i] += double{x} * x;
  }
  // In units of the longest, so that items of any size give floats of usual size.
  const double longest = *std::max_element(squares.begin(), squares.end());
  for (size_t i = 0; i < squares.size(); ++i) {
    const double share = longest == 0 ? 0 : squares[i] / longest;
    const double inverse = 1 / std::max(share, kShortest * kShortest);
    weights[i] = longest == 0 ? 0 : static_cast<float>(inverse / std::sqrt(longest));
    half_squares[i] = static_cast<float>(inverse / 2);
  }
}

// Distances between inverted items, with our inner product in place of faiss' (Debian builds faiss
// for the oldest x86-64), straight from the rows of the items.
class InvertedDistance : public faiss::DistanceComputer {
 public:
  InvertedDistance(std::span<const float> items, size_t dimension, const Inversion& inversion)
      : items_(items), dimension_(dimension), inversion_(inversion), dot_(dot_function()) {}

  // faiss asks for the neighbours of items only, by the address of their rows.
  void set_query(const float* x) override {
    query_ = static_cast<idx_t>(static_cast<size_t>(x - items_.data()) / dimension_);
  }
  float operator()(idx_t i) override { return symmetric_dis(query_, i); }

  float symmetric_dis(idx_t i, idx_t j) override {
    const auto a = static_cast<size_t>(i), b = static_cast<size_t>(j);
    const float product =
        dot_(items_.data() + a * dimension_, items_.data() + b * dimension_, dimension_);
    const auto& w = inversion_.weights;
    return inversion_.half_squares[a] + inversion_.half_squares[b] - w[a] * product * w[b];
  }

 private:
  std::span<const float> items_;
  size_t dimension_;
  const Inversion& inversion_;
  DotFunction dot_;
  idx_t query_ = 0;
};

// The items as faiss wants to see them: something that hands out distances.
class InvertedItems : public faiss::Index {
 public:
  InvertedItems(std::span<const float> items, size_t dimension)
      : Index(static_cast<idx_t>(dimension), faiss::METRIC_L2),
        items_(items),
        inversion_(items, dimension) {}

  void add(idx_t n, const float*) override { ntotal += n; }
  void reset() override { ntotal = 0; }
  void search(idx_t, const float*, idx_t, float*, idx_t*,
              const faiss::SearchParameters*) const override {
    KASKAD_ASSERT(!"the graph is searched, never this");
  }
  faiss::DistanceComputer* get_distance_computer() const override {
    return new InvertedDistance(items_, static_cast<size_t>(d), inversion_);  // faiss deletes it
  }

 private:
  std::span<const float> items_;
  Inversion inversion_;
};

// faiss asks OpenMP how many threads to use.
class OpenMpThreads {
 public:
  explicit OpenMpThreads(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~OpenMpThreads() { omp_set_num_threads(before_); }
  OpenMpThreads(const OpenMpThreads&) = delete;
  OpenMpThreads& operator=(const OpenMpThreads&) = delete;

 private:
  int before_;
};

}  // namespace

HnswGraph HnswGraph::build(std::span<const float> items, size_t dimension, int links, int build,
                           int threads) {
  HnswGraph graph;
  graph.links_ = links;
  if (items.empty()) return graph;
  InvertedItems inverted(items, dimension);
  faiss::IndexHNSW index(&inverted, links);
  index.hnsw.efConstruction = build;
  const OpenMpThreads scope(threads > 0 ? threads : default_threads());
  try {
    index.add(static_cast<faiss::Index::idx_t>(items.size() / dimension), items.data());
  } catch (const faiss::FaissException& error) {
    throw Error(std::string("cannot build the graph of the items: ") + error.what());
  }
  const faiss::HNSW& hnsw = index.hnsw;
  graph.levels_.resize(hnsw.levels.size());
  std::transform(hnsw.levels.begin(), hnsw.levels.end(), graph.levels_.begin(),
                 [](int count) { return static_cast<uint8_t>(count - 1); });  // faiss counts from 1
  graph.place();
  graph.neighbors_ = hnsw.neighbors;
  KASKAD_ASSERT(graph.offsets_.back() == hnsw.offsets[graph.levels_.size() - 1]);
  return graph;
}

}  // namespace kaskad
