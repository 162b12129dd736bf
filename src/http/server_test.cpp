#include "http/server.h"

#include "http/server_fixture_test.h"

namespace longtake::http {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, KeepsTheConnectionAlive) {
  start();
  WireClient client{port()};
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask("/hello?name=" + std::to_string(i));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello " + std::to_string(i));
    EXPECT_EQ(answer.header("connection"), "");
  }
  EXPECT_EQ(client.ask("/hello", "Connection: close\r\n").header("connection"), "close");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(server->metrics()->connections_accepted, 1u);
  EXPECT_EQ(server->metrics()->answers[2], 4u);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  WireClient client{port()};
  client.send(
      "GET /hello?name=1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
      "3\r\n\r\nabc"
      "GET /hello?name=2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "hello 1");
  EXPECT_EQ(client.read_answer().body, "abc");
  EXPECT_EQ(client.read_answer().body, "hello 2");
}

TEST_F(ServerTest, TakesRequestsInAnyPieces) {
  start();
  WireClient client{port()};
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : request)
    client.send({&c, 1});
  EXPECT_EQ(client.read_answer().body, "abcde");
  EXPECT_EQ(client.ask("/hello").status, 200);
}

TEST_F(ServerTest, OldClientsCloseUnlessTheyAskToStay) {
  start();
  WireClient one{port()};
  one.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(one.read_answer().header("connection"), "close");
  EXPECT_TRUE(one.closed());
  WireClient two{port()};
  two.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(two.read_answer().header("connection"), "keep-alive");
  EXPECT_EQ(two.ask("/hello").status, 200);
}

TEST_F(ServerTest, HeadHasTheHeaderOfGetAndNoBody) {
  start();
  WireClient client{port()};
  const auto get = client.ask("/hello?name=x");
  const auto head = client.ask("/hello?name=x", "", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "7");
  EXPECT_EQ(head.header("content-type"), get.header("content-type"));
  EXPECT_EQ(client.ask("/hello").status, 200) << "nothing was left in between";
}

TEST_F(ServerTest, UnknownPathsAndMethods) {
  start();
  WireClient client{port()};
  const auto missing = client.ask("/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.header("content-type"), "application/problem+json");
  const auto wrong = client.ask("/hello", "", "PATCH");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD, OPTIONS");
  const auto asked = client.ask("/echo", "", "OPTIONS");
  EXPECT_EQ(asked.status, 204);
  EXPECT_EQ(asked.header("allow"), "OPTIONS, POST");
  EXPECT_EQ(client.ask("*", "", "OPTIONS").status, 204);
  EXPECT_EQ(client.ask("/hello", "", "BREW").status, 405);
  EXPECT_EQ(client.ask("/../etc/passwd").status, 400);
  EXPECT_EQ(client.ask("/hello").status, 200) << "none of these ends the connection";
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET /hello\r\n\r\n", "GET /hello HTTP/1.1\r\nHost\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
         "x\r\n\r\n0\r\n\r\n"),
        "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    WireClient client{port()};
    client.send(text);
    EXPECT_EQ(client.read_answer().status, 400) << text;
    EXPECT_TRUE(client.closed());
  }
  WireClient no_host{port()};
  no_host.send("GET /hello HTTP/1.1\r\n\r\n");
  EXPECT_EQ(no_host.read_answer().status, 400);
}

TEST_F(ServerTest, FailuresBecomeProblems) {
  router.add(Method::get, "/missing",
             [](const Request&) -> Result<Response> { return make_error(Code::not_found, "no channel 7"); });
  router.add(Method::get, "/bug",
             [](const Request&) -> Result<Response> { throw std::runtime_error("secret"); });
  router.add(Method::get, "/internal",
             [](const Request&) -> Result<Response> { return make_error(Code::internal, "secret"); });
  start();
  WireClient client{port()};
  EXPECT_NE(client.ask("/missing").body.find("no channel 7"), std::string::npos);
  for (const char* path : {"/bug", "/internal"}) {
    const auto answer = client.ask(path);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(client.ask("/hello").status, 200);
}

TEST_F(ServerTest, FailuresOfOurOwnFilesStayInTheLog) {
  const auto fails_with = [&](const char* path, int error_number) {
    router.add(Method::get, path, [error_number](const Request&) -> Result<Response> {
      return io::os_error(error_number, "open", "/secret/place");
    });
  };
  fails_with("/denied", EACCES);
  fails_with("/read-only", EROFS);
  fails_with("/descriptors", EMFILE);
  fails_with("/disk", EIO);
  fails_with("/room", ENOSPC);
  fails_with("/gone", ENOENT);
  start();
  WireClient client{port()};
  for (const auto& [path, status] : {std::pair{"/denied", 500},
                                     {"/read-only", 500},
                                     {"/descriptors", 503},
                                     {"/disk", 503},
                                     {"/room", 507},
                                     {"/gone", 404}}) {
    const auto answer = client.ask(path);
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("own-failure"), std::string::npos) << answer.body;
  }
}

