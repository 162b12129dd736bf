#include "playback/still.h"

#include <gtest/gtest.h>

#include "playback/sprite.h"
#include "playback/testing/real_footage_fixture.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;
using testing::counters_of;
using testing::footage_height;
using testing::footage_width;
using testing::header;
using testing::noon;

constexpr Micros frame = 40ms;

struct StillTest : testing::RealFootageFixture {
  ByteCache cache{1 << 20};
  std::unique_ptr<Log> log = make_null_log();

  Result<View> ask(WallTime at, unsigned width = 0, Playback::Format format = Playback::Format::png) {
    return render_still(footage, cache, archive.channel, {.at = at, .width = width, .format = format});
  }
  /// The frame number in the picture shown at an instant.
  int number_at(WallTime at) {
    const auto view = ask(at);
    if (!view.ok()) {
      ADD_FAILURE() << view.error().story();
      return -2;
    }
    return number_in(*view, "still.png", footage_width, footage_height).front();
  }
  std::vector<int> number_in(const View& view, const std::string& name, int width, int height) {
    testing::write_file(folder / name, view.body.read_all().value());
    return counters_of(folder / name, width, height);
  }
  void expect_every_edge(int first, int last, int step) {
    for (int n = first; n < last; n += step) {
      EXPECT_EQ(number_at(noon + frame * n), n);
      EXPECT_EQ(number_at(noon + frame * n + frame - 1us), n);
    }
  }
};

TEST_F(StillTest, ShowsTheLastPictureThatBeganByThen) {
  record({.frames = 120, .gop = 50});
  expect_every_edge(0, 120, 17);
  EXPECT_EQ(number_at(noon + frame * 49), 49);
  EXPECT_EQ(number_at(noon + frame * 50 - 1us), 49);
  EXPECT_EQ(number_at(noon + frame * 50), 50);
  const auto view = ask(noon + frame * 7 + 3ms).value();
  EXPECT_EQ(header(view, "Longtake-Instant"), format_rfc3339(noon + frame * 7));
  EXPECT_EQ(view.content_type, "image/png");
  EXPECT_TRUE(view.final);
}

TEST_F(StillTest, ReorderedPicturesAcrossSegmentsAndCutGops) {
  record({.frames = 150, .gop = 50, .bframes = 3},
         {.begin = noon, .segment_fragments = 2, .max_fragment = 22});
  EXPECT_GE(archive.size(), 3u);
  expect_every_edge(0, 150, 11);
  for (int n = 18; n < 28; ++n)  // around a cut inside the GOP
    EXPECT_EQ(number_at(noon + frame * n), n);
}

TEST_F(StillTest, LeadingPicturesOfAnOpenGopDecodeFromTheGopBefore) {
  record({.frames = 100, .gop = 25, .bframes = 3, .open_gop = true}, {.begin = noon, .segment_fragments = 2});
  for (int n = 20; n < 30; ++n)
    EXPECT_EQ(number_at(noon + frame * n), n);
  for (int n = 44; n < 56; ++n)  // a segment begins at 50
    EXPECT_EQ(number_at(noon + frame * n), n);
}

TEST_F(StillTest, HevcDecodes) {
  record({.frames = 60, .gop = 30, .bframes = 2, .codec = "libx265", .sound = false});
  expect_every_edge(0, 60, 13);
}

TEST_F(StillTest, AnchorsSlewAtTheJoint) {
  record({.frames = 100, .gop = 25}, {.begin = noon, .segment_fragments = 2, .slew = -7ms});
  EXPECT_EQ(number_at(noon + 2s - 7ms - 1us), 49);
  EXPECT_EQ(number_at(noon + 2s - 7ms), 50);
}

TEST_F(StillTest, TheEdgeOfFootage) {
  record({.frames = 50, .gop = 25});
  EXPECT_EQ(number_at(noon + 2s - 1us), 49);
  // The newest picture stands for its own duration, and is not for ever the answer.
  const auto newest = ask(noon + 2s);
  ASSERT_TRUE(newest.ok());
  EXPECT_FALSE(newest->final);
  EXPECT_EQ(number_at(noon + 2s + 39ms), 49);
  const auto beyond = ask(noon + 2s + 41ms);
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().code(), Code::not_found);
  EXPECT_NE(beyond.error().text().find(format_rfc3339(noon + 2s)), std::string::npos);
  EXPECT_EQ(ask(noon - 1us).error().code(), Code::not_found);
}

TEST_F(StillTest, WithoutAnInstantTheNewestKeyframe) {
  EXPECT_EQ(render_still(footage, cache, archive.channel, {}).error().code(), Code::not_found);
  record({.frames = 95, .gop = 30, .bframes = 2});
  const auto view = render_still(footage, cache, archive.channel, {.format = Playback::Format::png}).value();
  EXPECT_EQ(number_in(view, "newest.png", footage_width, footage_height).front(), 90);
  EXPECT_EQ(header(view, "Longtake-Instant"), format_rfc3339(noon + frame * 90));
  EXPECT_FALSE(view.final);
}

