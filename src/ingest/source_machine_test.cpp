#include "ingest/source_machine.h"

#include <gtest/gtest.h>

namespace longtake::ingest {
namespace {

using namespace std::chrono_literals;

SourceMachine machine() {
  return SourceMachine{{.first_retry = 1s, .max_retry = 60s, .proven_after = 10s}};
}
Failed refused(Micros recorded = 0s) {
  return {.cause = "connection refused", .recorded = recorded, .jitter = 0.5};
}

TEST(SourceMachine, ConnectsWhenStarted) {
  auto m = machine();
  EXPECT_EQ(m.state(), State::stopped);
  EXPECT_EQ(m.on(Started{}), Action::connect());
  EXPECT_EQ(m.state(), State::connecting);
  m.on(Recorded{});
  EXPECT_EQ(m.state(), State::recording);
  EXPECT_EQ(m.reconnects(), 0u);
}

TEST(SourceMachine, BacksOffAndTriesAgain) {
  auto m = machine();
  m.on(Started{});
  EXPECT_EQ(m.on(refused()), Action::wait(1s));
  EXPECT_EQ(m.state(), State::reconnecting);
  EXPECT_EQ(m.cause(), "connection refused");
  EXPECT_EQ(m.on(Elapsed{}), Action::connect());
  EXPECT_EQ(m.state(), State::reconnecting) << "the cause stays visible while trying";
  for (const auto pause : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_EQ(m.on(refused()), Action::wait(pause));
    EXPECT_EQ(m.on(Elapsed{}), Action::connect());
  }
}

TEST(SourceMachine, JitterSpreadsPausesByAQuarter) {
  auto m = machine();
  m.on(Started{});
  auto event = refused();
  event.jitter = 0;
  EXPECT_EQ(m.on(event), Action::wait(750ms));
  event.jitter = 0.999999;
  const auto action = m.on(event);
  EXPECT_GE(action.pause, 2499ms);
  EXPECT_LE(action.pause, 2500ms);
}

TEST(SourceMachine, OnlyALastingRecordingResetsThePause) {
  auto m = machine();
  m.on(Started{});
  m.on(refused());
  m.on(refused());
  m.on(Recorded{});
  EXPECT_EQ(m.on(refused(3s)), Action::wait(4s)) << "breaks at once: keep growing";
  m.on(Recorded{});
  EXPECT_EQ(m.on(refused(10s)), Action::wait(1s));
  EXPECT_EQ(m.reconnects(), 1u);
}

TEST(SourceMachine, FailuresForPeopleAreRetriedSlowly) {
  auto m = machine();
  m.on(Started{});
  EXPECT_EQ(m.on(Failed{.cause = "404", .mend = Mend::by_person, .jitter = 0.5}), Action::wait(60s));
  EXPECT_EQ(m.state(), State::failed);
  EXPECT_EQ(m.on(Elapsed{}), Action::connect());
  EXPECT_EQ(m.state(), State::failed);
  EXPECT_EQ(m.on(refused()), Action::wait(1s)) << "another failure: waiting may help";
  EXPECT_EQ(m.state(), State::reconnecting);
}

TEST(SourceMachine, AnAddressThatHasRecordedIsRight) {
  auto m = machine();
  m.on(Started{});
  m.on(Recorded{});
  EXPECT_EQ(m.on(Failed{.cause = "404", .mend = Mend::by_person, .recorded = 20s, .jitter = 0.5}),
            Action::wait(1s));
  EXPECT_EQ(m.state(), State::reconnecting);
}

TEST(SourceMachine, MendsItself) {
  auto m = machine();
  m.on(Started{});
  m.on(Failed{.cause = "404", .mend = Mend::by_person});
  m.on(Elapsed{});
  m.on(Recorded{});
  EXPECT_EQ(m.state(), State::recording);
  EXPECT_EQ(m.cause(), "");
  m.on(refused(20s));
  m.on(Elapsed{});
  m.on(Recorded{});
  EXPECT_EQ(m.reconnects(), 1u);
}

TEST(SourceMachine, LateEventsDoNotWakeAStoppedChannel) {
  auto m = machine();
  m.on(Started{});
  m.on(Stopped{});
  EXPECT_EQ(m.on(refused()), Action::none());
  EXPECT_EQ(m.on(Elapsed{}), Action::none());
  m.on(Recorded{});
  EXPECT_EQ(m.state(), State::stopped);
  EXPECT_EQ(m.on(Started{}), Action::connect());
}

TEST(SourceMachine, AnEditForgetsThePause) {
  auto m = machine();
  m.on(Started{});
  for (int i = 0; i < 10; ++i)
    m.on(refused());
  EXPECT_EQ(m.on(Started{}), Action::connect());
  EXPECT_EQ(m.on(refused()), Action::wait(1s));
}

}  // namespace
}  // namespace longtake::ingest
