#include "api/event_hub.h"

#include <gtest/gtest.h>

#include <thread>

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

TEST(EventHub, WhatIsOfNoOrganizationIsToldInEachToWhomMayKnow) {
  FakeClock clock;
  EventHub hub{clock};
  auto root = ours;
  root.permissions = access::permissions_of(access::Role::superadmin);
  root.organization = theirs;
  const auto stream = hub.open(ours, ""), site = hub.open(root, "");
  (void)stream->take();
  (void)site->take();
  hub.publish({}, "people", "people", "{}", access::Permission::manage_site);
  EXPECT_NE(site->take().find("event: people\n"), std::string::npos);
  EXPECT_EQ(stream->take(), "");
}

TEST(EventHub, ManyAtOnceGoTogetherToWhomTheyConcern) {
  FakeClock clock;
  EventHub hub{clock};
  auto reader = ours;
  reader.permissions = {};
  const auto stream = hub.open(ours, ""), other = hub.open(reader, "");
  (void)stream->take();
  (void)other->take();
  int woken = 0;
  stream->on_ready([&] { ++woken; });
  hub.publish_last(our_organization, "channel-removed", "channel/4", "gone");
  (void)stream->take();
  (void)other->take();
  woken = 0;
  hub.publish({{.organization = our_organization, .event = "channel", .key = "channel/1", .data = "one"},
               {.organization = theirs, .event = "channel", .key = "channel/2", .data = "theirs"},
               {.organization = our_organization, .event = "channel", .key = "channel/3", .data = "three"},
               {.organization = our_organization, .event = "channel", .key = "channel/4", .data = "late"}});
  EXPECT_EQ(woken, 1);
  const auto text = stream->take();
  EXPECT_LT(text.find("data: one\n"), text.find("data: three\n"));
  EXPECT_NE(text.find("data: three\n"), std::string::npos);
  EXPECT_EQ(text.find("theirs"), std::string::npos);
  EXPECT_EQ(text.find("late"), std::string::npos);
  const auto missed = hub.open(ours, last_id(text.substr(0, text.find("data: one"))))->take();
  EXPECT_EQ(missed.find("data: one\n"), std::string::npos);
  EXPECT_NE(missed.find("data: three\n"), std::string::npos);
  EXPECT_EQ(other->take(), "");
  hub.publish(std::vector<EventHub::News>{});
  EXPECT_EQ(woken, 1);
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
  hub.tell_signed_out(ours.session);
  EXPECT_NE(here->take().find("event: signed-out\n"), std::string::npos);
  EXPECT_TRUE(here->closed());
  EXPECT_FALSE(there->closed());
  hub.tell_sessions_ended(ours.user);
  EXPECT_TRUE(there->closed());
  EXPECT_FALSE(hub.has_listeners());
}

TEST(EventHub, TokensAndSessionsEndApart) {
  FakeClock clock;
  EventHub hub{clock};
  const auto by_token = [](std::int64_t id) {
    auto audience = ours;
    audience.session = {};
    audience.token = access::TokenId{id};
    return audience;
  };
  const auto page = hub.open(ours, ""), first = hub.open(by_token(1), ""), second = hub.open(by_token(2), "");
  hub.tell_signed_out(access::TokenId{1});
  EXPECT_TRUE(first->closed());
  EXPECT_FALSE(second->closed());
  EXPECT_FALSE(page->closed());
  hub.tell_sessions_ended(ours.user);
  EXPECT_TRUE(page->closed());
  EXPECT_FALSE(second->closed());
  hub.tell_barred(ours.user);
  EXPECT_TRUE(second->closed());
}

TEST(EventHub, NothingComesAfterTheLastWordAboutAThing) {
  FakeClock clock;
  EventHub hub{clock};
  const auto stream = hub.open(ours, "");
  hub.publish(our_organization, "channel", "channel/1", "before");
  const auto id = last_id(stream->take());
  hub.publish_last(our_organization, "channel-removed", "channel/1", "gone");
  hub.publish(our_organization, "channel", "channel/1", "late");
  hub.publish_last(our_organization, "channel-removed", "channel/1", "gone");
  hub.publish(our_organization, "channel", "channel/2", "another");
  for (const auto& told : {stream->take(), hub.open(ours, id)->take()}) {
    EXPECT_EQ(told.find("late"), std::string::npos);
    EXPECT_EQ(told.find("gone"), told.rfind("gone"));
    EXPECT_NE(told.find("gone"), std::string::npos);
    EXPECT_NE(told.find("another"), std::string::npos);
  }
}

TEST(EventHub, AllStreamsAreToldInTheOrderOfTheIds) {
  FakeClock clock;
  EventHub hub{clock};
  const auto stream = hub.open(ours, "");
  (void)stream->take();
  constexpr int each = 500;
  const auto publish = [&](std::string_view key) {
    for (int i = 0; i < each; ++i)
      hub.publish(our_organization, "channel", key, "{}");
  };
  { const std::jthread one{publish, "channel/1"}, two{publish, "channel/2"}, three{publish, "channel/3"}; }
  const auto text = stream->take();
  int count = 0;
  long last = 0;
  for (auto at = text.find("id: "); at != text.npos; at = text.find("id: ", at + 1), ++count) {
    const long id = std::stol(text.substr(text.find('-', at) + 1));
    EXPECT_GT(id, last);
    last = id;
  }
  EXPECT_EQ(count, 3 * each);
}

TEST(EventHub, OnePersonCannotTakeEveryStream) {
  FakeClock clock;
  EventHub hub{clock, {.streams = 4, .streams_per_person = 2}};
  auto other = ours;
  other.user = UserId{8};
  const auto first = hub.open(ours, ""), second = hub.open(ours, ""), colleague = hub.open(other, "");
  const auto third = hub.open(ours, "");
  ASSERT_TRUE(third);
  EXPECT_TRUE(first->closed());
  EXPECT_FALSE(second->closed());
  EXPECT_FALSE(third->closed());
  EXPECT_FALSE(colleague->closed());
}

}  // namespace
}  // namespace longtake::api
