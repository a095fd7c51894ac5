#include "kaskad/sim/log_files.h"

#include <charconv>
#include <filesystem>
#include <initializer_list>

#include "kaskad/core/file.h"

namespace kaskad::sim {
namespace {

std::string numbered(char kind, uint64_t number) {
  char text[24] = {kind};
  return {text, std::to_chars(text + 1, text + sizeof(text), number).ptr};
}

std::unique_ptr<TextFile> create(const LogFileOptions& options, const std::string& name,
                                 std::initializer_list<std::string_view> columns) {
  auto file = TextFile::create(options.directory + "/" + name + options.extension);
  for (const std::string_view column : columns) file->cell(column);
  file->end_row();
  return file;
}

std::string quoted_list(std::span<const float> values) {
  std::string text = "\"[";
  for (const float value : values) {
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed, 4).ptr;
    if (text.size() > 2) text += ", ";
    text.append(digits, end);
  }
  return text + "]\"";
}

std::string top_name(const Marketplace& market, uint32_t top) {
  return market.catalogue().words().text(market.catalogue().top_words()[top]);
}

std::string leaf_name(const Marketplace& market, uint32_t leaf) {
  return market.catalogue().words().text(market.catalogue().leaves()[leaf].words[0]);
}

// Empty for none.
std::string brand_name(const Marketplace& market, uint32_t brand) {
  const Catalogue& catalogue = market.catalogue();
  return brand == kNone ? "" : catalogue.words().text(catalogue.brands()[brand].word);
}

std::string attribute_name(const Marketplace& market, uint32_t attribute) {
  const Catalogue& catalogue = market.catalogue();
  return attribute == kNone ? "" : catalogue.words().text(catalogue.attributes()[attribute].word);
}

std::string joined(const Words& words, std::span<const WordId> ids, char between) {
  std::string text;
  for (const WordId id : ids) {
    if (!text.empty()) text += between;
    text += words.text(id);
  }
  return text;
}

const char* style_name(int style) { return style < 0 ? "s1" : style > 0 ? "s3" : "s2"; }

// Items that come after the log are not known to it.
void write_items(const Marketplace& market, const LogFileOptions& options) {
  const Catalogue& catalogue = market.catalogue();
  const auto file = create(options, "items",
                           {"item_id", "title", "category", "subcategory", "brand", "style",
                            "price", "born", "content"});
  const auto truth = create(options, "truth/items",
                            {"item_id", "price_level", "look", "quality", "born", "died", "taste"});
  for (uint32_t i = 0; i < catalogue.size(); ++i) {
    const Item& item = catalogue.item(i);
    truth->cell(item_name(i)).cell(item.price_level).cell(item.look).cell(item.quality);
    truth->cell(item.born);
    (item.died == kForever ? truth->cell("") : truth->cell(item.died))
        .cell(quoted_list(catalogue.latent(i)));
    truth->end_row();
    if (item.born >= market.log_end()) continue;
    file->cell(item_name(i)).cell(joined(catalogue.words(), item.title, ' '));
    file->cell(top_name(market, catalogue.leaves()[item.leaf].top));
    file->cell(leaf_name(market, item.leaf)).cell(brand_name(market, item.brand));
    file->cell(style_name(item.style)).cell(item.price).cell(item.born);
    file->cell(quoted_list(catalogue.content(i)));
    file->end_row();
  }
  file->close();
  truth->close();
}

void write_users(const Marketplace& market, const LogFileOptions& options) {
  const Population& people = market.population();
  const auto file = create(options, "users", {"user_id", "country", "gender", "age_group"});
  const auto truth = create(options, "truth/users",
                            {"user_id", "price_level", "joined", "taste_first", "taste_last"});
  for (uint32_t user = 0; user < people.size(); ++user) {
    const Traits traits = people.traits(user);
    file->cell(user_name(user)).cell(country_name(traits.country));
    file->cell(gender_name(traits.gender)).cell(age_group_name(traits.age_group)).end_row();
    truth->cell(user_name(user)).cell(traits.price_level).cell(traits.joined);
    truth->cell(quoted_list(people.taste(user, kStart)));
    truth->cell(quoted_list(people.taste(user, market.log_end()))).end_row();
  }
  file->close();
  truth->close();
}

void write_queries(const Marketplace& market, const LogFileOptions& options) {
  const auto file = create(options, "queries", {"query", "tokens"});
  const auto truth =
      create(options, "truth/queries",
             {"query", "topic", "share", "category", "subcategory", "brand", "attribute"});
  const QueryBook& book = market.book();
  for (const Query& query : book.queries()) {
    file->cell(query.text).cell(joined(market.catalogue().words(), query.words, '|')).end_row();
  }
  for (uint32_t t = 0; t < book.topics().size(); ++t) {
    const Topic& topic = book.topic(t);
    for (const uint32_t query : topic.queries) {
      truth->cell(book.query(query).text).cell(t).cell(topic.weight);
      truth->cell(top_name(market, market.catalogue().leaves()[topic.leaf].top));
      truth->cell(leaf_name(market, topic.leaf)).cell(brand_name(market, topic.brand));
      truth->cell(attribute_name(market, topic.attribute)).end_row();
    }
  }
  file->close();
  truth->close();
}

}  // namespace

