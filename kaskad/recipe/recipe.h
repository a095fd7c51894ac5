// Everything that decides what `kaskad train` does, apart from the data: read from TOML, with a
// default for every field, written into the bundle as JSON. A folder of its own, without libtorch:
// training reads recipes, and so do those who plan trainings and link none (ablation/).
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kaskad::train {

enum class ModelKind {
  kSasrec,
  kBert4rec,
  kTwoTower,
  // These put candidates in order, see rank/: the others retrieve.
  kAmortized,
  kBst,
  kTransact,
  kDin,
  kDcnV2,
  kInteractRank,  // puts thousands in order, by one dot product and counters each
};
inline constexpr std::string_view kRankingModels =
    "amortized, bst, transact, din, dcn_v2 or interact_rank";

enum class BlockKind {
  kPostNorm,  // as in the Transformer of 1706.03762 and BERT4Rec
  kPreNorm,   // SASRec (1808.09781): LayerNorm in front of attention and feed-forward
  kLigr,      // gated residuals and SwiGLU (2502.03417)
  kHstu,      // SiLU-gated pointwise attention (2402.17152)
};

// kTwoTower: how the history becomes one vector.
enum class PoolingKind { kMean, kDecayed, kEncoder };

enum class LossKind { kSoftmax, kSampledSoftmax, kBce, kGbce, kInBatch };
enum class NegativeKind { kUniform, kInBatch, kMixed, kPopularity };
enum class LogqKind { kNone, kClassic, kCorrected };
// kAmortized: what a candidate sees. kList: the history and all candidates of the list.
enum class CandidateMask { kHistory, kHistorySelf, kList };
// Of rankers, over a list: which of them, or each by itself; kFocal is kPointwise that weighs what
// is told with certainty less (1708.02002).
enum class ListLoss { kListwise, kPointwise, kFocal };
// kInteractRank: how the history becomes one vector, and how what is known of a request is crossed.
enum class SessionKind { kPooled, kEncoder, kNone };
enum class CrossingKind { kMaskNet, kDcnV2, kNone };
enum class ScheduleKind { kConstant, kCosine };  // of the learning rate after its warm-up
// Of the products of matrices in a training step; everything else is float32. kBf16 rounds their
// factors to bfloat16 and sums in float32: a CPU with AMX does several times as many of those.
enum class PrecisionKind { kFp32, kBf16 };

struct Recipe {
  ModelKind model = ModelKind::kSasrec;

  // The network. Defaults are those of the reference rows in the papers (d 64, 2 blocks, 1 head).
  int64_t dimension = 64;
  int64_t blocks = 2;
  int64_t heads = 1;
  BlockKind block = BlockKind::kPreNorm;
  int64_t feed_forward = 0;  // inner width; 0: dimension (SASRec), 4 x dimension (others)
  double dropout = 0.1;
  int64_t max_history = 200;  // newest events that the model sees
  bool causal = true;         // false for BERT4Rec; without meaning where a history is pooled
  PoolingKind pooling = PoolingKind::kMean;  // kTwoTower
  bool item_features = false;                // items by their features beside their id
  bool time_features = false;                // buckets of the time between events; needs a clock
  bool user_features = false;   // kTwoTower, kInteractRank: what the dataset knows of users
  bool clock_features = false;  // the same two: hour and weekday of the request; needs a clock
  double init_std = 0.02;       // of every weight matrix and table
  bool normalise = false;       // L2-normalised vectors on both sides, with a learned temperature

  // Rankers.
  CandidateMask candidate_mask = CandidateMask::kHistory;
  ListLoss list_loss = ListLoss::kListwise;
  bool ranking_features = true;  // of candidates: what ranking/features.h says of them
  int64_t max_candidates = 100;  // of a list that is learned from: positives and a draw of others
  // Hours. In training, events of the last 0 to so many before the request are left out, how many
  // drawn for each list; without meaning without a clock.
  double window_mask = 0;
  bool history_actions = false;  // what was done in each event of the history; needs such a log
  // Of the lists' heads by name, in the loss and in the final score; 1 where none is given.
  std::map<std::string, double> head_weights = {};
  int64_t cross_layers = 3;  // kDcnV2, and of kInteractRank with crossing = "dcn_v2"
  // Of the other rankers, 2 for kAmortized and kBst: where attention meets the candidate's numbers.
  int64_t head_cross_layers = 0;
  int64_t cross_rank = 0;  // of a cross layer's matrix; 0: full
  double focal_gamma = 2;  // ListLoss::kFocal: each loss times (1 - p of the truth)^gamma

  // kInteractRank; each can be switched off by itself.
  SessionKind session = SessionKind::kPooled;
  bool position_pooling = true;  // events weighed by their place, a learned number each
  bool query_attention = true;   // events weighed by what is searched for
  bool time_embedding = true;    // how long ago each event was; needs a clock
  bool query_tokens = true;      // words of the query
  bool query_ids = true;         // the query as a whole, where it was asked often enough
  CrossingKind crossing = CrossingKind::kMaskNet;
  int64_t mask_blocks = 4;   // of the MaskNet, side by side
  int64_t mask_width = 64;   // of a block's output
  int64_t mask_inner = 32;   // of the layer that makes a block's mask
  bool head_vectors = true;  // a query vector for each head; false: one that all share
  // Segments of counters C(q, p) among the numbers of a candidate; none: no counters.
  std::vector<std::string> counters = {"query:item"};
  std::vector<int64_t> counter_windows = {7, 30, 0};  // days; 0: all time, the one without a clock
  bool counter_logarithms = true;                     // shares and rates by their magnitude
  bool retrieval_scores = false;  // rank and score of the retriever, beside the counters
  double softmax_weight = 0.01;   // lambda of the in-batch softmax over the towers' vectors
  double logq_epsilon = 0;        // its frequencies by a count-min sketch of this epsilon; 0: exact
  double hidden_share = 0.02;     // in training, of items, words and queries as if never learned

  // The loss.
  LossKind loss = LossKind::kSoftmax;
  bool negatives_per_batch = false;  // kSampledSoftmax: one set of negatives for the whole batch
  NegativeKind negatives = NegativeKind::kUniform;
  int64_t num_negatives = 256;     // shared by the places of a sequence
  double mixed_share = 0.5;        // kMixed: share of the in-batch distribution
  double popularity_power = 0.75;  // kPopularity: q ~ count^power
  LogqKind logq = LogqKind::kNone;
  double frequency_rate = 0;       // of the items' frequency for logq: 0: counted in the whole log,
                                   // else estimated while batches stream by, at this rate
  double gbce_t = 0.75;            // gSASRec's calibration (2308.07192)
  double mask_share = 0.2;         // BERT4Rec: places of a sequence that are masked
  double last_masked_share = 0.1;  // BERT4Rec: further copies with only the last place masked, as
                                   // at inference, per sequence (1904.06690's code: 1 to 10)

  // The run.
  double learning_rate = 1e-3;
  double weight_decay = 0;
  double average_decay = 0;                         // of the moving average of the weights that is
                                                    // measured and kept; 0: the weights themselves
  int64_t warmup_steps = 0;                         // the rate rises linearly over them
  ScheduleKind schedule = ScheduleKind::kConstant;  // kCosine falls to 0 at the last epoch
  double clip_norm = 0;                             // 0: gradients are not clipped
  int64_t batch = 128;                              // sequences a step, over all processes
  int64_t windows = 1;  // pieces of max_history targets that an over-long history is learned
                        // in, the newest first; 0: as many as it takes
  bool length_buckets = false;            // batches of similar length: less padding, less random
  int64_t epochs = 100;                   // at most
  int64_t patience = 10;                  // epochs without a better validation NDCG before it stops
  int64_t validate_every = 1;             // epochs
  int64_t max_validation_users = 10'000;  // 0: all
  bool refit = false;  // train again on train + validation for the best number of epochs
  PrecisionKind precision = PrecisionKind::kFp32;
  uint64_t seed = 1;
  int threads = 0;              // 0: all
  std::string device = "auto";  // auto, cpu, cuda
  bool shard_items = false;     // the items' table by rows over the processes that learn together

  // Throws Error naming file, line and key, what was found and what is allowed. With `model` the
  // file's own `model` and `causal` are left out: another kind is trained from the same recipe.
  static Recipe from_toml(const std::string& path, std::optional<ModelKind> model = {});
  // One key from the command line: set("dropout", "0.2"), or one entry of a table:
  // set("head_weights.click", "2"). Throws Error like from_toml().
  void set(const std::string& key, const std::string& value);
  // The defaults that suit a model kind: set by from_toml() when the file names one.
  static Recipe defaults(ModelKind model);
  // Throws Error on fields that contradict each other.
  void check() const;
  // Learned by telling masked places (1904.06690) and not by what comes next.
  bool masked() const { return model == ModelKind::kBert4rec; }
  // Puts candidates in order; the others retrieve.
  bool ranks() const { return model >= ModelKind::kAmortized; }
  // A ranker whose candidates see each other: a list is scored as a whole or not at all.
  bool sees_list() const {
    return model == ModelKind::kAmortized && candidate_mask == CandidateMask::kList;
  }
};

// Every field by its name. Reading starts from the defaults of the named model, so that a recipe
// of an older version is complete; throws Error on unknown keys and values.
void to_json(nlohmann::json& json, const Recipe& recipe);
void from_json(const nlohmann::json& json, Recipe& recipe);

// As from_toml() reads it: `key = value` lines, every field.
std::string to_toml(const Recipe& recipe);

std::string to_string(ModelKind model);               // "sasrec"
ModelKind parse_model_kind(const std::string& text);  // throws Error naming the allowed ones
std::vector<std::string> recipe_keys();               // in the order of the struct

}  // namespace kaskad::train
