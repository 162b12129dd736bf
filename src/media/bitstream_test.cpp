#include "media/bitstream.h"

#include <gmock/gmock.h>

#include "media/testing/run.h"

namespace longtake::media {
namespace {

using namespace testing;

Bytes hex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
  return out;
}

/// Writes fields of so many bits, for building parameter sets.
class BitWriter {
 public:
  BitWriter& u(unsigned bits, std::uint64_t v) {
    while (bits-- > 0)
      push(v >> bits & 1U);
    return *this;
  }
  BitWriter& ue(std::uint64_t v) {
    unsigned bits = 0;
    while ((v + 1) >> bits > 1)
      ++bits;
    return u(bits, 0).u(bits + 1, v + 1);
  }
  /// With trailing bits, and emulation prevention as NAL units have it.
  Bytes done(Bytes head) {
    push(1);
    while (count_ % 8 != 0)
      push(0);
    unsigned zeros = 0;
    for (const auto b : bytes_) {
      if (zeros >= 2 && std::to_integer<unsigned>(b) <= 3) head.push_back(std::byte{3}), zeros = 0;
      zeros = b == std::byte{0} ? zeros + 1 : 0;
      head.push_back(b);
    }
    return head;
  }
  /// With trailing bits only.
  Bytes plain() {
    push(1);
    return bytes_;
  }

 private:
  void push(std::uint64_t bit) {
    if (count_ % 8 == 0) bytes_.push_back(std::byte{0});
    bytes_.back() |= static_cast<std::byte>(bit << (7 - count_ % 8));
    ++count_;
  }
  Bytes bytes_;
  unsigned count_ = 0;
};

/// 1920x1080 interlaced, cropped from 1088, anamorphic.
Bytes h264_sps() {
  BitWriter w;
  w.u(8, 100).u(8, 0).u(8, 40).ue(0).ue(1).ue(0).ue(0).u(1, 0).u(1, 0);  // high, 4:2:0, 8 bit
  w.ue(0).ue(2).ue(4).u(1, 0);                                           // poc type 2
  w.ue(119).ue(33).u(1, 0).u(1, 0).u(1, 1);                              // 1920 x 2*544
  w.u(1, 1).ue(0).ue(0).ue(0).ue(2);                                     // crop 2 units of 4 lines
  w.u(1, 1).u(1, 1).u(8, 255).u(16, 8).u(16, 6);
  return w.done(bytes_of({0x67}));
}

Bytes hevc_sps() {
  BitWriter w;
  w.u(4, 0).u(3, 0).u(1, 1);
  w.u(8, 1).u(32, 0x60000000).u(48, 0x900000000000).u(8, 93);
  w.ue(0).ue(1).ue(1920).ue(1088).u(1, 1).ue(0).ue(0).ue(0).ue(4);
  w.ue(0).ue(0).ue(4).u(1, 1).ue(4).ue(2).ue(4);
  w.ue(0).ue(3).ue(0).ue(3).ue(0).ue(0).u(1, 0).u(1, 1).u(1, 1).u(1, 0);
  w.ue(2);                                                  // two reference sets
  w.ue(1).ue(1).ue(0).u(1, 1).ue(0).u(1, 1);                // one before, one after
  w.u(1, 1).u(1, 0).ue(0).u(1, 1).u(1, 0).u(1, 1).u(1, 1);  // predicted from the first
  w.u(1, 0).u(1, 1).u(1, 0);
  w.u(1, 1).u(1, 1).u(8, 14);  // vui: 4:3 pixels
  return w.done(bytes_of({0x42, 0x01}));
}

TEST(AnnexB, SplitsAtStartCodesOfEitherLength) {
  const auto bytes = bytes_of({0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 0, 0, 3, 0, 0, 0});
  const auto units = split_annexb(bytes);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(Bytes(units[0].begin(), units[0].end()), bytes_of({9, 0x10}));
  EXPECT_EQ(Bytes(units[1].begin(), units[1].end()), bytes_of({0x67, 1}));
  EXPECT_EQ(Bytes(units[2].begin(), units[2].end()), bytes_of({0x65, 0, 0, 3}))
      << "trailing zeros are no data";
  EXPECT_TRUE(is_annexb(bytes));
  EXPECT_FALSE(is_annexb(bytes_of({0, 0, 0, 2, 9, 0x10})));
  EXPECT_FALSE(is_annexb({}));
  EXPECT_TRUE(split_annexb({}).empty());
  EXPECT_TRUE(split_annexb(bytes_of({1, 2, 3, 4, 5})).empty());
  EXPECT_EQ(annexb_to_lengths(Codec::h264, bytes), bytes_of({0, 0, 0, 2, 0x67, 1, 0, 0, 0, 4, 0x65, 0, 0, 3}))
      << "without the delimiter";
}

TEST(Lengths, StopAtABrokenOne) {
  EXPECT_EQ(split_lengths(bytes_of({0, 0, 0, 1, 5, 0, 0, 0, 9, 1})).size(), 1U);
  EXPECT_EQ(split_lengths(bytes_of({0, 1, 5, 0, 1, 6}), 2).size(), 2U);
  EXPECT_TRUE(split_lengths(bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 1})).empty());
}