TEST_F(ServerTest, RangesOverMixedSlicesAreByteExact) {
  const auto one = noise(300'000), two = noise(70'001), three = noise(1'500'000), four = noise(5);
  const auto a = make_file("a", one), c = make_file("c", three);
  const auto memory = [](const std::string& text) {
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return media::Bytes{bytes, bytes + text.size()};
  };
  media::SliceList slices;
  slices.append(memory(four));
  slices.append(media::FileSlice{a, 1000, 200'000});
  slices.append(memory(two));
  slices.append(memory(four));
  slices.append(media::FileSlice{c, 0, three.size()});
  slices.append(media::FileSlice{a, 0, 10});
  const auto whole = four + one.substr(1000, 200'000) + two + four + three + one.substr(0, 10);
  router.add(Method::get, "/mixed", [slices](const Request&) -> Result<Response> {
    return Response::slices(slices, "video/mp4").with_etag("v1");
  });
  start();
  WireClient client{port()};
  EXPECT_TRUE(client.ask("/mixed").body == whole);
  std::mt19937 random{7};
  for (int i = 0; i < 60; ++i) {
    const std::size_t first = random() % whole.size(), last = first + random() % (whole.size() - first);
    const auto answer = client.ask("/mixed", fmt::format("Range: bytes={}-{}\r\n", first, last));
    ASSERT_EQ(answer.status, 206);
    EXPECT_EQ(answer.header("content-range"), fmt::format("bytes {}-{}/{}", first, last, whole.size()));
    EXPECT_EQ(answer.header("content-length"), std::to_string(last - first + 1));
    ASSERT_TRUE(answer.body == whole.substr(first, last - first + 1)) << first << "-" << last;
  }
  const auto beyond = client.ask("/mixed", fmt::format("Range: bytes={}-\r\n", whole.size()));
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), fmt::format("bytes */{}", whole.size()));
  const auto head = client.ask("/mixed", "", "HEAD");
  EXPECT_EQ(head.header("content-length"), std::to_string(whole.size()));
  EXPECT_EQ(head.header("accept-ranges"), "bytes");
  EXPECT_EQ(client.ask("/mixed", "If-None-Match: \"v1\"\r\n").status, 304);
}

TEST_F(ServerTest, SendsABigFileToASlowReaderInTurns) {
  options.turn_bytes = 100'000;
  // Sparse: 5 GiB in sum, so that offsets beyond 32 bits are met; noise where the test looks.
  const std::uint64_t size = (std::uint64_t{5} << 30) + 12345;
  auto file =
      io::open_file(folder / "big", {.access = io::Access::read_write, .create = io::Create::must_be_new})
          .value();
  ASSERT_TRUE(io::truncate_file(file, size).ok());
  const auto tail = noise(3 << 20);
  ASSERT_TRUE(io::write_at(file, size - tail.size(), std::as_bytes(std::span{tail})).ok());
  media::SliceList slices;
  slices.append(media::FileSlice{io::share(std::move(file)), 0, size});
  router.add(Method::get, "/big",
             [slices](const Request&) -> Result<Response> { return Response::slices(slices, "video/mp4"); });
  start();
  WireClient client{port(), {.receive_buffer = 4096}};
  const auto answer = client.ask("/big", fmt::format("Range: bytes=-{}\r\n", tail.size()));
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.header("content-range"),
            fmt::format("bytes {}-{}/{}", size - tail.size(), size - 1, size));
  EXPECT_TRUE(answer.body == tail);
  EXPECT_EQ(client.ask("/big", "", "HEAD").header("content-length"), std::to_string(size));
}

