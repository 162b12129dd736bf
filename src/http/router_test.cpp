#include "http/router.h"

#include <gtest/gtest.h>

#include "http/target.h"

namespace longtake::http {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  void add(Method method, std::string pattern) {
    router.add(method, pattern,
               [pattern](const Request&) -> Result<Response> { return Response::text(pattern); });
  }
  Router::Match find(Method method, std::string_view path) {
    return router.find(method, parse_target(path).value().segments);
  }
  // The pattern that answers, or what is allowed in parentheses.
  std::string winner(Method method, std::string_view path) {
    const auto match = find(method, path);
    if (!match.route) return "(" + match.allow + ")";
    return *match.route->handler(Request{}).value().body.text();
  }

  Router router;
};

TEST_F(RouterTest, MostSpecificWinsWhateverTheOrder) {
  add(Method::get, "/{path...}");
  add(Method::get, "/api/channels/{id}");
  add(Method::get, "/api/channels/latest");
  add(Method::get, "/api/channels/{id}/{file}");
  add(Method::get, "/api/channels/{id}/frame.{format}");
  add(Method::get, "/api/channels/{id}/video.mp4");
  EXPECT_EQ(winner(Method::get, "/api/channels/7"), "/api/channels/{id}");
  EXPECT_EQ(winner(Method::get, "/api/channels/latest"), "/api/channels/latest");
  EXPECT_EQ(winner(Method::get, "/api/channels/7/frame.png"), "/api/channels/{id}/frame.{format}");
  EXPECT_EQ(winner(Method::get, "/api/channels/7/video.mp4"), "/api/channels/{id}/video.mp4");
  EXPECT_EQ(winner(Method::get, "/api/channels/7/frames"), "/api/channels/{id}/{file}");
  EXPECT_EQ(winner(Method::get, "/api/channels/7/frame."), "/api/channels/{id}/{file}");
  EXPECT_EQ(winner(Method::get, "/api/channels"), "/{path...}");
  EXPECT_EQ(winner(Method::get, "/"), "/{path...}");
}

TEST_F(RouterTest, GivesDecodedParameters) {
  add(Method::get, "/a/{name}/frame.{format}");
  add(Method::get, "/files/{path...}");
  const auto match = find(Method::get, "/a/x%2Fy%20z/frame.webp");
  ASSERT_EQ(match.params.size(), 2u);
  EXPECT_EQ(match.params[0], (std::pair<std::string, std::string>{"name", "x/y z"}));
  EXPECT_EQ(match.params[1], (std::pair<std::string, std::string>{"format", "webp"}));
  EXPECT_EQ(find(Method::get, "/files/a/b.js").params[0].second, "a/b.js");
  EXPECT_EQ(find(Method::get, "/files/").params[0].second, "");
  EXPECT_EQ(find(Method::get, "/files").params[0].second, "");
}

TEST_F(RouterTest, NamesMatchNoEmptySegment) {
  add(Method::get, "/a/{id}");
  EXPECT_EQ(winner(Method::get, "/a/"), "()");
  EXPECT_EQ(winner(Method::get, "/a"), "()");
  EXPECT_EQ(winner(Method::get, "/a/b/c"), "()");
}

TEST_F(RouterTest, ToldWhatIsAllowed) {
  add(Method::get, "/a/{id}");
  add(Method::delete_, "/a/{id}");
  add(Method::post, "/a/test");
  EXPECT_EQ(winner(Method::put, "/a/7"), "(DELETE, GET, HEAD, OPTIONS)");
  EXPECT_EQ(winner(Method::other, "/a/7"), "(DELETE, GET, HEAD, OPTIONS)");
  EXPECT_EQ(winner(Method::head, "/a/7"), "/a/{id}");
  // A less specific pattern that has the method still answers.
  EXPECT_EQ(winner(Method::get, "/a/test"), "/a/{id}");
  EXPECT_EQ(winner(Method::put, "/a/test"), "(DELETE, GET, HEAD, OPTIONS, POST)");
}

TEST_F(RouterTest, AFallbackAnswersOnlyWhereNothingElseLies) {
  const auto add_fallback = [&](Method method, std::string pattern) {
    router.add(method, pattern,
               [pattern](const Request&) -> Result<Response> { return Response::text(pattern); },
               {.fallback = true});
  };
  add_fallback(Method::get, "/{path...}");
  for (const auto method : {Method::get, Method::post, Method::options})
    add_fallback(method, "/api/{path...}");
  add(Method::post, "/api/resets");
  EXPECT_EQ(winner(Method::get, "/wall"), "/{path...}");
  EXPECT_EQ(winner(Method::head, "/wall"), "/{path...}");
  EXPECT_EQ(winner(Method::options, "/wall"), "(GET, HEAD, OPTIONS)");
  EXPECT_EQ(winner(Method::post, "/wall"), "()") << "there is nothing to post to";
  EXPECT_EQ(winner(Method::post, "/api/resets"), "/api/resets");
  EXPECT_EQ(winner(Method::get, "/api/resets"), "(OPTIONS, POST)") << "there is something, of another method";
  EXPECT_EQ(winner(Method::options, "/api/resets"), "(OPTIONS, POST)");
  for (const auto method : {Method::get, Method::head, Method::post, Method::options})
    EXPECT_EQ(winner(method, "/api/typo"), "/api/{path...}");
  EXPECT_EQ(find(Method::get, "/a/b").params.at(0).second, "a/b");
}

TEST(ParseTarget, DecodesPathAndQuery) {
  const auto target = parse_target("/a%20b/c%2Fd/?x=1&y=a+b%26&flag&=v&x=2").value();
  EXPECT_EQ(target.path, "/a b/c/d/");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"a b", "c/d", ""}));
  EXPECT_EQ(target.query.find("x"), "1");
  EXPECT_EQ(target.query.find("y"), "a b&");
  EXPECT_EQ(target.query.find("flag"), "");
  EXPECT_EQ(target.query.find("none"), std::nullopt);
  EXPECT_EQ(target.raw_query, "x=1&y=a+b%26&flag&=v&x=2");
  EXPECT_EQ(parse_target("http://host:80/a?b=c").value().path, "/a");
  EXPECT_EQ(parse_target("http://host").value().path, "/");
  EXPECT_TRUE(parse_target("*").value().segments.empty());
}

TEST(ParseTarget, RefusesTricks) {
  for (const char* bad : {"", "a", "/..", "/a/../b", "/a/./b", "/%2e%2e/x", "/.%2E", "/a%2f..%2fb",
                          "/..%2f..%2fetc", "/..%5c..%5cetc", "/a%00b", "/a%", "/a%1", "/a%zz", "/a?x=%",
                          "/a?x=%00", "/a#b", "/a%0d%0aSet-Cookie:x"})
    EXPECT_FALSE(parse_target(bad).ok()) << bad;
  for (const char* good : {"/...", "/a..b", "/..a", "/a?x=../..", "/%C3%A4"})
    EXPECT_TRUE(parse_target(good).ok()) << good;
}

}  // namespace
}  // namespace longtake::http
