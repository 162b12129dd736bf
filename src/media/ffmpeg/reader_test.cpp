#include "media/ffmpeg/reader.h"

#include <gmock/gmock.h>

#include "media/bitstream.h"
#include "media/ffmpeg/test_clip.h"

namespace longtake::media::ffmpeg {
namespace {

using test::grey;
using test::kH264;
using test::make_clip;
using test::record;
using test::tone;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Display times of the picture, sorted.
std::vector<std::int64_t> shown(const std::vector<Packet>& packets) {
  std::vector<std::int64_t> times;
  for (const Packet& packet : packets)
    times.push_back(packet.pts);
  std::sort(times.begin(), times.end());
  return times;
}

void expect_steady_pictures(const test::Recorded& all, std::size_t count, std::int64_t tolerance = 0) {
  ASSERT_EQ(all.video.size(), count);
  EXPECT_TRUE(test::increases(all.video));
  const auto times = shown(all.video);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(times[i] - times[0], static_cast<std::int64_t>(i) * 3600, tolerance) << i;
  }
}

void expect_seamless_sound(const std::vector<Packet>& sound) {
  for (std::size_t i = 1; i < sound.size(); ++i) {
    EXPECT_EQ(sound[i].dts - sound[i - 1].dts, sound[i - 1].duration) << i;
  }
}

struct Container {
  const char* name;
  const char* extension;
  const char* options;
  std::int64_t picture_tolerance;
};

class AnyContainer : public testing::TestWithParam<Container> {};

TEST_P(AnyContainer, GivesIsoSamplesWithTheirTimes) {
  const Container& container = GetParam();
  const auto bytes = make_clip(grey("160x90", 3) + " " + tone(48000, 3) + kH264 +
                                   "-g 25 -bf 2 -b_strategy 0 -c:a aac " + container.options,
                               container.extension);
  const auto all = record(bytes, container.name);
  ASSERT_EQ(all.error, "");
  EXPECT_THAT(all.events, IsEmpty());
  ASSERT_TRUE(all.tracks.video && all.tracks.audio);
  EXPECT_EQ(all.tracks.video->codec, Codec::h264);
  EXPECT_EQ(all.tracks.video->width, 160);
  EXPECT_EQ(all.tracks.video->height, 90);
  EXPECT_EQ(all.tracks.audio->codec, Codec::aac);
  EXPECT_EQ(all.tracks.audio->timescale, 48000U);
  expect_steady_pictures(all, 75, container.picture_tolerance);
  for (std::size_t i = 0; i < all.video.size(); ++i) {
    const Packet& packet = all.video[i];
    EXPECT_EQ(packet.sync, i % 25 == 0) << i;
    EXPECT_EQ(is_keyframe(Codec::h264, packet.payload.bytes), packet.sync) << i;
    EXPECT_THAT(split_lengths(packet.payload.bytes), testing::Not(IsEmpty()));
    EXPECT_GE(packet.pts, packet.dts);
  }
  ASSERT_GE(all.audio.size(), 140U);
  expect_seamless_sound(all.audio);
  const double sound = static_cast<double>(all.audio[0].pts) / 48000,
               picture = static_cast<double>(shown(all.video)[0]) / 90000;
  EXPECT_NEAR(sound, picture, 0.15);
}

INSTANTIATE_TEST_SUITE_P(Containers, AnyContainer,
                         testing::Values(Container{"mpegts", "ts", "", 0}, Container{"flv", "flv", "", 90},
                                         Container{"mov", "mp4",
                                                   "-movflags frag_keyframe+delay_moov+default_base_moof", 0},
                                         Container{"", "ts", "", 0},
                                         Container{"", "mp4", "-movflags frag_every_frame+delay_moov", 0},
                                         Container{"", "mkv", "-live 1", 90}),
                         [](const auto& info) {
                           return std::string(info.param.name) + (info.param.name[0] ? "" : "probed_") +
                                  info.param.extension;
                         });

TEST(Reader, ReadsHevc) {
  const std::string encode = grey("160x96", 2) +
                             " -c:v libx265 -preset ultrafast -x265-params "
                             "log-level=none:keyint=25:bframes=2 ";
  for (const char* extension : {"ts", "mp4"}) {
    const bool mp4 = std::string_view(extension) == "mp4";
    const auto all =
        record(make_clip(encode + (mp4 ? "-movflags frag_keyframe+empty_moov" : ""), extension), "");
    ASSERT_EQ(all.error, "");
    ASSERT_TRUE(all.tracks.video);
    EXPECT_FALSE(all.tracks.audio);
    EXPECT_EQ(all.tracks.video->codec, Codec::hevc);
    EXPECT_EQ(all.tracks.video->width, 160);
    expect_steady_pictures(all, 50);
    EXPECT_TRUE(all.video[0].sync);
  }
}

struct Sound {
  const char* encoder;
  Codec codec;
  int rate;
  std::uint32_t duration;
};
class AnySound : public testing::TestWithParam<Sound> {};

TEST_P(AnySound, IsKeptAsItIs) {
  const Sound& sound = GetParam();
  const auto bytes = make_clip(tone(sound.rate, 2) + " -ac 2 -c:a " + sound.encoder, "ts");
  const auto all = record(bytes, "mpegts", AudioPolicy::keep);
  ASSERT_EQ(all.error, "");
  ASSERT_TRUE(all.tracks.audio);
  EXPECT_FALSE(all.tracks.video);
  EXPECT_EQ(all.tracks.audio->codec, sound.codec);
  EXPECT_EQ(all.tracks.audio->timescale, static_cast<std::uint32_t>(sound.rate));
  EXPECT_EQ(all.tracks.audio->channels, 2U);
  ASSERT_GE(all.audio.size(), 2U * static_cast<unsigned>(sound.rate) / sound.duration - 1);
  for (const Packet& packet : all.audio)
    EXPECT_EQ(packet.duration, sound.duration);
  expect_seamless_sound(all.audio);
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, AnySound,
    testing::Values(Sound{"aac", Codec::aac, 44100, 1024}, Sound{"libmp3lame", Codec::mp3, 48000, 1152},
                    Sound{"mp2", Codec::mp2, 48000, 1152}, Sound{"ac3", Codec::ac3, 48000, 1536},
                    Sound{"eac3", Codec::eac3, 48000, 1536}, Sound{"libopus", Codec::opus, 48000, 960}),
    [](const auto& info) { return std::string(info.param.encoder); });

TEST(Reader, ConvertsMp2ToAac) {
  const auto bytes =
      make_clip(grey("160x90", 3) + " " + tone(48000, 3) + kH264 + "-g 25 -ac 2 -c:a mp2", "ts");
  const auto all = record(bytes, "mpegts");
  ASSERT_EQ(all.error, "");
  ASSERT_TRUE(all.tracks.audio);
  EXPECT_EQ(all.tracks.audio->codec, Codec::aac);
  EXPECT_EQ(all.tracks.audio->timescale, 48000U);
  EXPECT_THAT(all.facts.notes, ElementsAre("audio: mp2 converted to aac"));
  expect_seamless_sound(all.audio);
  ASSERT_GE(all.audio.size(), 135U);
  EXPECT_NEAR(static_cast<double>(all.audio[0].pts) / 48000, static_cast<double>(shown(all.video)[0]) / 90000,
              0.05);
}

TEST(Reader, ConvertsTelephoneSoundTo48kHz) {
  const auto bytes =
      make_clip(grey("160x90", 3) + " " + tone(8000, 3) + kH264 + "-g 25 -c:a pcm_alaw", "mkv");
  const auto all = record(bytes, "matroska");
  ASSERT_EQ(all.error, "");
  ASSERT_TRUE(all.tracks.audio);
  EXPECT_EQ(all.tracks.audio->timescale, 48000U);
  EXPECT_EQ(all.tracks.audio->channels, 1U);
  ASSERT_GE(all.audio.size(), 130U);
  expect_seamless_sound(all.audio);
  const auto kept = record(bytes, "matroska", AudioPolicy::keep);
  ASSERT_TRUE(kept.tracks.audio);
  EXPECT_EQ(kept.tracks.audio->codec, Codec::pcm_alaw);
  EXPECT_EQ(kept.tracks.audio->timescale, 8000U);
  const auto silent = record(bytes, "matroska", AudioPolicy::off);
  EXPECT_FALSE(silent.tracks.audio);
  EXPECT_THAT(silent.audio, IsEmpty());
  EXPECT_EQ(silent.video.size(), 75U);
}

TEST(Reader, SaysWhatItCannotRecord) {
  const auto video = make_clip(grey("160x90", 1) + " -c:v mpeg2video", "ts");
  EXPECT_THAT(record(video, "mpegts").error,
              HasSubstr("the stream carries mpeg2video, which Longtake does not record yet"));
  const auto webm =
      make_clip(grey("160x90", 1) + " -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -live 1", "webm");
  EXPECT_THAT(record(webm, "").error,
              HasSubstr("the stream carries vp9, which Longtake does not record yet"));
  const auto half = make_clip(grey("160x90", 1) + " " + tone(48000, 1) + " -c:v mpeg2video -c:a aac", "ts");
  const auto all = record(half, "mpegts");
  ASSERT_EQ(all.error, "");
  EXPECT_FALSE(all.tracks.video);
  EXPECT_THAT(all.facts.notes, ElementsAre("video: mpeg2video left out, it cannot be recorded"));
  EXPECT_GT(all.audio.size(), 40U);
}

TEST(Reader, AnnouncesAnotherPictureSize) {
  const std::string ts =
      make_clip(grey("160x90", 2) + kH264 + "-g 25", "ts") +
      make_clip(grey("320x180", 2) + kH264 + "-g 25 -mpegts_flags initial_discontinuity -output_ts_offset 2",
                "ts");
  const auto all = record(ts, "mpegts");
  ASSERT_EQ(all.error, "");
  EXPECT_THAT(all.events, ElementsAre("tracks_changed"));
  EXPECT_THAT(all.video_before, ElementsAre(50U));
  EXPECT_EQ(all.first.video->width, 160);
  EXPECT_EQ(all.tracks.video->width, 320);
  ASSERT_EQ(all.video.size(), 100U);
  EXPECT_TRUE(all.video[50].sync);
}

TEST(Reader, DoesNotTakeRepeatedParametersForAChange) {
  const std::string encode = std::string(kH264) + "-g 10 -x264-params repeat-headers=1";
  const std::string ts = make_clip(grey("160x90", 2) + encode, "ts");
  const auto all = record(ts, "mpegts");
  EXPECT_THAT(all.events, IsEmpty());
  for (const Packet& packet : all.video) {
    for (const ByteView nal : split_lengths(packet.payload.bytes))
      EXPECT_FALSE(is_parameter_set(Codec::h264, nal));
  }
}

TEST(Reader, TellsJumpsOfTime) {
  const std::string first = make_clip(
      grey("160x90", 2) + " " + tone(48000, 2) + kH264 + "-g 25 -c:a aac -mpegts_flags initial_discontinuity",
      "ts");
  const std::string later =
      make_clip(grey("160x90", 2) + " " + tone(48000, 2) + kH264 +
                    "-g 25 -c:a aac -mpegts_flags initial_discontinuity -output_ts_offset 100",
                "ts");
  for (const std::string& ts : {first + later, later + first}) {
    const auto all = record(ts, "mpegts");
    ASSERT_EQ(all.error, "");
    EXPECT_THAT(all.events, ElementsAre("discontinuity"));
    EXPECT_THAT(all.video_before, ElementsAre(50U));
    EXPECT_EQ(all.video.size(), 100U);
    EXPECT_GT(all.audio.size(), 170U);
  }
}

TEST(Reader, GoesOnWhenTimeWraps) {
  // 2^33 / 90000 s is 95443.7177 s: the stamps wrap in the second second.
  const std::string ts = make_clip(grey("160x90", 4) + " " + tone(48000, 4) + kH264 +
                                       "-g 25 -bf 2 -c:a aac -muxdelay 0 -output_ts_offset 95442",
                                   "ts");
  const auto all = record(ts, "mpegts");
  ASSERT_EQ(all.error, "");
  EXPECT_THAT(all.events, IsEmpty());
  expect_steady_pictures(all, 100);
  EXPECT_GT(all.video.back().pts, std::int64_t{1} << 33);
  expect_seamless_sound(all.audio);
}

TEST(Reader, LetsSoundJoinLater) {
  const std::string ts =
      make_clip(grey("160x90", 4) + kH264 + "-g 25", "ts") +
      make_clip(grey("160x90", 4) + " " + tone(48000, 4) + kH264 +
                    "-g 25 -c:a aac -mpegts_flags initial_discontinuity -output_ts_offset 4",
                "ts");
  const auto all = record(ts, "mpegts");
  ASSERT_EQ(all.error, "");
  EXPECT_FALSE(all.first.audio);
  ASSERT_TRUE(all.tracks.audio);
  EXPECT_THAT(all.events, ElementsAre("tracks_changed"));
  ASSERT_EQ(all.video.size(), 200U);
  ASSERT_EQ(all.video_before.size(), 1U);
  EXPECT_TRUE(all.video[all.video_before[0]].sync);
  EXPECT_GT(all.audio.size(), 120U);
}

TEST(Reader, TakesAnotherInitSegment) {
  const std::string options = "-g 25 -movflags frag_keyframe+empty_moov+default_base_moof";
  const std::string first = make_clip(grey("160x90", 2) + kH264 + options, "mp4");
  const std::string second = make_clip(grey("320x180", 2) + kH264 + options + " -output_ts_offset 2", "mp4");
  const auto all = record(first + first.substr(0, 0) + second, "mov");
  ASSERT_EQ(all.error, "");
  EXPECT_EQ(all.first.video->width, 160);
  EXPECT_EQ(all.tracks.video->width, 320);
  EXPECT_EQ(all.video.size(), 100U);
  ASSERT_THAT(all.events, testing::Contains("tracks_changed"));
}

TEST(Reader, ReadsRadio) {
  for (const auto& [encoder, extension] : {std::pair{"libmp3lame", "mp3"}, std::pair{"aac", "aac"}}) {
    const auto all = record(make_clip(tone(44100, 3) + " -c:a " + encoder, extension), "");
    ASSERT_EQ(all.error, "") << extension;
    ASSERT_TRUE(all.tracks.audio) << extension;
    EXPECT_FALSE(all.tracks.video);
    EXPECT_EQ(all.tracks.audio->timescale, 44100U);
    expect_seamless_sound(all.audio);
    EXPECT_GT(all.audio.size(), 110U);
  }
}

/// An ID3 tag as HLS puts it before packed audio.
std::string hls_time_tag(std::uint64_t ticks) {
  std::string frame = "com.apple.streaming.transportStreamTimestamp";
  frame += '\0';
  for (int shift = 56; shift >= 0; shift -= 8)
    frame += static_cast<char>(ticks >> shift & 0xFF);
  const auto size = static_cast<char>(frame.size());
  const std::string head = std::string("PRIV\0\0\0", 7) + size + std::string(2, '\0');
  return std::string("ID3\4\0\0\0\0\0", 9) + static_cast<char>(head.size() + frame.size()) + head + frame;
}

TEST(Reader, BeginsPackedAudioWhereItsTagSays) {
  const std::string aac = make_clip(tone(48000, 2) + " -c:a aac", "aac");
  const auto all = record(hls_time_tag(90000 * 1234) + aac + hls_time_tag(90000 * 1236) + aac, "aac");
  ASSERT_EQ(all.error, "");
  ASSERT_GT(all.audio.size(), 180U);
  EXPECT_EQ(all.audio[0].pts, 48000 * 1234);
  expect_seamless_sound(all.audio);
}

TEST(Reader, SurvivesDamage) {
  const std::string whole =
      make_clip(grey("160x90", 4) + " " + tone(48000, 4) + kH264 + "-g 25 -c:a aac", "ts");
  std::string damaged = whole;
  for (std::size_t at = 20'000; at + 400 < damaged.size(); at += 9'000) {
    for (std::size_t i = 0; i < 100; ++i)
      damaged[at + i] = static_cast<char>(i * 37);
  }
  const auto all = record(damaged, "mpegts");
  EXPECT_EQ(all.error, "");
  EXPECT_GT(all.video.size(), 20U);
  EXPECT_TRUE(test::increases(all.audio));
  for (std::size_t cut = 1000; cut < whole.size(); cut += 7'919)
    (void)record(whole.substr(0, cut), "mpegts");
  const std::string fragments =
      make_clip(grey("160x90", 2) + kH264 + "-g 5 -movflags frag_keyframe+empty_moov", "mp4");
  for (std::size_t at = 40; at < std::min<std::size_t>(fragments.size(), 6000); at += 97) {
    std::string broken = fragments;
    broken[at] = static_cast<char>(~broken[at]);
    (void)record(broken, "mov");
  }
}

TEST(Reader, GivesTheErrorOfItsBytes) {
  ReaderOptions options;
  options.url = "https://user:secret@example.test/live.m3u8";
  options.format = "mpegts";
  options.bytes = [](std::span<std::byte>) -> Result<std::size_t> {
    return make_error(Code::unavailable, "segment 12 was answered with 503");
  };
  const auto opened = Reader::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text(), "segment 12 was answered with 503");
}

}  // namespace
}  // namespace longtake::media::ffmpeg
