#include "media/mp4/views.h"

#include <gmock/gmock.h>

#include "media/mp4/box.h"
#include "media/mp4/moof.h"
#include "media/testing/run.h"

namespace longtake::media::mp4 {
namespace {

using namespace media::testing;

ParsedMoof read(const FragmentHead& head) {
  BoxReader r{head.head};
  r.box();
  const auto size = head.head.size() - r.left();
  EXPECT_EQ(r.left(), 8U);
  EXPECT_EQ(r.u32(), head.payload_size + 8);
  EXPECT_EQ(r.u32(), fourcc("mdat"));
  const auto parsed = parse_moof(std::span{head.head}.first(size));
  EXPECT_TRUE(parsed);
  return parsed.value_or(ParsedMoof{});
}

TEST(Refragment, AWholeFragmentIsTheStoredOne) {
  for (const bool b_frames : {false, true}) {
    RunShape shape;
    shape.b_frames = b_frames;
    std::uint32_t sequence = 0;
    for (const auto& f : make_fragments(shape)) {
      const auto head = refragment(f.view(), {}, {}, sequence++);
      ASSERT_TRUE(head);
      EXPECT_TRUE(std::ranges::equal(head->head, std::span{*f.bytes}.first(head->head.size())));
      EXPECT_EQ(head->payload_offset, head->head.size());
      EXPECT_EQ(head->payload_size, f.bytes->size() - head->head.size());
    }
  }
}

TEST(Refragment, OneTrackIsItsHalf) {
  const auto fragments = make_fragments({});
  const auto view = fragments[1].view();
  const auto v = view.track(TrackKind::video), a = view.track(TrackKind::audio);
  const auto video = refragment(view, {.audio = false}, {.video_offset = -90000}, 3);
  ASSERT_TRUE(video);
  EXPECT_EQ(video->payload_offset, v.offset);
  EXPECT_EQ(video->payload_size, v.bytes);
  const auto moof = read(*video);
  EXPECT_TRUE(moof.audio.empty());
  EXPECT_EQ(moof.video_dts, v.dts - 90000);
  EXPECT_EQ(moof.video.size(), 50U);
  const auto audio = refragment(view, {.video = false}, {.audio_offset = 1000}, 3);
  ASSERT_TRUE(audio);
  EXPECT_EQ(audio->payload_offset, a.offset);
  EXPECT_EQ(audio->payload_size, a.bytes);
  EXPECT_EQ(read(*audio).audio_dts, a.dts + 1000);
  EXPECT_FALSE(refragment(view, {.video = false, .audio = false}, {}, 0));
}

TEST(Refragment, DividedTimesNeverDrift) {
  RunShape shape;
  shape.b_frames = true;
  shape.picture_ticks = 3003;
  for (const std::uint32_t speed : {3U, 7U, 64U}) {
    std::int64_t video_next = -1, audio_next = -1;
    for (const auto& f : make_fragments(shape)) {
      const auto head = refragment(f.view(), {}, {.video_offset = 11, .audio_offset = 5, .speed = speed}, 0);
      ASSERT_TRUE(head);
      const auto moof = read(*head);
      const auto t = f.view().track(TrackKind::video), a = f.view().track(TrackKind::audio);
      EXPECT_EQ(moof.video_dts, rescale_nearest(t.dts + 11, 1, speed));
      EXPECT_EQ(moof.audio_dts, rescale_nearest(a.dts + 5, 1, speed));
      if (video_next >= 0) {
        EXPECT_EQ(moof.video_dts, video_next) << "ends meet";
        EXPECT_EQ(moof.audio_dts, audio_next);
      }
      std::vector<Sample> samples;
      f.view().samples(TrackKind::video, samples);
      auto dts = moof.video_dts;
      for (std::size_t i = 0; i < samples.size(); ++i) {
        EXPECT_EQ(dts + moof.video[i].cts, rescale_nearest(samples[i].pts() + 11, 1, speed));
        dts += moof.video[i].duration;
      }
      video_next = dts;
      audio_next = moof.audio_dts;
      for (const auto& row : moof.audio)
        audio_next += row.duration;
    }
  }
}

TEST(Refragment, StraddlingZeroKeepsDisplayTimes) {
  RunShape shape;
  shape.b_frames = true;
  const auto fragments = make_fragments(shape);
  const auto view = fragments[0].view();
  std::vector<Sample> samples;
  view.samples(TrackKind::video, samples);
  // Zero is where the first picture is displayed: it is decoded before.
  const auto offset = -samples[0].pts();
  ASSERT_LT(samples[0].dts + offset, 0);
  const auto head = refragment(view, {}, {.video_offset = offset, .audio_offset = -50000}, 0);
  ASSERT_TRUE(head);
  // The sound before zero is skipped inside the payload, so parse_moof would refuse it: read video alone.
  const auto video = refragment(view, {.audio = false}, {.video_offset = offset}, 0);
  const auto moof = read(*video);
  EXPECT_EQ(moof.video_dts, 0);
  std::int64_t dts = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(dts + moof.video[i].cts, samples[i].pts() + offset);
    EXPECT_GT(moof.video[i].duration, 0U);
    dts += moof.video[i].duration;
  }
  EXPECT_EQ(dts, samples.back().dts + samples.back().duration + offset)
      << "the next fragment is not disturbed";
  // Two sound frames lie before zero.
  const auto audio = refragment(view, {.video = false}, {.audio_offset = -50000}, 0);
  ASSERT_TRUE(audio);
  const auto sound = read(*audio);
  EXPECT_EQ(sound.audio_dts, 48);
  EXPECT_EQ(sound.audio.size(), view.track(TrackKind::audio).count - 2);
  EXPECT_EQ(audio->payload_offset, view.track(TrackKind::audio).offset + 300 + 301);
  EXPECT_FALSE(refragment(view, {}, {.video_offset = -9'000'000, .audio_offset = -9'000'000}, 0));
}

TEST(KeyframeSample, IsShownForTheWantedTime) {
  RunShape shape;
  shape.b_frames = true;
  const auto fragments = make_fragments(shape);
  const auto view = fragments[2].view();
  const auto key = keyframe_sample(view, 180'000, {.video_offset = -90000, .speed = 60});
  ASSERT_TRUE(key);
  EXPECT_EQ(key->payload_offset, view.track(TrackKind::video).offset);
  EXPECT_EQ(key->payload_size, view.keyframe_size());
  EXPECT_EQ(key->start, 100 * 3600 / 60);
  EXPECT_EQ(key->end - key->start, 3000);
  EXPECT_FALSE(keyframe_sample(view, 180'000, {.video_offset = -9'000'000}));
  EXPECT_FALSE(keyframe_sample(view, 0, {}));
  RunShape radio;
  radio.tracks.video.reset();
  EXPECT_FALSE(keyframe_sample(make_fragments(radio)[0].view(), 1000, {}));
}

TEST(KeyframeSample, SeveralMakeOneFragmentOfSyncSamples) {
  const auto fragments = make_fragments({});
  std::vector<KeyframeSample> keys;
  std::uint64_t size = 0;
  for (int i = 0; i < 3; ++i) {
    auto key = keyframe_sample(fragments[static_cast<std::size_t>(i)].view(), 180'000, {});
    ASSERT_TRUE(key);
    keys.push_back({key->start, key->start + 1000 * (i + 1), key->payload_offset, key->payload_size});
    size += key->payload_size;
  }
  const auto moof = read({.head = keyframes_head(keys, 9), .payload_size = size});
  ASSERT_EQ(moof.video.size(), 3U);
  EXPECT_EQ(moof.video_dts, keys[0].start);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(moof.video[i].sync);
    EXPECT_EQ(moof.video[i].cts, 0);
    EXPECT_EQ(moof.video[i].size, keys[i].payload_size);
    EXPECT_EQ(moof.video[i].duration, 1000U * (i + 1));
  }
}

}  // namespace
}  // namespace longtake::media::mp4
