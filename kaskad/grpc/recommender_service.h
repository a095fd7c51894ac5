// The methods of proto/kaskad.proto. Private to the folder.
#pragma once

#include "kaskad/grpc/unary_call.h"
#include "proto/kaskad.grpc.pb.h"

namespace kaskad {

class RecommenderService final : public v1::Recommender::CallbackService {
 public:
  explicit RecommenderService(Server& server) : server_(server) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* Recommend(Context* context, const v1::RecommendRequest* request,
                     v1::RecommendResponse* response) override;
  Reactor* Search(Context* context, const v1::SearchRequest* request,
                  v1::RecommendResponse* response) override;
  Reactor* Explain(Context* context, const v1::ExplainRequest* request,
                   v1::ExplainResponse* response) override;
  Reactor* Rank(Context* context, const v1::RankRequest* request,
                v1::RankResponse* response) override;
  Reactor* AppendEvents(Context* context, const v1::AppendEventsRequest* request,
                        v1::AppendEventsResponse* response) override;
  Reactor* DeleteUser(Context* context, const v1::DeleteUserRequest* request,
                      v1::DeleteUserResponse* response) override;

 private:
  Server& server_;
};

}  // namespace kaskad
