#include "ingest/url.h"

#include <gtest/gtest.h>

#include "ingest/address_rules.h"
#include "ingest/hls_input.h"
#include "ingest/sniff.h"

namespace longtake::ingest {
namespace {

TEST(Url, IsSplit) {
  const auto parts = split_url("RTSP://user:p%40ss@cam.example:554/a/b?x=1#f");
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(parts->scheme, "rtsp");
  EXPECT_EQ(parts->host, "cam.example");
  EXPECT_EQ(parts->path, "/a/b");
  EXPECT_EQ(parts->query, "x=1");
  EXPECT_EQ(split_url("http://[::1]:80/")->host, "::1");
  EXPECT_EQ(split_url("udp://:5000")->host, "");
  EXPECT_EQ(split_url("http://a@b@c/")->host, "c");
}

TEST(Url, WithoutSchemeIsNone) {
  for (const auto* text : {"", "cam.example/a", "/a", "http:", "http:/a", "1ttp://a", "http://[::1/"})
    EXPECT_FALSE(split_url(text).ok()) << text;
}

TEST(Url, References) {
  // RFC 3986, 5.4, as far as playlists go.
  constexpr auto base = "http://a/b/c/d?q";
  const std::pair<const char*, const char*> cases[] = {{"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g"},
                                                       {"?y", "http://a/b/c/d?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"", "http://a/b/c/d?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"./", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../..", "http://a/"},
                                                       {"../../g", "http://a/g"},
                                                       {"../../../g", "http://a/g"},
                                                       {"g/../h", "http://a/b/c/h"},
                                                       {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                       {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                       {"https://x/y.ts", "https://x/y.ts"},
                                                       {"file:///etc/passwd", "file:///etc/passwd"},
                                                       {"g#s", "http://a/b/c/g"}};
  for (const auto& [reference, meant] : cases)
    EXPECT_EQ(resolve_url(base, reference), meant) << reference;
  EXPECT_EQ(resolve_url("http://a", "g.ts"), "http://a/g.ts");
  EXPECT_EQ(resolve_url("http://a?x=/y", "g.ts"), "http://a/g.ts");
}

Code refusal(const Status& status) {
  return status.ok() ? Code::internal : status.error().code();
}

TEST(AddressRules, SchemesAreFew) {
  for (const auto* url : {"http://h/", "https://h/", "rtsp://h/", "rtsps://h/", "rtmp://h/", "rtmps://h/",
                          "srt://h:1", "srt://:9000?mode=listener", "udp://239.0.0.1:5000", "rtp://h:1"})
    EXPECT_TRUE(check_scheme(url).ok()) << url;
  for (const auto* url :
       {"file:///etc/passwd", "concat://a|b", "ftp://h/", "data://x", "unix://x", "tcp://h:1"})
    EXPECT_EQ(refusal(check_scheme(url)), Code::forbidden) << url;
  for (const auto* url : {"", "cam", "http:///x", "rtsp://user@/x"})
    EXPECT_EQ(refusal(check_scheme(url)), Code::invalid) << url;
}

TEST(AddressRules, PrivatePlacesNeedTheSetting) {
  for (const auto* url :
       {"rtsp://127.0.0.1/a", "rtsp://10.1.2.3/a", "rtmp://192.168.0.1/a", "srt://[::1]:9",
        "rtsp://169.254.1.1/", "rtsp://[::ffff:10.0.0.1]/", "udp://239.1.1.1:5000", "udp://0.0.0.0:5000",
        "udp://:5000", "rtsp://localhost/a", "srt://192.0.78.1:9000?mode=listener",
        "srt://192.0.78.1:9000?a=b&mode=rendezvous"}) {
    const auto refused = check_host(url, {.allow_private = false});
    EXPECT_EQ(refusal(refused), Code::forbidden) << url;
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_NE(refused.error().text().find("ingest.allow_private"), std::string::npos) << url;
    EXPECT_TRUE(check_host(url, {.allow_private = true}).ok()) << url;
  }
  EXPECT_TRUE(check_host("rtsp://192.0.78.1/a", {}).ok());
  EXPECT_TRUE(check_host("srt://192.0.78.1:9000?mode=caller", {}).ok());
}

TEST(AddressRules, PlaylistsLeadToHttpOnly) {
  EXPECT_TRUE(check_followed("https://h/a.ts").ok());
  const auto refused = check_followed("file:///etc/passwd");
  ASSERT_EQ(refusal(refused), Code::forbidden);
  EXPECT_EQ(refused.error().text(),
            "the playlist names file:///etc/passwd: only http and https addresses are followed");
  EXPECT_EQ(refusal(check_followed("rtsp://h/a")), Code::forbidden);
}

TEST(Sniff, TellsContainersFromFirstBytes) {
  std::string ts(400, 'x');
  ts[0] = ts[188] = '\x47';
  EXPECT_EQ(format_of(ts), "mpegts");
  ts[188] = 'x';
  EXPECT_EQ(format_of(ts), "");
  EXPECT_EQ(format_of(std::string{"\0\0\0\x20"
                                  "ftypiso6",
                                  12}),
            "mov");
  EXPECT_EQ(format_of(std::string{"\0\0\0\x20"
                                  "mdat",
                                  8}),
            "");
  EXPECT_EQ(format_of("FLV\x01"), "flv");
  EXPECT_EQ(format_of(""), "");
}

TEST(Sniff, KnowsWebPages) {
  EXPECT_TRUE(is_web_page("<!DOCTYPE html><html>"));
  EXPECT_TRUE(is_web_page("\xEF\xBB\xBF\r\n <HTML lang=en>"));
  EXPECT_FALSE(is_web_page("#EXTM3U"));
  EXPECT_FALSE(is_web_page(""));
}

TEST(ChooseVariant, TakesTheBestPictureAndItsSound) {
  media::hls::SourcePlaylist master{.master = true};
  EXPECT_FALSE(choose_variant(master).ok());
  master.variants = {{.uri = "low", .bandwidth = 1000, .height = 360, .audio_group = "a"},
                     {.uri = "sound", .bandwidth = 9000, .audio_group = "a"},
                     {.uri = "high", .bandwidth = 5000, .height = 1080, .audio_group = "b"}};
  EXPECT_EQ(choose_variant(master)->video_uri, "high");
  EXPECT_EQ(choose_variant(master)->audio_uri, "");
  master.renditions = {{.type = "AUDIO", .group = "a", .uri = "a.m3u8", .is_default = true},
                       {.type = "AUDIO", .group = "b", .uri = "b1.m3u8"},
                       {.type = "AUDIO", .group = "b", .uri = "b2.m3u8", .is_default = true},
                       {.type = "SUBTITLES", .group = "b", .uri = "s.m3u8", .is_default = true}};
  EXPECT_EQ(choose_variant(master)->audio_uri, "b2.m3u8");
  master.renditions[2].uri.clear();
  EXPECT_EQ(choose_variant(master)->audio_uri, "") << "the default sound is in the variant";
}

}  // namespace
}  // namespace longtake::ingest
