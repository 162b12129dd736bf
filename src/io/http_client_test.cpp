#include "io/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"

namespace longtake::io {
namespace {

using namespace std::chrono_literals;

// Answers requests on loopback, one connection after the other, with what `answer` says of the request's
// header; an empty answer closes the connection.
class Peer {
 public:
  explicit Peer(std::function<std::string(const std::string&)> answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }
  ~Peer() {
    stopping_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    ::shutdown(open_.load(), SHUT_RDWR);
    thread_.join();
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }

 private:
  void run() {
    while (!stopping_) {
      const Fd connection{::accept(listener_.get(), nullptr, nullptr)};
      if (!connection) return;
      ++connections_;
      open_ = connection.get();
      serve(connection);
      open_ = -1;
    }
  }
  void serve(const Fd& connection) {
    std::string request;
    char bytes[4096];
    while (!stopping_) {
      const auto n = ::recv(connection.get(), bytes, sizeof bytes, 0);
      if (n <= 0) return;
      request.append(bytes, static_cast<std::size_t>(n));
      if (!request.ends_with("\r\n\r\n")) continue;
      const auto text = answer_(request);
      request.clear();
      if (text.empty()) return;
      ::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
    }
  }

  const std::function<std::string(const std::string&)> answer_;
  const Fd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> open_{-1}, connections_{0};
  std::thread thread_;
};

std::string ok(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" +
         body;
}

TEST(HttpClient, KeepsItsConnectionAndSendsWhatIsAsked) {
  std::string seen;
  Peer peer{[&](const std::string& request) {
    seen = request;
    return ok("body", "X-Thing:  some value \r\n");
  }};
  HttpClient client{{.user_agent = "test-agent"}};
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.get({.url = peer.url("/a?b=c"),
                                    .headers = {{"Referer", "http://page/"}, {"X-Empty", ""}},
                                    .range = ByteRange{5, 9}});
    ASSERT_TRUE(answer.ok()) << answer.error().story();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "body");
    EXPECT_EQ(answer->find_header("x-thing"), "some value");
    EXPECT_EQ(answer->final_url, peer.url("/a?b=c"));
  }
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_TRUE(seen.starts_with("GET /a?b=c HTTP/1.1\r\n")) << seen;
  for (const char* line : {"\r\nUser-Agent: test-agent\r\n", "\r\nReferer: http://page/\r\n",
                           "\r\nRange: bytes=5-9\r\n", "\r\nX-Empty:\r\n"})
    EXPECT_NE(seen.find(line), std::string::npos) << line << " in\n" << seen;
}

