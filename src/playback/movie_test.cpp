#include "playback/movie.h"

#include <gtest/gtest.h>

#include <numeric>

#include "playback/testing/real_footage_fixture.h"
#include "playback/wall.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;
using testing::counters_of;
using testing::header;
using testing::noon;
using testing::Tape;

constexpr Micros frame = 40ms;

struct MovieTest : testing::RealFootageFixture {
  Result<View> ask(Playback::Mp4Query query) {
    LT_TRY(auto film, render_movie(footage, 24h, archive.channel, query));
    return std::move(film.view);
  }
  View movie(WallTime from, std::optional<WallTime> to) {
    auto view = ask({.range = {from, to}});
    EXPECT_TRUE(view.ok()) << (view.ok() ? "" : view.error().story());
    return std::move(view).value();
  }
  std::string save(const View& view, const std::string& name = "movie.mp4") {
    testing::write_file(folder / name, view.body.read_all().value());
    return folder / name;
  }
  /// Frame numbers of the film; nothing may complain about it.
  std::vector<int> shown(const View& view) {
    const auto path = save(view);
    const auto complaints =
        testing::run("ffprobe -v warning -show_entries stream=codec_type -of csv=p=0 '" + path +
                     "' 2>&1 >/dev/null; ffmpeg -v warning -nostdin -i '" + path + "' -f null - 2>&1");
    EXPECT_EQ(complaints, "");
    return counters_of(path);
  }
  static std::vector<int> numbers(int from, int to) {
    std::vector<int> out(static_cast<std::size_t>(to - from));
    std::iota(out.begin(), out.end(), from);
    return out;
  }
};

TEST_F(MovieTest, ShowsExactlyTheAskedPictures) {
  record({.frames = 200, .gop = 50}, {.begin = noon, .segment_fragments = 2});
  EXPECT_EQ(shown(movie(noon + frame * 60, noon + frame * 75)), numbers(60, 75));
  EXPECT_EQ(shown(movie(noon + frame * 90, noon + frame * 130)), numbers(90, 130));  // over the cut
  EXPECT_EQ(shown(movie(noon + frame * 99, noon + frame * 101)), numbers(99, 101));
  EXPECT_EQ(shown(movie(noon + frame * 100, noon + frame * 101)), numbers(100, 101));
  const auto view = movie(noon, noon + frame * 200);
  EXPECT_EQ(shown(view), numbers(0, 200));
  EXPECT_TRUE(view.final);
  EXPECT_EQ(view.content_type, "video/mp4");
  EXPECT_EQ(header(view, "Longtake-From"), format_rfc3339(noon));
  EXPECT_EQ(header(view, "Longtake-To"), format_rfc3339(noon + frame * 200));
  EXPECT_EQ(header(view, "Longtake-Missing"), "");
}

TEST_F(MovieTest, ReorderedPicturesAndCutGops) {
  record({.frames = 150, .gop = 50, .bframes = 3},
         {.begin = noon, .segment_fragments = 3, .max_fragment = 22});
  EXPECT_EQ(shown(movie(noon + frame * 20, noon + frame * 30)), numbers(20, 30));
  EXPECT_EQ(shown(movie(noon + frame * 47, noon + frame * 53)), numbers(47, 53));
  EXPECT_EQ(shown(movie(noon + frame * 1, noon + frame * 149)), numbers(1, 149));
}

TEST_F(MovieTest, OpenGopsAcrossACut) {
  record({.frames = 100, .gop = 25, .bframes = 3, .open_gop = true}, {.begin = noon, .segment_fragments = 2});
  // The decoder grumbles at every such cut: pictures say to forget others from before the keyframe.
  EXPECT_EQ(counters_of(save(movie(noon + frame * 48, noon + frame * 60))), numbers(48, 60));
  EXPECT_EQ(counters_of(save(movie(noon + frame * 23, noon + frame * 27))), numbers(23, 27));
}

