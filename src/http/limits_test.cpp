// Each limit and timeout of the server, exceeded; and event streams.
#include <condition_variable>
#include <cstring>
#include <future>
#include <latch>

#include "http/request_reader.h"
#include "http/server_fixture_test.h"

namespace longtake::http {
namespace {

using namespace std::chrono_literals;

class LimitsTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    router.add(Method::post, "/small",
               [](const Request& r) -> Result<Response> { return Response::text(r.body); },
               {.body_limit = 10});
  }
};

TEST_F(LimitsTest, BodyTooLongIsRefusedBeforeItIsRead) {
  start();
  WireClient client{port()};
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
  WireClient sized{port()};
  sized.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_EQ(sized.read_answer().body, "0123456789");
}

TEST_F(LimitsTest, ChunkedBodyTooLong) {
  start();
  WireClient client{port()};
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
  EXPECT_TRUE(client.closed());
}

TEST(RequestReader, CountsChunksThatComeOneByOne) {
  RequestReader reader{{.header = 1000, .url = 100}};
  const auto feed = [&](std::string_view text) {
    const auto room = reader.room(text.size());
    ASSERT_GE(room.size(), text.size());
    std::memcpy(room.data(), text.data(), text.size());
    reader.received(text.size());
  };
  feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_EQ(reader.read_header(), RequestReader::State::done);
  feed("8\r\n01234567\r\n");
  ASSERT_EQ(reader.read_body(10), RequestReader::State::more);
  feed("8\r\n01234567\r\n");
  ASSERT_EQ(reader.read_body(10), RequestReader::State::failed);
  EXPECT_EQ(reader.refusal().status, 413);
}

TEST_F(LimitsTest, TheAnswerArrivesAlthoughTheBodyKeepsComing) {
  start();
  WireClient client{port()};
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
  const std::string body(4'000'000, 'x');
  client.send(body);
  EXPECT_EQ(client.read_answer().status, 413);
  EXPECT_TRUE(client.closed());
}