TEST(HttpClient, PostsAFormAndNeverToAnotherPlace) {
  std::string seen;
  Peer peer{[&](const std::string& request) {
    seen += request;
    return std::string{"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"};
  }};
  HttpClient client{{}};
  // The peer takes a blank line for the end of a request.
  const auto answer = client.post({.url = peer.url("/token")}, "code=1&grant=x\r\n\r\n");
  ASSERT_TRUE(answer.ok()) << answer.error().story();
  EXPECT_EQ(answer->status, 307);
  EXPECT_TRUE(seen.starts_with("POST /token HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("\r\nContent-Type: application/x-www-form-urlencoded\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("code=1&grant=x"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("/other"), std::string::npos) << seen;
}

TEST(HttpClient, EveryStatusIsAnAnswer) {
  Peer peer{[](const std::string&) { return "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"; }};
  HttpClient client{{}};
  int pieces = 0;
  const auto answer = client.get({.url = peer.url("/")}, [&](auto) { return ++pieces, true; });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "gone");
  EXPECT_EQ(pieces, 0) << "a sink gets bodies of success only";
}

TEST(HttpClient, HandsTheBodyToASinkWhichMayEndIt) {
  const std::string body(300'000, 'x');
  Peer peer{[&](const std::string&) { return ok(body); }};
  HttpClient client{{}};
  std::size_t all = 0;
  auto answer = client.get({.url = peer.url("/")}, [&](std::span<const std::byte> piece) {
    all += piece.size();
    return true;
  });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(all, body.size());
  EXPECT_TRUE(answer->body.empty());
  answer = client.get({.url = peer.url("/")}, [](auto) { return false; });
  EXPECT_TRUE(answer.ok());
}

TEST(HttpClient, BodyLimit) {
  Peer peer{[&](const std::string&) { return ok(std::string(1001, 'x')); }};
  HttpClient client{{}};
  EXPECT_EQ(client.get({.url = peer.url("/"), .body_limit = 1000}).error().code(), Code::full);
  EXPECT_TRUE(client.get({.url = peer.url("/"), .body_limit = 1001}).ok());
}

TEST(HttpClient, FollowsRedirectsToHttpOnlyAndNotForEver) {
  Peer peer{[&](const std::string& request) {
    const auto to = [](const std::string& where) {
      return "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nX-Old: 1\r\nLocation: " + where + "\r\n\r\n";
    };
    if (request.starts_with("GET /one ")) return to("/two");
    if (request.starts_with("GET /file ")) return to("file:///etc/passwd");
    if (request.starts_with("GET /loop ")) return to("/loop");
    return ok("arrived");
  }};
  HttpClient client{{.redirect_limit = 3}};
  const auto answer = client.get({.url = peer.url("/one")});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->body, "arrived");
  EXPECT_EQ(answer->final_url, peer.url("/two"));
  EXPECT_FALSE(answer->find_header("x-old")) << "headers are those of the last answer";
  EXPECT_EQ(client.get({.url = peer.url("/file")}).error().code(), Code::invalid);
  const auto loop = client.get({.url = peer.url("/loop")});
  ASSERT_FALSE(loop.ok());
  EXPECT_NE(loop.error().text().find("redirected more than 3 times"), std::string::npos)
      << loop.error().text();
}

TEST(HttpClient, AsksWhetherAnAddressIsAllowedAlsoAfterARedirect) {
  Peer inner{[](const std::string&) { return ok("secret"); }};
  Peer outer{[&](const std::string&) {
    return "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + inner.url("/") + "\r\n\r\n";
  }};
  int asked = 0;
  HttpClient client{{.allow_address = [&](const Address& address) {
    EXPECT_EQ(address.kind(), AddressKind::loopback);
    return ++asked == 1;  // the first hop only
  }}};
  const auto answer = client.get({.url = outer.url("/")});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::forbidden);
  EXPECT_NE(answer.error().text().find("127.0.0.1, a loopback address"), std::string::npos)
      << answer.error().text();
  EXPECT_EQ(inner.connections(), 0);
}

TEST(HttpClient, RefusesOtherSchemesAndLineBreaks) {
  HttpClient client{{}};
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://"})
    EXPECT_EQ(client.get({.url = url}).error().code(), Code::invalid) << url;
  EXPECT_EQ(client.get({.url = "http://127.0.0.1/", .headers = {{"X", "a\r\nY: b"}}}).error().code(),
            Code::invalid);
}

TEST(HttpClient, SaysWhyThereIsNoAnswer) {
  std::string dead;
  {
    Peer gone{[](const std::string&) { return std::string{}; }};
    HttpClient client{{}};
    const auto closed = client.get({.url = gone.url("/")});
    ASSERT_FALSE(closed.ok());
    EXPECT_NE(closed.error().text().find("closed the connection in the middle"), std::string::npos);
    dead = gone.url("/");
  }
  HttpClient client{{.connect_timeout = 1s}};
  const auto refused = client.get({.url = dead});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_NE(refused.error().text().find("refused the connection"), std::string::npos)
      << refused.error().text();
  const auto unknown = client.get({.url = "http://user:pass@no-such-host.invalid/x?token=y"});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().text(),
            "the host name no-such-host.invalid is not known: check its spelling and the name server");
}

TEST(HttpClient, TimeoutAndCancel) {
  std::latch asked{1};
  std::atomic<bool> first{true};
  Peer silent{[&](const std::string&) {
    if (!first.exchange(false)) asked.count_down();
    return std::string{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"};
  }};
  HttpClient client{{}};
  const auto late = client.get({.url = silent.url("/"), .timeout = 50ms});
  ASSERT_FALSE(late.ok());
  EXPECT_NE(late.error().text().find("did not answer in time"), std::string::npos);
  std::stop_source stop;
  std::thread stopper{[&] {
    asked.wait();
    stop.request_stop();
  }};
  const auto cancelled = client.get({.url = silent.url("/")}, stop.get_token());
  stopper.join();
  ASSERT_FALSE(cancelled.ok());
  EXPECT_NE(cancelled.error().text().find("was cancelled"), std::string::npos) << cancelled.error().text();
}

}  // namespace
}  // namespace longtake::io
