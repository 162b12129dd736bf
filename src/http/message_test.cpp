#include "http/message.h"

#include <gtest/gtest.h>

#include "http/events.h"
#include "http/head.h"
#include "http/peers.h"
#include "http/problem.h"

namespace longtake::http {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Set-Cookie", "a");
  headers.add("set-cookie", "b");
  EXPECT_EQ(headers.find("SET-COOKIE"), "a");
  headers.set("sEt-cookie", "c");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 1);
  headers.remove("Set-Cookie");
  EXPECT_FALSE(headers.contains("Set-Cookie"));
}

TEST(Request, FindsCookies) {
  Request request;
  request.headers.add("Cookie", "a=1; session=x=y;b=2");
  request.headers.add("cookie", "c=3");
  EXPECT_EQ(request.find_cookie("session"), "x=y");
  EXPECT_EQ(request.find_cookie("b"), "2");
  EXPECT_EQ(request.find_cookie("c"), "3");
  EXPECT_EQ(request.find_cookie("sess"), std::nullopt);
}

TEST(HttpDate, RoundTrips) {
  const auto time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_us(*time), 784111777000000);
  EXPECT_EQ(format_http_date(*time + Micros{999999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const char* bad :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, -6 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST(FormatHead, AddsWhatEveryAnswerNeeds) {
  const auto head =
      format_head(Response::json("{}").with_etag("7").with("X-Bad", "a\r\nInjected: yes"),
                  {.request_id = "id-1", .now = wall_from_us(784111777000000), .keep_alive = false});
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
            "ETag: \"7\"\r\nX-Bad: aInjected: yes\r\nContent-Length: 2\r\nConnection: close\r\nX-Request-Id: "
            "id-1\r\n"
            "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n");
}

TEST(FormatHead, KeepsBrowsersAtTls) {
  const std::string_view line = "\r\nStrict-Transport-Security: max-age=63072000\r\n";
  EXPECT_EQ(format_head(Response::empty(204), {}).find(line), std::string::npos);
  EXPECT_NE(format_head(Response::empty(204), {.secure = true}).find(line), std::string::npos);
}

TEST(FormatHead, MediaMayBeHandedOn) {
  const std::string_view line = "\r\nCross-Origin-Resource-Policy: same-origin\r\n";
  EXPECT_NE(format_head(Response::text("x"), {}).find(line), std::string::npos);
  for (const char* type :
       {"video/mp4; codecs=\"avc1.64001f\"", "audio/mp4", "image/jpeg", "application/vnd.apple.mpegurl"})
    EXPECT_EQ(format_head(Response::slices({}, type), {}).find(line), std::string::npos) << type;
}

TEST(FormatHead, NoLengthWhereThereIsNoBody) {
  for (const int status : {204, 304})
    EXPECT_EQ(format_head(Response::empty(status), {}).find("Content-Length"), std::string::npos) << status;
  EXPECT_NE(format_head(Response::empty(201), {}).find("Content-Length: 0\r\n"), std::string::npos);
  EXPECT_EQ(format_head(Response::events(EventStream::create()), {}).find("Content-Length"),
            std::string::npos);
}

TEST(Problem, WritesFieldsInProblemForm) {
  const auto response = problem(Problem{.status = 400,
                                        .detail = "two fields are wrong",
                                        .errors = {{"source.url", "is \"empty\""}, {"name", "too\nlong"}}});
  EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(
      *response.body.text(),
      R"({"type":"urn:longtake:invalid","title":"Bad Request","status":400,"detail":"two fields are wrong",)"
      R"("errors":[{"field":"source.url","message":"is \"empty\""},{"field":"name","message":"too\u000along"}]})");
}

TEST(Problem, EveryCodeHasItsStatusAndInternalTextStays) {
  const std::pair<Code, int> table[] = {
      {Code::not_found, 404}, {Code::invalid, 400}, {Code::conflict, 409}, {Code::unavailable, 503},
      {Code::forbidden, 403}, {Code::full, 507},    {Code::internal, 500}};
  for (const auto& [code, status] : table) {
    const auto response = problem(Error{code, "the secret cause"});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body.text()->find("secret") == std::string::npos, code == Code::internal);
  }
  EXPECT_EQ(problem(503, "").headers.find("Retry-After"), "1");
}