TEST(Keyframes, AreWhereDecodingCanBegin) {
  const auto h264 = [](Bytes b) { return is_keyframe(Codec::h264, b); };
  EXPECT_TRUE(h264(bytes_of({0, 0, 0, 2, 0x65, 0x88})));
  EXPECT_FALSE(h264(bytes_of({0, 0, 0, 2, 0x41, 0x9A})));
  const auto intra = bytes_of({0x41, 0x88, 0x80});        // first_mb 0, slice type 7
  const auto recovery = bytes_of({6, 6, 1, 0xC4, 0x80});  // recovery_frame_cnt 0
  const auto late = bytes_of({6, 6, 1, 0x44, 0x80});      // recovery_frame_cnt 1
  const auto inter = bytes_of({0x41, 0x9A, 0x80});
  const auto sample = [](std::vector<Bytes> units) {
    std::vector<ByteView> views(units.begin(), units.end());
    return join_lengths(views);
  };
  EXPECT_TRUE(h264(sample({recovery, intra})));
  EXPECT_FALSE(h264(sample({intra}))) << "an I picture alone promises nothing";
  EXPECT_FALSE(h264(sample({late, intra})));
  EXPECT_FALSE(h264(sample({recovery, intra, inter})));
  const auto hevc = [](int type) {
    return is_keyframe(Codec::hevc, bytes_of({0, 0, 0, 3, type << 1, 1, 0x80}));
  };
  EXPECT_TRUE(hevc(19));
  EXPECT_TRUE(hevc(21));
  EXPECT_FALSE(hevc(1));
  EXPECT_FALSE(is_keyframe(Codec::hevc, {}));
  EXPECT_TRUE(is_keyframe(Codec::av1, bytes_of({0x32, 2, 0x10, 0})));   // frame, key, shown
  EXPECT_FALSE(is_keyframe(Codec::av1, bytes_of({0x32, 2, 0x30, 0})));  // inter
  EXPECT_FALSE(is_keyframe(Codec::av1, bytes_of({0x32, 9, 0x10})));     // broken size
}

TEST(Sps, TellsThePictureOfH264) {
  const auto shape = parse_sps(Codec::h264, h264_sps());
  ASSERT_TRUE(shape.ok()) << shape.error().story();
  EXPECT_EQ(*shape, (PictureShape{.width = 1920, .height = 1080, .sar_num = 4, .sar_den = 3}));
  EXPECT_FALSE(parse_sps(Codec::h264, hex("68ebe3cb22c0")).ok());
}

TEST(Sps, TellsThePictureOfHevc) {
  const auto shape = parse_sps(Codec::hevc, hevc_sps());
  ASSERT_TRUE(shape.ok()) << shape.error().story();
  EXPECT_EQ(*shape, (PictureShape{.width = 1920, .height = 1080, .sar_num = 4, .sar_den = 3}));
}

TEST(Sps, CutsAreErrorsNeverMore) {
  for (const auto codec : {Codec::h264, Codec::hevc}) {
    const auto sps = codec == Codec::h264 ? h264_sps() : hevc_sps();
    for (std::size_t cut = 0; cut < sps.size(); ++cut)
      (void)parse_sps(codec, std::span{sps}.first(cut));
    EXPECT_FALSE(parse_sps(codec, std::span{sps}.first(5)).ok());
    EXPECT_FALSE(parse_sps(codec, {}).ok());
  }
  EXPECT_FALSE(parse_sps(Codec::av1, h264_sps()).ok());
}

