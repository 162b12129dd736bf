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
  for (const auto* field : {"Origin", "Referer"}) {
    auto plain = with({{field, "http://tv.example:8090"}}),
         sealed = with({{field, "https://tv.example:8090"}});
    plain.secure = sealed.secure = true;
    EXPECT_FALSE(same_origin(plain)) << "whoever sits on the line writes plain pages";
    EXPECT_TRUE(same_origin(sealed));
  }
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

TEST(SourceUrl, SecretsOfTheQueryAreMaskedAndPutBack) {
  const std::string stored = "srt://host:9000?mode=caller&passphrase=abc123&token=one&token=two";
  const auto shown = public_url(stored);
  EXPECT_EQ(shown.url, "srt://host:9000?mode=caller&passphrase=***&token=***&token=***");
  EXPECT_TRUE(shown.had_credentials);
  EXPECT_TRUE(has_masked_secret(shown.url));
  EXPECT_FALSE(has_masked_secret(stored));
  EXPECT_EQ(with_stored_credentials(shown.url, stored), stored);
  EXPECT_EQ(with_stored_credentials("srt://host:9000?token=***&passphrase=***&latency=2", stored),
            "srt://host:9000?token=one&passphrase=abc123&latency=2");
  EXPECT_EQ(with_stored_credentials("srt://host:9000?passphrase=new", stored),
            "srt://host:9000?passphrase=new");
  const auto elsewhere = with_stored_credentials("srt://other:9000?passphrase=***", stored);
  EXPECT_EQ(elsewhere, "srt://other:9000?passphrase=***") << "another host never gets them";
  EXPECT_TRUE(has_masked_secret(elsewhere));
  const std::string both = "http://me:pw@host/a.m3u8?key=k#part";
  EXPECT_EQ(public_url(both).url.find("pw"), std::string::npos);
  EXPECT_EQ(with_stored_credentials(public_url(both).url, both), both);
  EXPECT_EQ(with_stored_credentials("http://host/b.m3u8?key=***#part", both),
            "http://me:pw@host/b.m3u8?key=k#part");
}

TEST(SourceUrl, APasswordWithASlashIsNotShown) {
  const std::string stored = "rtsp://admin:pa/ss@cam/live";
  EXPECT_EQ(public_url(stored).url, "rtsp://cam/live");
  EXPECT_TRUE(public_url(stored).had_credentials);
  EXPECT_EQ(with_stored_credentials("rtsp://cam/live", stored), stored);
  EXPECT_FALSE(ingest::check_address(stored).ok());
  EXPECT_TRUE(ingest::check_address("rtsp://admin:pa%2Fss@cam/live").ok());
  EXPECT_TRUE(ingest::check_address("https://host/@name/live").ok());
}

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(0) + passed; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  Micros passed{0};
};

const Idempotency::Caller somebody{OrganizationId{1}, UserId{1}};

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
  EXPECT_EQ(idempotency.once(keyed("k", "a"), somebody, work)->status, 201);
  const auto again = idempotency.once(keyed("k", "a"), somebody, work);
  EXPECT_EQ(*again->body.text(), "1");
  EXPECT_EQ(idempotency.once(keyed("k", "b"), somebody, work)->status, 409);
  EXPECT_EQ(*idempotency.once(keyed("k", "a"), {OrganizationId{1}, UserId{2}}, work)->body.text(), "2")
      << "keys are a caller's own";
  EXPECT_EQ(*idempotency.once(keyed("k", "a"), {OrganizationId{2}, UserId{1}}, work)->body.text(), "3")
      << "and of one organization";
  clock.passed = std::chrono::hours{25};
  EXPECT_EQ(*idempotency.once(keyed("k", "a"), somebody, work)->body.text(), "4");
}

TEST(Idempotency, FailuresAreNotRemembered) {
  FakeClock clock;
  Idempotency idempotency{clock};
  EXPECT_FALSE(
      idempotency
          .once(keyed("k", "a"), somebody,
                []() -> Result<http::Response> { return make_error(Code::unavailable, "database away"); })
          .ok());
  EXPECT_EQ(idempotency
                .once(keyed("k", "a"), somebody,
                      []() -> Result<http::Response> { return http::Response::text("x", 201); })
                ->status,
            201);
  const auto bug = []() -> Result<http::Response> { throw std::runtime_error("bug"); };
  EXPECT_THROW((void)idempotency.once(keyed("t", "a"), somebody, bug), std::runtime_error);
  EXPECT_EQ(idempotency
                .once(keyed("t", "a"), somebody,
                      []() -> Result<http::Response> { return http::Response::text("x", 201); })
                ->status,
            201);
}

TEST(Idempotency, WhatStillRunsKeepsNothingElse) {
  FakeClock clock;
  Idempotency idempotency{clock, {.keys = 2}};
  int runs = 0;
  const auto work = [&]() -> Result<http::Response> {
    return http::Response::text(std::to_string(++runs), 201);
  };
  const auto outer = [&]() -> Result<http::Response> {
    for (const auto* key : {"a", "b", "c", "d"})
      (void)idempotency.once(keyed(key, ""), somebody, work);
    EXPECT_EQ(*idempotency.once(keyed("a", ""), somebody, work)->body.text(), "5")
        << "the oldest is forgotten";
    EXPECT_EQ(idempotency.once(keyed("long", ""), somebody, work)->status, 409) << "it runs still";
    return http::Response::text("done", 201);
  };
  EXPECT_EQ(*idempotency.once(keyed("long", ""), somebody, outer)->body.text(), "done");
}

}  // namespace
}  // namespace longtake::api
