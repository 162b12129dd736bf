#include "api/decode.h"

#include <gtest/gtest.h>

namespace longtake::api {
namespace {

http::Request body(std::string text) {
  http::Request request;
  request.method = http::Method::post;
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(text);
  return request;
}

http::Request query(std::vector<std::pair<std::string, std::string>> items) {
  http::Request request;
  for (auto& [name, value] : items)
    request.query.add(name, value);
  return request;
}

std::string text_of(const http::Response& response) {
  return *response.body.text();
}

TEST(Versions, IfMatchNamesWhatIsEdited) {
  http::Request request;
  EXPECT_FALSE(names_version(request));
  EXPECT_TRUE(is_of_version(request, 3));
  request.headers.set("If-Match", "*");
  EXPECT_FALSE(names_version(request));
  EXPECT_TRUE(is_of_version(request, 3));
  request.headers.set("If-Match", "\"2\", \"3\"");
  EXPECT_TRUE(names_version(request));
  EXPECT_TRUE(is_of_version(request, 3));
  EXPECT_FALSE(is_of_version(request, 4));
  request.headers.set("If-Match", "W/\"3\"");
  EXPECT_FALSE(is_of_version(request, 3)) << "weak tags match no edit";
}

TEST(Fields, ReadsWhatIsThere) {
  const auto request = body(R"({"name":"Züri","n":7,"on":true,"limit":null,"source":{"url":"x"}})");
  Fields fields{request};
  EXPECT_EQ(fields.required_text("name", {1, 4}), "Züri");
  EXPECT_EQ(fields.integer("n", {1, 9}), 7);
  EXPECT_EQ(fields.boolean("on"), true);
  const auto limit = fields.nullable_integer("limit", {1, 9});
  ASSERT_TRUE(limit.has_value());
  EXPECT_FALSE(limit->has_value());
  auto source = fields.required_object("source");
  EXPECT_EQ(source.required_text("url", {1, 9}), "x");
  fields.join(source);
  EXPECT_FALSE(fields.text("absent", {1, 9}));
  EXPECT_FALSE(fields.finish());
}

TEST(Fields, NamesEveryMistakeWithItsPath) {
  const auto request = body(R"({"nam":"x","n":70,"on":"yes","kind":"z","source":{"ur":1}})");
  Fields fields{request};
  (void)fields.required_text("name", {1, 4});
  (void)fields.integer("n", {1, 9});
  (void)fields.boolean("on");
  (void)fields.choice("kind", {"a", "b"});
  auto source = fields.required_object("source");
  (void)source.required_text("url", {1, 9});
  fields.join(source);
  const auto response = fields.finish();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  const auto text = text_of(*response);
  for (const char* part :
       {"name: is missing", "nam: unknown; the nearest is 'name'", "n: must be a whole number from 1 to 9",
        "on: must be true or false", "kind: must be one of a, b", "source.url: is missing",
        "source.ur: unknown; the nearest is 'url'"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(Fields, RefusesWhatIsNoObject) {
  for (const char* bad : {"", "[]", "7", "{", "{\"a\":1}x"}) {
    const auto request = body(bad);
    Fields fields{request};
    EXPECT_TRUE(fields.finish()) << bad;
  }
  const auto nul = body("{\"a\":\"x\\u0000y\"}");
  Fields fields{nul};
  (void)fields.text("a", {0, 9});
  EXPECT_TRUE(fields.finish());
}

TEST(Fields, SaysLittleBackOfMuch) {
  std::string text = "{\"" + std::string(200'000, 'n') + "\":1";
  for (int i = 0; i < 50'000; ++i)
    text += fmt::format(",\"n{}\":1", i);
  Fields fields{body(text + "}")};
  fields.text("name", {1, 9});
  const auto refused = fields.finish();
  ASSERT_TRUE(refused);
  const auto said = text_of(*refused);
  EXPECT_LT(said.size(), 10'000U);
  EXPECT_NE(said.find(R"("field":"n18")"), std::string::npos);
  EXPECT_EQ(said.find(R"("field":"n19")"), std::string::npos) << "the 21st mistake";
}

TEST(Fields, CutsNamesBetweenCharacters) {
  Fields fields{body("{\"" + std::string(59, 'n') + "\u00fc\u00fc\":1}")};
  const auto refused = fields.finish();
  ASSERT_TRUE(refused);
  EXPECT_NE(text_of(*refused).find("\"field\":\"" + std::string(59, 'n') + "...\""), std::string::npos)
      << text_of(*refused);
}

TEST(Fields, KeepsTheLimitWhenReadersJoin) {
  std::string many;
  for (int i = 0; i < 30; ++i)
    many += fmt::format("{}\"n{}\":1", i ? "," : "", i);
  Fields fields{body("{\"a\":{" + many + "},\"b\":{" + many + "}}")};
  for (const auto* name : {"a", "b"}) {
    auto inner = fields.required_object(name);
    fields.join(inner);
  }
  const auto said = text_of(*fields.finish());
  EXPECT_NE(said.find(R"("field":"a.n19")"), std::string::npos);
  EXPECT_EQ(said.find(R"("field":"b.)"), std::string::npos);
}

TEST(Parameters, ReadsInstantsAndNumbers) {
  const auto request =
      query({{"from", "1970-01-01T00:00:01Z"}, {"to", "live"}, {"width", "40"}, {"cut", "exact"}});
  Parameters parameters{request};
  EXPECT_EQ(parameters.required_instant("from"), wall_from_us(1'000'000));
  EXPECT_FALSE(parameters.instant_or_live("to"));
  EXPECT_EQ(parameters.integer("width", 0, {1, 99}), 40);
  EXPECT_EQ(parameters.integer("step", 5, {1, 99}), 5);
  EXPECT_EQ(parameters.choice("cut", {"exact", "keyframe"}, "exact"), "exact");
  EXPECT_FALSE(parameters.finish());
}

TEST(Parameters, NamesEveryMistake) {
  const auto request =
      query({{"from", "1970-01-01T00:00:01 02:00"}, {"width", "4x"}, {"cut", "rough"}, {"fro", "1"}});
  Parameters parameters{request};
  (void)parameters.required_instant("from");
  (void)parameters.required_instant("to");
  (void)parameters.integer("width", 0, {1, 99});
  (void)parameters.choice("cut", {"exact"}, "exact");
  const auto response = parameters.finish();
  ASSERT_TRUE(response);
  const auto text = text_of(*response);
  for (const char* part : {"write '+' of an offset as %2B", "to: is missing", "width: must be",
                           "cut: must be one of exact", "fro: unknown; the nearest is 'from'"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(MediaType, BodiesMustBeJson) {
  auto request = body("{}");
  EXPECT_FALSE(check_media_type(request));
  request.headers.set("Content-Type", "Application/JSON; charset=utf-8");
  EXPECT_FALSE(check_media_type(request));
  request.headers.set("Content-Type", "text/plain");
  EXPECT_EQ(check_media_type(request)->status, 415);
  request.headers.remove("Content-Type");
  EXPECT_EQ(check_media_type(request)->status, 415);
}

}  // namespace
}  // namespace longtake::api
