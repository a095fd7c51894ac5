#include "kaskad/train/rank/rank_batcher.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/random.h"

namespace kaskad::train {
namespace {

enum Purpose : uint64_t {
  kOrder = 11,
  kCandidates = 12,
  kWindow = 13,
  kActions = 14,
  kHidden = 15
};

// Of the events' actions, so that something is learned of actions that are not known.
constexpr double kHiddenActions = 0.02;

// A list as the model sees it, cut to the candidates `chosen`.
struct Row {
  NeuralRequest request;
  std::vector<uint32_t> chosen;
  ImpressionList list;
};

bool is_positive(const ImpressionList& list, size_t heads, size_t candidate) {
  const auto labels = list.labels.subspan(candidate * heads, heads);
  return std::any_of(labels.begin(), labels.end(), [](float label) { return label > 0; });
}

std::vector<uint32_t> choose(const ImpressionList& list, size_t heads, size_t most, Random random) {
  std::vector<uint32_t> positive, others;
  for (uint32_t c = 0; c < list.size(); ++c) {
    (is_positive(list, heads, c) ? positive : others).push_back(c);
  }
  if (list.size() > most) {
    random.shuffle(others);
    others.resize(most - std::min(most, positive.size()));
  }
  positive.insert(positive.end(), others.begin(), others.end());
  std::sort(positive.begin(), positive.end());
  return positive;
}

// As if the events of the last 0 to `hours` before the request were not known yet (TransAct's
// random time window mask, 2306.00248): what was done a moment ago must not decide alone.
void drop_recent(double hours, Random random, RankRequest& request) {
  const auto window = static_cast<int64_t>(random.uniform() * hours * 3'600'000);
  const auto& times = request.history.times;
  const auto kept = std::upper_bound(times.begin(), times.end(), request.now - window);
  request.history = request.history.first(static_cast<size_t>(kept - times.begin()));
}

void hide_actions(Random random, NeuralRequest& request) {
  for (int64_t& action : request.actions) {
    if (action >= kFirstActionToken && random.uniform() < kHiddenActions) {
      action = kUnknownActionToken;
    }
  }
}

// As if never learned, so that something is learned of what comes later.
void hide_ids(double share, Random random, NeuralRequest& request) {
  for (int64_t& token : request.candidates) {
    if (random.uniform() < share) token = 0;
  }
  for (int64_t& token : request.query.tokens) {
    if (token >= kFirstQueryToken && random.uniform() < share) token = kUnknownQueryToken;
  }
  if (random.uniform() < share) request.query.query = kUnknownQuery;
}

void place_counters(const ListCounters& counters, uint32_t list, size_t width, NeuralRequest& out) {
  const size_t count = out.candidates.size(), numbers = count > 0 ? out.numbers.size() / count : 0;
  const float* from = counters.values.data() + counters.begin[list] * width;
  for (size_t c = 0; c < count; ++c) {
    std::copy_n(from + c * width, width, out.numbers.data() + (c + 1) * numbers - width);
  }
}

// Row `number` of a (lists, width) tensor.
template <typename T, typename Values>
void write_row(const Values& values, size_t number, torch::Tensor& to) {
  std::ranges::copy(values, to.data_ptr<T>() + number * static_cast<size_t>(to.size(1)));
}

void write_query(const QueryInputs& query, size_t number, RankBatch& batch) {
  write_row<int64_t>(query.tokens, number, batch.query_tokens);
  write_row<int64_t>(query.user_codes, number, batch.user_codes);
  write_row<float>(query.user_numbers, number, batch.user_numbers);
  write_row<int64_t>(query.clock, number, batch.clock);
  batch.query.data_ptr<int64_t>()[number] = query.query;
}

void write_history(const Row& row, size_t number, size_t length, RankBatch& batch) {
  const size_t events = row.request.tokens.size();
  const size_t start = (number + 1) * length - events;
  std::ranges::copy(row.request.tokens, batch.tokens.data_ptr<int64_t>() + start);
  std::ranges::copy(row.request.gaps, batch.gaps.data_ptr<int64_t>() + start);
  std::ranges::copy(row.request.actions, batch.actions.data_ptr<int64_t>() + start);
  std::ranges::copy(row.request.ages, batch.ages.data_ptr<int64_t>() + start);
  batch.request_gap.data_ptr<int64_t>()[number] = row.request.request_gap;
}

void write_candidates(const Row& row, size_t number, size_t width, size_t heads, RankBatch& batch) {
  const auto numbers = static_cast<size_t>(batch.numbers.size(2));
  for (size_t i = 0; i < row.chosen.size(); ++i) {
    const size_t from = row.chosen[i], to = number * width + i;
    batch.candidates.data_ptr<int64_t>()[to] = row.request.candidates[from];
    batch.rows.data_ptr<int64_t>()[to] = row.request.rows[from];
    batch.real.data_ptr<bool>()[to] = true;
    std::copy_n(row.request.numbers.data() + from * numbers, numbers,
                batch.numbers.data_ptr<float>() + to * numbers);
    std::copy_n(row.list.labels.data() + from * heads, heads,
                batch.labels.data_ptr<float>() + to * heads);
  }
}

RankBatch stack(const std::vector<Row>& rows, size_t heads, size_t numbers) {
  size_t length = 1, width = 1, words = 1, places = 1;
  for (const Row& row : rows) {
    length = std::max(length, row.request.tokens.size());
    width = std::max(width, row.chosen.size());
    words = std::max(words, row.request.query.tokens.size());
    places = std::max(places, row.request.query.user_codes.size());
  }
  const auto user_numbers = static_cast<int64_t>(rows.front().request.query.user_numbers.size());
  const auto n = static_cast<int64_t>(rows.size()), l = static_cast<int64_t>(length),
             m = static_cast<int64_t>(width), h = static_cast<int64_t>(heads);
  RankBatch batch;
  batch.tokens = torch::full({n, l}, kPadding, torch::kInt64);
  batch.gaps = torch::zeros({n, l}, torch::kInt64);
  batch.request_gap = torch::zeros({n}, torch::kInt64);
  batch.actions = torch::full({n, l}, kNoActionToken, torch::kInt64);
  batch.ages = torch::zeros({n, l}, torch::kInt64);
  batch.query_tokens = torch::zeros({n, static_cast<int64_t>(words)}, torch::kInt64);
  batch.query = torch::zeros({n}, torch::kInt64);
  batch.user_codes = torch::zeros({n, static_cast<int64_t>(places)}, torch::kInt64);
  batch.user_numbers = torch::zeros({n, user_numbers});
  batch.clock = torch::zeros({n, static_cast<int64_t>(kClockPlaces)}, torch::kInt64);
  batch.candidates = torch::zeros({n, m}, torch::kInt64);
  batch.rows = torch::zeros({n, m}, torch::kInt64);
  batch.numbers = torch::zeros({n, m, static_cast<int64_t>(numbers)});
  batch.real = torch::zeros({n, m}, torch::kBool);
  batch.labels = torch::zeros({n, m, h});
  for (size_t r = 0; r < rows.size(); ++r) {
    write_history(rows[r], r, length, batch);
    write_query(rows[r].request.query, r, batch);
    write_candidates(rows[r], r, width, heads, batch);
  }
  return batch;
}

}  // namespace

RankBatch whole_list(const Dataset& dataset, const ImpressionList& list,
                     const RequestWriter& writer) {
  std::vector<Row> rows(1);
  rows[0].list = list;
  rows[0].chosen.resize(list.size());
  std::iota(rows[0].chosen.begin(), rows[0].chosen.end(), 0U);
  writer.write(request_of(dataset, list), rows[0].request);
  return stack(rows, list.size() == 0 ? 1 : list.labels.size() / list.size(), writer.numbers());
}

RankBatcher::RankBatcher(const Dataset& dataset, const Impressions& lists,
                         const RequestWriter& writer, const Recipe& recipe,
                         const ListCounters* counters)
    : dataset_(dataset), lists_(lists), writer_(writer), recipe_(recipe), counters_(counters) {
  for (uint32_t number = 0; number < lists.size(); ++number) {
    const ImpressionList list = lists.list(number);
    const bool asked =
        std::any_of(list.labels.begin(), list.labels.end(), [](float label) { return label > 0; });
    if (asked) asked_.push_back(number);
  }
  if (asked_.empty()) {
    throw Error("nothing to learn: no list of '" + lists.directory() + "' has a positive");
  }
}

std::vector<std::vector<uint32_t>> RankBatcher::plan(int64_t epoch) const {
  std::vector<uint32_t> order = asked_;
  Random random{recipe_.seed, kOrder, static_cast<uint64_t>(epoch)};
  random.shuffle(order);
  std::vector<std::vector<uint32_t>> batches;
  const auto size = static_cast<size_t>(recipe_.batch);
  for (size_t first = 0; first < order.size(); first += size) {
    const size_t last = std::min(order.size(), first + size);
    batches.emplace_back(order.begin() + static_cast<ptrdiff_t>(first),
                         order.begin() + static_cast<ptrdiff_t>(last));
  }
  return batches;
}

RankBatch RankBatcher::make(std::span<const uint32_t> lists, int64_t epoch) const {
  std::vector<Row> rows(lists.size());
  const int threads = recipe_.threads > 0 ? recipe_.threads : default_threads();
  parallel_for(rows.size(), threads, [&](size_t r, int) {
    Row& row = rows[r];
    row.list = lists_.list(lists[r]);
    row.chosen = choose(row.list, lists_.num_heads(), static_cast<size_t>(recipe_.max_candidates),
                        Random{recipe_.seed, kCandidates, static_cast<uint64_t>(epoch), lists[r]});
    RankRequest request = request_of(dataset_, row.list);
    if (recipe_.window_mask > 0 && dataset_.time_kind() == TimeKind::kClock) {
      drop_recent(recipe_.window_mask,
                  Random{recipe_.seed, kWindow, static_cast<uint64_t>(epoch), lists[r]}, request);
    }
    writer_.write(request, row.request);
    if (counters_) place_counters(*counters_, lists[r], writer_.num_counters(), row.request);
    if (writer_.query_side()) {
      hide_ids(recipe_.hidden_share,
               Random{recipe_.seed, kHidden, static_cast<uint64_t>(epoch), lists[r]}, row.request);
    }
    hide_actions(Random{recipe_.seed, kActions, static_cast<uint64_t>(epoch), lists[r]},
                 row.request);
  });
  return stack(rows, lists_.num_heads(), writer_.numbers());
}

}  // namespace kaskad::train