TEST_F(StillTest, PicturesAreScaledNeverEnlargedAndKept) {
  record({.frames = 25, .gop = 25, .sound = false});
  const auto small = ask(noon, 128, Playback::Format::jpg).value();
  EXPECT_EQ(small.content_type, "image/jpeg");
  EXPECT_EQ(number_in(small, "small.jpg", 128, 72), std::vector<int>{0});
  const auto webp = ask(noon + frame * 9, 0, Playback::Format::webp).value();
  EXPECT_EQ(webp.content_type, "image/webp");
  EXPECT_EQ(number_in(webp, "still.webp", footage_width, footage_height), std::vector<int>{9});
  const auto as_recorded = ask(noon, 0).value(), larger = ask(noon, 4000).value();
  EXPECT_EQ(as_recorded.etag, larger.etag);
  EXPECT_NE(as_recorded.etag, small.etag);
  // Kept: the file may go.
  std::filesystem::resize_file(archive.file_of(0), 100);
  EXPECT_EQ(ask(noon, 0)->body.read_all().value(), as_recorded.body.read_all().value());
  const auto gone = ask(noon + frame, 0);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code(), Code::unavailable);
  EXPECT_EQ(ask(noon, 9000).error().code(), Code::invalid);
}

TEST_F(StillTest, SoundHasNoPicture) {
  testing::Tape tape{archive, {.tracks = {.audio = testing::audio_track()}, .begin = noon}};
  tape.fragment(50);
  tape.end();
  const auto view = ask(noon + 1s);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code(), Code::not_found);
}

TEST_F(StillTest, SpriteHoldsAKeyframeForEachStepAndBlackForGaps) {
  record({.frames = 250, .gop = 25, .sound = false}, {.begin = noon, .segment_fragments = 4});
  archive.drop_segment(1);  // pictures 100 to 199
  const Playback::SpriteQuery query{.range = {noon, noon + 10s}, .step = 700ms, .width = 128};
  const auto view = render_sprite(footage, cache, *log, 100, archive.channel, query).value();
  EXPECT_EQ(view.content_type, "image/jpeg");
  testing::write_file(folder / "sprite.jpg", view.body.read_all().value());
  // 15 cells: 10 columns, 2 rows of 128x72.
  for (int i = 0; i < 15; ++i) {
    const auto crop = folder / "cell.png";
    testing::run("ffmpeg -v error -nostdin -y -i '" + (folder / "sprite.jpg") + "' -vf crop=128:72:" +
                 std::to_string(i % 10 * 128) + ":" + std::to_string(i / 10 * 72) + " '" + crop + "'");
    const int shown = i * 700 / 40;
    const bool gap = shown >= 100 && shown < 200;
    EXPECT_EQ(counters_of(crop, 128, 72).front(), gap ? -1 : shown / 25 * 25) << i;
  }
  const auto cues = render_sprite_vtt(footage, 100, archive.channel, query).value();
  const auto bytes = cues.body.read_all().value();
  const std::string text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  EXPECT_EQ(text.rfind("WEBVTT\n", 0), 0u);
  EXPECT_NE(text.find("00:00:00.000 --> 00:00:00.700\nsprite.jpg?from=" + format_rfc3339(noon) +
                      "&to=" + format_rfc3339(noon + 10s) + "&step=700&width=128#xywh=0,0,128,72\n"),
            std::string::npos);
  EXPECT_NE(text.find("00:00:09.800 --> 00:00:10.000\n"), std::string::npos);
  EXPECT_NE(text.find("#xywh=512,72,128,72\n"), std::string::npos);
  EXPECT_EQ(text.find("00:00:04.200 -->"), std::string::npos);  // a gap has no cue
  // Kept: the files may go.
  std::filesystem::resize_file(archive.file_of(0), 100);
  std::filesystem::resize_file(archive.file_of(2), 100);
  EXPECT_TRUE(render_sprite(footage, cache, *log, 100, archive.channel, query).ok());
  ByteCache empty{0};
  const auto gone = render_sprite(footage, empty, *log, 100, archive.channel, query);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code(), Code::unavailable);
}

TEST_F(StillTest, SpriteLimitsAreNamed) {
  record({.frames = 25, .gop = 25, .sound = false});
  const auto code = [&](const Playback::SpriteQuery& query) {
    const auto view = render_sprite_vtt(footage, 10, archive.channel, query);
    return view.ok() ? std::optional<Code>{} : view.error().code();
  };
  EXPECT_EQ(code({.range = {noon, noon + 10s}, .step = 1s}), std::nullopt);
  EXPECT_EQ(code({.range = {noon, noon + 10s + 1us}, .step = 1s}), Code::invalid);
  EXPECT_EQ(code({.range = {noon, noon}, .step = 1s}), Code::invalid);
  EXPECT_EQ(code({.range = {noon, noon + 10s}, .step = 0s}), Code::invalid);
  EXPECT_EQ(code({.range = {noon, noon + 10s}, .step = 1s, .width = 5000}), Code::invalid);
  EXPECT_EQ(code({.range = {noon + 1h, noon + 1h + 10s}, .step = 1s}), Code::not_found);
}

}  // namespace
}  // namespace longtake::playback
