// What the writer makes of objects, lists and maps.
#include "kaskad/grpc/message_writer.h"

#include <gtest/gtest.h>

#include "proto/kaskad.pb.h"

namespace kaskad {
namespace {

TEST(MessageWriter, ObjectsListsAndMapsFillTheFieldsOfTheirNames) {
  v1::RankResponse message;
  MessageWriter out(message);
  out.begin_object().key("items").begin_array();
  out.begin_object().field("item_id", "a").field("position", size_t{7}).field("score", 0.5F);
  out.key("heads").begin_object().field("buy", 1.5F).field("look", -2.0F).end_object();
  out.end_object();
  out.begin_object().field("item_id", "b").end_object();
  out.end_array().field("known_user", false).field("model", "m");
  out.key("unknown_items").begin_array().value("x").value("y").end_array().end_object();
  ASSERT_EQ(message.items_size(), 2);
  EXPECT_EQ(message.items(0).item_id(), "a");
  EXPECT_EQ(message.items(0).position(), 7U);
  EXPECT_EQ(message.items(0).score(), 0.5F);
  EXPECT_EQ(message.items(0).heads().at("look"), -2.0F);
  EXPECT_EQ(message.items(1).item_id(), "b");
  EXPECT_TRUE(message.has_known_user()) << "false is told, too";
  EXPECT_EQ(message.unknown_items(1), "y");
}

TEST(MessageWriter, TextThatIsNoUtf8IsReplaced) {
  v1::RecommendResponse message;
  MessageWriter out(message);
  out.begin_object().field("model", "a\xff").key("experiment").begin_object();
  out.key("arms").begin_object().field("layer\xff", "arm").end_object().end_object().end_object();
  EXPECT_EQ(message.model(), "a\xef\xbf\xbd");
  EXPECT_EQ(message.experiment().arms().at("layer\xef\xbf\xbd"), "arm");
  EXPECT_FALSE(message.SerializeAsString().empty());
}

}  // namespace
}  // namespace kaskad
