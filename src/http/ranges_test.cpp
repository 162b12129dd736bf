#include "http/ranges.h"

#include <gtest/gtest.h>

#include <string>

namespace longtake::http {
namespace {

constexpr RangeChoice whole{RangeKind::whole, {}};
constexpr RangeChoice unsatisfiable{RangeKind::unsatisfiable, {}};

RangeChoice partial(std::uint64_t first, std::uint64_t size) {
  return {RangeKind::partial, {first, size}};
}

TEST(ChooseRange, SingleRanges) {
  EXPECT_EQ(choose_range("bytes=0-0", 100), partial(0, 1));
  EXPECT_EQ(choose_range("bytes=0-99", 100), partial(0, 100));
  EXPECT_EQ(choose_range("bytes=10-19", 100), partial(10, 10));
  EXPECT_EQ(choose_range("bytes=10-", 100), partial(10, 90));
  EXPECT_EQ(choose_range("bytes=90-1000", 100), partial(90, 10));
  EXPECT_EQ(choose_range("bytes=-10", 100), partial(90, 10));
  EXPECT_EQ(choose_range("bytes=-1000", 100), partial(0, 100));
  EXPECT_EQ(choose_range("Bytes=1-2", 100), partial(1, 2));
  EXPECT_EQ(choose_range("bytes= 1 - 2 ", 100), partial(1, 2));
  EXPECT_EQ(choose_range("bytes=99-18446744073709551615", 100), partial(99, 1));
}

TEST(ChooseRange, OutsideIsUnsatisfiable) {
  EXPECT_EQ(choose_range("bytes=100-", 100), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=100-200", 100), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-0", 100), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=0-", 0), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", 0), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=99999999999999999999999-", 100), unsatisfiable);
}

TEST(ChooseRange, WhatIsNotUnderstoodIsIgnored) {
  for (const char* text : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5",
                           "items=0-1", "bytes=+1-2", "bytes=1", "bytes=--5", "bytes=0x1-2"})
    EXPECT_EQ(choose_range(text, 100), whole) << text;
}

TEST(EtagListed, ComparesWeaklyAndStrongly) {
  EXPECT_TRUE(etag_listed(R"("a")", R"("a")", Compare::strong));
  EXPECT_TRUE(etag_listed(R"("x", "a,b" , W/"c")", R"("a,b")", Compare::strong));
  EXPECT_FALSE(etag_listed(R"(W/"a")", R"("a")", Compare::strong));
  EXPECT_FALSE(etag_listed(R"("a")", R"(W/"a")", Compare::strong));
  EXPECT_TRUE(etag_listed(R"(W/"a")", R"("a")", Compare::weak));
  EXPECT_TRUE(etag_listed(R"("a")", R"(W/"a")", Compare::weak));
  EXPECT_FALSE(etag_listed(R"("ab")", R"("a")", Compare::weak));
  EXPECT_FALSE(etag_listed("a", R"("a")", Compare::weak));
  EXPECT_FALSE(etag_listed(R"("a)", R"("a")", Compare::weak));
}

class ApplyConditions : public ::testing::Test {
 protected:
  static constexpr std::string_view text = "0123456789";
  static constexpr const char* modified = "Sun, 06 Nov 1994 08:49:37 GMT";

  Response answer(std::initializer_list<std::pair<const char*, const char*>> headers,
                  Method method = Method::get) {
    Request request;
    request.method = method;
    for (const auto& [name, value] : headers)
      request.headers.add(name, value);
    media::SliceList slices;
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    slices.append(media::Bytes{bytes, bytes + 4});
    slices.append(media::Bytes{bytes + 4, bytes + 10});
    auto response =
        Response::slices(std::move(slices), "video/mp4").with_etag("v1").with("Last-Modified", modified);
    apply_conditions(request, response);
    return response;
  }

  static std::string body_of(const Response& response) {
    const auto bytes = response.body.slices()->read_all().value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

TEST_F(ApplyConditions, WholeAnswerSaysThatRangesWork) {
  const auto response = answer({});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("Accept-Ranges"), "bytes");
  EXPECT_EQ(body_of(response), text);
}

TEST_F(ApplyConditions, RangeAcrossSlices) {
  const auto response = answer({{"Range", "bytes=2-6"}});
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.headers.find("Content-Range"), "bytes 2-6/10");
  EXPECT_EQ(response.headers.find("ETag"), "\"v1\"");
  EXPECT_EQ(body_of(response), "23456");
}

TEST_F(ApplyConditions, HeadAnswersAsGetWould) {
  const auto response = answer({{"Range", "bytes=2-6"}}, Method::head);
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.body.size(), 5u);
}

