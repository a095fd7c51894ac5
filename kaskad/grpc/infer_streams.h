// Streams of inferences: requests come one behind the other on one call, and each is answered
// before the next one is read, so that answers keep their order and a client cannot have more
// waiting here than one. Private to the folder.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <set>

#include "kaskad/server/server.h"
#include "proto/inference.pb.h"

namespace kaskad {

class InferStream;

// The streams that are open. Thread-safe.
class InferStreams {
 public:
  using Reactor =
      grpc::ServerBidiReactor<inference::ModelInferRequest, inference::ModelStreamInferResponse>;

  explicit InferStreams(Server& server) : server_(server) {}

  Reactor* open(grpc::CallbackServerContext& context);
  // Ends those that are open, and at once those that will be: UNAVAILABLE. What is being answered
  // is answered before.
  void stop();

 private:
  friend class InferStream;
  void forget(const InferStream* stream);

  Server& server_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::set<std::shared_ptr<InferStream>> open_;
};

}  // namespace kaskad
