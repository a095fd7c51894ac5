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

// sqrt(M^2 - |x|^2) of every item.
std::vector<float> lift(std::span<const float> items, size_t dimension) {
  std::vector<double> squares(items.size() / dimension);
  for (size_t i = 0; i < squares.size(); ++i) {
    for (const float x : items.subspan(i * dimension, dimension)) squares[i] += double{x} * x;
  }
  const double largest = *std::max_element(squares.begin(), squares.end());
  std::vector<float> lifted(squares.size());
  std::transform(squares.begin(), squares.end(), lifted.begin(),
                 [&](double square) { return static_cast<float>(std::sqrt(largest - square)); });
  return lifted;
}

// Distances between lifted items, with our inner product in place of faiss' (Debian builds faiss
// for the oldest x86-64) and the lift kept apart, so that rows stay whole cache lines.
class LiftedDistance : public faiss::DistanceComputer {
 public:
  LiftedDistance(std::span<const float> items, std::span<const float> lifted, size_t dimension)
      : items_(items), lifted_(lifted), dimension_(dimension), dot_(dot_function()) {}

  // faiss asks for the neighbours of items only, by the address of their rows.
  void set_query(const float* x) override {
    query_ = static_cast<idx_t>(static_cast<size_t>(x - items_.data()) / dimension_);
  }
  float operator()(idx_t i) override { return symmetric_dis(query_, i); }

  // Half of |a' - b'|^2 - 2 M^2, which orders alike.
  float symmetric_dis(idx_t a, idx_t b) override {
    return -dot_(row(a), row(b), dimension_) -
           lifted_[static_cast<size_t>(a)] * lifted_[static_cast<size_t>(b)];
  }

 private:
  const float* row(idx_t i) const { return items_.data() + static_cast<size_t>(i) * dimension_; }

  std::span<const float> items_, lifted_;
  size_t dimension_;
  DotFunction dot_;
  idx_t query_ = 0;
};

// The items as faiss wants to see them: something that hands out distances.
class LiftedItems : public faiss::Index {
 public:
  LiftedItems(std::span<const float> items, size_t dimension)
      : Index(static_cast<idx_t>(dimension), faiss::METRIC_L2),
        items_(items),
        lifted_(lift(items, dimension)) {}

  void add(idx_t n, const float*) override { ntotal += n; }
  void reset() override { ntotal = 0; }
  void search(idx_t, const float*, idx_t, float*, idx_t*,
              const faiss::SearchParameters*) const override {
    KASKAD_ASSERT(!"the graph is searched, never this");
  }
  faiss::DistanceComputer* get_distance_computer() const override {
    return new LiftedDistance(items_, lifted_, static_cast<size_t>(d));  // faiss deletes it
  }

 private:
  std::span<const float> items_;
  std::vector<float> lifted_;
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
  LiftedItems lifted(items, dimension);
  faiss::IndexHNSW index(&lifted, links);
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
