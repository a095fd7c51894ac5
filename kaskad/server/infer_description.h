// What the Open Inference Protocol tells of the server and its models, in the words of its
// specification and of Triton's extensions. Called by infer_api.cc (HTTP) and kaskad/grpc.
#pragma once

#include <vector>

#include "kaskad/server/answer_writer.h"
#include "kaskad/server/infer_models.h"

namespace kaskad {

void write_server_metadata(AnswerWriter& out);

// These two open the model, and throw Error when it cannot be.
void write_model_metadata(const InferModel& model, AnswerWriter& out);
void write_model_config(const InferModel& model, AnswerWriter& out);

void write_model_statistics(const std::vector<const InferModel*>& models, AnswerWriter& out);

// A list: the caller says whether it has a name. Models that are served can be asked, all of them.
void write_repository_index(const std::vector<const InferModel*>& models, AnswerWriter& out);

}  // namespace kaskad
