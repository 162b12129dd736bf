#include "playback/footage.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "playback/byte_cache.h"
#include "playback/fingerprint.h"
#include "playback/testing/footage_fixture.h"

namespace longtake::playback {
namespace {

using namespace std::chrono_literals;
using media::TrackKind;
using testing::noon;
using testing::Tape;

struct FootageTest : testing::FootageFixture {
  std::vector<Piece> pieces(WallRange range) { return footage.pieces(archive.channel, range).value(); }
};

TEST_F(FootageTest, SegmentsOfOneRunJoinAtTheLaterOnesFirstPicture) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  tape.cut(-7ms);  // overlaps
  tape.fragments(2, 50);
  tape.cut(+9ms);  // leaves a hole
  tape.fragments(2, 50);
  tape.end();
  const auto found = pieces({noon, noon + 20s});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_FALSE(found[0].joined);
  EXPECT_TRUE(found[1].joined);
  EXPECT_TRUE(found[2].joined);
  EXPECT_EQ(found[0].to, noon + 4s - 7ms);
  EXPECT_EQ(found[1].from, noon + 4s - 7ms);
  EXPECT_EQ(found[1].to, found[2].from);
  EXPECT_EQ(found[2].from, noon + 8s + 2ms);
  EXPECT_EQ(found[2].to, noon + 12s + 2ms);
  EXPECT_EQ(find_piece(found, noon + 4s - 8ms), 0u);
  EXPECT_EQ(find_piece(found, noon + 4s - 7ms), 1u);
  EXPECT_EQ(find_piece(found, noon + 8s + 1ms), 1u);
  EXPECT_EQ(find_piece(found, noon + 12s + 2ms), std::nullopt);
  EXPECT_EQ(find_piece(found, noon - 1us), std::nullopt);
}

TEST_F(FootageTest, AnotherRunOrAMissingSegmentDoesNotJoin) {
  Tape first{archive, {.begin = noon}};
  first.fragments(2, 50);
  first.cut();
  first.fragments(2, 50);
  first.cut();
  first.fragments(2, 50);
  first.end();
  record_run({.begin = noon + 12s, .run_number = 2}, 2);
  archive.drop_segment(1);
  const auto found = pieces({noon, noon + 20s});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].to, noon + 4s);
  EXPECT_FALSE(found[1].joined);
  EXPECT_EQ(found[1].from, noon + 8s);
  EXPECT_FALSE(found[2].joined);
  EXPECT_EQ(find_piece(found, noon + 5s), std::nullopt);
}

TEST_F(FootageTest, ARunThatOverlapsTakesOverAndOneInsideAnotherIsLeftOut) {
  archive.gives_time_once = false;  // a catalogue that was made anew may hold such
  record_run({.begin = noon}, 5);
  record_run({.begin = noon + 3s, .run_number = 2}, 1);
  record_run({.begin = noon + 9s, .run_number = 3}, 2);
  const auto found = pieces({noon, noon + 20s});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].to, noon + 9s);
  EXPECT_EQ(found[1].from, noon + 9s);
}

TEST_F(FootageTest, EntryIsTheSyncFragmentThatDecodesWhatIsShown) {
  Tape tape{archive, {.begin = noon, .reordered = true}};
  tape.fragment(50);
  tape.fragment(50);
  tape.fragment(50, false);  // a long GOP goes on
  tape.fragment(50);
  tape.end();
  const auto found = pieces({noon, noon + 20s});
  const auto entry = [&](WallTime at) { return find_entry(found, at, TrackKind::video); };
  EXPECT_EQ(entry(noon - 5s), (Cursor{0, 0}));
  EXPECT_EQ(entry(noon), (Cursor{0, 0}));
  EXPECT_EQ(entry(noon + 2s - 1us), (Cursor{0, 0}));
  EXPECT_EQ(entry(noon + 2s), (Cursor{0, 1}));
  EXPECT_EQ(entry(noon + 5s), (Cursor{0, 1}));
  EXPECT_EQ(entry(noon + 6s - 1us), (Cursor{0, 1}));
  EXPECT_EQ(entry(noon + 6s), (Cursor{0, 3}));
  EXPECT_EQ(entry(noon + 8s), std::nullopt);
}