TEST(JsonQuote, IsAlwaysValidJsonText) {
  EXPECT_EQ(json_quote("a\"\\\x01\xc3\xa4\xf0\x9f\x8e\xa5"), "\"a\\\"\\\\\\u0001\xc3\xa4\xf0\x9f\x8e\xa5\"");
  // Lone, overlong, surrogate, cut.
  for (const char* bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_NE(json_quote(bad).find("\xef\xbf\xbd"), std::string::npos);
}

TEST(FormatEvent, KeepsLinesAndFieldsApart) {
  EXPECT_EQ(format_event("state", "7", "{\"a\":1}"), "event: state\nid: 7\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(format_event("", "", "one\ntwo"), "data: one\ndata: two\n\n");
  EXPECT_EQ(format_event("a\ndata: forged", "", "x"), "event: adata: forged\ndata: x\n\n");
}

TEST(EventStream, ClosesWhenItsReaderIsTooSlow) {
  const auto stream = EventStream::create({.queue_limit = 40});
  int closed = 0;
  stream->on_close([&] { ++closed; });
  EXPECT_TRUE(stream->send("a", "1", "0123456789"));
  EXPECT_FALSE(stream->send("a", "2", "0123456789"));
  EXPECT_TRUE(stream->closed());
  EXPECT_TRUE(stream->overflowed());
  EXPECT_FALSE(stream->send("a", "3", ""));
  EXPECT_EQ(closed, 1);
  stream->close();
  EXPECT_EQ(closed, 1);
  stream->on_close([&] { ++closed; });
  EXPECT_EQ(closed, 2);
}

TEST(EventStream, BeatsOnlyWhenSilent) {
  const auto stream = EventStream::create();
  int woken = 0;
  stream->on_ready([&] { ++woken; });
  stream->beat();
  EXPECT_EQ(stream->take(), ":\n\n");
  stream->send("", "", "x");
  EXPECT_EQ(woken, 1);
  stream->beat();
  EXPECT_EQ(stream->take(), "data: x\n\n");
  EXPECT_EQ(stream->take(), "");
}

io::Address address(std::string_view text) {
  return io::Address::parse(text).value();
}

TEST(TrustedProxies, BelievesOnlyThem) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "::1"}).value();
  Request request;
  request.headers.add("X-Forwarded-For", "1.1.1.1, 8.8.8.8, 10.0.0.3");
  request.headers.add("X-Forwarded-Proto", "https");
  proxies.identify(address("10.0.0.2"), request);
  EXPECT_EQ(request.remote, address("8.8.8.8"))
      << "the last one that is not ours; what is before it may be invented";
  EXPECT_TRUE(request.secure);
  proxies.identify(address("9.9.9.9"), request);
  EXPECT_EQ(request.remote, address("9.9.9.9"));
  EXPECT_FALSE(request.secure);
  request.headers.add("X-Forwarded-For", "nonsense");
  proxies.identify(address("10.0.0.2"), request);
  EXPECT_EQ(request.remote, address("10.0.0.2"));
  EXPECT_FALSE(TrustedProxies::parse({"proxy.example"}).ok());
}

TEST(ConnectionLimits, CountPerAddressAndInAll) {
  const auto nobody = TrustedProxies::parse({}).value();
  ConnectionLimits limits{{.total = 4, .per_address = 2, .per_trusted = 3}};
  using Verdict = ConnectionLimits::Verdict;
  EXPECT_EQ(limits.admit(address("8.8.8.8"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("8.8.8.8"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("8.8.8.8"), nobody), Verdict::address_full);
  EXPECT_EQ(limits.admit(address("127.0.0.1"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("127.0.0.1"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("127.0.0.1"), nobody), Verdict::server_full);
  limits.release(address("8.8.8.8"));
  EXPECT_EQ(limits.admit(address("8.8.8.8"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.open(), 4u);
}

TEST(ConnectionLimits, AnIpv6NetworkIsOneClient) {
  const auto nobody = TrustedProxies::parse({}).value();
  ConnectionLimits limits{{.total = 9, .per_address = 2, .per_trusted = 3}};
  using Verdict = ConnectionLimits::Verdict;
  EXPECT_EQ(limits.admit(address("2001:db8:1:2::1"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("2001:db8:1:2::2"), nobody), Verdict::admitted);
  EXPECT_EQ(limits.admit(address("2001:db8:1:2:3::4"), nobody), Verdict::address_full);
  EXPECT_EQ(limits.admit(address("2001:db8:1:3::1"), nobody), Verdict::admitted);
  limits.release(address("2001:db8:1:2::1"));
  EXPECT_EQ(limits.admit(address("2001:db8:1:2:3::4"), nobody), Verdict::admitted);
}

}  // namespace
}  // namespace longtake::http
