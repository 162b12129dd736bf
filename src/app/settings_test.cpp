#include "app/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace longtake::app {
namespace {

/// A file of its own in the temporary folder, gone with the test.
class TempFile {
 public:
  explicit TempFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / fmt::format("longtake-settings-{}.toml", ::getpid())) {
    std::ofstream{path_} << text;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string error_of(const ConfigSources& sources) {
  const auto config = load_config(sources);
  return config.ok() ? "" : config.error().text();
}

TEST(Settings, FlagsWinOverEnvironmentOverFileOverDefaults) {
  const TempFile file{"[archive]\nsync_seconds = 7\ndisk_threads = 3\nbuffer_bytes = 8388608\n"};
  const auto config = load_config({.file = file.path(),
                                   .environment = {{"LONGTAKE_ARCHIVE_SYNC_SECONDS", "8"},
                                                   {"LONGTAKE_ARCHIVE_DISK_THREADS", "4"},
                                                   {"HOME", "/"}},
                                   .flags = {{"archive.disk_threads", "5"}}});
  ASSERT_TRUE(config.ok()) << config.error().story();
  EXPECT_EQ(config->archive.buffer_bytes, 8388608u);
  EXPECT_EQ(config->archive.sync_interval.count(), 8);
  EXPECT_EQ(config->archive.disk_threads, 5u);
  EXPECT_EQ(config->archive.min_free_bytes, archive::Options{}.min_free_bytes);
}

TEST(Settings, ListsComeFromArraysAndFromCommas) {
  const TempFile file{"http.listen = [\"127.0.0.1:1\", \"[::1]:2\"]\n"};
  EXPECT_EQ(load_config({.file = file.path()})->http.listen,
            (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_EQ(load_config({.flags = {{"http.listen", "127.0.0.1:1, [::1]:2"}}})->http.listen,
            (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
}

TEST(Settings, UnknownKeysAreToldWithTheNearest) {
  const TempFile file{"\n[ingest]\nallow_privat = true\n"};
  EXPECT_EQ(error_of({.file = file.path()}),
            file.path() + ":3: 'ingest.allow_privat' is no setting; the nearest is 'ingest.allow_private'");
  EXPECT_EQ(error_of({.environment = {{"LONGTAKE_INGEST_ALLOW_PRIVAT", "1"}}}),
            "environment variable LONGTAKE_INGEST_ALLOW_PRIVAT is no setting; the nearest is "
            "LONGTAKE_INGEST_ALLOW_PRIVATE");
}

TEST(Settings, WrongValuesNameKeyAndRule) {
  EXPECT_EQ(error_of({.flags = {{"archive.sync_seconds", "soon"}}}),
            "archive.sync_seconds: 'soon' is not a whole number from 0 to 3600");
  EXPECT_EQ(error_of({.flags = {{"ingest.allow_private", "maybe"}}}),
            "ingest.allow_private: 'maybe' is neither true nor false");
  const TempFile broken{"[archive\n"};
  EXPECT_NE(error_of({.file = broken.path()}).find(":1:"), std::string::npos);
  EXPECT_NE(error_of({.file = "/nowhere/longtake.toml"}).find("/nowhere/longtake.toml"), std::string::npos);
}

TEST(Settings, ProvidersAreNamedByTheirKeys) {
  const TempFile file{
      "site.url = \"https://tv.example/\"\n[openid.one]\nissuer = \"https://one.example\"\nclient_id = "
      "\"a\"\n"};
  const auto config = load_config({.file = file.path(),
                                   .environment = {{"LONGTAKE_OPENID_TWO_ISSUER", "http://127.0.0.1:9"},
                                                   {"LONGTAKE_OPENID_TWO_CLIENT_ID", "b"},
                                                   {"LONGTAKE_OPENID_TWO_CLIENT_SECRET", "s"}},
                                   .flags = {{"openid.one.label", "One"}}});
  ASSERT_TRUE(config.ok()) << config.error().story();
  EXPECT_EQ(config->site_url, "https://tv.example");
  EXPECT_EQ(config->openid,
            (std::vector<access::OpenIdSettings>{
                {.id = "one", .issuer = "https://one.example", .client = "a", .secret = "", .label = "One"},
                {.id = "two", .issuer = "http://127.0.0.1:9", .client = "b", .secret = "s", .label = ""}}));
  EXPECT_EQ(error_of({.flags = {{"openid.one.isuer", "x"}}}),
            "'openid.one.isuer' is no setting; the nearest is 'openid.one.issuer'");
  EXPECT_EQ(error_of({.environment = {{"LONGTAKE_OPENID_ONE_ISUER", "x"}}}).substr(0, 66),
            "environment variable LONGTAKE_OPENID_ONE_ISUER is no setting; the ");
  EXPECT_EQ(error_of({.flags = {{"openid.one.issuer", "http://one.example"}, {"openid.one.client_id", "a"}}}),
            "openid.one.issuer: 'http://one.example' is not https://HOST (http only on this machine)");
  EXPECT_EQ(error_of({.flags = {{"openid.one.issuer", "https://one.example"}}}).substr(0, 31),
            "openid.one.client_id is missing");
  EXPECT_EQ(error_of({.flags = {{"openid.one.issuer", "https://one.example"}, {"openid.one.client_id", "a"}}})
                .substr(0, 25),
            "openid.one needs site.url");
}

TEST(Settings, EveryDefaultSurvivesBeingSet) {
  const Config defaults;
  for (const auto& setting : settings()) {
    Config config;
    ASSERT_TRUE(setting.set(config, setting.get(defaults)).ok()) << setting.key;
    EXPECT_EQ(setting.get(config), setting.get(defaults)) << setting.key;
  }
}

TEST(Settings, ExampleFileIsTheOneInTheTree) {
  std::ifstream in{LONGTAKE_SOURCE_DIR "/config/example.toml"};
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), example_toml()) << "write it anew: longtake settings > config/example.toml";
}

TEST(Settings, ExampleFileUncommentedIsTheDefaults) {
  const TempFile file{std::regex_replace(example_toml(), std::regex{"\n# ([a-z_]+ = )"}, "\n$1")};
  const auto config = load_config({.file = file.path()});
  ASSERT_TRUE(config.ok()) << config.error().story();
  Config defaults;
  defaults.archive.folder = defaults.data + "/archive";
  defaults.blobs = defaults.data + "/blobs";
  for (const auto& setting : settings())
    EXPECT_EQ(setting.get(*config), setting.get(defaults)) << setting.key;
}

}  // namespace
}  // namespace longtake::app
