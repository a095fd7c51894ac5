#include "kaskad/cooc/content.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/parallel.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {
namespace {

// A float's square may leave the range of float.
double square(double x) { return x * x; }

}  // namespace

ContentSimilarity::ContentSimilarity(const FeatureTable& features, size_t neighbours, int threads) {
  add_attributes(features);
  add_vectors(features);
  normalise();
  find_neighbours(neighbours, threads);
}

// Each value of each categorical feature is an attribute; rare ones say more: log(items / df).
void ContentSimilarity::add_attributes(const FeatureTable& features) {
  std::vector<std::vector<Entry>> rows(features.rows);
  uint32_t first = 0;
  for (const CategoricalFeature& feature : features.categorical) {
    std::vector<uint32_t> frequency(feature.names.size(), 0);
    for (const uint32_t code : feature.codes) ++frequency[code];
    for (size_t i = 0; i < features.rows; ++i) {
      for (uint64_t c = feature.offsets[i]; c < feature.offsets[i + 1]; ++c) {
        const uint32_t code = feature.codes[c];
        const double idf = std::log(static_cast<double>(features.rows) / frequency[code]);
        // An attribute of one item alone connects nothing.
        if (idf > 0 && frequency[code] > 1) {
          rows[i].push_back({first + code, static_cast<float>(idf)});
        }
      }
    }
    first += static_cast<uint32_t>(feature.names.size());
  }
  sparse_begin_.push_back(0);
  for (std::vector<Entry>& row : rows) {
    std::sort(row.begin(), row.end(),
              [](const Entry& a, const Entry& b) { return a.attribute < b.attribute; });
    sparse_.insert(sparse_.end(), row.begin(), row.end());
    sparse_begin_.push_back(sparse_.size());
  }
}

// Vectors longer than one number; a single number (price) is no direction.
void ContentSimilarity::add_vectors(const FeatureTable& features) {
  for (const DenseFeature& feature : features.dense) {
    if (feature.dimension > 1) dimension_ += feature.dimension;
  }
  dense_.assign(features.rows * dimension_, 0.0f);
  size_t offset = 0;
  for (const DenseFeature& feature : features.dense) {
    if (feature.dimension <= 1) continue;
    for (size_t i = 0; i < features.rows; ++i) {
      for (size_t c = 0; c < feature.dimension; ++c) {
        const float value = feature.values[i * feature.dimension + c];
        dense_[i * dimension_ + offset + c] = std::isfinite(value) ? value : 0.0f;
      }
    }
    offset += feature.dimension;
  }
}

// Attributes and vectors each to length 1, so that neither drowns the other, then both together.
void ContentSimilarity::normalise() {
  for (size_t i = 0; i < num_items(); ++i) {
    double sparse_square = 0, dense_square = 0;
    for (uint64_t e = sparse_begin_[i]; e < sparse_begin_[i + 1]; ++e) {
      sparse_square += square(sparse_[e].weight);
    }
    for (size_t c = 0; c < dimension_; ++c) {
      dense_square += square(dense_[i * dimension_ + c]);
    }
    const double parts = (sparse_square > 0) + (dense_square > 0);
    const double sparse_scale = sparse_square > 0 ? 1 / std::sqrt(sparse_square * parts) : 0;
    const double dense_scale = dense_square > 0 ? 1 / std::sqrt(dense_square * parts) : 0;
    for (uint64_t e = sparse_begin_[i]; e < sparse_begin_[i + 1]; ++e) {
      sparse_[e].weight *= static_cast<float>(sparse_scale);
    }
    for (size_t c = 0; c < dimension_; ++c) {
      dense_[i * dimension_ + c] *= static_cast<float>(dense_scale);
    }
  }
}

float ContentSimilarity::dot(uint32_t i, uint32_t j) const {
  float sum = 0;
  uint64_t a = sparse_begin_[i], b = sparse_begin_[j];
  while (a < sparse_begin_[i + 1] && b < sparse_begin_[j + 1]) {
    if (sparse_[a].attribute < sparse_[b].attribute) {
      ++a;
    } else if (sparse_[a].attribute > sparse_[b].attribute) {
      ++b;
    } else {
      sum += sparse_[a++].weight * sparse_[b++].weight;
    }
  }
  for (size_t c = 0; c < dimension_; ++c) {
    sum += dense_[i * dimension_ + c] * dense_[j * dimension_ + c];
  }
  return std::max(0.0f, sum);
}

void ContentSimilarity::find_neighbours(size_t count, int threads) {
  const size_t items = num_items();
  uint32_t num_attributes = 0;
  for (const Entry& entry : sparse_) num_attributes = std::max(num_attributes, entry.attribute + 1);
  struct Posting {
    uint32_t item;
    float weight;
  };
  std::vector<std::vector<Posting>> postings(num_attributes);
  for (uint32_t i = 0; i < items; ++i) {
    for (uint64_t e = sparse_begin_[i]; e < sparse_begin_[i + 1]; ++e) {
      postings[sparse_[e].attribute].push_back({i, sparse_[e].weight});
    }
  }
  std::vector<std::vector<Neighbour>> found(items);
  parallel_for((items + 63) / 64, threads, [&](size_t block, int) {
    std::vector<float> similarity(items);
    TopK top;
    for (size_t i = block * 64; i < std::min(items, (block + 1) * 64); ++i) {
      std::fill(similarity.begin(), similarity.end(), 0.0f);
      for (uint64_t e = sparse_begin_[i]; e < sparse_begin_[i + 1]; ++e) {
        for (const Posting& posting : postings[sparse_[e].attribute]) {
          similarity[posting.item] += sparse_[e].weight * posting.weight;
        }
      }
      if (dimension_ > 0) {
        for (size_t j = 0; j < items; ++j) {
          float sum = 0;
          for (size_t c = 0; c < dimension_; ++c) {
            sum += dense_[i * dimension_ + c] * dense_[j * dimension_ + c];
          }
          similarity[j] += sum;
        }
      }
      similarity[i] = 0;
      top.reset(count);
      offer_all(similarity.data(), items, 0, 0.0f, top);
      for (const Candidate& candidate : top.finish()) {
        found[i].push_back({candidate.item, candidate.score});
      }
    }
  });
  neighbour_begin_.push_back(0);
  for (const std::vector<Neighbour>& row : found) {
    neighbours_.insert(neighbours_.end(), row.begin(), row.end());
    neighbour_begin_.push_back(neighbours_.size());
  }
}

}  // namespace kaskad