TEST_F(MovieTest, RunsAreJoinedAndWhatIsMissingIsListed) {
  const auto path = folder / "clip.ts";
  testing::make_clip(path, {.frames = 100, .gop = 25, .bframes = 2});
  testing::record(archive, path, {.begin = noon, .run_number = 1});
  testing::record(archive, path, {.begin = noon + 10s, .run_number = 2});
  const auto view = movie(noon + frame * 90, noon + 10s + frame * 10);
  auto expected = numbers(90, 100);
  const auto second = numbers(0, 10);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(shown(view), expected);
  EXPECT_EQ(header(view, "Longtake-Missing"), format_rfc3339(noon + 4s) + "/" + format_rfc3339(noon + 10s));
  const auto wide = movie(noon - 5s, noon + 20s);
  EXPECT_EQ(header(wide, "Longtake-Missing"),
            format_rfc3339(noon - 5s) + "/" + format_rfc3339(noon) + "," + format_rfc3339(noon + 4s) + "/" +
                format_rfc3339(noon + 10s) + "," + format_rfc3339(noon + 14s) + "/" +
                format_rfc3339(noon + 20s));
  EXPECT_EQ(header(wide, "Longtake-From"), format_rfc3339(noon));
  EXPECT_EQ(header(wide, "Longtake-To"), format_rfc3339(noon + 14s));
  EXPECT_EQ(shown(wide).size(), 200u);
  EXPECT_EQ(ask({.range = {noon + 5s, noon + 9s}}).error().code(), Code::not_found);
}

TEST_F(MovieTest, WhatASourceGivesAgainIsShownOnce) {
  const auto path = folder / "clip.ts";
  testing::make_clip(path, {.frames = 200, .gop = 25});
  testing::record(archive, path, {.begin = noon, .run_number = 1});
  // Started again, it begins with five and a half seconds that are there already.
  testing::record(archive, path, {.begin = noon + 2500ms, .run_number = 2});
  auto expected = numbers(100, 200);
  const auto second = numbers(125, 195);  // from the keyframe at 7.5 s
  expected.insert(expected.end(), second.begin(), second.end());
  const auto view = movie(noon + 4s, noon + 2500ms + frame * 195);
  EXPECT_EQ(shown(view), expected);
  EXPECT_EQ(header(view, "Longtake-Missing"), "");
  EXPECT_EQ(shown(movie(noon + 8s + frame / 2, noon + 9s)), numbers(138, 163));
}

TEST_F(MovieTest, SlewedAnchorsLoseNoPicture) {
  record({.frames = 150, .gop = 25}, {.begin = noon, .segment_fragments = 2, .slew = -7ms});
  EXPECT_EQ(shown(movie(noon + 1s, noon + 5s)), numbers(25, 126));  // 14 ms have been slewed by then
}

TEST_F(MovieTest, CutAtAKeyframeBeginsThere) {
  record({.frames = 100, .gop = 25, .bframes = 2});
  const auto view = ask({.range = {noon + frame * 60, noon + frame * 70}, .exact = false}).value();
  EXPECT_EQ(shown(view), numbers(50, 70));
  EXPECT_EQ(header(view, "Longtake-From"), format_rfc3339(noon + frame * 50));
}

TEST_F(MovieTest, OneTrackAlone) {
  record({.frames = 100, .gop = 25});
  const auto streams = [&](Playback::Tracks tracks) {
    const auto view = ask({.range = {noon + 1s, noon + 3s}, .tracks = tracks}).value();
    return testing::run("ffprobe -v error -show_entries stream=codec_type,duration -of csv=p=0 '" +
                        save(view) + "'");
  };
  EXPECT_EQ(streams(Playback::Tracks::v), "video,2.000000\n");
  EXPECT_EQ(streams(Playback::Tracks::a).rfind("audio,2.0", 0), 0u);
  const auto both = streams(Playback::Tracks::av);
  EXPECT_NE(both.find("video,2.000000"), std::string::npos);
  EXPECT_NE(both.find("audio,2.0"), std::string::npos);
}

TEST_F(MovieTest, SoundStaysWithThePictures) {
  record({.frames = 200, .gop = 50}, {.begin = noon, .segment_fragments = 2});
  const auto path = save(movie(noon + frame * 120, noon + frame * 160));
  // A sine without a pause: as much of it as there are pictures, also at the edges.
  const auto volume = testing::run("ffmpeg -v info -nostdin -i '" + path +
                                   "' -af silencedetect=noise=-40dB:d=0.03 -f null - 2>&1");
  EXPECT_EQ(volume.find("silence_start"), std::string::npos);
  const auto audio = testing::run("ffmpeg -v error -nostdin -i '" + path + "' -f s16le -ac 1 -");
  EXPECT_NEAR(static_cast<double>(audio.size()) / 2 / 48000, 1.6, 0.03);
}

