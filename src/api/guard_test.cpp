#include "api/guard.h"

#include <gtest/gtest.h>

#include "api/encode.h"

namespace longtake::api {
namespace {

http::Request with(std::vector<std::pair<std::string, std::string>> headers) {
  http::Request request;
  request.method = http::Method::post;
  request.headers.set("Host", "tv.example:8090");
  for (auto& [name, value] : headers)
    request.headers.set(name, value);
  return request;
}

TEST(SameOrigin, BelievesOriginThenRefererThenFetchSite) {
  EXPECT_TRUE(same_origin(with({})));
  EXPECT_TRUE(same_origin(with({{"Origin", "http://tv.example:8090"}})));
  EXPECT_FALSE(same_origin(with({{"Origin", "http://evil.example"}})));
  EXPECT_FALSE(same_origin(with({{"Origin", "http://tv.example"}})));
  EXPECT_FALSE(same_origin(with({{"Origin", "null"}})));
  EXPECT_TRUE(same_origin(with({{"Referer", "https://tv.example:8090/watch/1"}})));
  EXPECT_FALSE(same_origin(with({{"Referer", "https://evil.example/tv.example:8090"}})));
  EXPECT_TRUE(same_origin(with({{"Sec-Fetch-Site", "same-origin"}})));
  EXPECT_FALSE(same_origin(with({{"Sec-Fetch-Site", "cross-site"}})));
}

TEST(SourceUrl, KindComesFromSchemeAndPath) {
  EXPECT_EQ(source_kind("https://host/live/index.m3u8?x=1"), "hls");
  EXPECT_EQ(source_kind("http://host/stream.ts"), "http");
  EXPECT_EQ(source_kind("RTSPS://host/1"), "rtsp");
  EXPECT_EQ(source_kind("rtmps://host/1"), "rtmp");
  EXPECT_EQ(source_kind("srt://host:9000"), "srt");
}

TEST(SourceUrl, CredentialsAreTakenOutAndPutBack) {
  const std::string stored = "rtsp://admin:pa@ss@10.0.0.2:554/live";
  const auto shown = public_url(stored);
  EXPECT_EQ(shown.url, "rtsp://10.0.0.2:554/live");
  EXPECT_TRUE(shown.had_credentials);
  EXPECT_FALSE(public_url(shown.url).had_credentials);
  EXPECT_EQ(with_stored_credentials(shown.url, stored), stored);
  EXPECT_EQ(with_stored_credentials("rtsp://10.0.0.2:554/other", stored),
            "rtsp://admin:pa@ss@10.0.0.2:554/other");
  EXPECT_EQ(with_stored_credentials("rtsp://10.0.0.3:554/live", stored), "rtsp://10.0.0.3:554/live")
      << "another host never gets them";
  EXPECT_EQ(with_stored_credentials("rtsp://me:x@10.0.0.2:554/live", stored),
            "rtsp://me:x@10.0.0.2:554/live");
}

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(0) + passed; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  Micros passed{0};
};

http::Request keyed(const std::string& key, const std::string& body) {
  auto request = with({{"Idempotency-Key", key}});
  request.target = "/api/v1/channels";
  request.body = body;
  return request;
}

TEST(Idempotency, ARepeatedWriteAnswersAsTheFirstTime) {
  FakeClock clock;
  Idempotency idempotency{clock};
  int runs = 0;
  const auto work = [&]() -> Result<http::Response> {
    return http::Response::text(std::to_string(++runs), 201);
  };
  EXPECT_EQ(idempotency.once(keyed("k", "a"), UserId{1}, work)->status, 201);
  const auto again = idempotency.once(keyed("k", "a"), UserId{1}, work);
  EXPECT_EQ(*again->body.text(), "1");
  EXPECT_EQ(idempotency.once(keyed("k", "b"), UserId{1}, work)->status, 409);
  EXPECT_EQ(*idempotency.once(keyed("k", "a"), UserId{2}, work)->body.text(), "2")
      << "keys are a caller's own";
  clock.passed = std::chrono::hours{25};
  EXPECT_EQ(*idempotency.once(keyed("k", "a"), UserId{1}, work)->body.text(), "3");
}

TEST(Idempotency, FailuresAreNotRemembered) {
  FakeClock clock;
  Idempotency idempotency{clock};
  EXPECT_FALSE(
      idempotency
          .once(keyed("k", "a"), UserId{1},
                []() -> Result<http::Response> { return make_error(Code::unavailable, "database away"); })
          .ok());
  EXPECT_EQ(idempotency
                .once(keyed("k", "a"), UserId{1},
                      []() -> Result<http::Response> { return http::Response::text("x", 201); })
                ->status,
            201);
}

}  // namespace
}  // namespace longtake::api
