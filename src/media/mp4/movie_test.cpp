#include "media/mp4/movie.h"

#include <gmock/gmock.h>

#include "media/testing/movie.h"
#include "media/testing/run.h"

namespace longtake::media::mp4 {
namespace {

using namespace media::testing;

struct Laid {
  Bytes bytes;
  Movie movie;
  const MovieTrack& track(std::uint32_t id) const {
    for (const auto& t : movie.tracks)
      if (t.id == id) return t;
    std::abort();
  }
  std::vector<ShownSample> video() const { return shown(movie, track(1)); }
  std::vector<ShownSample> audio() const { return shown(movie, track(2)); }
};

Laid lay(const std::vector<MovieStretch>& stretches, const MovieOptions& options) {
  Laid out;
  const auto list = layout_movie(stretches, options);
  if (!list.ok()) {
    ADD_FAILURE() << list.error().story();
    return out;
  }
  out.bytes = *list->read_all();
  MovieReader reader{out.bytes};
  EXPECT_TRUE(reader.good());
  out.movie = std::move(reader.movie);
  return out;
}

std::vector<MovieStretch> stretches(const std::vector<Segment>& segments) {
  std::vector<MovieStretch> out;
  for (const auto& s : segments)
    out.push_back(s.stretch());
  return out;
}

MediaTime at(std::int64_t video_ticks) {
  return to_media_nearest(video_ticks, 90000);
}

/// Every track's samples carry their own names, in decode order, sizes and places right.
void expect_sound(const Laid& laid) {
  for (const auto& t : laid.movie.tracks) {
    EXPECT_LE(t.edits.size(), 2U);
    EXPECT_EQ(t.ctts_version, 0U);
    std::uint64_t sum = 0;
    for (const auto& s : t.samples) {
      EXPECT_GT(s.duration, 0U);
      EXPECT_EQ(s.name.kind, t.id - 1);
      sum += s.duration;
    }
    EXPECT_EQ(t.mdhd_duration, sum);
    std::uint64_t edits = 0;
    for (const auto& e : t.edits)
      edits += e.duration;
    EXPECT_EQ(t.tkhd_duration, edits);
    EXPECT_LE(t.tkhd_duration, laid.movie.duration);
  }
}

class MovieOf : public ::testing::TestWithParam<int> {
 protected:
  RunShape shape() const {
    RunShape s;
    s.b_frames = GetParam() > 0;
    s.open_gop = GetParam() > 1;
    return s;
  }
  /// Display number of the first picture that can be decoded (all: 0).
  std::size_t pictures = 200;
};
INSTANTIATE_TEST_SUITE_P(Gops, MovieOf, ::testing::Values(0, 1, 2));

TEST_P(MovieOf, AWholeRunShowsEveryPictureOnceAtItsTime) {
  const auto segments = make_segments(shape(), 2);
  ASSERT_EQ(segments.size(), 2U);
  const auto laid = lay(stretches(segments), {});
  expect_sound(laid);
  const auto video = laid.video();
  ASSERT_EQ(video.size(), pictures);
  for (std::size_t i = 0; i < video.size(); ++i) {
    EXPECT_EQ(video[i].name.number, i);
    EXPECT_EQ(video[i].from, static_cast<std::int64_t>(i) * 3600);
    EXPECT_EQ(video[i].to, static_cast<std::int64_t>(i + 1) * 3600);
  }
  const auto audio = laid.audio();
  ASSERT_EQ(audio.size(), 376U);
  EXPECT_EQ(audio.front().from, 0);
  EXPECT_EQ(audio.back().to, 376 * 1024);
  EXPECT_EQ(laid.movie.duration, static_cast<std::uint64_t>(rescale_nearest(376 * 1024, 90000, 48000)));
  const auto& samples = laid.track(1).samples;
  EXPECT_EQ(std::ranges::count_if(samples, [](const MovieSample& s) { return s.sync; }), 4);
}

TEST_P(MovieOf, EveryCutShowsExactlyTheRange) {
  const auto segments = make_segments(shape(), 2);
  for (const std::int64_t from : {0LL, 1LL, 3599LL, 3600LL, 180'000LL, 181'801LL, 355'000LL, 360'000LL}) {
    for (const std::int64_t length : {1LL, 3600LL, 5000LL, 90'000LL, 200'000LL}) {
      SCOPED_TRACE(fmt::format("from {} length {}", from, length));
      const auto laid = lay(stretches(segments), {.from = at(90000 + from), .to = at(90000 + from + length)});
      expect_sound(laid);
      const auto video = laid.video();
      ASSERT_FALSE(video.empty());
      const auto first = from / 3600, last = (from + length - 1) / 3600;
      ASSERT_EQ(video.size(), static_cast<std::size_t>(last - first + 1));
      for (std::size_t i = 0; i < video.size(); ++i) {
        const auto n = first + static_cast<std::int64_t>(i);
        EXPECT_EQ(video[i].name.number, static_cast<std::uint32_t>(n));
        EXPECT_EQ(video[i].from, std::max<std::int64_t>(0, n * 3600 - from));
        EXPECT_EQ(video[i].to, std::min(length, (n + 1) * 3600 - from));
      }
      EXPECT_EQ(laid.movie.duration, static_cast<std::uint64_t>(length));
      // Sound: what is heard begins and ends with the range, to a tick of sound.
      const auto audio = laid.audio();
      ASSERT_FALSE(audio.empty());
      EXPECT_EQ(audio.front().name.number,
                static_cast<std::uint32_t>(rescale_nearest(from, 48000, 90000) / 1024));
      EXPECT_EQ(audio.front().from, 0);
      EXPECT_NEAR(static_cast<double>(audio.back().to), static_cast<double>(length) * 48 / 90, 1);
    }
  }
}

/// As a tool that ignores edit lists sees it: samples in the order of display, from the clock of the track.
std::vector<std::pair<std::uint32_t, std::int64_t>> unedited(const MovieTrack& t) {
  std::vector<std::pair<std::uint32_t, std::int64_t>> out;
  for (const auto& s : t.samples)
    out.emplace_back(s.name.number, s.pts);
  std::ranges::sort(out, {}, [](const auto& one) { return one.second; });
  return out;
}

TEST_P(MovieOf, WithoutAnEditListTheFirstPictureIsAtZeroAndSoundAtMostHalfAFrameOff) {
  const auto segments = make_segments(shape(), 2);
  for (const std::size_t first : {std::size_t{0}, std::size_t{50}, std::size_t{100}}) {
    SCOPED_TRACE(first);
    const auto begin = 90000 + static_cast<std::int64_t>(first) * 3600;
    const auto laid = lay(stretches(segments), {.from = at(begin), .edit_list = false});
    const auto& video = laid.track(1);
    const auto& audio = laid.track(2);
    EXPECT_TRUE(video.edits.empty());
    EXPECT_TRUE(audio.edits.empty());
    EXPECT_EQ(video.ctts_version, GetParam() > 0 ? 1U : 0U);
    const auto pictures_shown = unedited(video);
    ASSERT_EQ(pictures_shown.size(), pictures - first);
    for (std::size_t i = 0; i < pictures_shown.size(); ++i)
      EXPECT_EQ(pictures_shown[i],
                std::pair(static_cast<std::uint32_t>(first + i), static_cast<std::int64_t>(i) * 3600));
    // Decoding begins earlier where leading pictures were left out.
    if (GetParam() < 2) {
      EXPECT_EQ(video.tkhd_duration, (pictures - first) * 3600);
    }
    // Sound frame n begins 1024 n after the first picture of the run.
    const auto heard = unedited(audio);
    const auto wanted = rescale_nearest(static_cast<std::int64_t>(first) * 3600, 48000, 90000);
    EXPECT_EQ(heard.front().second, 0);
    EXPECT_LE(std::abs(std::int64_t{heard.front().first} * 1024 - wanted), 512);
  }
}

TEST_P(MovieOf, OnlyWhatIsNeededIsKept) {
  const auto segments = make_segments(shape(), 2);
  const auto laid = lay(stretches(segments), {.from = at(90000 + 60 * 3600), .to = at(90000 + 70 * 3600)});
  const auto& samples = laid.track(1).samples;
  EXPECT_EQ(samples.front().name.number, 50U);
  EXPECT_TRUE(samples.front().sync);
  for (const auto& s : samples)
    EXPECT_LE(s.name.number, 72U);
  EXPECT_LE(samples.size(), 23U);
}

TEST_P(MovieOf, AReaderThatDropsWhatBeginsBeforeTheEditStillShowsTheFirstPicture) {
  const auto laid = lay(stretches(make_segments(shape())), {.from = at(90000 + 60 * 3600 + 1234)});
  const auto& t = laid.track(1);
  const auto first =
      std::ranges::find_if(t.samples, [](const MovieSample& s) { return s.name.number == 60; });
  ASSERT_NE(first, t.samples.end());
  EXPECT_EQ(first->pts, t.edits.back().media_time);
}

TEST(Movie, LeadingPicturesWithoutTheirPastAreLeftOut) {
  RunShape shape;
  shape.b_frames = shape.open_gop = true;
  const auto laid = lay(stretches(make_segments(shape)), {.from = at(90000 + 50 * 3600)});
  const auto& samples = laid.track(1).samples;
  for (const auto& s : samples)
    EXPECT_GE(s.name.number, 50U);
  EXPECT_EQ(laid.video().front().name.number, 50U);
}

TEST(Movie, AnotherRunContinuesWhereTheFirstEndsInSync) {
  RunShape one, two;
  one.audio_frames = 370;  // its sound ends early
  two.run = 2;
  two.b_frames = true;
  two.video_start = 5'000'000;
  two.audio_start = 5'000'000 / 90 * 48 + 500;
  two.pictures = 100;
  const auto a = make_segments(one), b = make_segments(two);
  const auto laid = lay({a[0].stretch(), b[0].stretch()}, {});
  expect_sound(laid);
  const auto video = laid.video();
  ASSERT_EQ(video.size(), 300U);
  for (std::size_t i = 0; i < video.size(); ++i) {
    EXPECT_EQ(video[i].name.run, i < 200 ? 1 : 2);
    EXPECT_EQ(video[i].from, static_cast<std::int64_t>(i) * 3600) << i;
  }
  // The sound of the second run lies as far from its pictures as it was recorded.
  const auto audio = laid.audio();
  const auto join = std::ranges::find_if(audio, [](const ShownSample& s) { return s.name.run == 2; });
  ASSERT_NE(join, audio.end());
  const auto recorded =
      two.audio_start + join->name.number * 1024 - rescale_nearest(two.video_start, 48000, 90000);
  EXPECT_NEAR(static_cast<double>(join->from - 200 * 1920), static_cast<double>(recorded), 1);
  EXPECT_EQ((join - 1)->to, join->from) << "the last sound of the first run lasts until then";
  EXPECT_EQ(laid.track(1).entries, 1U) << "equal tracks share a description";
}

TEST(Movie, RunsWithOtherTracksBringTheirDescriptions) {
  RunShape one, two;
  two.run = 2;
  two.tracks.video->width = 1280;
  two.tracks.audio = audio_track(44100);
  two.audio_start = 44100;
  two.audio_frames = 345;
  const auto a = make_segments(one), b = make_segments(two);
  const auto laid = lay({a[0].stretch(), b[0].stretch()}, {});
  expect_sound(laid);
  EXPECT_EQ(laid.track(1).entries, 2U);
  EXPECT_EQ(laid.track(2).entries, 2U);
  EXPECT_EQ(laid.track(1).samples.front().entry, 1U);
  EXPECT_EQ(laid.track(1).samples.back().entry, 2U);
  EXPECT_EQ(laid.track(2).samples.back().entry, 2U);
  EXPECT_EQ(laid.track(2).timescale, 48000U);
  const auto audio = laid.audio();
  const auto end = 200 * 1920 + rescale_nearest(345 * 1024, 48000, 44100);
  EXPECT_NEAR(static_cast<double>(audio.back().to), static_cast<double>(end), 2) << "nothing drifts";
}

TEST(Movie, ARunWithoutSoundLeavesTheSoundWaiting) {
  RunShape silent, two;
  silent.tracks.audio.reset();
  two.run = 2;
  const auto a = make_segments(silent), b = make_segments(two);
  const auto laid = lay({a[0].stretch(), b[0].stretch()}, {});
  expect_sound(laid);
  ASSERT_EQ(laid.track(2).edits.size(), 2U);
  EXPECT_EQ(laid.track(2).edits[0], (MovieTrack::Edit{720'000, -1}));
  EXPECT_EQ(laid.audio().front().from, 384'000);
}

TEST(Movie, AHoleInsideARunIsClosed) {
  const auto segments = make_segments({}, 1);
  ASSERT_EQ(segments.size(), 4U);
  const auto laid = lay({segments[0].stretch(), segments[2].stretch()}, {});
  expect_sound(laid);
  const auto video = laid.video();
  ASSERT_EQ(video.size(), 100U);
  EXPECT_EQ(video[49].to, 180'000);
  EXPECT_EQ(video[50].from, 180'000);
  EXPECT_EQ(video[50].name.number, 100U);
}

TEST(Movie, SoundOrPicturesAlone) {
  RunShape radio;
  radio.tracks.video.reset();
  const auto sound = make_segments(radio);
  auto laid = lay(stretches(sound), {.from = media_from_us(1'500'000), .to = media_from_us(2'500'000)});
  expect_sound(laid);
  ASSERT_EQ(laid.movie.tracks.size(), 1U);
  EXPECT_EQ(laid.movie.timescale, 48000U);
  EXPECT_EQ(laid.movie.duration, 48000U);
  EXPECT_EQ(laid.audio().back().to, 48000);

  const auto both = make_segments({});
  laid = lay(stretches(both), {.audio = false});
  ASSERT_EQ(laid.movie.tracks.size(), 1U);
  EXPECT_EQ(laid.video().size(), 200U);
  laid = lay(stretches(both), {.video = false});
  ASSERT_EQ(laid.movie.tracks.size(), 1U);
  EXPECT_EQ(laid.audio().size(), 376U);
}

TEST(Movie, LateSoundIsMovedByAnEmptyEdit) {
  RunShape shape;
  shape.audio_start = 48000 + 4801;
  const auto laid = lay(stretches(make_segments(shape)), {});
  expect_sound(laid);
  ASSERT_EQ(laid.track(2).edits.size(), 2U);
  EXPECT_EQ(laid.audio().front().from, 4801);
  EXPECT_EQ(laid.track(1).edits.size(), 1U);
}

TEST(Movie, BeginsAtTheFirstKeyframeWhenAFragmentWasCutInAGroup) {
  // The first fragment given does not begin with a keyframe.
  RunShape shape;
  shape.pictures = 100;
  auto fragments = make_fragments(shape);
  FragmentBuilder builder{shape.tracks, MediaTime{}};
  for (const auto& p : make_packets(shape))
    if (p.kind == TrackKind::video && p.pts > shape.video_start && p.pts < shape.video_start + 50 * 3600) {
      ASSERT_TRUE(builder.add(p).ok());
    }
  Segment s{.tracks = shape.tracks, .run = 1};
  Bytes bytes;
  std::vector<Fragment> list;
  list.push_back(builder.finish(0, {}));
  list.push_back(std::move(fragments[1]));
  for (auto& f : list) {
    f.place_at(bytes.size());
    bytes.insert(bytes.end(), f.bytes->begin(), f.bytes->end());
    s.records.push_back(std::make_shared<const Bytes>(f.record));
  }
  s.bytes = std::make_shared<const Bytes>(bytes);
  s.index = SegmentIndex::from_records(s.records);
  const auto laid = lay({s.stretch()}, {.audio = false});
  EXPECT_EQ(laid.video().front().name.number, 50U);
}

TEST(Movie, BigMoviesUseWideOffsets) {
  // Sizes are what the index says: a movie of 70 copies of a run whose slices are only pretended.
  RunShape big;
  big.keyframe_bytes = 20U << 20;
  const auto large = make_segments(big);
  std::vector<MovieStretch> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(large[0].stretch());
    many.back().run = i;
  }
  const auto list = layout_movie(many, {});
  ASSERT_TRUE(list.ok()) << list.error().story();
  EXPECT_GT(list->size(), std::uint64_t{1} << 32);
  const auto head = *list->sub(0, 2U << 20).read_all();
  BoxReader r{head};
  r.box();
  r.box();
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.u32(), 1U);
  EXPECT_EQ(r.u32(), fourcc("mdat"));
  const auto header_size = head.size() - r.left() + 8;
  EXPECT_EQ(r.u64(), list->size() - header_size + 16);
  const MovieReader reader{Bytes(head.begin(), head.begin() + static_cast<long>(header_size - 16))};
  EXPECT_TRUE(reader.movie.wide);
  const auto& last = reader.movie.tracks[1].samples.back();
  EXPECT_EQ(last.offset + last.size, list->size());
}

TEST(Movie, TellsWhenNothingIsLeft) {
  const auto segments = make_segments({});
  EXPECT_EQ(layout_movie({}, {}).error().code(), Code::invalid);
  EXPECT_EQ(layout_movie(stretches(segments), {.from = media_from_us(20'000'000)}).error().code(),
            Code::invalid);
  EXPECT_EQ(layout_movie(stretches(segments), {.to = media_from_us(900'000)}).error().code(), Code::invalid);
  EXPECT_EQ(layout_movie(stretches(segments), {.video = false, .audio = false}).error().code(),
            Code::invalid);
}

}  // namespace
}  // namespace longtake::media::mp4
