#include "media/ffmpeg/access_units.h"

#include <gmock/gmock.h>

#include "media/ffmpeg/audio_heads.h"

namespace longtake::media::ffmpeg {
namespace {

using testing::ElementsAre;

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> out;
  for (const unsigned v : values)
    out.push_back(static_cast<std::byte>(v));
  return out;
}

struct Cut {
  std::vector<std::size_t> sizes;  // of the units' NAL units
  std::int64_t pts;
};

class CutterTest : public testing::Test {
 protected:
  std::vector<Cut> cuts;
  AccessUnitCutter cutter{Codec::h264, [this](const AccessUnit& unit) {
                            Cut cut{.sizes = {}, .pts = unit.pts};
                            for (const ByteView nal : unit.nals)
                              cut.sizes.push_back(nal.size());
                            cuts.push_back(cut);
                          }};
  void push(const std::vector<std::byte>& data, std::int64_t pts, bool new_picture = false) {
    Chunk chunk;
    chunk.bytes = data;
    chunk.pts = chunk.dts = pts;
    cutter.push(chunk, new_picture);
  }
};

// Delimiter, two slices of one picture; a picture; both with three-byte and four-byte start codes.
const auto kFirst = bytes({0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x65, 0x88, 1, 2, 3, 0, 0, 1, 0x65, 0x22, 4, 5});
const auto kSecond = bytes({0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x41, 0x9A, 7, 0, 0, 3, 1, 8});

TEST_F(CutterTest, CutsAtDelimiters) {
  push(kFirst, 100);
  push(kSecond, 200);
  cutter.flush();
  ASSERT_EQ(cuts.size(), 2U);
  EXPECT_THAT(cuts[0].sizes, ElementsAre(2, 5, 4));
  EXPECT_EQ(cuts[0].pts, 100);
  EXPECT_THAT(cuts[1].sizes, ElementsAre(2, 8));
  EXPECT_EQ(cuts[1].pts, 200);
}

TEST_F(CutterTest, DoesNotCareWherePacketsEnd) {
  std::vector<std::byte> all = kFirst;
  all.insert(all.end(), kSecond.begin(), kSecond.end());
  for (std::size_t split = 1; split < all.size(); ++split) {
    cuts.clear();
    push({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(split)}, 100);
    push({all.begin() + static_cast<std::ptrdiff_t>(split), all.end()}, kNoStamp);
    cutter.flush();
    ASSERT_EQ(cuts.size(), 2U) << split;
    EXPECT_THAT(cuts[0].sizes, ElementsAre(2, 5, 4)) << split;
    EXPECT_THAT(cuts[1].sizes, ElementsAre(2, 8)) << split;
    EXPECT_EQ(cuts[0].pts, 100) << split;
    EXPECT_EQ(cuts[1].pts, kNoStamp) << split;
  }
}

TEST_F(CutterTest, CutsAtFirstSlicesWithoutDelimiters) {
  push(bytes({0, 0, 1, 0x65, 0x88, 1, 2}), 1);
  push(bytes({0, 0, 1, 0x41, 0x9A, 1}), 2);
  push(bytes({0, 0, 1, 0x41, 0x9A, 1, 3, 4}), 3);
  cutter.flush();
  ASSERT_EQ(cuts.size(), 3U);
  EXPECT_EQ(cuts[2].pts, 3);
  EXPECT_THAT(cuts[2].sizes, ElementsAre(5));
}

TEST_F(CutterTest, JoinsFragmentsOfOneRtpPicture) {
  push(bytes({0, 0, 0, 1, 0x67, 1, 2, 3}), 90, true);  // parameter set ahead, with a time stamp of its own
  push(bytes({0, 0, 0, 1, 0x65, 0x88, 1, 2}), 100, true);
  push(bytes({3, 4, 5}), 100);
  push(bytes({0, 0, 0, 1, 0x41, 0x22, 1}), 200, true);  // its first slice was lost: still another picture
  cutter.flush();
  ASSERT_EQ(cuts.size(), 2U);
  EXPECT_THAT(cuts[0].sizes, ElementsAre(4, 7));
  EXPECT_EQ(cuts[0].pts, 100);
  EXPECT_EQ(cuts[1].pts, 200);
}

TEST(AudioHeads, ReadsMpegLayers) {
  // MPEG-1 layer 2, 192 kbit/s, 48 kHz, stereo; MPEG-1 layer 3, 128 kbit/s, 44.1 kHz, mono.
  const auto two = find_audio_head(AudioForm::mpeg, bytes({0xFF, 0xFD, 0xA4, 0x00, 0, 0, 0, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(two);
  EXPECT_EQ(two->codec, Codec::mp2);
  EXPECT_EQ(two->size, 576U);
  EXPECT_EQ(two->samples, 1152U);
  const auto three =
      find_audio_head(AudioForm::mpeg, bytes({0xFF, 0xFB, 0x90, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(three);
  EXPECT_EQ(three->codec, Codec::mp3);
  EXPECT_EQ(three->size, 417U);
  EXPECT_EQ(three->channels, 1U);
  EXPECT_EQ(three->sample_rate, 44100U);
  EXPECT_FALSE(find_audio_head(AudioForm::mpeg, bytes({0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0})));
}

TEST(AudioHeads, ReadsAudioSpecificConfigs) {
  const auto plain = parse_audio_specific_config(bytes({0x11, 0x90}));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->sample_rate, 48000U);
  EXPECT_EQ(plain->channels, 2U);
  EXPECT_EQ(plain->samples, 1024U);
  // Explicit SBR: 24 kHz core, 48 kHz out, so 2048 samples a frame.
  const auto sbr = parse_audio_specific_config(bytes({0x2B, 0x11, 0x88, 0x00}));
  ASSERT_TRUE(sbr);
  EXPECT_EQ(sbr->sample_rate, 48000U);
  EXPECT_EQ(sbr->samples, 2048U);
  EXPECT_FALSE(parse_audio_specific_config(bytes({0x17})));
}

TEST(AudioHeads, CountsOpusSamples) {
  EXPECT_EQ(opus_samples(bytes({0xFC, 0})), 960U);         // CELT 20 ms, one frame
  EXPECT_EQ(opus_samples(bytes({0xFB, 0x03, 0})), 2880U);  // three of them
  EXPECT_EQ(opus_samples(bytes({0x08, 0})), 960U);         // SILK 20 ms
  EXPECT_EQ(make_dops({}, 2).size(), 11U);
}

}  // namespace
}  // namespace longtake::media::ffmpeg
