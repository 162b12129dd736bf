#include "archive/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/test_footage.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::archive {
namespace {

using ::testing::HasSubstr;

class ChannelsTest : public ::testing::Test {
 protected:
  ChannelsTest()
      : database_(*storage::sql::Database::open({.path = (folder_.path() / "rows.db").string()}, clock_)),
        secrets_(*storage::SecretBox::open((folder_.path() / "key").string())),
        channels_(*database_, secrets_, clock_) {}

  static ChannelSettings settings(std::string name = "News") {
    return {.name = std::move(name),
            .source_url = "rtsp://user:secret@10.0.0.2/live",
            .audio = AudioPolicy::keep,
            .rtsp_transport = RtspTransport::udp,
            .segment_length = std::chrono::seconds{60},
            .retention = {.max_age = std::chrono::hours{48}, .max_bytes = 5'000'000'000}};
  }

  testing::TemporaryFolder folder_;
  testing::FakeClock clock_{wall_from_us(1'795'000'000'000'000)};
  std::unique_ptr<storage::sql::Database> database_;
  storage::SecretBox secrets_;
  Channels channels_;
  const OrganizationId main_{1};
};

TEST_F(ChannelsTest, KeepsEverySettingAndHidesTheSource) {
  const auto made = channels_.create(main_, settings());
  ASSERT_TRUE(made.ok()) << made.error().story();
  const auto got = channels_.get(main_, made->id);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->settings, settings());
  EXPECT_EQ(channels_.find_anywhere(made->id).value()->settings, settings());
  EXPECT_TRUE(got->enabled);
  EXPECT_EQ(got->created, clock_.now());
  EXPECT_EQ(got->version, 1);
  const auto stored = database_->read([](storage::sql::Session& s) {
    return s.find("select source_sealed from channels", [](std::string text) { return text; });
  });
  EXPECT_THAT(**stored, ::testing::Not(HasSubstr("secret")));
}

TEST_F(ChannelsTest, NamesAreUniqueInAnOrganizationUntilRemoved) {
  const auto first = channels_.create(main_, settings());
  const auto second = channels_.create(main_, settings());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::conflict);
  EXPECT_THAT(second.error().text(), HasSubstr("name:"));
  ASSERT_TRUE(channels_.remove(main_, first->id).ok());
  EXPECT_TRUE(channels_.create(main_, settings()).ok());
  EXPECT_EQ(channels_.get(main_, first->id).error().code(), Code::not_found);
  EXPECT_FALSE(channels_.find_anywhere(first->id)->has_value());
  EXPECT_EQ(channels_.remove(main_, first->id).error().code(), Code::not_found);
}

TEST_F(ChannelsTest, EditsAreGuardedByTheVersion) {
  const auto made = channels_.create(main_, settings());
  auto changed = settings("Sport");
  changed.retention = {};
  const auto updated = channels_.update(main_, made->id, changed, 1);
  ASSERT_TRUE(updated.ok()) << updated.error().story();
  EXPECT_EQ(updated->version, 2);
  EXPECT_EQ(updated->settings, changed);
  EXPECT_EQ(channels_.update(main_, made->id, settings(), 1).error().code(), Code::conflict);
  EXPECT_EQ(channels_.update(main_, made->id, settings(), 1).error().kind(), "stale");
  EXPECT_TRUE(channels_.update(main_, made->id, settings(), std::nullopt).ok());
  const auto stopped = channels_.set_enabled(main_, made->id, false);
  ASSERT_TRUE(stopped.ok());
  EXPECT_FALSE(stopped->enabled);
  EXPECT_EQ(channels_.set_enabled(main_, made->id, false)->version, stopped->version);
}

TEST_F(ChannelsTest, AnotherOrganizationSeesNothing) {
  const auto made = channels_.create(main_, settings());
  const OrganizationId other{2};
  EXPECT_EQ(channels_.get(other, made->id).error().code(), Code::not_found);
  EXPECT_EQ(channels_.get_by_name(other, "News").error().code(), Code::not_found);
  EXPECT_EQ(channels_.update(other, made->id, settings(), {}).error().code(), Code::not_found);
  EXPECT_EQ(channels_.set_enabled(other, made->id, false).error().code(), Code::not_found);
  EXPECT_EQ(channels_.remove(other, made->id).error().code(), Code::not_found);
  EXPECT_TRUE(channels_.list(other, {}, 10)->empty());
  EXPECT_EQ(channels_.all()->size(), 1u);
}

TEST_F(ChannelsTest, ListsByPages) {
  for (const char* name : {"a", "b", "c"})
    ASSERT_TRUE(channels_.create(main_, settings(name)).ok());
  const auto first = channels_.list(main_, {}, 2);
  ASSERT_EQ(first->size(), 2u);
  const auto rest = channels_.list(main_, first->back().id, 2);
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ(rest->front().settings.name, "c");
  EXPECT_EQ(channels_.get_by_name(main_, "b")->id, first->back().id);
}

TEST_F(ChannelsTest, NamesTheFieldThatIsWrong) {
  const auto problem = [](auto change) {
    auto s = settings();
    change(s);
    const auto status = validate(s);
    return status.ok() ? std::string{} : status.error().text();
  };
  EXPECT_EQ(problem([](auto&) {}), "");
  EXPECT_THAT(problem([](auto& s) { s.name = ""; }), HasSubstr("name"));
  EXPECT_THAT(problem([](auto& s) { s.name = std::string(101, 'x'); }), HasSubstr("name"));
  EXPECT_EQ(problem([](auto& s) {
              s.name.clear();
              for (int i = 0; i < 100; ++i)
                s.name += "\xD0\xAF";
            }),
            "");
  EXPECT_THAT(problem([](auto& s) { s.source_url = ""; }), HasSubstr("source.url"));
  EXPECT_THAT(problem([](auto& s) { s.segment_length = std::chrono::seconds{9}; }),
              HasSubstr("segmentSeconds"));
  EXPECT_THAT(problem([](auto& s) { s.segment_length = std::chrono::seconds{3601}; }),
              HasSubstr("segmentSeconds"));
  EXPECT_THAT(problem([](auto& s) { s.retention.max_age = std::chrono::hours{0}; }), HasSubstr("retention"));
}

TEST_F(ChannelsTest, RecallsWhoseAChannelIsUntilChannelsChange) {
  const auto made = channels_.create(main_, settings());
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE(channels_.recalls(main_, made->id)) << "nobody asked yet";
  EXPECT_TRUE(channels_.check(main_, made->id).ok());
  EXPECT_TRUE(channels_.recalls(main_, made->id));
  EXPECT_FALSE(channels_.recalls(OrganizationId{2}, made->id));
  EXPECT_EQ(channels_.check(OrganizationId{2}, made->id).error().code(), Code::not_found);
  EXPECT_TRUE(channels_.recalls(main_, made->id));
  ASSERT_TRUE(channels_.remove(main_, made->id).ok());
  EXPECT_FALSE(channels_.recalls(main_, made->id));
  EXPECT_EQ(channels_.check(main_, made->id).error().code(), Code::not_found);
}

}  // namespace
}  // namespace longtake::archive