TEST_F(ServerTest, AClientThatHangsUpInADownloadHarmsNobody) {
  const auto file = make_file("download", noise(16 << 20));
  router.add(Method::get, "/download", [file](const Request&) -> Result<Response> {
    media::SliceList slices;
    slices.append(media::FileSlice{file, 0, 16 << 20});
    return Response::slices(slices, "video/mp4");
  });
  start();
  for (int i = 0; i < 20; ++i) {
    WireClient client{port(), {.receive_buffer = 65536}};
    client.send("GET /download HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);
    client.hang_up();
  }
  wait_for([this] { return server->metrics()->connections_open == 0; });
  EXPECT_EQ(WireClient{port()}.ask("/hello").status, 200);
}

TEST_F(ServerTest, AFileThatShrankCutsTheConnectionInsteadOfLying) {
  const auto file = make_file("short", "0123456789");
  media::SliceList slices;
  slices.append(media::FileSlice{file, 0, 20});
  router.add(Method::get, "/short",
             [slices](const Request&) -> Result<Response> { return Response::slices(slices, "video/mp4"); });
  start();
  WireClient client{port()};
  const auto answer = client.ask("/short");
  EXPECT_EQ(answer.header("content-length"), "20");
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, LogsItsAnswersWithoutWhatOpensThings) {
  router.add(Method::get, "/s/{token}",
             [](const Request&) -> Result<Response> { return Response::text("x"); });
  start();
  {
    WireClient client{port()};
    const auto first = client.ask("/hello?signature=secret"), second = client.ask("/s/opensesame");
    EXPECT_NE(first.header("x-request-id"), second.header("x-request-id"));
  }
  wait_for([this] {
    std::lock_guard lock{mutex};
    return accesses.size() == 2;
  });
  EXPECT_NE(accesses[0].find(" method=GET path=/hello status=200 "), std::string::npos) << accesses[0];
  EXPECT_NE(accesses[1].find(" path=/s/{token} status=200 "), std::string::npos) << accesses[1];
  for (const auto& line : accesses)
    EXPECT_TRUE(line.find("secret") == line.npos && line.find("opensesame") == line.npos) << line;
}

TEST_F(ServerTest, SaysWhenTheAddressIsInUse) {
  start();
  ServerOptions same = options;
  same.listen = {fmt::format("127.0.0.1:{}", port())};
  const auto second = Server::start(same, Router{}, net, *log);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::conflict);
  EXPECT_EQ(second.error().text(),
            fmt::format("address 127.0.0.1:{} is in use: stop the other program or pass --listen", port()));
  same.listen = {"203.0.113.1:80"};
  EXPECT_FALSE(Server::start(same, Router{}, net, *log).ok());
  same.listen = {"localhost"};
  EXPECT_EQ(Server::start(same, Router{}, net, *log).error().code(), Code::invalid);
}

TEST_F(ServerTest, KnowsTheClientBehindATrustedProxy) {
  options.trusted_proxies = {"127.0.0.1"};
  router.add(Method::get, "/who", [](const Request& r) -> Result<Response> {
    return Response::text(r.remote.to_string() + (r.secure ? " secure" : ""));
  });
  start();
  WireClient client{port()};
  EXPECT_EQ(client.ask("/who").body, "127.0.0.1");
  EXPECT_EQ(client.ask("/who", "X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: https\r\n").body,
            "8.8.8.8 secure");
}

TEST_F(ServerTest, AnswersAtOnceWhatItCanAndAsksTheHandlerForTheRest) {
  const auto text = [](std::string_view who) {
    auto answer = Response::text(std::string{who});
    answer.headers.set("ETag", "\"1\"");
    return answer;
  };
  router.add(Method::get, "/quick", [text](const Request&) -> Result<Response> { return text("handler"); },
             {.at_once = [text](const Request& request) -> std::optional<Response> {
               if (request.query.contains("broken")) throw std::runtime_error{"broken"};
               if (request.query.contains("known")) return text("at once");
               return {};
             }});
  start();
  WireClient client{port()};
  EXPECT_EQ(client.ask("/quick?known").body, "at once");
  EXPECT_EQ(client.ask("/quick").body, "handler");
  EXPECT_EQ(client.ask("/quick?broken").body, "handler");
  EXPECT_EQ(client.ask("/quick?known", "If-None-Match: \"1\"\r\n").status, 304);
}

}  // namespace
}  // namespace longtake::http
