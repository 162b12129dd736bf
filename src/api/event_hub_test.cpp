#include "api/event_hub.h"

#include <gtest/gtest.h>

namespace longtake::api {
namespace {

using namespace std::chrono_literals;

class FakeClock final : public Clock {
 public:
  WallTime now() const override { return wall_from_us(1'000'000) + passed; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + passed;
  }
  Micros passed{0};
};

constexpr OrganizationId ours{1}, theirs{2};

/// The last "id: " in what a stream was sent.
std::string last_id(const std::string& text) {
  const auto at = text.rfind("id: ") + 4;
  return text.substr(at, text.find('\n', at) - at);
}

TEST(EventHub, TellsOnlyTheOwnOrganization) {
  FakeClock clock;
  EventHub hub{clock};
  const auto stream = hub.open(ours, "");
  (void)stream->take();
  hub.publish(theirs, "channel", "channel/1", "{\"secret\":1}");
  hub.publish(ours, "channel", "channel/2", "{\"ours\":1}");
  const auto text = stream->take();
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_NE(text.find("event: channel\n"), std::string::npos);
  EXPECT_NE(text.find("data: {\"ours\":1}\n"), std::string::npos);
}

TEST(EventHub, NewStreamsAndUnknownIdsAreReset) {
  FakeClock clock;
  EventHub hub{clock};
  EXPECT_NE(hub.open(ours, "")->take().find("event: reset"), std::string::npos);
  EXPECT_NE(hub.open(ours, "nonsense")->take().find("event: reset"), std::string::npos);
  EXPECT_NE(hub.open(ours, "1000000-99")->take().find("event: reset"), std::string::npos);
}

TEST(EventHub, AReconnectionIsToldWhatItMissed) {
  FakeClock clock;
  EventHub hub{clock};
  auto stream = hub.open(ours, "");
  hub.publish(ours, "channel", "channel/1", "first");
  const auto id = last_id(stream->take());
  hub.publish(ours, "channel", "channel/2", "second");
  hub.publish(ours, "channel", "channel/2", "third");
  const auto text = hub.open(ours, id)->take();
  EXPECT_EQ(text.find("reset"), std::string::npos);
  EXPECT_EQ(text.find("first"), std::string::npos);
  EXPECT_EQ(text.find("second"), std::string::npos) << "a newer state of the same thing replaces it";
  EXPECT_NE(text.find("third"), std::string::npos);
}

TEST(EventHub, WhatIsForgottenIsReset) {
  FakeClock clock;
  EventHub hub{clock, {.remember = 10min}};
  auto stream = hub.open(ours, "");
  hub.publish(ours, "channel", "channel/1", "first");
  const auto id = last_id(stream->take());
  hub.publish(ours, "channel", "channel/2", "second");
  clock.passed = 11min;
  EXPECT_NE(hub.open(ours, id)->take().find("reset"), std::string::npos);
}

TEST(EventHub, ClosedStreamsAreForgottenAndStreamsAreLimited) {
  FakeClock clock;
  EventHub hub{clock, {.streams = 1}};
  auto stream = hub.open(ours, "");
  EXPECT_TRUE(hub.has_listeners());
  EXPECT_FALSE(hub.open(ours, ""));
  stream->abandon();
  EXPECT_FALSE(hub.has_listeners());
  EXPECT_TRUE(hub.open(ours, ""));
}

}  // namespace
}  // namespace longtake::api
