#include "kaskad/report/html.h"

#include <gtest/gtest.h>

namespace kaskad::html {
namespace {

TEST(Html, TextIsEscaped) {
  EXPECT_EQ(text("<b> & \"x\" 'y'").markup(), "&lt;b&gt; &amp; &quot;x&quot; &#39;y&#39;");
}

TEST(Html, NulBecomesTheReplacementCharacter) {
  EXPECT_EQ(text(std::string_view("a\0b", 3)).markup(),
            "a\xef\xbf\xbd"
            "b");
}

TEST(Html, AttributeValuesAreEscaped) {
  EXPECT_EQ(element("a", {{"title", "\" onload=\"x"}}, text("go")).markup(),
            "<a title=\"&quot; onload=&quot;x\">go</a>");
}

TEST(Html, PiecesAreJoinedInOrder) {
  EXPECT_EQ((text("a") + element("i", text("b")) + text("c")).markup(), "a<i>b</i>c");
}

}  // namespace
}  // namespace kaskad::html
