#include "kaskad/grpc/recommender_service.h"

#include "kaskad/core/utc.h"
#include "kaskad/grpc/answering.h"
#include "kaskad/grpc/message_writer.h"
#include "kaskad/grpc/request_messages.h"
#include "kaskad/server/service.h"

namespace kaskad {
namespace {

// Answers with what `answer` writes.
template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* answer_with(Server& server, Lane lane, std::string_view path,
                                      grpc::CallbackServerContext& context, const Request& request,
                                      Response& response, const Answer& answer) {
  return run(server, lane,
             {context, path, request, response, [&server, &context, &request, &response, answer] {
                MessageWriter out(response);
                return answer(server.service().calls(), context, request, out);
              }});
}

template <typename Request>
auto asking(RecommendKind kind) {
  return [kind](Calls& calls, const grpc::CallbackServerContext&, const Request& request,
                AnswerWriter& out) { return calls.ask(kind, read(request), out); };
}

}  // namespace

RecommenderService::Reactor* RecommenderService::Recommend(Context* context,
                                                           const v1::RecommendRequest* request,
                                                           v1::RecommendResponse* response) {
  return answer_with(server_, Lane::kCompute, "/kaskad.v1.Recommender/Recommend", *context,
                     *request, *response, asking<v1::RecommendRequest>(RecommendKind::kRecommend));
}

RecommenderService::Reactor* RecommenderService::Search(Context* context,
                                                        const v1::SearchRequest* request,
                                                        v1::RecommendResponse* response) {
  return answer_with(server_, Lane::kCompute, "/kaskad.v1.Recommender/Search", *context, *request,
                     *response, asking<v1::SearchRequest>(RecommendKind::kSearch));
}

RecommenderService::Reactor* RecommenderService::Explain(Context* context,
                                                         const v1::ExplainRequest* request,
                                                         v1::ExplainResponse* response) {
  return answer_with(server_, Lane::kCompute, "/kaskad.v1.Recommender/Explain", *context, *request,
                     *response, asking<v1::ExplainRequest>(RecommendKind::kExplain));
}

RecommenderService::Reactor* RecommenderService::Rank(Context* context,
                                                      const v1::RankRequest* request,
                                                      v1::RankResponse* response) {
  return answer_with(server_, Lane::kCompute, "/kaskad.v1.Recommender/Rank", *context, *request,
                     *response,
                     [](Calls& calls, const Context&, const v1::RankRequest& list,
                        AnswerWriter& out) { return calls.rank(read(list), out); });
}

RecommenderService::Reactor* RecommenderService::AppendEvents(
    Context* context, const v1::AppendEventsRequest* request, v1::AppendEventsResponse* response) {
  return answer_with(
      server_, Lane::kStorage, "/kaskad.v1.Recommender/AppendEvents", *context, *request, *response,
      [](Calls& calls, const Context& client, const v1::AppendEventsRequest& events,
         AnswerWriter& out) {
        const auto refusal = calls.authorize(authorization_of(client));
        return refusal ? refusal : calls.append_events(read(events, wall_clock()), out);
      });
}

RecommenderService::Reactor* RecommenderService::DeleteUser(Context* context,
                                                            const v1::DeleteUserRequest* request,
                                                            v1::DeleteUserResponse* response) {
  return answer_with(server_, Lane::kStorage, "/kaskad.v1.Recommender/DeleteUser", *context,
                     *request, *response,
                     [](Calls& calls, const Context& client, const v1::DeleteUserRequest& user,
                        AnswerWriter& out) {
                       const auto refusal = calls.authorize(authorization_of(client));
                       return refusal ? refusal : calls.erase_user(user.user_id(), out);
                     });
}

}  // namespace kaskad