TEST_F(LimitsTest, AsksForTheBodyOnlyWhenItWillBeTaken) {
  start();
  WireClient client{port()};
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("abc");
  EXPECT_EQ(client.read_answer().body, "abc");
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(LimitsTest, AddressTooLong) {
  start();
  for (const std::size_t size : {9'000u, 40'000u}) {
    WireClient client{port()};
    client.send("GET /" + std::string(size, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 414) << size;
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(LimitsTest, HeaderTooLong) {
  start();
  for (const std::size_t size : {16'400u, 100'000u}) {
    WireClient client{port()};
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(size, 'a') + "\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 431) << size;
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(LimitsTest, SlowHeaderAndSlowBodyTimeOut) {
  options.header_timeout = options.body_timeout = 30ms;
  start();
  WireClient header{port()};
  header.send("GET /hello HTTP/1.1\r\nHo");
  EXPECT_EQ(header.read_answer().status, 408);
  EXPECT_TRUE(header.closed());
  WireClient body{port()};
  body.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
  EXPECT_EQ(body.read_answer().status, 408);
  EXPECT_TRUE(body.closed());
}

TEST_F(LimitsTest, IdleConnectionsAreClosedSilently) {
  options.idle_timeout = 30ms;
  start();
  WireClient never{port()}, once{port()};
  EXPECT_EQ(once.ask("/hello").status, 200);
  EXPECT_TRUE(once.closed());
  EXPECT_TRUE(never.closed());
}

TEST_F(LimitsTest, AClientThatStopsReadingIsCut) {
  options.stall_timeout = 30ms;
  auto bytes = std::make_shared<const media::Bytes>(std::size_t{64} << 20);
  router.add(Method::get, "/big", [bytes](const Request&) -> Result<Response> {
    media::SliceList slices;
    slices.append(bytes);
    return Response::slices(slices, "video/mp4");
  });
  start();
  WireClient client{port(), {.receive_buffer = 4096}};
  client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for([this] { return server->metrics()->stalled == 1u; });
  EXPECT_LT(client.read_to_end().size(), bytes->size());
  wait_for([this] { return server->metrics()->connections_open == 0; });
}

TEST_F(LimitsTest, ConnectionsPerAddressAndInAll) {
  options.connections_per_trusted = 2;
  start();
  WireClient one{port()}, two{port()};
  EXPECT_EQ(one.ask("/hello").status, 200);
  EXPECT_EQ(two.ask("/hello").status, 200);
  WireClient three{port()};
  const auto refused = three.read_answer();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_TRUE(three.closed());
  one.hang_up();
  wait_for([this] { return server->metrics()->connections_open == 1; });
  EXPECT_EQ(WireClient{port()}.ask("/hello").status, 200);
  EXPECT_GE(server->metrics()->connections_refused, 1u);
}

TEST_F(LimitsTest, ConnectionsInAll) {
  options.connections = 1;
  start();
  WireClient one{port()};
  EXPECT_EQ(one.ask("/hello").status, 200);
  WireClient two{port()};
  EXPECT_EQ(two.read_answer().status, 503);
}

TEST_F(LimitsTest, AFullPoolAnswersAtOnce) {
  options.pooled_threads = 1;
  options.pooled_queue = 1;
  std::latch inside{1}, go{1};
  router.add(Method::get, "/block", [&](const Request&) -> Result<Response> {
    inside.count_down();
    go.wait();
    return Response::text("done");
  });
  router.add(Method::get, "/quick",
             [](const Request&) -> Result<Response> { return Response::text("quick"); },
             {.run = Run::decode});
  start();
  WireClient running{port()}, waiting{port()}, third{port()};
  running.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  inside.wait();
  // One of these two takes the place in the queue, the other is refused.
  waiting.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  third.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for([this] { return server->metrics()->overloaded == 1u; });
  EXPECT_EQ(WireClient{port()}.ask("/quick").body, "quick") << "the other lane and the net threads are free";
  go.count_down();
  EXPECT_EQ(running.read_answer().body, "done");
  const auto a = waiting.read_answer(), b = third.read_answer();
  EXPECT_EQ(a.status + b.status, 200 + 503);
  EXPECT_EQ((a.status == 503 ? a : b).header("retry-after"), "1");
}

TEST_F(LimitsTest, PicturesNobodyWaitsForAreNotMade) {
  options.decode_threads = 1;
  std::latch inside{1}, go{1};
  std::atomic<int> made{0};
  router.add(Method::get, "/block",
             [&](const Request&) -> Result<Response> {
               inside.count_down();
               go.wait();
               return Response::text("done");
             },
             {.run = Run::decode});
  router.add(Method::get, "/picture",
             [&](const Request&) -> Result<Response> {
               ++made;
               return Response::text("picture");
             },
             {.run = Run::decode});
  start();
  WireClient first{port()}, given_up{port()}, patient{port()};
  first.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  inside.wait();
  given_up.send("GET /picture HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for([this] { return server->metrics()->decode_waiting == 1; });
  given_up.hang_up();
  wait_for([this] { return server->metrics()->given_up == 1u; });
  patient.send("GET /picture HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for([this] { return server->metrics()->decode_waiting == 2; });
  go.count_down();
  EXPECT_EQ(patient.read_answer().body, "picture");
  EXPECT_EQ(made, 1);
}

TEST_F(LimitsTest, AHandlerLearnsThatItsClientHasGone) {
  std::latch inside{1};
  std::promise<bool> stopped;
  router.add(Method::get, "/long",
             [&](const Request& request) -> Result<Response> {
               std::mutex mutex;
               std::condition_variable_any never;
               std::unique_lock lock{mutex};
               inside.count_down();
               never.wait(lock, request.stop, [] { return false; });
               stopped.set_value(request.stop.stop_requested());
               return Response::text("too late");
             },
             {.watched = true});
  start();
  WireClient client{port()};
  client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
  inside.wait();
  client.hang_up();
  EXPECT_TRUE(stopped.get_future().get());
  wait_for([this] { return server->metrics()->connections_open == 0; });
  EXPECT_EQ(server->metrics()->given_up, 1u);
}

class EventsTest : public LimitsTest {
 protected:
  void SetUp() override {
    LimitsTest::SetUp();
    router.add(Method::get, "/events", [this](const Request&) -> Result<Response> {
      auto stream = EventStream::create({.queue_limit = 100'000});
      stream->on_close([this] { ++closed; });
      stream->send("first", "1", "a\nb");
      std::lock_guard lock{streams_mutex};
      streams.push_back(stream);
      return Response::events(stream);
    });
  }

  std::shared_ptr<EventStream> stream(std::size_t i) {
    std::lock_guard lock{streams_mutex};
    return streams.at(i);
  }

  std::mutex streams_mutex;
  std::vector<std::shared_ptr<EventStream>> streams;
  std::atomic<int> closed{0};
};

TEST_F(EventsTest, FlowUntilTheServerCloses) {
  start();
  WireClient client{port()};
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-type"), "text/event-stream");
  EXPECT_EQ(head.header("content-length"), "");
  EXPECT_EQ(client.read_until("\n\n"), "event: first\nid: 1\ndata: a\ndata: b\n\n");
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(stream(0)->send("n", std::to_string(i), "x"));
    EXPECT_EQ(client.read_until("\n\n"), fmt::format("event: n\nid: {}\ndata: x\n\n", i));
  }
  stream(0)->send("last", "", "");
  stream(0)->close();
  EXPECT_EQ(client.read_to_end(), "event: last\ndata: \n\n");
  EXPECT_EQ(closed, 1);
}

TEST_F(EventsTest, BeatWhenSilent) {
  options.heartbeat = 5ms;
  start();
  WireClient client{port()};
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_head();
  client.read_until("\n\n");
  EXPECT_EQ(client.read_until("\n\n"), ":\n\n");
  EXPECT_EQ(client.read_until("\n\n"), ":\n\n");
}

TEST_F(EventsTest, AReaderThatHangsUpIsNoticed) {
  start();
  WireClient client{port()};
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_head();
  client.hang_up();
  wait_for([this] { return closed == 1; });
  EXPECT_FALSE(stream(0)->send("a", "", "b"));
}

TEST_F(EventsTest, AReaderThatIsTooSlowIsCut) {
  start();
  WireClient client{port(), {.receive_buffer = 4096}};
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_head();
  const std::string data(1000, 'x');
  wait_for([&] { return !stream(0)->send("n", "", data); });
  wait_for([this] { return server->metrics()->connections_open == 0; });
  EXPECT_EQ(server->metrics()->event_streams, 0);
}

TEST_F(EventsTest, HeadGetsNoStream) {
  start();
  WireClient client{port()};
  EXPECT_EQ(client.ask("/events", "", "HEAD").status, 200);
  wait_for([this] { return closed == 1; });
}

TEST_F(EventsTest, StopEndsStreamsWithoutWaitingForThem) {
  start();
  WireClient client{port()};
  client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_head();
  client.read_until("\n\n");
  server->stop(60s);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(closed, 1);
}

}  // namespace
}  // namespace longtake::http