TEST_F(FootageTest, LeadingPicturesNeedTheFragmentBeforeAlsoAcrossACut) {
  Tape tape{archive, {.begin = noon, .reordered = true, .open_gop = true}};
  tape.fragments(2, 50);
  tape.cut();
  tape.fragments(2, 50);
  tape.end();
  const auto found = pieces({noon + 3s, noon + 20s});
  const auto entry = [&](WallTime at) { return find_entry(found, at, TrackKind::video); };
  // Pictures 50 and 51 lead the keyframe, which is picture 52.
  EXPECT_EQ(entry(tape.picture(50)), (Cursor{0, 0}));
  EXPECT_EQ(entry(tape.picture(52)), (Cursor{0, 1}));
  EXPECT_EQ(entry(tape.picture(100)), (Cursor{0, 1}));
  EXPECT_EQ(entry(tape.picture(101)), (Cursor{0, 1}));
  EXPECT_EQ(entry(tape.picture(102)), (Cursor{1, 0}));
}

TEST_F(FootageTest, EdgeIsSettledAtTheNewestPictureWhileLiveAndLaterWhenStopped) {
  Tape tape{archive, {.begin = noon}};
  tape.fragments(2, 50);
  archive.live = true;
  EXPECT_EQ(footage.edge(archive.channel).settled, noon + 4s);
  archive.live = false;
  EXPECT_EQ(footage.edge(archive.channel).settled, clock.now() - 60s);
  clock.set(noon + 5s);
  EXPECT_EQ(footage.edge(archive.channel).settled, noon + 4s);
  EXPECT_EQ(footage.edge(ChannelId{99}).newest, std::nullopt);
}

TEST_F(FootageTest, AnEmptyPlaceIsToldWithItsCause) {
  EXPECT_EQ(footage.nothing_at(archive.channel, noon).text(), "nothing is recorded yet");
  record_run({.begin = noon}, 1);
  record_run({.begin = noon + 10s, .run_number = 2}, 1);
  archive.gaps.push_back({noon + 2s, noon + 10s, archive::GapCause::source_lost, "connection reset"});
  const auto error = footage.nothing_at(archive.channel, noon + 5s);
  EXPECT_EQ(error.code(), Code::not_found);
  EXPECT_NE(error.text().find(std::string{archive::to_string(archive::GapCause::source_lost)}),
            std::string::npos);
  EXPECT_NE(error.text().find("connection reset"), std::string::npos);
  EXPECT_NE(error.text().find(format_rfc3339(noon + 10s)), std::string::npos);
  EXPECT_NE(footage.nothing_at(archive.channel, noon + 1h)
                .text()
                .find("the newest picture ends at " + format_rfc3339(noon + 12s)),
            std::string::npos);
  EXPECT_NE(footage.nothing_at(archive.channel, noon - 1h)
                .text()
                .find("the oldest picture is of " + format_rfc3339(noon)),
            std::string::npos);
}

TEST(ByteCacheTest, DropsWhatWasUsedLeastRecently) {
  ByteCache cache{10};
  const auto bytes = [](std::size_t n) { return std::make_shared<const media::Bytes>(n); };
  cache.put("a", bytes(4));
  cache.put("b", bytes(4));
  EXPECT_TRUE(cache.find("a"));
  cache.put("c", bytes(4));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  cache.put("big", bytes(11));
  EXPECT_FALSE(cache.find("big"));
  EXPECT_EQ(cache.bytes(), 8u);
}

TEST(ByteCacheTest, IsSharedByThreads) {
  ByteCache cache{50};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&cache, &wrong, t] {
      for (int i = 0; i < 500; ++i) {
        const auto size = static_cast<std::size_t>((t + i) % 9 + 1);
        const auto tag = std::to_string(size);
        const auto found = cache.find(tag);
        if (found && found->size() != size) ++wrong;
        cache.put(tag, std::make_shared<const media::Bytes>(size));
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(cache.bytes(), 50u);
}

TEST(FingerprintTest, TellsInputsApart) {
  EXPECT_NE(Fingerprint{"x"}.add(1).add(2).text(), Fingerprint{"x"}.add(2).add(1).text());
  EXPECT_NE(Fingerprint{"x"}.add(std::string_view{"ab"}).add(std::string_view{"c"}).text(),
            Fingerprint{"x"}.add(std::string_view{"a"}).add(std::string_view{"bc"}).text());
  EXPECT_EQ(Fingerprint{"x"}.add(1).etag(), Fingerprint{"x"}.add(1).etag());
  EXPECT_EQ(Fingerprint{"x"}.text().size(), 32u);
}

}  // namespace
}  // namespace longtake::playback
