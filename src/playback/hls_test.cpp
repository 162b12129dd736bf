#include "playback/hls.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "media/hls/playlist.h"
#include "playback/testing/boxes.h"
#include "playback/testing/footage_fixture.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;
using media::hls::SourcePlaylist;
using media::hls::SourceSegment;
using testing::noon;
using testing::read_fragmented;
using testing::Tape;
using Rendition = Playback::Rendition;

struct HlsTest : testing::FootageFixture {
  HlsLimits limits{.max_length = 24h, .live_window = 60s};

  std::string text(const Playback::HlsQuery& query, Rendition rendition = Rendition::media) {
    auto view = render_hls_media(footage, limits, archive.channel, query, rendition);
    EXPECT_TRUE(view.ok()) << (view.ok() ? "" : view.error().story());
    EXPECT_EQ(view->content_type, "application/vnd.apple.mpegurl");
    return as_text(*view);
  }
  static std::string as_text(const View& view) {
    const auto bytes = view.body.read_all().value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  SourcePlaylist read(const Playback::HlsQuery& query, Rendition rendition = Rendition::media) {
    return media::hls::parse(text(query, rendition)).value();
  }
  /// What a player fetches for an entry: its map, then its bytes.
  media::Bytes fetch(const SourceSegment& entry) {
    media::SliceList out;
    out.append(body_of(*entry.map_uri).sub(entry.map_range->offset, entry.map_range->size));
    out.append(body_of(entry.uri).sub(entry.range->offset, entry.range->size));
    return out.read_all().value();
  }
  media::SliceList body_of(const std::string& uri) {
    const auto name = uri.substr(uri.rfind('/') + 1);
    const auto id = parse_id<SegmentId>(name.substr(0, name.find('.'))).value();
    return render_hls_segment(footage, archive.channel, id).value().body;
  }
  static WallTime wall_of_picture(std::uint64_t n) { return noon + testing::picture_length * n; }
  static std::size_t count(const std::string& text, std::string_view tag) {
    std::size_t n = 0;
    for (auto at = text.find(tag); at != std::string::npos; at = text.find(tag, at + 1))
      ++n;
    return n;
  }
};

TEST_F(HlsTest, LiveIsASlidingWindowWhoseSequenceNumbersFragments) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  tape.fragments(20, 50);
  tape.cut();
  tape.fragments(20, 50);
  const auto before = read({});
  ASSERT_EQ(before.segments.size(), 30u);
  EXPECT_EQ(before.media_sequence, 10u);
  EXPECT_FALSE(before.ended);
  tape.fragments(3, 50);
  const auto after = read({});
  EXPECT_EQ(after.media_sequence, 13u);
  for (const auto& entry : after.segments) {
    const auto known = std::find_if(before.segments.begin(), before.segments.end(),
                                    [&](const auto& e) { return e.sequence == entry.sequence; });
    if (known == before.segments.end()) continue;
    EXPECT_EQ(known->uri, entry.uri);
    EXPECT_EQ(known->range->offset, entry.range->offset);
  }
  EXPECT_EQ(count(text({}), "#EXT-X-ENDLIST"), 0u);
  EXPECT_EQ(count(text({}), "#EXT-X-PLAYLIST-TYPE"), 0u);
  EXPECT_EQ(count(text({}), "#EXT-X-DISCONTINUITY\n"), 0u);
}

TEST_F(HlsTest, EntriesAreStoredFragmentsBehindTheirSegmentsHeader) {
  Tape tape{archive, {.begin = noon, .reordered = true}};
  tape.fragments(3, 50);
  tape.cut();
  tape.fragments(3, 50);
  tape.end();
  clock.set(noon + 1min);
  const auto playlist = read({.from = noon + 2s, .to = noon + 10s});
  ASSERT_EQ(playlist.segments.size(), 4u);
  EXPECT_TRUE(playlist.ended);
  std::uint64_t number = 50;
  for (const auto& entry : playlist.segments) {
    EXPECT_EQ(entry.duration, 2s);
    EXPECT_EQ(entry.program_date_time, wall_of_picture(number));
    const auto media = read_fragmented(fetch(entry));
    EXPECT_TRUE(media.init);
    ASSERT_EQ(media.video.size(), 50u);
    EXPECT_EQ(media.video.front().number, number);
    EXPECT_FALSE(media.audio.empty());
    number += 50;
  }
}

