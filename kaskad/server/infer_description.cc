#include "kaskad/server/infer_description.h"

#include <string>

#include "kaskad/server/infer_tensor.h"

namespace kaskad {
namespace {

using InferSum = InferStatistics::Sum;

constexpr const char* kPlatform = "onnxruntime_onnx";

void write_lengths(AnswerWriter& out, const char* key, const std::vector<int64_t>& shape) {
  out.key(key).begin_array();
  for (const int64_t length : shape) out.value(length);
  out.end_array();
}

// Calls `write` with each tensor in a list. Sequences and text are not among them: nobody can ask
// for these.
template <typename Write>
void write_specs(AnswerWriter& out, const char* key, const std::vector<TensorSpec>& specs,
                 const Write& write) {
  out.key(key).begin_array();
  for (const TensorSpec& spec : specs) {
    if (element_size(spec.type) == 0) continue;
    out.begin_object().field("name", spec.name);
    write(spec);
    out.end_object();
  }
  out.end_array();
}

void write_sum(AnswerWriter& out, const char* key, const InferSum& sum) {
  out.key(key).begin_object().field("count", sum.count).field("ns", sum.ns).end_object();
}

void write_compute(AnswerWriter& out, const InferStatistics::Figures& figures) {
  write_sum(out, "compute_input", figures.read);
  write_sum(out, "compute_infer", figures.run);
  write_sum(out, "compute_output", figures.write);
}

// A request is one inference and one execution, however many rows it has: max_batch_size is 0.
void write_statistics(const InferModel& model, AnswerWriter& out) {
  const auto figures = model.statistics().figures();
  out.begin_object().field("name", model.name()).field("version", model.version());
  out.field("last_inference", figures.last_ms);
  out.field("inference_count", figures.success.count);
  out.field("execution_count", figures.success.count);
  out.key("inference_stats").begin_object();
  write_sum(out, "success", figures.success);
  write_sum(out, "fail", figures.fail);
  write_sum(out, "queue", figures.queue);
  write_compute(out, figures);
  write_sum(out, "cache_hit", {});
  write_sum(out, "cache_miss", {});
  out.end_object();
  out.key("batch_stats").begin_array();
  if (figures.success.count > 0) {
    out.begin_object().field("batch_size", 1);
    write_compute(out, figures);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace

void write_server_metadata(AnswerWriter& out) {
  out.begin_object().field("name", "kaskad").field("version", KASKAD_VERSION);
  out.key("extensions").begin_array();
  for (const char* name : {"binary_tensor_data", "model_configuration", "statistics"}) {
    out.value(name);
  }
  out.end_array().end_object();
}

void write_model_metadata(const InferModel& model, AnswerWriter& out) {
  const auto write = [&](const TensorSpec& spec) {
    out.field("datatype", datatype_name(spec.type));
    write_lengths(out, "shape", spec.shape);
  };
  out.begin_object().field("name", model.name());
  out.key("versions").begin_array().value(model.version()).end_array();
  out.field("platform", kPlatform);
  write_specs(out, "inputs", model.session().inputs(), write);
  write_specs(out, "outputs", model.session().outputs(), write);
  out.end_object();
}

void write_model_config(const InferModel& model, AnswerWriter& out) {
  const auto write = [&](const TensorSpec& spec) {
    out.field("data_type", std::string("TYPE_") + datatype_name(spec.type));
    write_lengths(out, "dims", spec.shape);
  };
  out.begin_object().field("name", model.name()).field("platform", kPlatform);
  out.field("backend", "onnxruntime").field("max_batch_size", 0);
  write_specs(out, "input", model.session().inputs(), write);
  write_specs(out, "output", model.session().outputs(), write);
  out.key("model_transaction_policy").begin_object().field("decoupled", false).end_object();
  out.end_object();
}

void write_model_statistics(const std::vector<const InferModel*>& models, AnswerWriter& out) {
  out.begin_object().key("model_stats").begin_array();
  for (const InferModel* model : models) write_statistics(*model, out);
  out.end_array().end_object();
}

void write_repository_index(const std::vector<const InferModel*>& models, AnswerWriter& out) {
  out.begin_array();
  for (const InferModel* model : models) {
    out.begin_object().field("name", model->name()).field("version", model->version());
    out.field("state", "READY").field("reason", "").end_object();
  }
  out.end_array();
}

}  // namespace kaskad
