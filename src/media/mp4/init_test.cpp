#include "media/mp4/init.h"

#include <gmock/gmock.h>

#include "media/mp4/box.h"
#include "media/testing/run.h"

namespace longtake::media::mp4 {
namespace {

using namespace media::testing;

std::vector<Tracks> every_codec() {
  std::vector<Tracks> out;
  const auto video = [&](Codec codec, Bytes config) {
    Track t{.codec = codec,
            .config = std::move(config),
            .width = 720,
            .height = 576,
            .sar_num = 64,
            .sar_den = 45};
    out.push_back({t, std::nullopt});
  };
  const auto audio = [&](Codec codec, std::uint32_t rate, Bytes config) {
    Track t{
        .codec = codec, .timescale = rate, .config = std::move(config), .sample_rate = rate, .channels = 2};
    out.push_back({std::nullopt, t});
  };
  video(Codec::h264, bytes_of({1, 0x64, 0, 0x1F, 0xFF}));
  video(Codec::hevc, Bytes(23, std::byte{1}));
  video(Codec::av1, bytes_of({0x81, 5, 12, 0}));
  audio(Codec::aac, 44100, bytes_of({0x12, 0x10}));
  audio(Codec::aac, 96000, bytes_of({0x10, 0x10, 0x56, 0xE5, 0x00}));
  audio(Codec::mp3, 48000, {});
  audio(Codec::mp2, 48000, {});
  audio(Codec::opus, 48000, bytes_of({0, 2, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0}));
  audio(Codec::ac3, 48000, bytes_of({0x10, 0x11, 0xE0}));
  audio(Codec::eac3, 48000, bytes_of({0x0C, 0, 0x20, 0x0F, 0}));
  audio(Codec::pcm_alaw, 8000, {});
  audio(Codec::pcm_mulaw, 8000, {});
  return out;
}

TEST(SegmentHeader, ReadsBackForEveryCodec) {
  for (const auto& tracks : every_codec()) {
    const auto header = segment_header(tracks, identity());
    const auto parsed = parse_header(header);
    ASSERT_TRUE(parsed.ok()) << parsed.error().story();
    EXPECT_EQ(parsed->tracks, tracks) << tracks.rfc6381();
    EXPECT_EQ(parsed->identity, identity());
    EXPECT_EQ(parsed->size, header.size());
    EXPECT_EQ(segment_header(parsed->tracks, *parsed->identity), header);
  }
}

TEST(SegmentHeader, IdentityBoxHasTheDocumentedBytes) {
  const auto header = segment_header(both_tracks(), identity(7));
  const auto box = std::span{header}.last(72);
  const auto want =
      bytes_of({0,    0,    0,    72,   'u',  'u',  'i',  'd',  0x11, 0x10, 0x6f, 0xa5, 0x2d, 0xcc,
                0x4f, 0xbd, 0xa0, 0xfe, 0x47, 0x10, 0xf5, 0x3c, 0x2e, 0x4b, 1,    0,    0,    0,  // version
                0,    0,    0,    0,    0,    0,    0,    12,                                     // channel
                0,    0,    0,    0,    0,    0,    0,    34,                                     // run
                0,    0,    0,    7,                                                              // sequence
                0,    0,    0,    0,    0,    0x0F, 0x42, 0x40});  // 1,000,000 us
  EXPECT_TRUE(std::ranges::equal(box.first(want.size()), want));
}

TEST(SegmentHeader, EveryCutIsInvalidOrWithoutIdentity) {
  const auto header = segment_header(both_tracks(), identity());
  for (std::size_t cut = 0; cut < header.size(); ++cut) {
    const auto parsed = parse_header(std::span{header}.first(cut));
    if (parsed.ok()) {
      EXPECT_FALSE(parsed->identity) << cut;
    } else {
      EXPECT_EQ(parsed.error().code(), Code::invalid);
    }
  }
}

TEST(SegmentHeader, FlippedBytesNeverBreakTheReader) {
  const auto header = segment_header(both_tracks(), identity());
  for (std::size_t i = 0; i < header.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      auto broken = header;
      broken[i] ^= static_cast<std::byte>(flip);
      const auto parsed = parse_header(broken);
      if (parsed.ok()) {
        EXPECT_LE(parsed->size, broken.size());
      }
    }
}

TEST(InitSegment, HoldsTheWantedTracksOnly) {
  const auto tracks = both_tracks();
  const auto whole = parse_header(init_segment(tracks, {}));
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->tracks, tracks);
  EXPECT_FALSE(whole->identity);
  const auto video = parse_header(init_segment(tracks, {.audio = false}));
  ASSERT_TRUE(video.ok());
  EXPECT_TRUE(video->tracks.video && !video->tracks.audio);
  const auto audio = parse_header(init_segment(tracks, {.video = false}));
  ASSERT_TRUE(audio.ok());
  EXPECT_TRUE(!audio->tracks.video && audio->tracks.audio);
}

TEST(Track, NamesItselfForBrowsers) {
  std::vector<std::string> names;
  for (const auto& t : every_codec())
    names.push_back(t.rfc6381());
  EXPECT_THAT(names, ::testing::ElementsAre("avc1.64001F", ::testing::StartsWith("hvc1.1."), "av01.0.05M.08",
                                            "mp4a.40.2", "mp4a.40.2", "mp4a.6B", "mp4a.69", "opus", "ac-3",
                                            "ec-3", "alaw", "ulaw"));
  // The example of ISO/IEC 14496-15 annex E.
  Track hevc{
      .codec = Codec::hevc,
      .config = bytes_of({1, 0x01, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8})};
  EXPECT_EQ(hevc.rfc6381(), "hvc1.1.6.L93.B0");
  EXPECT_EQ(both_tracks().rfc6381(), "avc1.64001F,mp4a.40.2");
  for (const auto codec : {Codec::h264, Codec::eac3, Codec::pcm_mulaw})
    EXPECT_EQ(find_codec(to_string(codec)), codec);
  EXPECT_EQ(find_codec("vp8"), std::nullopt);
}

}  // namespace
}  // namespace longtake::media::mp4
