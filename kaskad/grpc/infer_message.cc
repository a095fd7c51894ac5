#include "kaskad/grpc/infer_message.h"

#include <optional>
#include <string_view>
#include <variant>

#include "kaskad/grpc/tensor_messages.h"
#include "kaskad/server/counted_inference.h"
#include "kaskad/server/service.h"

namespace kaskad {

MaybeRefusal with_model(Service& service, const std::string& name, const std::string& version,
                        const std::function<MaybeRefusal(const InferModel&)>& answer) {
  const auto served = service.served();  // keeps the model
  std::optional<std::string_view> wanted;
  if (!version.empty()) wanted = version;
  const auto model = find_model(*served, name, wanted);
  if (const auto* missing = std::get_if<Refusal>(&model)) return *missing;
  return answer(*std::get<const InferModel*>(model));
}

MaybeRefusal infer_message(Service& service, const inference::ModelInferRequest& request,
                           std::chrono::steady_clock::time_point arrived,
                           inference::ModelInferResponse& response) {
  return with_model(
      service, request.model_name(), request.model_version(), [&](const InferModel& model) {
        const auto write_outputs = [&](const InferRequest&, const auto& outputs) {
          response.set_model_name(model.name());
          response.set_model_version(model.version());
          response.set_id(request.id());
          write(outputs, response);
        };
        return infer_counted(
            model,
            {.arrived = arrived, .read = [&] { return read(request); }, .write = write_outputs},
            service.metrics());
      });
}

}  // namespace kaskad
