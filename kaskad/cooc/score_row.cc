#include "kaskad/cooc/score_row.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// A list is kept when the rows have fewer cells than this share of the catalogue.
constexpr size_t kSparseShare = 2;

// Lines of a row that are asked for while rows before it are added: a hundred cells. The rows of a
// history lie anywhere in memory, which answers later than one row takes.
constexpr size_t kLinesAhead = 7;
constexpr size_t kRowsAhead = 4;
constexpr size_t kLineBytes = 64;

template <typename T>
void prefetch(std::span<const T> row) {
  const auto* bytes = reinterpret_cast<const char*>(row.data());
  const size_t end = std::min(row.size_bytes(), kLinesAhead * kLineBytes);
  for (size_t at = 0; at < end; at += kLineBytes) __builtin_prefetch(bytes + at);
}

size_t count_cells(const MatrixView& matrix, std::span<const WeightedItem> events) {
  size_t cells = 0;
  for (const WeightedItem& event : events) cells += matrix.row_columns(event.item).size();
  return cells;
}

}  // namespace

ScoreRow::ScoreRow(size_t num_items)
    : scores_(num_items, 0.0f), marks_((num_items + 63) / 64, 0), reached_(num_items + 1) {}

// The list grows without a branch: an item is always written behind its end, and stays there when
// it is new.
template <typename Fold>
void ScoreRow::add_sparse_row(std::span<const uint32_t> columns, std::span<const float> values,
                              Fold fold) {
  float* scores = scores_.data();
  uint64_t* marks = marks_.data();
  uint32_t* reached = reached_.data();
  size_t end = num_reached_;
  for (size_t c = 0; c < columns.size(); ++c) {
    const uint32_t item = columns[c];
    uint64_t& word = marks[item / 64];
    reached[end] = item;
    end += 1 - (word >> (item % 64) & 1);
    word |= uint64_t{1} << (item % 64);
    scores[item] = fold(scores[item], values[c]);
  }
  num_reached_ = end;
}

template <typename Fold>
void ScoreRow::add_rows_with(const MatrixView& matrix, std::span<const WeightedItem> events,
                             Fold fold) {
  for (size_t e = 0; e < events.size(); ++e) {
    const auto columns = matrix.row_columns(events[e].item);
    const auto values = matrix.row_values(events[e].item);
    const auto fold_cell = [&, weight = events[e].weight](float score, float value) {
      return fold(score, weight * value);
    };
    if (sparse_) {
      if (e + kRowsAhead < events.size()) {
        prefetch(matrix.row_columns(events[e + kRowsAhead].item));
        prefetch(matrix.row_values(events[e + kRowsAhead].item));
      }
      add_sparse_row(columns, values, fold_cell);
    } else {
      float* scores = scores_.data();
      for (size_t c = 0; c < columns.size(); ++c) {
        scores[columns[c]] = fold_cell(scores[columns[c]], values[c]);
      }
    }
  }
}

void ScoreRow::add_rows(const MatrixView& matrix, std::span<const WeightedItem> events,
                        Combine combine) {
  sparse_ = count_cells(matrix, events) < num_items() / kSparseShare;
  switch (combine) {
    case Combine::kSum:
      return add_rows_with(matrix, events, [](float s, float x) { return s + x; });
    case Combine::kProduct:
      return add_rows_with(matrix, events, [](float s, float x) { return s + std::log1p(x); });
    case Combine::kMax:
      return add_rows_with(matrix, events, [](float s, float x) { return std::max(s, x); });
  }
}

void ScoreRow::assign(std::span<const float> scores) {
  KASKAD_ASSERT(scores.size() == num_items());
  sparse_ = false;
  std::copy(scores.begin(), scores.end(), scores_.begin());
}

void ScoreRow::swap(std::vector<float>& scores) {
  KASKAD_ASSERT(scores.size() == num_items());
  forget_reached();
  sparse_ = false;
  scores_.swap(scores);
}

void ScoreRow::forget_reached() {
  for (const uint32_t item : reached()) marks_[item / 64] = 0;
  num_reached_ = 0;
}

void ScoreRow::clear() {
  if (sparse_) {
    for (const uint32_t item : reached()) scores_[item] = 0;
  } else {
    std::fill(scores_.begin(), scores_.end(), 0.0f);
  }
  forget_reached();
}

void ScoreRow::drain_into(TopK& top) {
  if (!sparse_) {
    offer_all(scores_.data(), num_items(), 0, 0.0f, top);
    return clear();
  }
  for (const uint32_t item : reached()) {
    const float score = scores_[item];
    scores_[item] = 0;
    marks_[item / 64] = 0;
    if (score > 0) top.offer(item, score);
  }
  num_reached_ = 0;
}

}  // namespace kaskad
