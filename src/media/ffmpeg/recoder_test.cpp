#include "media/ffmpeg/recoder.h"

#include <gmock/gmock.h>

#include "media/ffmpeg/libav.h"
#include "media/ffmpeg/test_clip.h"

namespace longtake::media::ffmpeg {
namespace {

using test::grey;
using test::grey_of;

constexpr std::int64_t step = 90000 / 25;

struct Source {
  test::Recorded clip;
  std::vector<CodedSample> samples;
  std::int64_t zero = 0;  ///< display time of picture 0

  explicit Source(const std::string& options)
      : clip(test::record(test::make_clip(grey("64x48", 2) + test::kH264 + options, "ts"), "mpegts")) {
    EXPECT_TRUE(clip.error.empty()) << clip.error;
    for (const auto& packet : clip.video)
      samples.push_back({.bytes = packet.payload.bytes, .dts = packet.dts, .pts = packet.pts});
    zero = samples.empty() ? 0 : samples.front().pts;
    for (const auto& s : samples)
      zero = std::min(zero, s.pts);
  }
  const Track& track() const { return *clip.tracks.video; }
  std::int64_t at(int picture) const { return zero + picture * step; }
};

int middle(const Picture& picture) {
  const auto& frame = *picture.get();
  return frame.data[0][frame.height / 2 * frame.linesize[0] + frame.width / 2];
}

std::vector<CodedSample> samples_of(const std::vector<RecodedPicture>& pictures) {
  std::vector<CodedSample> out;
  for (const auto& p : pictures)
    out.push_back({.bytes = p.bytes, .dts = p.pts, .pts = p.pts});
  return out;
}

TEST(Recoder, PicturesStandBesideTheSourcesInOneTrack) {
  for (const auto* options : {" -g 25 -bf 3 -b_strategy 0 -x264-params b-pyramid=strict",
                              " -g 25 -profile:v baseline -bf 0", " -g 25 -profile:v main -bf 2"}) {
    SCOPED_TRACE(options);
    const Source source{options};
    auto recoder = Recoder::open(source.track());
    ASSERT_TRUE(recoder.ok()) << recoder.error().story();
    auto head = recoder->recode(source.samples, {.from = source.at(10), .to = source.at(25)});
    ASSERT_TRUE(head.ok()) << head.error().story();
    ASSERT_EQ(head->size(), 15U);
    auto tail = recoder->recode(source.samples, {.from = source.at(30), .to = source.at(34)});
    ASSERT_TRUE(tail.ok()) << tail.error().story();
    ASSERT_EQ(tail->size(), 4U);
    EXPECT_TRUE(head->front().sync);
    EXPECT_TRUE(tail->front().sync) << "each part can be decoded alone";

    const auto merged = recoder->merged().value();
    EXPECT_NE(merged, source.track());
    EXPECT_EQ(merged.rfc6381(), source.track().rfc6381()) << "profile and level";
    auto all = samples_of(*head);
    for (std::size_t i = 0; i < head->size(); ++i)
      EXPECT_EQ((*head)[i].pts, source.at(10 + static_cast<int>(i)));
    std::size_t second = 1;
    while (!source.clip.video[second].sync)
      ++second;
    all.insert(all.end(), source.samples.begin() + static_cast<std::ptrdiff_t>(second), source.samples.end());
    // One decoder, one configuration, over the seam.
    for (const int picture : {10, 11, 24, 25, 26, 30, 49}) {
      const auto decoded = decode_picture(merged, all, source.at(picture));
      ASSERT_TRUE(decoded.ok()) << decoded.error().story();
      EXPECT_NEAR(middle(*decoded), grey_of(picture), 2) << picture;
    }
    for (const int picture : {30, 33}) {
      const auto decoded = decode_picture(merged, samples_of(*tail), source.at(picture));
      ASSERT_TRUE(decoded.ok()) << decoded.error().story();
      EXPECT_NEAR(middle(*decoded), grey_of(picture), 2) << picture;
    }
  }
}

TEST(Recoder, StopsWhenAskedTo) {
  const Source source{" -g 25"};
  auto recoder = Recoder::open(source.track());
  ASSERT_TRUE(recoder.ok());
  int asked = 0;
  const auto made = recoder->recode(
      source.samples, {.from = source.at(0), .to = source.at(50), .stopped = [&] { return ++asked > 5; }});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind(), "stopped");
}

TEST(Recoder, RefusesWhatItCannotEncodeByName) {
  const auto refused = Recoder::open(Track{.codec = Codec::hevc});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), "edges-codec");
  EXPECT_THAT(refused.error().text(), ::testing::HasSubstr("hevc"));
  EXPECT_FALSE(Recoder::open(Track{.codec = Codec::h264}).ok()) << "no configuration";
}

}  // namespace
}  // namespace longtake::media::ffmpeg
