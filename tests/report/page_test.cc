#include "kaskad/report/page.h"

#include <gtest/gtest.h>

#include "contains.h"

namespace kaskad::html {
namespace {

TEST(Document, LoadsNothingFromAnywhere) {
  const std::string page = document({"title", text("heading"), {{"a", "A", text("body")}}, {}});
  EXPECT_TRUE(contains(page, "default-src &#39;none&#39;"));
  for (const char* loading : {"src=", "<link", "@import", "url(", "http://", "https://"})
    EXPECT_FALSE(contains(page, loading));
}

TEST(Document, EmptySectionsAreLeftOutOfTextAndContents) {
  const std::string page =
      document({"t", {}, {{"full", "Full", text("x")}, {"empty", "Empty", {}}}, {}});
  EXPECT_TRUE(contains(page, "<a href=\"#full\">Full</a>"));
  EXPECT_TRUE(contains(page, "<section id=\"full\">"));
  EXPECT_FALSE(contains(page, "Empty"));
}

TEST(TableMarkup, HeadsRowsAndColumnsForScreenReaders) {
  const std::string markup = table({"Caption",
                                    {{"name"}, {"n", Column::Kind::kNumber}},
                                    {{{Cell("a"), Cell("1", 1.5)}, true}}})
                                 .markup();
  EXPECT_TRUE(contains(markup, "<caption>Caption</caption>"));
  EXPECT_TRUE(contains(markup, "<th scope=\"col\" class=\"number\">"));
  EXPECT_TRUE(contains(markup, "<tr class=\"highlight\"><th class=\"text\" scope=\"row\">a</th>"));
  EXPECT_TRUE(contains(markup, "<td class=\"number\" data-sort=\"1.5\">1</td>"));
}

TEST(TableMarkup, WithoutRowsThereIsNone) { EXPECT_TRUE(table({"c", {{"x"}}, {}}).empty()); }

TEST(Provenance, ShowsTheCommandAsTyped) {
  const std::string markup =
      provenance("kaskad grid 'a b' > x", {{"hash", "12ab"}, {"none", ""}}).markup();
  EXPECT_TRUE(contains(markup, "<code>kaskad grid &#39;a b&#39; &gt; x</code>"));
  EXPECT_TRUE(contains(markup, "<dt>hash</dt><dd>12ab</dd>"));
  EXPECT_FALSE(contains(markup, "none"));
}

}  // namespace
}  // namespace kaskad::html
