#include "kaskad/ablation/switches.h"

namespace kaskad {

using train::BlockKind;
using train::CandidateMask;
using train::ListLoss;
using train::LogqKind;
using train::LossKind;
using train::ModelKind;
using train::NegativeKind;
using train::PoolingKind;
using train::PrecisionKind;
using train::Recipe;
using train::ScheduleKind;
using train::SessionKind;

namespace {

// Has a Transformer, whose blocks and heads `blocks`, `heads` and `block` say.
bool has_encoder(const Recipe& r) {
  switch (r.model) {
    case ModelKind::kDin:
    case ModelKind::kDcnV2:
      return false;
    case ModelKind::kTwoTower:
      return r.pooling == PoolingKind::kEncoder;
    case ModelKind::kInteractRank:
      return r.session == SessionKind::kEncoder;
    default:
      return true;
  }
}

bool draws_negatives(const Recipe& r) {
  return r.loss == LossKind::kSampledSoftmax || r.loss == LossKind::kBce ||
         r.loss == LossKind::kGbce;
}

}  // namespace

std::string lacks_clock(const AblationData& data) {
  return data.clock ? "" : "does nothing here: the times of this log only say the order";
}
std::string lacks_queries(const AblationData& data) {
  return data.queries ? "" : "does nothing here: these lists have no queries";
}
std::string lacks_actions(const AblationData& data) {
  return data.actions ? "" : "does nothing here: the dataset says of no event what was done";
}
std::string lacks_item_features(const AblationData& data) {
  return data.item_features ? "" : "does nothing here: the dataset has no item features";
}
std::string lacks_user_features(const AblationData& data) {
  return data.user_features ? "" : "does nothing here: the dataset has no user features";
}

const std::vector<Switch>& model_switches() {
  static const std::vector<Switch> switches = {
      {"blocks", "all blocks of the Transformer but one", "blocks=1",
       [](const Recipe& r) { return has_encoder(r) && r.blocks > 1; }},
      {"attention_heads", "several heads of attention; left is one", "heads=1",
       [](const Recipe& r) { return has_encoder(r) && r.heads > 1; }},
      {"block", "the kind of block (LiGR, HSTU); left is pre_norm", "block=pre_norm",
       [](const Recipe& r) {
         return has_encoder(r) && (r.block == BlockKind::kLigr || r.block == BlockKind::kHstu);
       }},
      {"dropout", "dropout", "dropout=0", [](const Recipe& r) { return r.dropout > 0; }},
      {"causal", "no event sees a later one", "causal=false",
       [](const Recipe& r) {
         return r.causal && has_encoder(r) && (!r.ranks() || r.model == ModelKind::kAmortized);
       }},
      {"item_features", "features of items", "item_features=false",
       [](const Recipe& r) { return r.item_features; }, lacks_item_features},
      {"user_features", "features of users", "user_features=false",
       [](const Recipe& r) { return r.user_features; }, lacks_user_features},
      {"clock_features", "hour and weekday of the request", "clock_features=false",
       [](const Recipe& r) { return r.clock_features; }, lacks_clock},
  };
  return switches;
}

const std::vector<Switch>& retriever_switches() {
  static const std::vector<Switch> switches = {
      {"pooling", "how the history is pooled; left is the mean", "pooling=mean",
       [](const Recipe& r) {
         return r.model == ModelKind::kTwoTower && r.pooling != PoolingKind::kMean;
       }},
      {"time_features", "time between events", "time_features=false",
       [](const Recipe& r) { return r.time_features; }, lacks_clock},
      {"normalise", "unit vectors with a learned temperature", "normalise=false",
       [](const Recipe& r) { return r.normalise; }},
      {"negatives", "how negatives are drawn; left is uniformly", "negatives=uniform",
       [](const Recipe& r) { return draws_negatives(r) && r.negatives != NegativeKind::kUniform; }},
      {"negatives_per_batch", "one set of negatives for the batch", "negatives_per_batch=false",
       [](const Recipe& r) {
         return r.loss == LossKind::kSampledSoftmax && r.negatives_per_batch;
       }},
      {"logq", "LogQ correction of the sampled softmax", "logq=none",
       [](const Recipe& r) { return r.logq != LogqKind::kNone; }},
      {"gbce_calibration", "calibration of gBCE; left is BCE with as many negatives", "gbce_t=0",
       [](const Recipe& r) { return r.loss == LossKind::kGbce && r.gbce_t > 0; }},
      {"last_masked", "copies with the last place masked alone", "last_masked_share=0",
       [](const Recipe& r) { return r.masked() && r.last_masked_share > 0; }},
      {"windows", "earlier windows of long histories; left is the newest", "windows=1",
       [](const Recipe& r) { return r.windows != 1; }},
      {"length_buckets", "batches of similar length", "length_buckets=false",
       [](const Recipe& r) { return r.length_buckets; }},
      {"bf16", "products in bfloat16", "precision=fp32",
       [](const Recipe& r) { return r.precision != PrecisionKind::kFp32; }},
  };
  return switches;
}

const std::vector<Switch>& ranker_switches() {
  static const std::vector<Switch> switches = {
      {"ranking_features", "features of candidates", "ranking_features=false",
       [](const Recipe& r) { return r.ranking_features; }},
      {"history_actions", "what was done in each event", "history_actions=false",
       [](const Recipe& r) {
         return r.history_actions &&
                (r.model != ModelKind::kInteractRank || r.session != SessionKind::kNone);
       },
       lacks_actions},
      {"head_cross_layers", "cross layers of the head", "head_cross_layers=0",
       [](const Recipe& r) { return r.head_cross_layers > 0; }},
      {"cross_layers", "all cross layers but one", "cross_layers=1",
       [](const Recipe& r) { return r.model == ModelKind::kDcnV2 && r.cross_layers > 1; }},
      {"candidate_mask", "candidates that see themselves or the list", "candidate_mask=history",
       [](const Recipe& r) {
         return r.model == ModelKind::kAmortized && r.candidate_mask != CandidateMask::kHistory;
       }},
      {"window_mask", "newest events left out in training", "window_mask=0",
       [](const Recipe& r) { return r.window_mask > 0; }, lacks_clock},
      {"listwise", "a loss over the list; left is one for each candidate", "list_loss=pointwise",
       [](const Recipe& r) { return r.list_loss == ListLoss::kListwise; }},
      {"focal", "focal weights of the loss", "list_loss=pointwise",
       [](const Recipe& r) { return r.list_loss == ListLoss::kFocal; }},
  };
  return switches;
}

const std::vector<Switch>& training_switches() {
  static const std::vector<Switch> switches = {
      {"schedule", "learning rate that falls to 0", "schedule=constant",
       [](const Recipe& r) { return r.schedule != ScheduleKind::kConstant; }},
      {"warmup", "learning rate that rises at first", "warmup_steps=0",
       [](const Recipe& r) { return r.warmup_steps > 0; }},
      {"weight_decay", "weight decay", "weight_decay=0",
       [](const Recipe& r) { return r.weight_decay > 0; }},
      {"average", "averaged weights", "average_decay=0",
       [](const Recipe& r) { return r.average_decay > 0; }},
      {"clip_norm", "clipped gradients", "clip_norm=0",
       [](const Recipe& r) { return r.clip_norm > 0; }},
  };
  return switches;
}

}  // namespace kaskad
