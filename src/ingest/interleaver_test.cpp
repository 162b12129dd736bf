#include "ingest/interleaver.h"

#include <gtest/gtest.h>

#include "ingest/testing/packets.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using media::TrackKind;

std::string taken(Interleaver& interleaver) {
  std::string out;
  while (auto timed = interleaver.pop())
    out += (timed->packet.kind == TrackKind::video ? "v" : "a") +
           std::to_string(timed->dts.time_since_epoch().count() / 1000) + " ";
  return out;
}

TEST(Interleaver, WaitsForTheOtherTrack) {
  Interleaver interleaver{av_tracks()};
  interleaver.push(picture(0, true));
  interleaver.push(picture(1, false));
  EXPECT_EQ(taken(interleaver), "");
  interleaver.push(sound(0));
  EXPECT_EQ(taken(interleaver), "v0 a0 ") << "the next sound may lie before picture 1";
  interleaver.push(sound(1));
  interleaver.push(sound(2));
  EXPECT_EQ(taken(interleaver), "a21 v40 ");
}

TEST(Interleaver, SoundASecondBehindIsPutWithItsPicture) {
  Interleaver interleaver{av_tracks()};
  std::string order;
  for (int n = 0; n < 75; ++n) {
    interleaver.push(picture(n, n == 0));
    if (n >= 25)
      for (int a = (n - 25) * 15 / 8; a < (n - 24) * 15 / 8; ++a)
        interleaver.push(sound(a, Micros{1'000'000}));
    order += taken(interleaver);
  }
  EXPECT_EQ(order.substr(0, 30), "v0 a0 a21 v40 a42 a64 v80 a85 ");
}

TEST(Interleaver, DoesNotWaitForASilentTrackBeyondPatience) {
  Interleaver interleaver{av_tracks(), {.patience = Micros{1'000'000}}};
  std::size_t released = 0;
  for (int n = 0; n < 100; ++n) {
    interleaver.push(picture(n, n == 0));
    while (interleaver.pop())
      ++released;
  }
  EXPECT_EQ(released, 100 - 26u);
}

TEST(Interleaver, StuckTimeStampsAreReleasedByArrival) {
  Interleaver interleaver{av_tracks(), {.patience = Micros{1'000'000}}};
  std::size_t released = 0;
  for (int n = 0; n < 100; ++n) {
    auto p = picture(n, n == 0);
    p.dts = p.pts = n;  // hardly moves
    interleaver.push(std::move(p));
    while (interleaver.pop())
      ++released;
  }
  EXPECT_EQ(released, 100 - 26u);
}

TEST(Interleaver, NeverHoldsMoreThanItsLimit) {
  Interleaver interleaver{av_tracks(), {.limit = 10}};
  std::size_t released = 0;
  for (int n = 0; n < 100; ++n) {
    auto p = picture(0, n == 0);
    p.dts = p.pts = n;
    interleaver.push(std::move(p));
    while (interleaver.pop())
      ++released;
  }
  EXPECT_EQ(released, 90u);
}

TEST(Interleaver, ASingleTrackPassesAtOnce) {
  Interleaver interleaver{video_tracks()};
  interleaver.push(picture(0, true));
  EXPECT_EQ(taken(interleaver), "v0 ");
  interleaver.push(sound(0));  // not carried by the run
  EXPECT_EQ(taken(interleaver), "");
}

TEST(Interleaver, ComparesSoundWithTheDisplayedPicture) {
  Interleaver interleaver{av_tracks()};
  auto first = picture(0, true);
  first.pts += 2 * picture_ticks;  // B-frames: shown 80 ms after it is decoded
  interleaver.push(std::move(first));
  for (int a = 0; a < 5; ++a)
    interleaver.push(sound(a));
  EXPECT_EQ(taken(interleaver), "a0 a21 a42 a64 v0 ");
}

TEST(Interleaver, DrainsEverythingInOrder) {
  Interleaver interleaver{av_tracks()};
  interleaver.push(picture(1, true));
  interleaver.push(picture(2, false));
  interleaver.push(sound(0));
  std::string out;
  while (auto timed = interleaver.drain())
    out += timed->packet.kind == TrackKind::video ? "v" : "a";
  EXPECT_EQ(out, "avv");
}

}  // namespace
}  // namespace longtake::ingest
