#include "media/fragment.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "media/index_record.h"
#include "media/mp4/box.h"
#include "media/mp4/moof.h"
#include "media/testing/run.h"

namespace longtake::media {
namespace {

using namespace testing;
using mp4::fourcc;
using mp4::load_be32;

Packet video(std::int64_t dts, std::int64_t pts, bool sync, std::size_t size = 10) {
  Packet p;
  p.kind = TrackKind::video;
  p.dts = dts, p.pts = pts, p.sync = sync;
  p.payload = Payload::of(Bytes(size, std::byte{7}));
  return p;
}
Packet audio(std::int64_t dts, std::size_t size = 5) {
  Packet p;
  p.kind = TrackKind::audio;
  p.dts = p.pts = dts;
  p.sync = true;
  p.payload = Payload::of(Bytes(size, std::byte{9}));
  return p;
}

TEST(FragmentBuilder, WritesEveryByteOfASmallFragmentAsTheStandardSays) {
  FragmentBuilder b{both_tracks(), MediaTime{}};
  ASSERT_TRUE(b.add(video(90000, 97200, true, 3)).ok());
  ASSERT_TRUE(b.add(audio(48000, 2)).ok());
  ASSERT_TRUE(b.add(video(93600, 93600, false, 1)).ok());
  const auto f = b.finish(5, {.next_video_dts = 97200, .next_audio_dts = 49024});
  const auto expected = bytes_of({
      0, 0, 0,    192,  'm',  'o',  'o',  'f',                                    //
      0, 0, 0,    16,   'm',  'f',  'h',  'd',  0,    0, 0,    0,    0, 0, 0, 5,  //
      0, 0, 0,    92,   't',  'r',  'a',  'f',                                    // video
      0, 0, 0,    24,   't',  'f',  'h',  'd',  0,    2, 0,    0x28, 0, 0, 0, 1,  //
      0, 0, 0x0E, 0x10, 0x01, 0x01, 0,    0,                                      // 3600 ticks, not sync
      0, 0, 0,    20,   't',  'f',  'd',  't',  1,    0, 0,    0,                 //
      0, 0, 0,    0,    0,    1,    0x5F, 0x90,                                   // 90000
      0, 0, 0,    40,   't',  'r',  'u',  'n',  1,    0, 0x0A, 0x05, 0, 0, 0, 2,  //
      0, 0, 0,    200,  0x02, 0,    0,    0,  // data offset, first is sync
      0, 0, 0,    3,    0,    0,    0x1C, 0x20, 0,    0, 0,    1,    0, 0, 0, 0,  // size, cts
      0, 0, 0,    76,   't',  'r',  'a',  'f',                                    // audio
      0, 0, 0,    28,   't',  'f',  'h',  'd',  0,    2, 0,    0x38, 0, 0, 0, 2,  //
      0, 0, 4,    0,    0,    0,    0,    2,    0x02, 0, 0,    0,                 // 1024 ticks, 2 bytes
      0, 0, 0,    20,   't',  'f',  'd',  't',  1,    0, 0,    0,                 //
      0, 0, 0,    0,    0,    0,    0xBB, 0x80,                                   // 48000
      0, 0, 0,    20,   't',  'r',  'u',  'n',  0,    0, 0,    1,    0, 0, 0, 1,  //
      0, 0, 0,    204,                                                            //
      0, 0, 0,    14,   'm',  'd',  'a',  't',  7,    7, 7,    7,    9, 9,        //
  });
  EXPECT_EQ(*f.bytes, expected);
}

TEST(FragmentBuilder, RecordTellsWhatTheFragmentHolds) {
  FragmentBuilder b{both_tracks(), media_from_us(500'000)};
  ASSERT_TRUE(b.add(video(90000, 97200, true, 3000)).ok());
  ASSERT_TRUE(b.add(audio(48000, 200)).ok());
  ASSERT_TRUE(b.add(video(93600, 93600, false, 100)).ok());
  ASSERT_TRUE(b.add(audio(49024, 210)).ok());
  EXPECT_EQ(b.bytes(), 3510U);
  EXPECT_EQ(b.length(), Micros{80'000});
  auto f = b.finish(0, {.next_video_dts = 97200});
  EXPECT_TRUE(b.empty());
  f.place_at(1000);
  const auto v = f.view();
  EXPECT_EQ(v.offset(), 1000U);
  EXPECT_EQ(v.size(), f.bytes->size());
  EXPECT_TRUE(v.sync());
  EXPECT_EQ(v.keyframe_size(), 3000U);
  const auto t = v.track(TrackKind::video);
  EXPECT_EQ(t.count, 2U);
  EXPECT_EQ(t.dts, 45000);
  EXPECT_EQ(t.duration, 7200U);
  EXPECT_EQ(t.min_pts, 48600);
  EXPECT_EQ(t.end_pts, 52200 + 3600);
  EXPECT_EQ(t.bytes, 3100U);
  EXPECT_EQ(t.offset, 1000U + v.moof_size() + 8);
  const auto a = v.track(TrackKind::audio);
  EXPECT_EQ(a.count, 2U);
  EXPECT_EQ(a.dts, 24000);
  EXPECT_EQ(a.end_pts, 24000 + 2048);
  EXPECT_EQ(a.offset, t.offset + 3100);
  EXPECT_EQ(a.bytes, 410U);
  std::vector<Sample> samples;
  v.samples(TrackKind::video, samples);
  v.samples(TrackKind::audio, samples);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[0].size, 3000U);
  EXPECT_EQ(samples[0].pts(), 52200);
  EXPECT_EQ(samples[1].offset, t.offset + 3000);
  EXPECT_EQ(samples[1].size, 100U);
  EXPECT_EQ(samples[1].dts, 48600);
  EXPECT_EQ(samples[3].offset, a.offset + 200);
  EXPECT_EQ(samples[3].size, 210U);
  EXPECT_EQ(v.sample_size(TrackKind::video, 0), 3000U);
  EXPECT_EQ(v.sample_size(TrackKind::video, 1), 100U);
}

TEST(FragmentBuilder, RefusesWhatWouldSpoilTheRun) {
  FragmentBuilder b{both_tracks(), media_from_us(1'000'000)};
  EXPECT_EQ(b.add(video(89999, 89999, true)).error().code(), Code::invalid);  // before the origin
  ASSERT_TRUE(b.add(video(90000, 90000, true)).ok());
  EXPECT_FALSE(b.add(video(90000, 90000, false)).ok());
  EXPECT_FALSE(b.add(video(93600, 93600, false, 0)).ok());
  EXPECT_FALSE(b.add(video(93600, 93600 + (1LL << 30), false)).ok());
  EXPECT_FALSE(b.add(video(90000 + (1LL << 30), 90000 + (1LL << 30), false)).ok());
  EXPECT_FALSE(b.add(video(93600, 93600, false, (64U << 20) + 1)).ok());
  ASSERT_TRUE(b.add(video(93600, 93600, false)).ok());
  b.finish(0, {});
  EXPECT_FALSE(b.add(video(93600, 93600, true)).ok()) << "also across fragments";
  Tracks silent{video_track(), std::nullopt};
  FragmentBuilder mute{silent, MediaTime{}};
  EXPECT_FALSE(mute.add(audio(0)).ok());
}

TEST(FragmentBuilder, GivesTheLastSamplesADuration) {
  FragmentBuilder b{both_tracks(), MediaTime{}};
  auto hinted = video(0, 0, true);
  hinted.duration = 1800;
  ASSERT_TRUE(b.add(hinted).ok());
  ASSERT_TRUE(b.add(audio(0)).ok());
  auto f = b.finish(0, {});
  EXPECT_EQ(f.view().track(TrackKind::video).duration, 1800U) << "the source's";
  EXPECT_EQ(f.view().track(TrackKind::audio).duration, 1024U) << "the codec's";
  ASSERT_TRUE(b.add(video(3000, 3000, true)).ok());
  ASSERT_TRUE(b.add(video(6000, 6000, false)).ok());
  f = b.finish(1, {});
  EXPECT_EQ(f.view().track(TrackKind::video).duration, 6000U) << "the sample's before";
  ASSERT_TRUE(b.add(video(9000, 9000, true)).ok());
  f = b.finish(2, {.next_video_dts = 10000});
  EXPECT_EQ(f.view().track(TrackKind::video).duration, 1000U) << "what is known";
  ASSERT_TRUE(b.add(video(10000, 10000, true)).ok());
  f = b.finish(3, {.next_video_dts = 9000});
  EXPECT_GT(f.view().track(TrackKind::video).duration, 0U) << "never nothing";
}

TEST(FragmentBuilder, CopiesBorrowedBytes) {
  FragmentBuilder b{both_tracks(), MediaTime{}};
  Bytes source(4, std::byte{1});
  Packet p = video(0, 0, true);
  p.payload = {nullptr, source};
  ASSERT_TRUE(b.add(p).ok());
  std::fill(source.begin(), source.end(), std::byte{2});
  const auto f = b.finish(0, {});
  EXPECT_EQ(f.bytes->back(), std::byte{1});
}

TEST(FragmentBuilder, MarksSyncAndOtherPictures) {
  FragmentBuilder b{both_tracks(), MediaTime{}};
  ASSERT_TRUE(b.add(video(0, 0, false)).ok());
  ASSERT_TRUE(b.add(video(3600, 3600, false)).ok());
  auto cut = b.finish(0, {.next_video_dts = 7200});
  EXPECT_FALSE(cut.view().sync());
  EXPECT_EQ(cut.view().keyframe_size(), 0U);
  ASSERT_TRUE(b.add(video(7200, 7200, true)).ok());
  ASSERT_TRUE(b.add(video(10800, 10800, false)).ok());
  ASSERT_TRUE(b.add(video(14400, 14400, true)).ok());
  const auto mixed = b.finish(1, {});
  const auto moof = mp4::parse_moof(std::span{*mixed.bytes}.first(mixed.view().moof_size()));
  ASSERT_TRUE(moof);
  EXPECT_TRUE(moof->video[0].sync);
  EXPECT_FALSE(moof->video[1].sync);
  EXPECT_TRUE(moof->video[2].sync);
  ASSERT_TRUE(b.add(audio(0)).ok());
  EXPECT_TRUE(b.finish(2, {}).view().sync()) << "no video: decoding can begin anywhere";
}

TEST(Moof, ReadsBackWhatWasWritten) {
  for (const bool b_frames : {false, true}) {
    RunShape shape;
    shape.b_frames = b_frames;
    for (const auto& f : make_fragments(shape)) {
      const auto moof = mp4::parse_moof(std::span{*f.bytes}.first(f.view().moof_size()));
      ASSERT_TRUE(moof);
      std::vector<SampleRow> rows;
      decode_rows(f.record, true, rows);
      ASSERT_EQ(rows.size(), moof->video.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].size, moof->video[i].size);
        EXPECT_EQ(rows[i].cts, moof->video[i].cts);
        EXPECT_EQ(rows[i].duration, moof->video[i].duration);
        EXPECT_EQ(rows[i].sync, moof->video[i].sync);
      }
      EXPECT_EQ(moof->video_dts, f.view().track(TrackKind::video).dts);
      EXPECT_EQ(moof->audio_dts, f.view().track(TrackKind::audio).dts);
    }
  }
}

TEST(Moof, RefusesEveryCutAndEveryFlippedSize) {
  const auto fragments = make_fragments({.pictures = 5});
  const auto& bytes = *fragments.front().bytes;
  const auto size = fragments.front().view().moof_size();
  for (std::size_t cut = 0; cut < size; ++cut)
    EXPECT_FALSE(mp4::parse_moof(std::span{bytes}.first(cut)));
  for (std::size_t i = 0; i + 4 <= size; ++i) {
    if (load_be32(bytes.data() + i) != fourcc("traf") && load_be32(bytes.data() + i) != fourcc("trun"))
      continue;
    Bytes broken(bytes.begin(), bytes.begin() + size);
    broken[i - 1] ^= std::byte{0x10};
    EXPECT_FALSE(mp4::parse_moof(broken));
  }
}

}  // namespace
}  // namespace longtake::media