TEST(Configuration, OfH264HasTheBytesOfTheStandard) {
  ParameterSets sets;
  EXPECT_EQ(make_avcc(sets).error().code(), Code::invalid);
  const auto sps = h264_sps(), pps = hex("68ee3cb0");
  EXPECT_TRUE(take_parameter_set(Codec::h264, sps, sets));
  EXPECT_TRUE(take_parameter_set(Codec::h264, pps, sets));
  EXPECT_FALSE(take_parameter_set(Codec::h264, pps, sets)) << "known";
  EXPECT_FALSE(take_parameter_set(Codec::h264, hex("6588"), sets)) << "no parameter set";
  const auto avcc = make_avcc(sets);
  ASSERT_TRUE(avcc.ok());
  auto want = bytes_of({1, 100, 0, 40, 0xFF, 0xE1, 0, static_cast<int>(sps.size())});
  want.insert(want.end(), sps.begin(), sps.end());
  for (const auto b : bytes_of({1, 0, 4, 0x68, 0xEE, 0x3C, 0xB0, 0xFD, 0xF8, 0xF8, 0}))
    want.push_back(b);
  EXPECT_EQ(*avcc, want);
  const auto again = parse_extradata(Codec::h264, *avcc);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, sets);
  auto annexb = bytes_of({0, 0, 0, 1});
  annexb.insert(annexb.end(), sps.begin(), sps.end());
  for (const auto b : bytes_of({0, 0, 1, 0x68, 0xEE, 0x3C, 0xB0}))
    annexb.push_back(b);
  EXPECT_EQ(*parse_extradata(Codec::h264, annexb), sets);
  EXPECT_TRUE(take_parameter_set(Codec::h264, hex("68ee3cb1"), sets)) << "same number, other content";
  EXPECT_EQ(sets.pps.size(), 1U);
}

TEST(Configuration, OfHevcReadsBack) {
  ParameterSets sets;
  for (const auto& set :
       {hex("40010c01ffff016000000300900000030000030078959809"), hevc_sps(), hex("4401c172b46240")})
    EXPECT_TRUE(take_parameter_set(Codec::hevc, set, sets));
  const auto hvcc = make_hvcc(sets);
  ASSERT_TRUE(hvcc.ok()) << hvcc.error().story();
  EXPECT_TRUE(std::ranges::equal(std::span{*hvcc}.first(23), hex("010160000000900000000000"
                                                                 "5df000fcfdf8f800000f03")));
  EXPECT_EQ(*parse_extradata(Codec::hevc, *hvcc), sets);
  Track track{.codec = Codec::hevc, .config = *hvcc};
  EXPECT_EQ(track.rfc6381(), "hvc1.1.6.L93.90");
  EXPECT_FALSE(parse_extradata(Codec::hevc, std::span{*hvcc}.first(30)).ok());
}

TEST(Configuration, OfAv1HoldsTheSequenceHeader) {
  // libaom, 640x360 main profile, level 3.0
  BitWriter w;
  w.u(3, 0).u(1, 0).u(1, 0);                   // profile 0
  w.u(1, 0).u(1, 0).u(5, 0).u(12, 0).u(5, 4);  // one operating point, level 3.0
  w.u(4, 9).u(4, 8).u(10, 639).u(9, 359).u(1, 0);
  w.u(3, 0).u(4, 0).u(1, 1).u(2, 0).u(1, 1).u(1, 1).u(3, 6).u(3, 0);
  w.u(1, 0).u(1, 0).u(1, 0).u(1, 0).u(2, 1);  // 8 bit colour, left chroma
  auto payload = w.plain();
  auto obu = bytes_of({0x12, 0, 0x0A, static_cast<int>(payload.size())});
  obu.insert(obu.end(), payload.begin(), payload.end());
  const auto config = make_av1c(obu);
  ASSERT_TRUE(config.ok());
  auto want = bytes_of({0x81, 0x04, 0x0D, 0, 0x0A, static_cast<int>(payload.size())});
  want.insert(want.end(), payload.begin(), payload.end());
  EXPECT_EQ(*config, want);
  EXPECT_FALSE(make_av1c(bytes_of({0x12, 0})).ok());
}

TEST(Adts, GivesTheAudioSpecificConfig) {
  const auto header = parse_adts(hex("fff14c80209ffc"));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->sample_rate, 48000U);
  EXPECT_EQ(header->channels, 2U);
  EXPECT_EQ(header->header_size, 7U);
  EXPECT_EQ(header->frame_size, 260U);
  EXPECT_EQ(make_audio_specific_config(2, 48000, 2), hex("1190"));
  EXPECT_EQ(make_audio_specific_config(2, 44100, 1), hex("1208"));
  EXPECT_EQ(make_audio_specific_config(2, 12345, 2), hex("1780181c90"));
  EXPECT_FALSE(parse_adts(hex("fff14c8020")).ok());
  EXPECT_FALSE(parse_adts(hex("00f14c80209ffc")).ok());
}

}  // namespace
}  // namespace longtake::media
