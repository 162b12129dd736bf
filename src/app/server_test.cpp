// The whole server in this process, with nothing to record.
#include "app/server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "app/catalogue.h"
#include "http/wire_client_test.h"

namespace longtake::app {
namespace {

class WholeServer : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-server-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    config.data = name;
    config.archive.folder = name + "/archive";
    config.blobs = name + "/blobs";
    config.http.listen = {"127.0.0.1:0"};
    auto opened = Catalogue::open(config, clock);
    ASSERT_TRUE(opened.ok()) << opened.error().story();
    beside = std::move(*opened);
  }
  void add_person() {
    organization = beside->get_organization("main").value();
    const auto user = beside->people()
                          .add({.email = "a@b.example",
                                .role = access::Role::superadmin,
                                .password = "a long enough password 42"})
                          .value();
    secret = beside->tokens()
                 .add({.owner = user.id,
                       .organization = organization,
                       .name = "t",
                       .scopes = access::permissions_of(access::Role::superadmin)})
                 .value()
                 .secret;
  }
  void TearDown() override {
    server.reset();
    beside.reset();
    std::filesystem::remove_all(config.data);
  }

  void start() {
    auto started = Server::start(config, clock, *log);
    ASSERT_TRUE(started.ok()) << started.error().story();
    server = std::move(*started);
  }

  /// By a superadmin's token.
  http::WireAnswer ask(const std::string& method, const std::string& path, const std::string& body = {},
                       const std::string& headers = {}) {
    http::WireClient client{server->port()};
    client.send(
        fmt::format("{} {} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n{}"
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    method, path, secret, headers, body.size(), body));
    return client.read_answer();
  }

  int status_of(const std::string& path) { return http::WireClient{server->port()}.ask(path).status; }

  std::unique_ptr<Catalogue> beside;  // as a command has it
  OrganizationId organization;
  std::string secret;
  SystemClock clock;
  Config config;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Server> server;
};

TEST_F(WholeServer, WhatACommandRemovesIsToldToPages) {
  add_person();
  const auto channel =
      beside->channels().create(organization, {.name = "One", .source_url = "rtsp://127.0.0.1:9/x"}).value();
  ASSERT_TRUE(beside->channels().set_enabled(organization, channel.id, false).ok());
  start();
  http::WireClient page{server->port()};
  page.send("GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + secret + "\r\n\r\n");
  const auto told = [&](std::string_view event) {
    const auto line = fmt::format("event: {}\n", event);
    return page.read_until(line).ends_with(line);
  };
  ASSERT_TRUE(told("reset"));
  auto renamed = channel.settings;
  renamed.name = "Two";
  ASSERT_TRUE(beside->channels().update(organization, channel.id, renamed, {}).ok());
  EXPECT_TRUE(told("channel"));
  ASSERT_TRUE(beside->channels().remove(organization, channel.id).ok());
  EXPECT_TRUE(told("channel-removed"));
}

/// Of one who edits names and one who edits lengths at the same time, neither loses anything.
TEST_F(WholeServer, EditsOfDifferentSettingsMeet) {
  add_person();
  start();
  const auto made = ask("POST", "/api/v1/channels",
                        R"({"name":"A","source":{"url":"rtsp://127.0.0.1:9/x"},"start":false})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto path = made.header("location");
  constexpr int edits = 40;
  {
    std::jthread names{[&] {
      for (int i = 0; i < edits; ++i)
        EXPECT_EQ(ask("PATCH", path, fmt::format(R"({{"name":"A{}"}})", i)).status, 200);
    }};
    for (int i = 0; i < edits; ++i) {
      const auto wanted = fmt::format(R"("segmentSeconds":{})", 100 + i);
      EXPECT_EQ(ask("PATCH", path, "{" + wanted + "}").status, 200);
      EXPECT_NE(ask("GET", path).body.find(wanted), std::string::npos) << "another edit took it back";
    }
  }
  const auto last = ask("GET", path);
  EXPECT_NE(last.body.find(fmt::format(R"("name":"A{}")", edits - 1)), std::string::npos) << last.body;
  EXPECT_EQ(ask("PATCH", path, R"({"name":"B"})", "If-Match: \"1\"\r\n").status, 412);
  EXPECT_EQ(ask("GET", path, {}, "If-None-Match: " + last.header("etag") + "\r\n").status, 200)
      << "the answer tells more than its version";
}

TEST_F(WholeServer, AReloadedListenerAnswersWithItsOwnCounters) {
  start();
  for (const std::size_t limit : {200u, 300u}) {
    config.http.connections_per_address = limit;
    ASSERT_TRUE(server->reload(config).ok());
    EXPECT_EQ(status_of("/metrics"), 200);
    EXPECT_EQ(status_of("/api/v1/typo"), 404);
  }
}

TEST_F(WholeServer, AReloadRefusesWhatTheStartWouldRefuse) {
  start();
  auto wanted = config;
  wanted.http.listen = {"0.0.0.0:0"};
  const auto refused = server->reload(wanted);
  ASSERT_FALSE(refused.ok()) << "nobody can sign in";
  EXPECT_EQ(refused.error().code(), Code::forbidden);
  EXPECT_EQ(status_of("/healthz"), 200) << "the listener before goes on";
}

/// Counts the lines that say how to make the first person.
class AdviceLog final : public Log {
 public:
  void write(LogLevel level, std::string_view phrase, Fields fields) override {
    for (const auto& field : fields)
      if (level == LogLevel::warn && phrase == "nobody can sign in yet" && field.key == "run" &&
          field.value.starts_with("longtake user add "))
        ++advice;
  }
  bool enabled(LogLevel) const override { return true; }
  std::atomic<int> advice{0};
};

TEST_F(WholeServer, AStartSaysHowToMakeTheFirstPersonUntilThereIsOne) {
  AdviceLog told;
  for (const int advice : {1, 1}) {
    auto started = Server::start(config, clock, told);
    ASSERT_TRUE(started.ok()) << started.error().story();
    EXPECT_EQ(told.advice, advice);
    started->reset();
    if (secret.empty()) add_person();
  }
}

TEST_F(WholeServer, AReloadThatCannotListenSaysSoAndTheNextOneMends) {
  start();
  auto wanted = config;
  wanted.http.listen = {"127.0.0.1:1:bad"};
  EXPECT_FALSE(server->reload(wanted).ok());
  EXPECT_EQ(status_of("/healthz"), 200) << "as before";
  wanted.http.listen = {"127.0.0.1:0", "127.0.0.1:0"};
  EXPECT_TRUE(server->reload(wanted).ok());
  EXPECT_EQ(status_of("/healthz"), 200);
}

}  // namespace
}  // namespace longtake::app
