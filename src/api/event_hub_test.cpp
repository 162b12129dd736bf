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

constexpr OrganizationId our_organization{1}, theirs{2};
const EventHub::Audience ours{.organization = our_organization,
                              .permissions = access::permissions_of(access::Role::editor),
                              .user = UserId{7},
                              .session = access::SessionId{70}};

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
  hub.publish(our_organization, "channel", "channel/2", "{\"ours\":1}");
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
  hub.publish(our_organization, "channel", "channel/1", "first");
  const auto id = last_id(stream->take());
  hub.publish(our_organization, "channel", "channel/2", "second");
  hub.publish(our_organization, "channel", "channel/2", "third");
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
  hub.publish(our_organization, "channel", "channel/1", "first");
  const auto id = last_id(stream->take());
  hub.publish(our_organization, "channel", "channel/2", "second");
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

TEST(EventHub, WhoMayNotWatchIsToldOfThemselvesOnly) {
  FakeClock clock;
  EventHub hub{clock};
  auto reader = ours;
  reader.permissions = access::permissions_of(access::Role::reader);
  const auto stream = hub.open(reader, "");
  const auto id = last_id(stream->take());
  hub.publish(our_organization, "channel", "channel/1", "secret");
  hub.tell_changed(our_organization);
  const auto told = stream->take();
  EXPECT_EQ(told.find("secret"), std::string::npos);
  EXPECT_NE(told.find("event: me\n"), std::string::npos);
  const auto again = hub.open(reader, id)->take();
  EXPECT_EQ(again.find("secret"), std::string::npos);
  EXPECT_NE(again.find("event: me\n"), std::string::npos);
}

TEST(EventHub, AChangedPersonComesBackAndIsNotToldTwice) {
  FakeClock clock;
  EventHub hub{clock};
  auto other = ours;
  other.user = UserId{8};
  const auto stream = hub.open(ours, ""), colleague = hub.open(other, "");
  (void)stream->take(), (void)colleague->take();
  hub.tell_changed(ours.user);
  const auto told = stream->take();
  EXPECT_NE(told.find("event: me\n"), std::string::npos);
  EXPECT_TRUE(stream->closed());
  EXPECT_FALSE(colleague->closed());
  EXPECT_EQ(colleague->take(), "");
  EXPECT_EQ(hub.open(ours, last_id(told))->take(), "");
}

TEST(EventHub, ASignedOutSessionsStreamsEnd) {
  FakeClock clock;
  EventHub hub{clock};
  auto elsewhere = ours;
  elsewhere.session = access::SessionId{71};
  const auto here = hub.open(ours, ""), there = hub.open(elsewhere, "");
  EXPECT_EQ(hub.audiences().size(), 2u);
  hub.tell_signed_out(ours.user, ours.session);
  EXPECT_NE(here->take().find("event: signed-out\n"), std::string::npos);
  EXPECT_TRUE(here->closed());
  EXPECT_FALSE(there->closed());
  hub.tell_signed_out(ours.user);
  EXPECT_TRUE(there->closed());
  EXPECT_FALSE(hub.has_listeners());
}

}  // namespace
}  // namespace longtake::api