std::string user_name(uint32_t user) { return numbered('u', user); }
std::string item_name(uint32_t item) { return numbered('i', item); }

void write_tables(const Marketplace& market, const LogFileOptions& options) {
  std::filesystem::create_directories(options.directory + "/truth");
  write_file(options.directory + "/truth/config.json", to_json(market.options()));
  write_items(market, options);
  write_users(market, options);
  write_queries(market, options);
}

LogFiles::LogFiles(const Marketplace& market, const LogFileOptions& options) : market_(market) {
  std::filesystem::create_directories(options.directory + "/truth");
  interactions_ = create(options, "interactions", {"user_id", "item_id", "timestamp", "action"});
  impressions_ =
      create(options, "impressions",
             {"request_id", "user_id", "item_id", "timestamp", "position", "action", "query"});
  requests_ = create(
      options, "truth/requests",
      {"request_id", "visit", "page", "user_id", "timestamp", "query", "topic", "price_level"});
  if (!options.truth_of_shown) return;
  shown_ = create(options, "truth/shown",
                  {"request_id", "item_id", "position", "relevance", "click_probability"});
}

void LogFiles::page(const PageRecord& page) {
  if (page.shown.empty()) return;
  const std::string request = numbered('r', pages_++);
  for (uint32_t position = 1; position <= page.shown.size(); ++position) {
    const ShownItem& shown = page.shown[position - 1];
    bool any = false;
    for (size_t a = 0; a < kActions; ++a) {
      if (shown.done[a] == 0) continue;
      impression(request, page, position, kActionNames[a]);
      any = true;
    }
    if (!any) impression(request, page, position, "");
  }
  truth(request, page);
}

void LogFiles::impression(const std::string& request, const PageRecord& page, uint32_t position,
                          const char* action) {
  impressions_->cell(request).cell(user_name(page.user));
  impressions_->cell(item_name(page.shown[position - 1].item)).cell(page.time).cell(position);
  impressions_->cell(action).cell(market_.book().query(page.query).text).end_row();
}

void LogFiles::truth(const std::string& request, const PageRecord& page) {
  requests_->cell(request).cell(page.visit).cell(page.number).cell(user_name(page.user));
  requests_->cell(page.time).cell(market_.book().query(page.query).text).cell(page.topic);
  requests_->cell(page.price_level).end_row();
  if (!shown_) return;
  for (uint32_t position = 1; position <= page.shown.size(); ++position) {
    const ShownItem& shown = page.shown[position - 1];
    shown_->cell(request).cell(item_name(shown.item)).cell(position).cell(shown.relevance);
    shown_->cell(market_.click_probability(shown.relevance, position)).end_row();
  }
}

void LogFiles::action(const ActionRecord& action) {
  interactions_->cell(user_name(action.user)).cell(item_name(action.item)).cell(action.time);
  interactions_->cell(kActionNames[action.action]).end_row();
}

void LogFiles::close() {
  for (const auto* file : {&interactions_, &impressions_, &requests_, &shown_}) {
    if (*file) (*file)->close();
  }
}

}  // namespace kaskad::sim
