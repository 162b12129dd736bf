#include "http/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "http/exchange.h"
#include "http/target.h"
#include "io/file.h"

namespace longtake::http {
namespace {

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "longtake-static-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    write("secret.txt", "outside");
    write("dist/index.html", "<html>");
    write("dist/favicon.svg", "<svg/>");
    write("dist/assets/app-1a2b.js", "let a = 1");
    write("dist/assets/app-1a2b.js.gz", "packed");
    router.add(Method::get, "/{path...}", serve_files({.folder = root / "dist"}));
  }
  void TearDown() override { std::filesystem::remove_all(root); }

  void write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(io::make_folders((root / name).parent_path()).ok());
    ASSERT_TRUE(io::replace_file(root / name, content).ok());
  }

  Response get(const std::string& target, const std::string& name = "", const std::string& value = "") {
    Request request;
    request.target = target;
    request.headers.add("Host", "test");
    if (!name.empty()) request.headers.add(name, value);
    auto planned = plan(router, request, true);
    return planned.route ? run_handler(planned.route->handler, request, *log) : std::move(planned.answer);
  }

  static std::string text(const Response& response) {
    if (!response.body.slices()) return *response.body.text();
    const auto bytes = response.body.slices()->read_all().value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  io::Path root;
  Router router;
  std::unique_ptr<Log> log = make_null_log();
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
  const auto page = get("/");
  EXPECT_EQ(text(page), "<html>");
  EXPECT_EQ(page.headers.find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.find("Cache-Control"), "no-cache");
  EXPECT_EQ(page.headers.find("Content-Security-Policy"), content_security_policy);
  EXPECT_EQ(page.headers.find("Cross-Origin-Opener-Policy"), "same-origin");
  const auto script = get("/assets/app-1a2b.js");
  EXPECT_EQ(text(script), "let a = 1");
  EXPECT_EQ(script.headers.find("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.find("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/favicon.svg").headers.find("Content-Type"), "image/svg+xml");
}

TEST_F(StaticFilesTest, TheApplicationsOwnAddressesGetItsPage) {
  EXPECT_EQ(text(get("/channels/7")), "<html>");
  EXPECT_EQ(text(get("/channels/7?at=2026-01-01T00:00:00Z")), "<html>");
  EXPECT_EQ(get("/assets/gone-3c.js").status, 404);
  EXPECT_EQ(get("/api/v1/nothing").status, 404);
  EXPECT_EQ(text(get("/assets")), "<html>") << "a folder is not a file, and lists nothing";
}

TEST_F(StaticFilesTest, PackedWhenTheClientTakesIt) {
  const auto packed = get("/assets/app-1a2b.js", "Accept-Encoding", "br, gzip;q=0.8");
  EXPECT_EQ(text(packed), "packed");
  EXPECT_EQ(packed.headers.find("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.headers.find("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(packed.headers.find("Vary"), "Accept-Encoding");
  EXPECT_NE(packed.headers.find("ETag"), get("/assets/app-1a2b.js").headers.find("ETag"));
  EXPECT_EQ(text(get("/assets/app-1a2b.js", "Accept-Encoding", "gzip;q=0")), "let a = 1");
  EXPECT_EQ(text(get("/", "Accept-Encoding", "gzip")), "<html>");
}

TEST_F(StaticFilesTest, OldPackedFilesAreNotServed) {
  std::filesystem::last_write_time(
      root / "dist/assets/app-1a2b.js.gz",
      std::filesystem::last_write_time(root / "dist/assets/app-1a2b.js") - std::chrono::hours{1});
  EXPECT_EQ(text(get("/assets/app-1a2b.js", "Accept-Encoding", "gzip")), "let a = 1");
}

TEST_F(StaticFilesTest, AnswersConditions) {
  const auto etag = std::string{*get("/").headers.find("ETag")};
  EXPECT_EQ(get("/", "If-None-Match", etag).status, 304);
  write("dist/index.html", "<html>longer");
  EXPECT_EQ(get("/", "If-None-Match", etag).status, 200);
}

TEST_F(StaticFilesTest, NothingOutsideTheFolder) {
  std::filesystem::create_symlink(root / "secret.txt", root / "dist" / "link.txt");
  std::filesystem::create_directory_symlink(root, root / "dist" / "up");
  for (const char* target :
       {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt", "/link.txt",
        "/up/secret.txt", "//secret.txt", "/%2Fetc%2Fpasswd", "//etc/passwd"}) {
    const auto response = get(target);
    EXPECT_NE(text(response), "outside") << target;
    EXPECT_TRUE(response.status == 404 || response.status == 400 || text(response) == "<html>") << target;
  }
}

TEST_F(StaticFilesTest, SaysWhenTheWebFilesAreNotBuilt) {
  std::filesystem::remove_all(root / "dist");
  const auto response = get("/");
  EXPECT_EQ(response.status, 404);
}

}  // namespace
}  // namespace longtake::http
