#include "ingest/meter.h"

#include <gtest/gtest.h>

#include "ingest/testing/packets.h"
#include "media/ticks.h"

namespace longtake::ingest {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TimedPacket shown(media::Packet packet) {
  const auto t = media::to_media_nearest(packet.dts, video_timescale);
  return {std::move(packet), t, t};
}

TEST(Meter, KnowsNothingAtFirst) {
  Meter meter;
  EXPECT_EQ(meter.frame_rate(), 0);
  EXPECT_EQ(meter.gop(), 0ms);
  EXPECT_EQ(meter.bit_rate(), 0u);
  meter.add(shown(picture(0, true)));
  EXPECT_EQ(meter.frame_rate(), 0);
  EXPECT_EQ(meter.bit_rate(), 0u);
}

TEST(Meter, MeasuresRateGopAndBits) {
  Meter meter;
  for (int n = 0; n < 1000; ++n) {
    meter.add(shown(picture(n, n % 50 == 0, 0us, 1000)));
    if (n < 25) continue;
    EXPECT_NEAR(meter.frame_rate(), 25, 0.01) << n;
    EXPECT_NEAR(static_cast<double>(meter.bit_rate()), 200'000, 10'000) << n;
    if (n >= 50) {
      EXPECT_EQ(meter.gop(), 2s);
    }
  }
  EXPECT_EQ(meter.keyframes(), 20u);
}

TEST(Meter, FollowsAChangeWithinTenSeconds) {
  Meter meter;
  for (int n = 0; n < 1000; ++n)
    meter.add(shown(picture(n, false, 0us, 1000)));
  for (int n = 1000; n < 1255; ++n)
    meter.add(shown(picture(n, false, 0us, 4000)));
  EXPECT_NEAR(static_cast<double>(meter.bit_rate()), 800'000, 20'000);
}

}  // namespace
}  // namespace longtake::ingest
