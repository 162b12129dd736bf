// What a wrong address is answered with. Small servers on loopback, ports chosen by the system.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "media/ffmpeg/address.h"
#include "media/ffmpeg/test_clip.h"

namespace longtake::media::ffmpeg {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A listening socket. With an answer, each connection gets it after its request, and is closed; a function
/// is asked for the answer to each request, and its connections stay.
class Server {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit Server(std::optional<std::string> answer)
      : Server(answer ? [text = *answer](const std::string&) { return text; } : Answer{}, false) {}
  explicit Server(Answer answer) : Server(std::move(answer), true) {}
  ~Server() {
    stopping_ = true;
    shutdown(socket_, SHUT_RDWR);
    if (const int peer = peer_; peer >= 0) shutdown(peer, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(socket_);
  }
  std::string url(const std::string& scheme, const std::string& path = "/x") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }
  int visitors() const { return visitors_; }

 private:
  Server(Answer answer, bool stays) : socket_(socket(AF_INET, SOCK_STREAM, 0)), stays_(stays) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    if (answer) thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }

  void serve(const Answer& answer) {
    for (;;) {
      const int peer = accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      peer_ = peer;
      ++visitors_;
      while (!stopping_ && answer_one(peer, answer) && stays_) {
      }
      peer_ = -1;
      close(peer);
    }
  }

  static bool answer_one(int peer, const Answer& answer) {
    std::string request;
    char buffer[2048];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = read(peer, buffer, sizeof buffer);
      if (n <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(n));
    }
    const std::string text = answer(request);
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t n = send(peer, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  int socket_;
  bool stays_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> peer_ = -1;
  std::atomic<int> visitors_ = 0;
  int port_ = 0;
  std::thread thread_;
};

std::string http(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nConnection: close\r\n\r\n" + body;
}

Error failure(const std::string& url, std::chrono::milliseconds open_timeout = std::chrono::seconds{15}) {
  ReaderOptions options;
  options.url = url;
  options.open_timeout = open_timeout;
  auto opened = Reader::open(options);
  EXPECT_FALSE(opened) << url;
  return opened ? Error(Code::internal, "opened") : std::move(opened).error();
}

TEST(Addresses, OtherProtocolsAreRefused) {
  for (const char* url :
       {"file:///etc/passwd", "concat://a|b", "subfile:///x", "data://text/plain,x", "crypto://x",
        "hls+http://x/y", "pipe://0", "FILE:///etc/passwd", "gopher://x", "unix:///tmp/x"}) {
    EXPECT_EQ(failure(url).code(), Code::forbidden) << url;
    EXPECT_EQ(failure(url).kind(), "source-forbidden-address") << url;
    EXPECT_THAT(failure(url).text(), HasSubstr("is not allowed")) << url;
  }
  for (const char* url : {"/etc/passwd", "pipe:0", "", "concat:a|b"}) {
    EXPECT_EQ(failure(url).code(), Code::invalid) << url;
  }
}

TEST(Addresses, HostsAreFound) {
  EXPECT_EQ(split_address("rtsp://user:p@ss@host.test:554/a@b").host, "host.test");
  EXPECT_EQ(split_address("http://[::1]:80/x").host, "::1");
  EXPECT_EQ(split_address("RTSP://h").scheme, "RTSP");
}

TEST(Addresses, ARefusedConnectionIsNamed) {
  std::string url;
  {
    const Server server{std::nullopt};
    url = server.url("http");
  }
  for (const char* scheme : {"http", "rtsp", "rtmp"}) {
    const Error error = failure(scheme + url.substr(4));
    EXPECT_EQ(error.code(), Code::unavailable) << scheme;
    EXPECT_EQ(error.kind(), "source-refused") << scheme;
    EXPECT_THAT(error.text(), HasSubstr("connection refused")) << scheme;
  }
}

TEST(Addresses, HttpAnswersAreNamed) {
  const Server missing{http("404 Not Found", "text/plain", "no")};
  EXPECT_EQ(failure(missing.url("http")).code(), Code::not_found);
  EXPECT_EQ(failure(missing.url("http")).kind(), "source-not-found");
  EXPECT_THAT(failure(missing.url("http")).text(), HasSubstr("404"));
  const Server locked{http("401 Unauthorized", "text/plain", "no")};
  EXPECT_EQ(failure(locked.url("http")).code(), Code::forbidden);
  const Server broken{http("503 Busy", "text/plain", "no")};
  EXPECT_THAT(failure(broken.url("http")).text(), HasSubstr("5xx"));
}

TEST(Addresses, WebPagesAndPlaylistsAreNamed) {
  const Server page{http("200 OK", "text/html", "\n<!DOCTYPE html><html><body>Hello</body></html>")};
  EXPECT_THAT(failure(page.url("http")).text(), HasSubstr("a web page, not a stream"));
  const Server playlist{http("200 OK", "application/vnd.apple.mpegurl",
                             "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n")};
  EXPECT_EQ(failure(playlist.url("http")).code(), Code::invalid);
  EXPECT_EQ(failure(playlist.url("http")).kind(), "source-not-a-stream");
  EXPECT_THAT(failure(playlist.url("http")).text(), HasSubstr("address answers with an HLS playlist"));
  const Server text{http("200 OK", "text/plain", std::string(3000, 'x'))};
  EXPECT_THAT(failure(text.url("http")).text(), HasSubstr("not a media stream"));
}

TEST(Addresses, ARedirectToAFileIsRefused) {
  const Server redirect{"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nConnection: close\r\n\r\n"};
  const Error error = failure(redirect.url("http"), std::chrono::seconds{5});
  EXPECT_THAT(error.text(), Not(HasSubstr("root:")));
}

/// An RTSP server that promises a stream and never sends any; or leads elsewhere.
class RtspServer {
 public:
  explicit RtspServer(std::string leads_to = "") : leads_to_(std::move(leads_to)) {}
  std::string url(const std::string& path = "/x") const { return server_.url("rtsp", path); }
  int port() const { return server_.port(); }
  int visitors() const { return server_.visitors(); }

