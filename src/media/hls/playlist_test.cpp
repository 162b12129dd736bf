#include "media/hls/playlist.h"

#include <gmock/gmock.h>

namespace longtake::media::hls {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Entry entry(std::uint64_t offset, Micros duration, bool discontinuity = false) {
  return {.uri = "media?segment=4",
          .range = {offset, 1000},
          .duration = duration,
          .wall = wall_from_us(1'763'721'062'040'123),
          .discontinuity = discontinuity,
          .map_uri = "init?run=1",
          .map_range = {0, 800}};
}

TEST(MediaPlaylist, RendersEveryLine) {
  MediaPlaylist p;
  p.media_sequence = 41;
  p.discontinuity_sequence = 2;
  p.entries = {entry(800, 2s), entry(1800, 2'500'001us), entry(2800, 1s, true)};
  p.entries[2].map_uri = "init?run=2";
  EXPECT_EQ(render(p),
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:41\n"
            "#EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MAP:URI=\"init?run=1\",BYTERANGE=\"800@0\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2025-11-21T10:31:02.040Z\n"
            "#EXTINF:2.000000,\n#EXT-X-BYTERANGE:1000@800\nmedia?segment=4\n"
            "#EXTINF:2.500001,\n#EXT-X-BYTERANGE:1000@1800\nmedia?segment=4\n"
            "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init?run=2\",BYTERANGE=\"800@0\"\n"
            "#EXT-X-PROGRAM-DATE-TIME:2025-11-21T10:31:02.040Z\n"
            "#EXTINF:1.000000,\n#EXT-X-BYTERANGE:1000@2800\nmedia?segment=4\n");
}

TEST(MediaPlaylist, SaysItsTypeAndEnd) {
  MediaPlaylist p;
  p.type = MediaPlaylist::Type::vod;
  p.iframes_only = true;
  p.ended = true;
  p.entries = {entry(0, 2s)};
  p.entries[0].wall = wall_from_us(1'763'721'062'000'000);
  const auto text = render(p);
  EXPECT_THAT(text, HasSubstr("#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n"));
  EXPECT_THAT(text, HasSubstr("2025-11-21T10:31:02.000Z\n"));
  EXPECT_THAT(text, ::testing::EndsWith("#EXT-X-ENDLIST\n"));
  p.type = MediaPlaylist::Type::event;
  EXPECT_THAT(render(p), HasSubstr("#EXT-X-PLAYLIST-TYPE:EVENT\n"));
}

TEST(MediaPlaylist, TargetIsTheLongestRoundedToNearest) {
  MediaPlaylist p;
  EXPECT_THAT(render(p), HasSubstr("TARGETDURATION:1\n"));
  p.entries = {entry(0, 2'499'999us)};
  EXPECT_THAT(render(p), HasSubstr("TARGETDURATION:2\n"));
  p.entries = {entry(0, 2'500'000us)};
  EXPECT_THAT(render(p), HasSubstr("TARGETDURATION:3\n"));
}

TEST(MasterPlaylist, ListsVariantsSoundAndKeyframes) {
  MasterPlaylist p;
  p.audio = {{.uri = "audio.m3u8", .group = "sound", .channels = 2}};
  p.variants = {{.uri = "video.m3u8",
                 .bandwidth = 2'500'000,
                 .average_bandwidth = 2'100'000,
                 .codecs = "avc1.64001F,mp4a.40.2",
                 .width = 1280,
                 .height = 720,
                 .frame_rate = 25,
                 .audio_group = "sound"},
                {.uri = "keys.m3u8", .bandwidth = 300'000, .codecs = "avc1.64001F", .iframes_only = true}};
  EXPECT_EQ(
      render(p),
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Audio\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","
      "URI=\"audio.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=2100000,CODECS=\"avc1.64001F,mp4a.40.2\","
      "RESOLUTION=1280x720,FRAME-RATE=25.000,AUDIO=\"sound\"\nvideo.m3u8\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=300000,AVERAGE-BANDWIDTH=300000,CODECS=\"avc1.64001F\","
      "URI=\"keys.m3u8\"\n");
}

TEST(Parse, ReadsBackWhatWeWrite) {
  MediaPlaylist p;
  p.media_sequence = 7;
  p.entries = {entry(800, 2s), entry(1800, 2s), entry(2800, 1s, true)};
  const auto read = parse(render(p));
  ASSERT_TRUE(read.ok()) << read.error().story();
  ASSERT_EQ(read->segments.size(), 3U);
  EXPECT_EQ(read->segments[1].sequence, 8U);
  EXPECT_EQ(read->segments[1].range->offset, 1800U);
  EXPECT_EQ(read->segments[1].map_uri, "init?run=1");
  EXPECT_EQ(read->segments[1].map_range->size, 800U);
  EXPECT_EQ(read->segments[1].program_date_time, wall_from_us(1'763'721'064'040'000)) << "carried on";
  EXPECT_TRUE(read->segments[2].discontinuity);
  EXPECT_FALSE(read->ended);
  EXPECT_FALSE(read->master);
}

TEST(Parse, TakesWhatSourcesReallySend) {
  const auto read = parse(
      "\xEF\xBB\xBF#EXTM3U\r\n#EXT-X-VERSION:3\r\n# a "
      "comment\r\n#EXT-X-FUTURE:X=1\r\n#EXT-X-TARGETDURATION:6\r\n"
      "#EXT-X-MEDIA-SEQUENCE:100\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"k,ey\",IV=0x01\r\n"
      "#EXT-X-PROGRAM-DATE-TIME:2025-11-21T10:31:02.040+0100\r\n"
      "#EXTINF:5.005,title, with commas\r\n#EXT-X-BYTERANGE:500@100\r\nfile.ts\r\n\r\n"
      "#EXTINF:5\r\n#EXT-X-BYTERANGE:600\r\nfile.ts\r\n"
      "#EXT-X-KEY:METHOD=NONE\n#EXT-X-GAP\n#EXTINF:4.,\n../next.ts?a=b \n#EXT-X-ENDLIST");
  ASSERT_TRUE(read.ok()) << read.error().story();
  ASSERT_EQ(read->segments.size(), 3U);
  const auto& s = read->segments;
  EXPECT_EQ(s[0].uri, "file.ts");
  EXPECT_EQ(s[0].duration, 5'005'000us);
  EXPECT_EQ(s[0].key->uri, "k,ey");
  EXPECT_EQ(s[0].key->iv, "0x01");
  EXPECT_EQ(s[0].program_date_time, wall_from_us(1'763'717'462'040'000));
  EXPECT_EQ(s[1].range->offset, 600U) << "follows the last one";
  EXPECT_EQ(s[1].sequence, 101U);
  EXPECT_EQ(s[2].uri, "../next.ts?a=b");
  EXPECT_FALSE(s[2].key);
  EXPECT_TRUE(s[2].gap);
  EXPECT_TRUE(read->ended);
  EXPECT_EQ(read->target_duration, 6s);
}

TEST(Parse, ReadsMasterPlaylists) {
  const auto read = parse(
      "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English, "
      "US\",LANGUAGE=\"en\",DEFAULT=YES,URI=\"a.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1280000,RESOLUTION=640x360,CODECS=\"avc1.4d401f,mp4a.40.2\",FRAME-RATE=29."
      "970,"
      "AUDIO=\"a\"\nlow.m3u8\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i.m3u8\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=5000000\n#EXT-X-SOMETHING\nhigh.m3u8\n");
  ASSERT_TRUE(read.ok()) << read.error().story();
  EXPECT_TRUE(read->master);
  ASSERT_EQ(read->variants.size(), 2U);
  EXPECT_EQ(read->variants[0].uri, "low.m3u8");
  EXPECT_EQ(read->variants[0].codecs, "avc1.4d401f,mp4a.40.2");
  EXPECT_EQ(read->variants[0].width, 640U);
  EXPECT_DOUBLE_EQ(read->variants[0].frame_rate, 29.97);
  EXPECT_EQ(read->variants[1].bandwidth, 5'000'000U);
  ASSERT_EQ(read->renditions.size(), 1U);
  EXPECT_EQ(read->renditions[0].name, "English, US");
  EXPECT_TRUE(read->renditions[0].is_default);
}

std::string failure(std::string_view text) {
  const auto read = parse(text);
  if (read.ok()) return "no failure";
  EXPECT_EQ(read.error().code(), Code::invalid);
  return read.error().text();
}

TEST(Parse, SaysWhatIsWrong) {
  EXPECT_EQ(failure("<!DOCTYPE html><html>"), "this is a web page, not a playlist");
  EXPECT_EQ(failure("\n  <HTML lang=en>"), "this is a web page, not a playlist");
  EXPECT_THAT(failure("G@\x11\x10"), HasSubstr("not a playlist"));
  EXPECT_THAT(failure(""), HasSubstr("empty"));
  EXPECT_THAT(failure("#EXTM3U\n#EXT-X-TARGETDURATION:2\nfile.ts\n"), HasSubstr("line 3"));
  EXPECT_THAT(failure("#EXTM3U\n#EXTINF:abc,\nfile.ts\n"), HasSubstr("line 2: EXTINF"));
  EXPECT_THAT(failure("#EXTM3U\n#EXTINF:-1,\nfile.ts\n"), HasSubstr("EXTINF"));
  EXPECT_THAT(failure("#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:5\nfile.ts\n"), HasSubstr("BYTERANGE"));
  EXPECT_THAT(failure("#EXTM3U\n"), HasSubstr("neither"));
  EXPECT_THAT(failure("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n#EXTINF:2,\na.ts\n"),
              HasSubstr("both"));
  EXPECT_THAT(failure("#EXTM3U\n#" + std::string(70'000, 'x')), HasSubstr("64 KiB"));
  EXPECT_THAT(failure("#EXTM3U\n" + std::string(33U << 20, '\n')), HasSubstr("32 MiB"));
}

TEST(Parse, AnEmptyLivePlaylistIsFine) {
  const auto read = parse("#EXTM3U\n#EXT-X-TARGETDURATION:2\n");
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->segments.empty());
}

}  // namespace
}  // namespace longtake::media::hls
