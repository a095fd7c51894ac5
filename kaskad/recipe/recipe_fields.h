// The table of a recipe's fields: name, place in the struct, allowed values. Private to recipe.cc
// and recipe_toml.cc, which read and write recipes through it.
#pragma once

#include <array>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "kaskad/recipe/recipe.h"

namespace kaskad::train {

// The texts of an enum's values.
template <typename E>
struct EnumNames;
template <>
struct EnumNames<ModelKind> {
  static constexpr std::array<std::pair<ModelKind, std::string_view>, 9> kValues{
      {{ModelKind::kSasrec, "sasrec"},
       {ModelKind::kBert4rec, "bert4rec"},
       {ModelKind::kTwoTower, "two_tower"},
       {ModelKind::kAmortized, "amortized"},
       {ModelKind::kBst, "bst"},
       {ModelKind::kTransact, "transact"},
       {ModelKind::kDin, "din"},
       {ModelKind::kDcnV2, "dcn_v2"},
       {ModelKind::kInteractRank, "interact_rank"}}};
};
template <>
struct EnumNames<SessionKind> {
  static constexpr std::array<std::pair<SessionKind, std::string_view>, 3> kValues{
      {{SessionKind::kPooled, "pooled"},
       {SessionKind::kEncoder, "encoder"},
       {SessionKind::kNone, "none"}}};
};
template <>
struct EnumNames<CrossingKind> {
  static constexpr std::array<std::pair<CrossingKind, std::string_view>, 3> kValues{
      {{CrossingKind::kMaskNet, "masknet"},
       {CrossingKind::kDcnV2, "dcn_v2"},
       {CrossingKind::kNone, "none"}}};
};
template <>
struct EnumNames<CandidateMask> {
  static constexpr std::array<std::pair<CandidateMask, std::string_view>, 3> kValues{
      {{CandidateMask::kHistory, "history"},
       {CandidateMask::kHistorySelf, "history_self"},
       {CandidateMask::kList, "list"}}};
};
template <>
struct EnumNames<ListLoss> {
  static constexpr std::array<std::pair<ListLoss, std::string_view>, 3> kValues{
      {{ListLoss::kListwise, "listwise"},
       {ListLoss::kPointwise, "pointwise"},
       {ListLoss::kFocal, "focal"}}};
};
template <>
struct EnumNames<BlockKind> {
  static constexpr std::array<std::pair<BlockKind, std::string_view>, 4> kValues{
      {{BlockKind::kPostNorm, "post_norm"},
       {BlockKind::kPreNorm, "pre_norm"},
       {BlockKind::kLigr, "ligr"},
       {BlockKind::kHstu, "hstu"}}};
};
template <>
struct EnumNames<PoolingKind> {
  static constexpr std::array<std::pair<PoolingKind, std::string_view>, 3> kValues{
      {{PoolingKind::kMean, "mean"},
       {PoolingKind::kDecayed, "decayed"},
       {PoolingKind::kEncoder, "encoder"}}};
};
template <>
struct EnumNames<LossKind> {
  static constexpr std::array<std::pair<LossKind, std::string_view>, 5> kValues{
      {{LossKind::kSoftmax, "softmax"},
       {LossKind::kSampledSoftmax, "sampled_softmax"},
       {LossKind::kBce, "bce"},
       {LossKind::kGbce, "gbce"},
       {LossKind::kInBatch, "in_batch"}}};
};
template <>
struct EnumNames<NegativeKind> {
  static constexpr std::array<std::pair<NegativeKind, std::string_view>, 4> kValues{
      {{NegativeKind::kUniform, "uniform"},
       {NegativeKind::kInBatch, "in_batch"},
       {NegativeKind::kMixed, "mixed"},
       {NegativeKind::kPopularity, "popularity"}}};
};
template <>
struct EnumNames<LogqKind> {
  static constexpr std::array<std::pair<LogqKind, std::string_view>, 3> kValues{
      {{LogqKind::kNone, "none"},
       {LogqKind::kClassic, "classic"},
       {LogqKind::kCorrected, "corrected"}}};
};
template <>
struct EnumNames<ScheduleKind> {
  static constexpr std::array<std::pair<ScheduleKind, std::string_view>, 2> kValues{
      {{ScheduleKind::kConstant, "constant"}, {ScheduleKind::kCosine, "cosine"}}};
};
template <>
struct EnumNames<PrecisionKind> {
  static constexpr std::array<std::pair<PrecisionKind, std::string_view>, 2> kValues{
      {{PrecisionKind::kFp32, "fp32"}, {PrecisionKind::kBf16, "bf16"}}};
};

// Numbers in [low, high], or [low, high) when `below`.
struct Limits {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  bool below = false;
};

inline constexpr Limits kShare{0, 1};
inline constexpr Limits kBelowOne{0, 1, true};
inline constexpr Limits kPositive{std::numeric_limits<double>::min()};
inline constexpr Limits kAtLeastOne{1};

// Calls field(name, value, limits) for every field, in the order of the struct. `Self` is Recipe
// or const Recipe.
template <typename Self, typename Field>
void visit_fields(Self& recipe, Field&& field) {
  constexpr Limits any{};
  field("model", recipe.model, any);
  field("dimension", recipe.dimension, kAtLeastOne);
  field("blocks", recipe.blocks, any);
  field("heads", recipe.heads, kAtLeastOne);
  field("block", recipe.block, any);
  field("feed_forward", recipe.feed_forward, any);
  field("dropout", recipe.dropout, kBelowOne);
  field("max_history", recipe.max_history, kAtLeastOne);
  field("causal", recipe.causal, any);
  field("pooling", recipe.pooling, any);
  field("item_features", recipe.item_features, any);
  field("time_features", recipe.time_features, any);
  field("user_features", recipe.user_features, any);
  field("clock_features", recipe.clock_features, any);
  field("init_std", recipe.init_std, kPositive);
  field("normalise", recipe.normalise, any);
  field("candidate_mask", recipe.candidate_mask, any);
  field("list_loss", recipe.list_loss, any);
  field("ranking_features", recipe.ranking_features, any);
  field("max_candidates", recipe.max_candidates, kAtLeastOne);
  field("window_mask", recipe.window_mask, {0, 24});
  field("history_actions", recipe.history_actions, any);
  field("head_weights", recipe.head_weights, any);
  field("cross_layers", recipe.cross_layers, kAtLeastOne);
  field("head_cross_layers", recipe.head_cross_layers, any);
  field("cross_rank", recipe.cross_rank, any);
  field("focal_gamma", recipe.focal_gamma, any);
  field("session", recipe.session, any);
  field("position_pooling", recipe.position_pooling, any);
  field("query_attention", recipe.query_attention, any);
  field("time_embedding", recipe.time_embedding, any);
  field("query_tokens", recipe.query_tokens, any);
  field("query_ids", recipe.query_ids, any);
  field("crossing", recipe.crossing, any);
  field("mask_blocks", recipe.mask_blocks, kAtLeastOne);
  field("mask_width", recipe.mask_width, kAtLeastOne);
  field("mask_inner", recipe.mask_inner, kAtLeastOne);
  field("head_vectors", recipe.head_vectors, any);
  field("counters", recipe.counters, any);
  field("counter_windows", recipe.counter_windows, {0, 3650});
  field("counter_logarithms", recipe.counter_logarithms, any);
  field("retrieval_scores", recipe.retrieval_scores, any);
  field("softmax_weight", recipe.softmax_weight, any);
  field("logq_epsilon", recipe.logq_epsilon, kBelowOne);
  field("hidden_share", recipe.hidden_share, kBelowOne);
  field("loss", recipe.loss, any);
  field("negatives_per_batch", recipe.negatives_per_batch, any);
  field("negatives", recipe.negatives, any);
  field("num_negatives", recipe.num_negatives, kAtLeastOne);
  field("mixed_share", recipe.mixed_share, kShare);
  field("popularity_power", recipe.popularity_power, any);
  field("logq", recipe.logq, any);
  field("frequency_rate", recipe.frequency_rate, kBelowOne);
  field("gbce_t", recipe.gbce_t, kShare);
  field("mask_share", recipe.mask_share, kShare);
  field("last_masked_share", recipe.last_masked_share, kShare);
  field("learning_rate", recipe.learning_rate, kPositive);
  field("weight_decay", recipe.weight_decay, any);
  field("average_decay", recipe.average_decay, kBelowOne);
  field("warmup_steps", recipe.warmup_steps, any);
  field("schedule", recipe.schedule, any);
  field("clip_norm", recipe.clip_norm, any);
  field("batch", recipe.batch, kAtLeastOne);
  field("windows", recipe.windows, any);
  field("length_buckets", recipe.length_buckets, any);
  field("epochs", recipe.epochs, kAtLeastOne);
  field("patience", recipe.patience, kAtLeastOne);
  field("validate_every", recipe.validate_every, kAtLeastOne);
  field("max_validation_users", recipe.max_validation_users, any);
  field("refit", recipe.refit, any);
  field("precision", recipe.precision, any);
  field("seed", recipe.seed, any);
  field("threads", recipe.threads, any);
  field("device", recipe.device, any);
  field("shard_items", recipe.shard_items, any);
}

// Sets one field. Throws Error without a place ("found 1.5, expected a number from 0 to below 1");
// unknown keys get the nearest known one.
void assign(Recipe& recipe, const std::string& key, const nlohmann::json& value);

}  // namespace kaskad::train