TEST_F(HlsTest, RunsAndSkippedGapsAreDiscontinuities) {
  Tape first{archive, {.begin = noon, .run_number = 5}};
  first.fragments(2, 50);
  first.cut();
  first.fragments(1, 50);  // deleted below
  first.cut();
  first.fragments(2, 50);
  first.end();
  record_run({.begin = noon + 30s, .run_number = 6}, 2);
  archive.drop_segment(1);
  const auto playlist = read({.from = noon, .to = noon + 40s});
  ASSERT_EQ(playlist.segments.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(playlist.segments[i].discontinuity, i == 2 || i == 4) << i;
  // One header a run: readers begin anew when they are given another.
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(playlist.segments[i].map_uri, playlist.segments[i < 4 ? 0 : 4].map_uri) << i;
  EXPECT_NE(playlist.segments[4].map_uri, playlist.segments[0].map_uri);
  EXPECT_EQ(playlist.segments[4].program_date_time, noon + 30s);
  const auto plain = text({.from = noon, .to = noon + 40s});
  EXPECT_EQ(count(plain, "#EXT-X-DISCONTINUITY\n"), 2u);
  EXPECT_NE(plain.find("#EXT-X-DISCONTINUITY-SEQUENCE:5\n"), std::string::npos);
  EXPECT_EQ(count(plain, "#EXT-X-PLAYLIST-TYPE:VOD"), 1u);
}

TEST_F(HlsTest, ARangeLeavesOutWhatASourceGaveAgain) {
  Tape first{archive, {.begin = noon, .run_number = 1}};
  first.fragments(4, 50);  // 8 s
  first.end();
  record_run({.begin = noon + 1s, .run_number = 2}, 6);
  const auto playlist = read({.from = noon, .to = noon + 13s});
  ASSERT_EQ(playlist.segments.size(), 7u);
  EXPECT_EQ(playlist.segments[3].program_date_time, noon + 6s);
  EXPECT_EQ(playlist.segments[4].program_date_time, noon + 7s);  // the group that 8 s lies in
  EXPECT_TRUE(playlist.segments[4].discontinuity);
  EXPECT_EQ(playlist.segments[6].program_date_time, noon + 11s);
}

TEST_F(HlsTest, ARangeGrowsAsAnEventAndEndsWithoutChangingWhatWasTold) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  tape.fragments(5, 25);  // entries of one second
  clock.set(noon + 6s);
  const Playback::HlsQuery query{.from = noon + 1500ms, .to = noon + 8s};
  const auto first = text(query);
  EXPECT_EQ(count(first, "#EXT-X-PLAYLIST-TYPE:EVENT"), 1u);
  EXPECT_EQ(count(first, "#EXTINF"), 4u);
  tape.fragments(5, 25);
  clock.set(noon + 11s);
  const auto last = read(query);
  EXPECT_TRUE(last.ended);
  ASSERT_EQ(last.segments.size(), 7u);
  const auto told = media::hls::parse(first).value();
  EXPECT_EQ(told.media_sequence, last.media_sequence);
  for (std::size_t i = 0; i < told.segments.size(); ++i) {
    EXPECT_EQ(told.segments[i].range->offset, last.segments[i].range->offset);
    EXPECT_EQ(told.segments[i].range->size, last.segments[i].range->size);
  }
  const auto open = read({.from = noon});
  EXPECT_FALSE(open.ended);
  EXPECT_EQ(open.segments.size(), 10u);
}

