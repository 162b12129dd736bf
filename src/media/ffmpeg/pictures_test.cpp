#include <gmock/gmock.h>

#include <cstdlib>

#include "media/ffmpeg/drawing.h"
#include "media/ffmpeg/frames.h"
#include "media/ffmpeg/libav.h"
#include "media/ffmpeg/test_clip.h"

namespace longtake::media::ffmpeg {
namespace {

using test::grey;
using test::grey_of;

std::vector<CodedSample> samples_of(const std::vector<Packet>& packets) {
  std::vector<CodedSample> samples;
  for (const Packet& packet : packets) {
    samples.push_back({.bytes = packet.payload.bytes, .dts = packet.dts, .pts = packet.pts});
  }
  return samples;
}

/// Luma in the middle of a picture, scaled to 8 bits.
int middle(const Picture& picture) {
  const AVFrame& frame = *picture.get();
  const int x = frame.width / 2, y = frame.height / 2;
  if (frame.format == AV_PIX_FMT_YUV420P10LE) {
    const std::uint8_t* at = frame.data[0] + y * frame.linesize[0] + 2 * x;
    return (at[0] | at[1] << 8) / 4;
  }
  return frame.data[0][y * frame.linesize[0] + x];
}

/// Every picture of a clip, asked for by its display time, is the right one.
void expect_every_picture(const test::Recorded& clip, std::size_t first_of_gop) {
  ASSERT_TRUE(clip.error.empty()) << clip.error;
  ASSERT_FALSE(clip.video.empty());
  ASSERT_TRUE(clip.video[first_of_gop].sync);
  auto samples = samples_of(clip.video);
  std::int64_t zero = samples[0].pts;
  for (const CodedSample& sample : samples)
    zero = std::min(zero, sample.pts);
  const std::int64_t step = 90000 / 25;
  const std::span<const CodedSample> gop = std::span(samples).subspan(first_of_gop);
  for (const CodedSample& sample : gop) {
    if (sample.pts < gop[0].pts) continue;  // leading pictures need the group before
    auto picture = decode_picture(*clip.tracks.video, gop, sample.pts);
    ASSERT_TRUE(picture) << picture.error().story();
    EXPECT_NEAR(middle(*picture), grey_of(static_cast<int>((sample.pts - zero) / step)), 2) << sample.pts;
  }
}

std::string h264_clip(const std::string& options) {
  return test::make_clip(grey("64x48", 2) + test::kH264 + options, "ts");
}

TEST(DecodePicture, FindsEveryPictureWithBFrames) {
  expect_every_picture(
      test::record(h264_clip("-g 25 -bf 3 -b_strategy 0 -x264-params b-pyramid=strict"), "mpegts"), 0);
}

TEST(DecodePicture, FindsEveryPictureOfOpenGroups) {
  const auto clip =
      test::record(h264_clip("-g 12 -bf 2 -b_strategy 0 -x264-params open-gop=1:scenecut=0"), "mpegts");
  std::size_t second = 1;
  while (second < clip.video.size() && !clip.video[second].sync)
    ++second;
  ASSERT_LT(second, clip.video.size());
  expect_every_picture(clip, 0);
  expect_every_picture(clip, second);
}

TEST(DecodePicture, FindsEveryPictureOfTenBitHevc) {
  const auto bytes = test::make_clip(grey("64x64", 1) +
                                         " -c:v libx265 -preset ultrafast -crf 8 -pix_fmt yuv420p10le "
                                         "-x265-params log-level=none:bframes=3:keyint=25",
                                     "ts");
  const auto clip = test::record(bytes, "mpegts");
  expect_every_picture(clip, 0);
  auto picture = decode_picture(*clip.tracks.video, samples_of(clip.video), clip.video[0].pts);
  ASSERT_TRUE(picture);
  const auto jpeg = encode_picture(*picture, *clip.tracks.video, {});
  ASSERT_TRUE(jpeg) << jpeg.error().story();
}

TEST(DecodePicture, TakesThePictureShownAtThatTime) {
  const auto clip = test::record(h264_clip("-g 50 -bf 2"), "mpegts");
  const auto samples = samples_of(clip.video);
  std::int64_t zero = samples[0].pts;
  const auto between = decode_picture(*clip.tracks.video, samples, zero + 10 * 3600 + 1800);
  ASSERT_TRUE(between);
  EXPECT_NEAR(middle(*between), grey_of(10), 2);
  const auto before = decode_picture(*clip.tracks.video, samples, zero - 1);
  ASSERT_TRUE(before);
  EXPECT_NEAR(middle(*before), grey_of(0), 2);
}

TEST(DecodePicture, SurvivesABrokenSample) {
  const auto clip = test::record(h264_clip("-g 50 -bf 0"), "mpegts");
  auto samples = samples_of(clip.video);
  Bytes noise(200, std::byte{0x5A});
  samples[11].bytes = noise;
  const auto picture = decode_picture(*clip.tracks.video, samples, samples[11].pts);
  ASSERT_TRUE(picture);
  EXPECT_NEAR(middle(*picture), grey_of(10), 2);
}

TEST(DecodePicture, RefusesWhatIsNoVideo) {
  Track track;
  track.width = 64;
  track.height = 48;
  const Bytes noise(500, std::byte{0x77});
  const std::vector<CodedSample> samples{{.bytes = noise, .dts = 0, .pts = 0}};
  const auto picture = decode_picture(track, samples, 0);
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code(), Code::invalid);
  EXPECT_FALSE(decode_picture(track, {}, 0));
}

TEST(KeyframeDecoder, DecodesOneAfterTheOther) {
  const auto clip = test::record(h264_clip("-g 10 -bf 2"), "mpegts");
  auto decoder = KeyframeDecoder::open(*clip.tracks.video);
  ASSERT_TRUE(decoder);
  int seen = 0;
  for (const Packet& packet : clip.video) {
    if (!packet.sync) continue;
    auto picture = decoder->decode(packet.payload.bytes);
    ASSERT_TRUE(picture) << picture.error().story();
    EXPECT_NEAR(middle(*picture), grey_of(seen * 10), 2);
    ++seen;
  }
  EXPECT_EQ(seen, 5);
}

/// A picture of one colour, tagged as given.
Picture plain(int width, int height, AVColorSpace matrix, AVColorRange range, int y, int u, int v) {
  AVFrame* frame = av_frame_alloc();
  frame->width = width;
  frame->height = height;
  frame->format = AV_PIX_FMT_YUV420P;
  frame->colorspace = matrix;
  frame->color_range = range;
  av_frame_get_buffer(frame, 0);
  for (int row = 0; row < height; ++row)
    std::fill_n(frame->data[0] + row * frame->linesize[0], width, y);
  for (int row = 0; row < height / 2; ++row) {
    std::fill_n(frame->data[1] + row * frame->linesize[1], width / 2, u);
    std::fill_n(frame->data[2] + row * frame->linesize[2], width / 2, v);
  }
  return Picture(frame);
}

/// Decodes a still with libav's own decoder; red, green and blue of the middle.
struct Still {
  int width = 0, height = 0, red = 0, green = 0, blue = 0;
};
Still open_still(const Bytes& bytes, AVCodecID id) {
  CodecPtr decoder{avcodec_alloc_context3(avcodec_find_decoder(id))};
  EXPECT_EQ(avcodec_open2(decoder.get(), nullptr, nullptr), 0);
  PacketPtr packet{av_packet_alloc()};
  av_new_packet(packet.get(), static_cast<int>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(packet->data));
  FramePtr frame{av_frame_alloc()};
  EXPECT_EQ(avcodec_send_packet(decoder.get(), packet.get()), 0);
  EXPECT_EQ(avcodec_receive_frame(decoder.get(), frame.get()), 0);
  Still still{.width = frame->width, .height = frame->height};
  const int x = frame->width / 2, y = frame->height / 2;
  if (frame->format == AV_PIX_FMT_RGB24) {
    const std::uint8_t* at = frame->data[0] + y * frame->linesize[0] + 3 * x;
    still.red = at[0], still.green = at[1], still.blue = at[2];
    return still;
  }
  if (frame->format == AV_PIX_FMT_ARGB) {
    const std::uint8_t* at = frame->data[0] + y * frame->linesize[0] + 4 * x;
    still.red = at[1], still.green = at[2], still.blue = at[3];
    return still;
  }
  // JPEG: full range BT.601. WebP: limited range BT.601.
  double luma = frame->data[0][y * frame->linesize[0] + x];
  double cb = frame->data[1][y / 2 * frame->linesize[1] + x / 2] - 128.0;
  double cr = frame->data[2][y / 2 * frame->linesize[2] + x / 2] - 128.0;
  if (id == AV_CODEC_ID_WEBP) {
    luma = (luma - 16) * 255 / 219;
    cb = cb * 255 / 224;
    cr = cr * 255 / 224;
  }
  still.red = static_cast<int>(luma + 1.402 * cr + 0.5);
  still.green = static_cast<int>(luma - 0.344136 * cb - 0.714136 * cr + 0.5);
  still.blue = static_cast<int>(luma + 1.772 * cb + 0.5);
  return still;
}

/// Red as BT.709 limited range has it is (63, 102, 240), as BT.601 has it (82, 90, 240).
TEST(EncodePicture, KeepsColoursOfBothMatrices) {
  Track track;
  track.width = 64;
  track.height = 48;
  const auto high = plain(64, 48, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 63, 102, 240);
  const auto standard = plain(64, 48, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 82, 90, 240);
  const std::pair<PictureFormat, AVCodecID> formats[] = {{PictureFormat::jpeg, AV_CODEC_ID_MJPEG},
                                                         {PictureFormat::png, AV_CODEC_ID_PNG},
                                                         {PictureFormat::webp, AV_CODEC_ID_WEBP}};
  for (const auto& [format, id] : formats) {
    for (const Picture* picture : {&high, &standard}) {
      const auto file = encode_picture(*picture, track, {.format = format, .quality = 95});
      ASSERT_TRUE(file) << file.error().story();
      const Still still = open_still(*file, id);
      EXPECT_NEAR(still.red, 255, 6) << avcodec_get_name(id);
      EXPECT_NEAR(still.green, 0, 6) << avcodec_get_name(id);
      EXPECT_NEAR(still.blue, 0, 6) << avcodec_get_name(id);
    }
  }
}

TEST(EncodePicture, StretchesLimitedRange) {
  Track track;
  const auto white = plain(64, 48, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 235, 128, 128);
  const auto grey_full = plain(64, 48, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 100, 128, 128);
  EXPECT_NEAR(open_still(*encode_picture(white, track, {}), AV_CODEC_ID_MJPEG).red, 255, 2);
  EXPECT_NEAR(open_still(*encode_picture(grey_full, track, {}), AV_CODEC_ID_MJPEG).red, 100, 2);
}

TEST(EncodePicture, MakesPixelsSquare) {
  Track track;
  track.width = 720;
  track.height = 576;
  track.sar_num = 16;
  track.sar_den = 15;
  const auto picture = plain(720, 576, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 100, 128, 128);
  const Still whole = open_still(*encode_picture(picture, track, {}), AV_CODEC_ID_MJPEG);
  EXPECT_EQ(whole.width, 768);
  EXPECT_EQ(whole.height, 576);
  const Still small = open_still(*encode_picture(picture, track, {.width = 320}), AV_CODEC_ID_MJPEG);
  EXPECT_EQ(small.width, 320);
  EXPECT_EQ(small.height, 240);
  EXPECT_EQ(height_for(track, 320), 240);
}

TEST(SpriteSheet, PastesTilesWhereTheyBelong) {
  SpriteSheet sheet(3, 2, 32, 18);
  const auto bright = plain(64, 36, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 200, 128, 128);
  ASSERT_TRUE(sheet.paste(1, 1, bright));
  ASSERT_TRUE(sheet.paste(0, 0, bright));
  EXPECT_FALSE(sheet.paste(3, 0, bright));
  EXPECT_FALSE(sheet.paste(0, -1, bright));
  const auto file = sheet.encode_jpeg(90);
  ASSERT_TRUE(file);
  CodecPtr decoder{avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG))};
  ASSERT_EQ(avcodec_open2(decoder.get(), nullptr, nullptr), 0);
  PacketPtr packet{av_packet_alloc()};
  av_new_packet(packet.get(), static_cast<int>(file->size()));
  std::copy(file->begin(), file->end(), reinterpret_cast<std::byte*>(packet->data));
  FramePtr frame{av_frame_alloc()};
  ASSERT_EQ(avcodec_send_packet(decoder.get(), packet.get()), 0);
  ASSERT_EQ(avcodec_receive_frame(decoder.get(), frame.get()), 0);
  EXPECT_EQ(frame->width, 96);
  EXPECT_EQ(frame->height, 36);
  const auto tile = [&](int column, int row) {
    return static_cast<int>(frame->data[0][(row * 18 + 9) * frame->linesize[0] + column * 32 + 16]);
  };
  EXPECT_NEAR(tile(0, 0), 200, 3);
  EXPECT_NEAR(tile(1, 1), 200, 3);
  EXPECT_NEAR(tile(1, 0), 0, 3);
  EXPECT_NEAR(tile(2, 1), 0, 3);
}

}  // namespace
}  // namespace longtake::media::ffmpeg
