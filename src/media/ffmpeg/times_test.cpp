// The small machines that mend time: pure, no libav stream.

#include <gmock/gmock.h>

#include "media/ffmpeg/audio_times.h"
#include "media/ffmpeg/decode_order.h"
#include "media/ffmpeg/lag.h"
#include "media/ffmpeg/stamps.h"

namespace longtake::media::ffmpeg {
namespace {

using testing::ElementsAre;

TEST(Unwrapper, GoesOnPastTheEndOfItsBits) {
  Unwrapper unwrap{33};
  const std::int64_t end = std::int64_t{1} << 33;
  EXPECT_EQ(unwrap.unwrap(end - 100), end - 100);
  EXPECT_EQ(unwrap.unwrap(50), end + 50);
  EXPECT_EQ(unwrap.near_last(end - 10), end - 10);
  EXPECT_EQ(unwrap.unwrap(60), end + 60);
}

TEST(Unwrapper, BeginsNearAnotherStream) {
  const std::int64_t end = std::int64_t{1} << 33;
  Unwrapper late{33};
  late.expect(end + 1000);
  EXPECT_EQ(late.unwrap(900), end + 900);
  Unwrapper early{33};
  early.expect(end + 1000);
  EXPECT_EQ(early.unwrap(end - 900), end - 900);
}

TEST(AudioTimes, SmoothsJitterButKeepsGaps) {
  AudioTimes times{48000};
  // Milliseconds of 1024-sample frames: 0, 21, 43, 64 ms instead of 21.33 ms steps.
  EXPECT_EQ(times.place(0, 1024), 0);
  EXPECT_EQ(times.place(21 * 48, 1024), 1024);
  EXPECT_EQ(times.place(43 * 48, 1024), 2048);
  EXPECT_EQ(times.place(std::nullopt, 1024), 3072);
  // A second is missing: the gap stays.
  EXPECT_EQ(times.place(48000 + 4096, 1024), 48000 + 4096);
  EXPECT_EQ(times.place(48000 + 4096 + 1000, 1024), 48000 + 5120);
}

TEST(AudioTimes, DropsWhatComesTwice) {
  AudioTimes times{48000};
  EXPECT_EQ(times.place(100'000, 1024), 100'000);
  EXPECT_EQ(times.place(90'000, 1024), std::nullopt);
  EXPECT_EQ(times.place(95'000, 1024), std::nullopt);
  EXPECT_EQ(times.place(100'900, 1024), 101'024);
}

TEST(AudioTimes, NeedsAStampToBegin) {
  AudioTimes times{48000};
  EXPECT_EQ(times.place(std::nullopt, 1024), std::nullopt);
  times.start_at(0);
  EXPECT_EQ(times.place(std::nullopt, 1024), 0);
  EXPECT_EQ(times.place(std::nullopt, 1024), 1024);
}

Frames order(const std::vector<std::int64_t>& shown) {
  DecodeOrder decode_order;
  Frames out;
  for (const std::int64_t pts : shown) {
    Frame frame;
    frame.pts = pts * 3600;
    decode_order.push(std::move(frame), out);
  }
  decode_order.flush(out);
  return out;
}

TEST(DecodeOrder, GivesDecodeTimesToReorderedPictures) {
  std::vector<std::int64_t> shown{0};
  for (std::int64_t i = 1; i < 60; i += 3)
    shown.insert(shown.end(), {i + 2, i, i + 1});
  const Frames frames = order(shown);
  ASSERT_EQ(frames.size(), shown.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].pts, shown[i] * 3600);
    EXPECT_LE(frames[i].dts, frames[i].pts);
    EXPECT_EQ(frames[i].dts, (static_cast<std::int64_t>(i) - 1) * 3600);
  }
}

TEST(DecodeOrder, LeavesPlainOrderAlone) {
  const Frames frames = order({5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21});
  for (const Frame& frame : frames)
    EXPECT_EQ(frame.dts, frame.pts);
}

TEST(DecodeOrder, GrowsWhenPicturesAreReorderedLater) {
  std::vector<std::int64_t> shown;
  for (std::int64_t i = 0; i < 30; ++i)
    shown.push_back(i);
  for (std::int64_t i = 30; i < 60; i += 2)
    shown.insert(shown.end(), {i + 1, i});
  const Frames frames = order(shown);
  ASSERT_EQ(frames.size(), shown.size());
  for (std::size_t i = 1; i < frames.size(); ++i)
    EXPECT_LT(frames[i - 1].dts, frames[i].dts) << i;
  for (std::size_t i = 36; i < frames.size(); ++i)
    EXPECT_LE(frames[i].dts, frames[i].pts) << i;
}

TEST(LagMeter, SeesReadingFallBehind) {
  LagMeter lag;
  std::int64_t t = 0;
  for (; t < 10'000'000; t += 40'000)
    lag.note(t + 5'000'000, t);
  EXPECT_FALSE(lag.behind());
  lag.note(t + 5'700'000, t);
  EXPECT_TRUE(lag.behind());
  lag.note(t + 5'100'000, t + 40'000);
  EXPECT_FALSE(lag.behind());
}

}  // namespace
}  // namespace longtake::media::ffmpeg
