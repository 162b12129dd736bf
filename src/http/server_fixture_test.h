#pragma once
// A running server, a folder and what it said of its answers, for the tests of the server.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "http/server.h"
#include "http/wire_client_test.h"
#include "io/file.h"

namespace longtake::http {

class ServerTest : public ::testing::Test {
 protected:
  /// Keeps what the server says of its answers.
  class Kept final : public Log {
   public:
    explicit Kept(ServerTest& test) : test_(test) {}
    void write(LogLevel, std::string_view phrase, Fields fields) override {
      if (phrase != "request answered") return;
      std::string line;
      for (const auto& field : fields)
        line += fmt::format(" {}={}", field.key, field.value);
      std::lock_guard lock{test_.mutex};
      test_.accesses.push_back(line);
    }
    bool enabled(LogLevel) const override { return true; }

   private:
    ServerTest& test_;
  };

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-http-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    options.listen = {"127.0.0.1:0"};
    router.add(Method::get, "/hello", [](const Request& r) -> Result<Response> {
      return Response::text("hello " + std::string{r.query.find("name").value_or("")});
    });
    router.add(Method::post, "/echo",
               [](const Request& r) -> Result<Response> { return Response::text(r.body); });
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(folder);
  }

  void start() {
    auto started = Server::start(options, std::move(router), net, *log);
    ASSERT_TRUE(started.ok()) << started.error().story();
    server = std::move(*started);
  }
  std::uint16_t port() const { return server->port(); }

  // Until `condition`; the test's own limit is ctest's.
  template <class F>
  void wait_for(F condition) {
    while (!condition())
      std::this_thread::yield();
  }

  static std::string noise(std::size_t size) {
    std::mt19937_64 random{size};
    std::string text(size, '\0');
    for (auto& c : text)
      c = static_cast<char>(random());
    return text;
  }

  SharedFd make_file(const std::string& name, const std::string& content) {
    EXPECT_TRUE(io::replace_file(folder / name, content).ok());
    return io::share(io::open_file(folder / name).value());
  }

  io::Path folder;
  ServerOptions options;
  Router router;
  std::unique_ptr<Log> log = std::make_unique<Kept>(*this);
  io::Executor net{{.threads = 2}};
  std::unique_ptr<Server> server;
  std::mutex mutex;
  std::vector<std::string> accesses;
};

}  // namespace longtake::http