TEST_F(HlsTest, LongPastRangesJoinShortFragmentsToEntriesThatBeginAtKeyframes) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(7, 20);
  tape.fragment(100);
  tape.fragment(100, false);
  tape.cut();
  tape.fragments(4, 20);
  tape.end();
  const auto playlist = read({.from = noon, .to = noon + 1min});
  Micros total{0};
  std::uint64_t pictures = 0;
  for (const auto& entry : playlist.segments) {
    const auto media = read_fragmented(fetch(entry));
    EXPECT_TRUE(media.video.front().sync);
    EXPECT_EQ(entry.duration, media.video.size() * testing::picture_length);
    pictures += media.video.size();
    total += entry.duration;
  }
  EXPECT_EQ(pictures, 420u);
  EXPECT_EQ(total, 420 * testing::picture_length);
  ASSERT_EQ(playlist.segments.size(), 5u);
  EXPECT_EQ(playlist.segments[0].duration, 2400ms);
  EXPECT_EQ(playlist.segments[2].duration, 8800ms);  // the last short one, and its two capped neighbours
}

TEST_F(HlsTest, EntriesOfACutGopAreNotCalledIndependent) {
  Tape tape{archive, {.begin = noon}};
  archive.live = true;
  tape.fragments(2, 100);
  EXPECT_EQ(count(text({}), "#EXT-X-INDEPENDENT-SEGMENTS"), 1u);
  tape.fragment(100, false);
  const auto cut = text({});
  EXPECT_EQ(count(cut, "#EXTINF"), 3u);
  EXPECT_EQ(count(cut, "#EXT-X-INDEPENDENT-SEGMENTS"), 0u);
}

TEST_F(HlsTest, IframeEntriesEndBehindTheKeyframe) {
  Tape tape{archive, {.begin = noon, .reordered = true}};
  tape.fragment(50);
  tape.fragment(50);
  tape.fragment(25, false);
  tape.fragment(50);
  tape.end();
  const Playback::HlsQuery query{.from = noon, .to = noon + 7s};
  EXPECT_EQ(count(text(query, Rendition::iframes), "#EXT-X-I-FRAMES-ONLY"), 1u);
  const auto playlist = read(query, Rendition::iframes);
  ASSERT_EQ(playlist.segments.size(), 3u);
  EXPECT_EQ(playlist.segments[1].duration, 3s);
  for (const auto& entry : playlist.segments) {
    auto bytes = fetch(entry);
    std::uint64_t first = 0;
    std::memcpy(&first, bytes.data() + bytes.size() - 3000, 8);  // the keyframe is last and whole
    EXPECT_EQ(wall_of_picture(first), entry.program_date_time);
  }
}