TEST_F(ApplyConditions, UnsatisfiableNamesTheSize) {
  const auto response = answer({{"Range", "bytes=10-"}});
  EXPECT_EQ(response.status, 416);
  EXPECT_EQ(response.headers.find("Content-Range"), "bytes */10");
  EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
}

TEST_F(ApplyConditions, IfRange) {
  EXPECT_EQ(answer({{"Range", "bytes=2-6"}, {"If-Range", "\"v1\""}}).status, 206);
  EXPECT_EQ(answer({{"Range", "bytes=2-6"}, {"If-Range", "\"v0\""}}).status, 200);
  EXPECT_EQ(answer({{"Range", "bytes=2-6"}, {"If-Range", "W/\"v1\""}}).status, 200);
  EXPECT_EQ(answer({{"Range", "bytes=2-6"}, {"If-Range", modified}}).status, 206);
  EXPECT_EQ(answer({{"Range", "bytes=2-6"}, {"If-Range", "Sun, 06 Nov 1994 08:49:38 GMT"}}).status, 200);
  EXPECT_EQ(answer({{"Range", "bytes=10-"}, {"If-Range", "\"v0\""}}).status, 200);
}

TEST_F(ApplyConditions, IfNoneMatch) {
  const auto response = answer({{"If-None-Match", "\"v0\", W/\"v1\""}, {"Range", "bytes=0-1"}});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.headers.find("ETag"), "\"v1\"");
  EXPECT_FALSE(response.headers.contains("Content-Type"));
  EXPECT_EQ(response.body.size(), 0u);
  EXPECT_EQ(answer({{"If-None-Match", "\"v0\""}}).status, 200);
  EXPECT_EQ(answer({{"If-None-Match", "*"}}).status, 304);
}

TEST_F(ApplyConditions, WhatMustNotBeKeptIsAnsweredWhole) {
  Request request;
  request.headers.add("If-None-Match", "\"v1\"");
  auto response = Response::json("{}").with_etag("v1").with("Cache-Control", "no-store");
  apply_conditions(request, response);
  EXPECT_EQ(response.status, 200);
}

TEST_F(ApplyConditions, IfModifiedSinceCountsOnlyWithoutIfNoneMatch) {
  EXPECT_EQ(answer({{"If-Modified-Since", modified}}).status, 304);
  EXPECT_EQ(answer({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}).status, 200);
  EXPECT_EQ(answer({{"If-Modified-Since", "yesterday"}}).status, 200);
  EXPECT_EQ(answer({{"If-Modified-Since", modified}, {"If-None-Match", "\"v0\""}}).status, 200);
}

TEST_F(ApplyConditions, IfMatchAndIfUnmodifiedSince) {
  EXPECT_EQ(answer({{"If-Match", "\"v1\""}}).status, 200);
  EXPECT_EQ(answer({{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(answer({{"If-Match", "\"v0\""}}).status, 412);
  EXPECT_EQ(answer({{"If-Unmodified-Since", modified}}).status, 200);
  EXPECT_EQ(answer({{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}).status, 412);
}

TEST_F(ApplyConditions, LeavesOtherAnswersAlone) {
  EXPECT_EQ(answer({{"If-None-Match", "*"}}, Method::post).status, 200);
  Request request;
  request.headers.add("If-None-Match", "*");
  request.headers.add("Range", "bytes=0-0");
  auto missing = Response::text("no", 404);
  apply_conditions(request, missing);
  EXPECT_EQ(missing.status, 404);
}

}  // namespace
}  // namespace longtake::http