TEST_F(MovieTest, ACodecChangeIsAConflictThatNamesTheInstant) {
  record_run({.begin = noon}, 2);
  record_run({.tracks = {.video = testing::video_track(1280)}, .begin = noon + 5s, .run_number = 2}, 2);
  const auto view = ask({.range = {noon, noon + 9s}});
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code(), Code::conflict);
  EXPECT_NE(view.error().text().find(format_rfc3339(noon + 5s)), std::string::npos);
  EXPECT_TRUE(ask({.range = {noon, noon + 5s}}).ok());
  EXPECT_TRUE(ask({.range = {noon + 5s, noon + 9s}}).ok());
  EXPECT_TRUE(ask({.range = {noon, noon + 9s}, .tracks = Playback::Tracks::a}).ok());
}

TEST_F(MovieTest, TagsNameTheBytesAndAnOpenEndIsNotFinal) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  clock.set(noon + 7s);
  tape.fragments(3, 50);
  const auto open = movie(noon + 1s, std::nullopt);
  EXPECT_FALSE(open.final);
  EXPECT_EQ(header(open, "Longtake-To"), format_rfc3339(noon + 6s));
  EXPECT_EQ(header(open, "Longtake-Missing"), "");
  const auto ahead = movie(noon + 1s, noon + 60s);
  EXPECT_FALSE(ahead.final);
  EXPECT_EQ(ahead.etag, open.etag);
  const auto past = movie(noon + 1s, noon + 4s);
  EXPECT_NE(past.etag, open.etag);
  tape.fragments(3, 50);
  tape.end();
  archive.live = false;
  clock.set(noon + 1h);
  const auto again = movie(noon + 1s, noon + 4s);
  EXPECT_EQ(again.etag, past.etag);
  EXPECT_EQ(again.body.read_all().value(), past.body.read_all().value());
  EXPECT_TRUE(again.final);
  EXPECT_NE(movie(noon + 1s, std::nullopt).etag, open.etag);
}

TEST_F(MovieTest, WrongRangesAreNamed) {
  const auto code = [&](WallTime from, std::optional<WallTime> to) {
    return ask({.range = {from, to}}).error().code();
  };
  EXPECT_EQ(code(noon, noon + 1s), Code::not_found);
  record_run({.begin = noon}, 2);
  EXPECT_EQ(code(noon, noon), Code::invalid);
  EXPECT_EQ(code(noon - 25h, noon), Code::invalid);
  EXPECT_EQ(code(noon + 5s, noon + 6s), Code::not_found);
  EXPECT_EQ(code(noon + 48h, std::nullopt), Code::not_found);
}

TEST_F(MovieTest, AMissingFileIsToldAndHarmsNothing) {
  record_run({.begin = noon, .in_file = true}, 3);
  const auto view = movie(noon, noon + 6s);
  std::filesystem::resize_file(archive.file_of(0), 4000);
  const auto read = view.body.read_all();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), Code::unavailable);
}

/// What a browser is given decodes, and every picture stands at its wall time.
TEST_F(MovieTest, WallFragmentsDecodeAtTheirInstants) {
  record({.frames = 150, .gop = 25, .bframes = 2}, {.begin = noon, .segment_fragments = 3});
  Playback::WallQuery query;
  query.range = {noon + 1s, noon + 5s};
  query.base = noon - 10s;
  query.audio = true;
  for (const bool keyframes : {false, true}) {
    query.keyframes = keyframes;
    const auto path = save(render_wall(footage, archive.channel, query).value(), "wall.mp4");
    const auto times = testing::run(
        "ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 '" + path + "'");
    const auto shown = counters_of(path);
    ASSERT_EQ(shown.size(), keyframes ? 4u : 100u);
    std::size_t at = 0;
    for (const auto number : shown) {
      ASSERT_LT(at, times.size());
      EXPECT_NEAR(std::stod(times.substr(at)), 10 + number * 0.04, 1e-6);
      at = times.find('\n', at) + 1;
    }
    EXPECT_EQ(shown.front(), 25);
    EXPECT_EQ(shown.back(), keyframes ? 100 : 124);
  }
}

TEST_F(MovieTest, EndsOfAnotherCodecAreRefusedAsThatHoweverFarItsKeyframesSeemToLie) {
  auto tracks = testing::both_tracks();
  tracks.video->codec = media::Codec::hevc;
  Tape tape{archive, {.tracks = tracks, .begin = noon}};
  tape.fragments(100, 25);
  tape.end();
  const auto refused = ask({.range = {noon + 500ms, noon + 90s}, .edges = Playback::Edges::encode});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), "edges-codec");
}

}  // namespace
}  // namespace longtake::playback