TEST_F(HlsTest, MasterNamesWhatIsThere) {
  record_run({.begin = noon}, 10);
  const auto view =
      render_hls_master(
          footage, limits, archive.channel,
          {.from = noon, .to = noon + 20s, .passthrough = "from=x&expires=1&to=live&signature=ab"})
          .value();
  EXPECT_TRUE(view.final);
  const auto master = media::hls::parse(as_text(view)).value();
  ASSERT_TRUE(master.master);
  ASSERT_GE(master.variants.size(), 1u);
  const auto& variant = master.variants[0];
  EXPECT_EQ(variant.uri, "media.m3u8?from=" + format_rfc3339(noon) + "&to=" + format_rfc3339(noon + 20s) +
                             "&expires=1&signature=ab");
  EXPECT_EQ(variant.codecs, "avc1.64001F,mp4a.40.2");
  EXPECT_EQ(variant.width, 640u);
  EXPECT_EQ(variant.height, 360u);
  EXPECT_NEAR(variant.frame_rate, 25, 0.001);
  // 50 pictures and 93 or 94 sound frames every 2 s.
  EXPECT_GT(variant.bandwidth, 100'000u);
  EXPECT_LT(variant.bandwidth, 200'000u);
  const auto plain = as_text(view);
  EXPECT_NE(plain.find("#EXT-X-I-FRAME-STREAM-INF"), std::string::npos);
  EXPECT_NE(plain.find("URI=\"iframes.m3u8?from="), std::string::npos);
  const auto media = text({.from = noon, .to = noon + 20s, .passthrough = "signature=ab"});
  EXPECT_NE(media.find(".mp4?signature=ab\n"), std::string::npos);
}

TEST_F(HlsTest, APlaylistNamesTheBytesOfItsWindowsAndNoOthers) {
  record_run({.begin = noon}, 30);
  for (const auto& range :
       {WallRange{noon + 7s, noon + 21s}, WallRange{noon, noon + 60s}, WallRange{noon + 6s, noon + 8s}}) {
    const auto playlist = read({.from = range.from, .to = range.to, .segment_query = "signature=ab"});
    ASSERT_FALSE(playlist.segments.empty());
    SegmentId id;
    std::uint64_t from = UINT64_MAX, to = 0;
    for (const auto& entry : playlist.segments) {
      ASSERT_TRUE(entry.uri.ends_with(".mp4?signature=ab"));
      id = *parse_id<SegmentId>(entry.uri.substr(9, entry.uri.find('.') - 9));
      from = std::min(from, entry.range->offset);
      to = std::max(to, entry.range->offset + entry.range->size);
    }
    const auto window = find_hls_window(footage, archive.channel, id, range).value();
    EXPECT_EQ(window.from, from);
    EXPECT_EQ(window.to, to);
    EXPECT_TRUE(window.contains(0, window.header_size));
    EXPECT_TRUE(window.contains(from, to - from));
    EXPECT_FALSE(window.contains(to - 1, 2));
    EXPECT_EQ(window.contains(0, to), from <= window.header_size) << "all bytes from the first on";
  }
  EXPECT_EQ(find_hls_window(footage, archive.channel, SegmentId{1}, {noon + 2h, noon + 3h}).error().code(),
            Code::not_found);
}

TEST_F(HlsTest, ARadioChannelHasNoKeyframes) {
  record_run({.tracks = {.audio = testing::audio_track()}, .begin = noon}, 10);
  const auto master =
      as_text(render_hls_master(footage, limits, archive.channel, {.from = noon, .to = noon + 20s}).value());
  EXPECT_EQ(master.find("I-FRAME"), std::string::npos);
  EXPECT_EQ(master.find("RESOLUTION"), std::string::npos);
  Micros total{0};
  for (const auto& entry : read({.from = noon, .to = noon + 20s}).segments)
    total += entry.duration;
  EXPECT_NEAR(static_cast<double>(total.count()), 20e6, 1e6 * 1024 / 48000);
  EXPECT_EQ(
      render_hls_media(footage, limits, archive.channel, {.from = noon, .to = noon + 20s}, Rendition::iframes)
          .error()
          .code(),
      Code::not_found);
}

TEST_F(HlsTest, WrongOrEmptyRangesAreNamed) {
  const auto code = [&](const Playback::HlsQuery& query) {
    return render_hls_media(footage, limits, archive.channel, query, Rendition::media).error().code();
  };
  EXPECT_EQ(code({}), Code::not_found);
  record_run({.begin = noon}, 2);
  EXPECT_EQ(code({.to = noon}), Code::invalid);
  EXPECT_EQ(code({.from = noon, .to = noon}), Code::invalid);
  EXPECT_EQ(code({.from = noon - 25h, .to = noon}), Code::invalid);
  EXPECT_EQ(code({.from = noon + 10s, .to = noon + 20s}), Code::not_found);
  EXPECT_EQ(render_hls_segment(footage, archive.channel, SegmentId{1}).error().code(), Code::not_found);
}

TEST_F(HlsTest, AnOpenSegmentGrowsUnderItsAddress) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  const auto id = archive.at(0)->summary.id;
  const auto before = render_hls_segment(footage, archive.channel, id).value();
  EXPECT_FALSE(before.final);
  tape.fragment(50);
  tape.end();
  const auto after = render_hls_segment(footage, archive.channel, id).value();
  EXPECT_TRUE(after.final);
  EXPECT_NE(before.etag, after.etag);
  const auto bytes = after.body.read_all().value();
  EXPECT_EQ(before.body.read_all().value(),
            (media::Bytes{bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(before.body.size())}));
  EXPECT_EQ(read_fragmented(bytes).video.size(), 150u);
}

}  // namespace
}  // namespace longtake::playback
