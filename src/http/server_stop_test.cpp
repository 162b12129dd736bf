// How a server stops.
#include <future>
#include <latch>

#include "http/server_fixture_test.h"

namespace longtake::http {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, StopLetsADownloadFinish) {
  const auto content = noise(24 << 20);
  const auto file = make_file("download", content);
  router.add(Method::get, "/download", [file, &content](const Request&) -> Result<Response> {
    media::SliceList slices;
    slices.append(media::FileSlice{file, 0, content.size()});
    return Response::slices(slices, "video/mp4");
  });
  start();
  WireClient idle{port()}, client{port(), {.receive_buffer = 65536}};
  EXPECT_EQ(idle.ask("/hello").status, 200);
  client.send("GET /download HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 200);
  auto stopped = std::async(std::launch::async, [this] { server->stop(60s); });
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(client.read_exactly(content.size()) == content);
  EXPECT_TRUE(client.closed());
  stopped.get();
  EXPECT_FALSE(WireClient{port()}.connected());
  EXPECT_EQ(server->metrics()->connections_open, 0);
}

TEST_F(ServerTest, StopWithoutPatienceCutsADownload) {
  const auto file = make_file("download", noise(24 << 20));
  router.add(Method::get, "/download", [file](const Request&) -> Result<Response> {
    media::SliceList slices;
    slices.append(media::FileSlice{file, 0, 24 << 20});
    return Response::slices(slices, "video/mp4");
  });
  start();
  WireClient client{port(), {.receive_buffer = 65536}};
  client.send("GET /download HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_head().status, 200);
  server->stop(0ms);
  EXPECT_LT(client.read_to_end().size(), std::size_t{24} << 20);
}

TEST_F(ServerTest, AHandlerThatDoesNotStopIsLeftBehind) {
  std::latch inside{1}, go{1};
  router.add(Method::get, "/stuck", [&](const Request&) -> Result<Response> {
    inside.count_down();
    go.wait();
    return Response::text("late");
  });
  start();
  WireClient client{port()};
  client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
  inside.wait();
  const auto metrics = server->metrics();
  EXPECT_FALSE(server->try_stop({.answers = 0ms, .handlers = 0ms}));
  EXPECT_FALSE(WireClient{port()}.connected()) << "it listens no more";
  go.count_down();
  server->stop(0ms);
  server.reset();
  EXPECT_EQ(metrics->connections_open, 0) << "the counters outlive their server";
}

TEST_F(ServerTest, StopAsksHandlersToEnd) {
  std::latch inside{1};
  router.add(Method::get, "/long", [&inside](const Request& r) -> Result<Response> {
    inside.count_down();
    while (!r.stop.stop_requested())
      std::this_thread::yield();
    return make_error(Code::unavailable, "the server stops");
  });
  start();
  WireClient client{port()};
  client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
  inside.wait();
  server->stop(60s);
  EXPECT_EQ(client.read_answer().status, 503);
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace longtake::http