 private:
  std::string answer(const std::string& request) const {
    const auto at = request.find("CSeq: ");
    const auto sequence = request.substr(at, request.find("\r\n", at) - at + 2);
    if (!leads_to_.empty())
      return "RTSP/1.0 302 Found\r\n" + sequence + "Location: " + leads_to_ + "\r\n\r\n";
    const std::string good = "RTSP/1.0 200 OK\r\n" + sequence + "Session: 1\r\n";
    if (request.starts_with("SETUP")) return good + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
    if (!request.starts_with("DESCRIBE")) return good + "\r\n";
    const std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:0\r\n";
    return good + "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) +
           "\r\n\r\n" + sdp;
  }

  std::string leads_to_;
  Server server_{[this](const std::string& request) { return answer(request); }};
};

/// Reads from `url` where only port `port` may be connected to; the ports that were asked about are added.
Error open_only(const std::string& url, int port, std::vector<int>& asked) {
  ReaderOptions options;
  options.url = url;
  options.open_timeout = options.read_timeout = std::chrono::milliseconds{500};
  options.may_connect = [&, port](const sockaddr& address) -> Status {
    const int wanted = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    asked.push_back(wanted);
    if (wanted == port) return {};
    return make_error(Code::forbidden, "not there").named("source-forbidden-address");
  };
  const auto reader = Reader::open(options);
  EXPECT_FALSE(reader.ok());
  return reader.ok() ? Error{Code::internal, "opened"} : reader.error();
}

TEST(Addresses, WhereAnRtspServerLeadsIsAskedBeforeAnythingConnectsThere) {
  const RtspServer inner, outer{inner.url("/inner")};
  std::vector<int> asked;
  EXPECT_EQ(open_only(outer.url(), outer.port(), asked).kind(), "source-forbidden-address");
  EXPECT_THAT(asked, testing::ElementsAre(outer.port(), inner.port()));
  EXPECT_EQ(outer.visitors(), 1);
  EXPECT_EQ(inner.visitors(), 0);
  EXPECT_NE(open_only(inner.url(), inner.port(), asked).kind(), "source-forbidden-address");
  EXPECT_EQ(inner.visitors(), 1);
}

TEST(Addresses, WhatLibavLooksUpIsAskedOnEveryProtocol) {
  for (const std::string scheme : {"rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp"}) {
    std::vector<int> asked;
    EXPECT_EQ(open_only(scheme + "://localhost:9/live/x", 0, asked).kind(), "source-forbidden-address")
        << scheme;
    EXPECT_THAT(asked, testing::Each(9)) << scheme;
    EXPECT_THAT(asked, Not(testing::IsEmpty())) << scheme;
  }
}

TEST(Addresses, ASilentServerTimesOut) {
  const Server silent{std::nullopt};
  const Error error = failure(silent.url("http"), std::chrono::milliseconds{300});
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_THAT(error.text(), HasSubstr("no answer within 0.3 s"));
  EXPECT_EQ(error.kind(), "source-timeout");
}

TEST(Addresses, CredentialsAreNotShown) {
  const Server missing{http("404 Not Found", "text/plain", "no")};
  std::string url = missing.url("http");
  url.insert(7, "user:secret@");
  EXPECT_THAT(failure(url).story(), Not(HasSubstr("secret")));
}

TEST(Addresses, AStopEndsTheWait) {
  const Server silent{std::nullopt};
  std::stop_source stop;
  ReaderOptions options;
  options.url = silent.url("http");
  options.stop = stop.get_token();
  stop.request_stop();
  const auto opened = Reader::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text(), "stopped");
}

TEST(Addresses, ATransportStreamOverHttpIsRead) {
  const std::string ts = test::make_clip(
      test::grey("160x90", 2) + " " + test::tone(48000, 2) + test::kH264 + "-g 25 -c:a aac", "ts");
  const Server server{http("200 OK", "video/mp2t", ts)};
  ReaderOptions options;
  options.url = server.url("http");
  const auto all = test::record(options);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.facts.protocol, "http");
  EXPECT_EQ(all.facts.container, "mpegts");
  EXPECT_EQ(all.video.size(), 50U);
}

}  // namespace
}  // namespace longtake::media::ffmpeg
