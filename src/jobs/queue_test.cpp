#include "jobs/queue.h"

#include <gtest/gtest.h>

#include "base/own_failure.h"
#include "jobs/jobs_fixture.h"

namespace longtake::jobs {
namespace {

using namespace std::chrono_literals;
using storage::sql::Session;

TEST(Retry, PausesGrowUpToTheLongest) {
  const Retry retry{.tries = 9, .first = 2s, .longest = 15s};
  EXPECT_EQ(pause_after(retry, 1), 2s);
  EXPECT_EQ(pause_after(retry, 2), 4s);
  EXPECT_EQ(pause_after(retry, 3), 8s);
  EXPECT_EQ(pause_after(retry, 4), 15s);
  EXPECT_EQ(pause_after(retry, 1'000'000), 15s);
}

TEST(Retry, OnlyWhatMayPassIsTriedAgain) {
  const Retry retry{.tries = 3, .first = 2s};
  const WallTime now = wall_from_us(1'000'000);
  EXPECT_EQ(judge(retry, 1, Code::unavailable, now), (Verdict{State::queued, now + 2s}));
  EXPECT_EQ(judge(retry, 2, Code::full, now), (Verdict{State::queued, now + 4s}));
  EXPECT_EQ(judge(retry, 3, Code::full, now).state, State::failed);
  EXPECT_EQ(judge(retry, 1, Code::not_found, now).state, State::failed);
  EXPECT_EQ(judge(retry, 1, Code::conflict, now).state, State::failed);
}

class QueueTest : public JobsTest {
 protected:
  Queue queue_{{.retry = {.tries = 3, .first = 2s}, .lease = 30s}, *database_, clock_};

  Queue::Claimed claim(const std::string& owner = "one") {
    auto claimed = queue_.claim(owner);
    EXPECT_TRUE(claimed.ok() && claimed->has_value());
    return std::move(**claimed);
  }
  bool nothing_due() {
    const auto claimed = queue_.claim("one");
    return claimed.ok() && !claimed->has_value();
  }
  static bool lost(const Status& status) { return !status.ok() && status.error().kind() == "lease-lost"; }
};

TEST_F(QueueTest, AJobIsThereWithItsTransactionOrNotAtAll) {
  const auto failed = database_->write([&](Session& s) -> Status {
    LT_CHECK(queue_.enqueue(s, {.organization = organization_, .kind = "a", .thing = "t"}));
    return make_error(Code::invalid, "what it was for did not work out");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_TRUE(nothing_due());
}

TEST_F(QueueTest, TheOneDueLongestComesFirst) {
  const auto late = enqueue(queue_, "late", clock_.now() + 10s);
  const auto early = enqueue(queue_, "early");
  EXPECT_EQ(claim().job.id, early);
  EXPECT_TRUE(nothing_due());
  EXPECT_EQ(queue_.next_due().value(), clock_.now() + 10s);
  clock_.pass(10s);
  EXPECT_EQ(claim().job.id, late);
}

TEST_F(QueueTest, ADoneJobIsDoneWithItsEffect) {
  const auto id = enqueue(queue_, "a");
  const auto claimed = claim();
  const auto refused = queue_.finish(claimed.lease, [](Session& s) -> Status {
    LT_CHECK(s.execute("update organizations set name = 'changed' where slug = 'news'"));
    return make_error(Code::unavailable, "the second half failed");
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(get(queue_, id).state, State::running);
  const auto name = [&] {
    return database_
        ->read([](Session& s) {
          return s.find("select name from organizations where slug = 'news'",
                        [](std::string n) { return n; });
        })
        .value()
        .value();
  };
  EXPECT_EQ(name(), "News");
  ASSERT_TRUE(queue_
                  .finish(claimed.lease,
                          [](Session& s) -> Status {
                            LT_CHECK(
                                s.execute("update organizations set name = 'changed' where slug = 'news'"));
                            return {};
                          })
                  .ok());
  EXPECT_EQ(get(queue_, id).state, State::done);
  EXPECT_EQ(get(queue_, id).ended, clock_.now());
  EXPECT_EQ(name(), "changed");
  EXPECT_TRUE(lost(queue_.finish(claimed.lease, {})));
}

TEST_F(QueueTest, ALeaseThatEndedIsAnotherOnes) {
  const auto id = enqueue(queue_, "a");
  const auto first = claim("one");
  clock_.pass(29s);
  EXPECT_TRUE(nothing_due());
  ASSERT_TRUE(queue_.renew(first.lease, 300).ok());
  clock_.pass(29s);
  EXPECT_TRUE(nothing_due());
  clock_.pass(1s);
  const auto second = claim("one");  // the same process, on another thread
  EXPECT_EQ(second.job.tried, 2u);
  EXPECT_TRUE(lost(queue_.renew(first.lease, 900)));
  EXPECT_TRUE(lost(queue_.check(first.lease)));
  EXPECT_TRUE(lost(queue_.finish(first.lease, {})));
  EXPECT_TRUE(lost(queue_.put_back(first.lease, clock_.now())));
  const auto failed = queue_.fail(first.lease, make_error(Code::invalid, "too late"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind(), "lease-lost");
  EXPECT_TRUE(queue_.check(second.lease).ok());
  EXPECT_TRUE(queue_.finish(second.lease, {}).ok());
  EXPECT_EQ(get(queue_, id).state, State::done);
}

TEST_F(QueueTest, AFailureThatMayPassWaitsAndIsTriedUpToThreeTimes) {
  const auto id = enqueue(queue_, "a");
  const auto error = make_error(Code::full, "the disk is full");
  ASSERT_TRUE(queue_.fail(claim().lease, error).ok());
  EXPECT_EQ(get(queue_, id).state, State::queued);
  EXPECT_EQ(get(queue_, id).error, "the disk is full");
  EXPECT_TRUE(nothing_due());
  clock_.pass(2s);
  ASSERT_TRUE(queue_.fail(claim().lease, error).ok());
  clock_.pass(2s);
  EXPECT_TRUE(nothing_due());
  clock_.pass(2s);
  const auto last = queue_.fail(claim().lease, error);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->state, State::failed);
  EXPECT_EQ(last->ended, clock_.now());
  clock_.pass(24h);
  EXPECT_TRUE(nothing_due());
}

TEST_F(QueueTest, AFailureThatStaysIsNotTriedAgain) {
  const auto id = enqueue(queue_, "a");
  ASSERT_TRUE(
      queue_.fail(claim().lease, make_error(Code::conflict, "the codec changes").named("codec-change")).ok());
  EXPECT_EQ(get(queue_, id).state, State::failed);
  EXPECT_EQ(get(queue_, id).error_kind, "codec-change");
}

TEST_F(QueueTest, FailuresOfOurOwnKeepTheirTextToTheLog) {
  const auto said_of = [&](const Error& error) {
    const auto id = enqueue(queue_, "a");
    EXPECT_TRUE(queue_.fail(claim().lease, error).ok());
    const auto job = get(queue_, id);
    EXPECT_TRUE(database_->write([&](Session& s) { return queue_.cancel(s, organization_, id); }).ok());
    return job.error_kind + ": " + job.error;
  };
  EXPECT_EQ(said_of(own_failure(make_error(Code::full, "write /var/lib/x/1.mp4: no space left"))),
            "server-full: the server has no room left");
  EXPECT_EQ(said_of(own_failure(make_error(Code::forbidden, "open /var/lib/x/1.mp4: not permitted"))),
            "server-failed: our mistake; it is in the log");
  EXPECT_EQ(said_of(make_error(Code::internal, "column 3 is no number")),
            "server-failed: our mistake; it is in the log");
}

TEST_F(QueueTest, WhatIsPutBackWasNotTried) {
  const auto id = enqueue(queue_, "a");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(queue_.put_back(claim().lease, clock_.now() + 1s).ok());
    clock_.pass(1s);
  }
  EXPECT_EQ(get(queue_, id).tried, 0u);
  EXPECT_EQ(claim().job.tried, 1u);
}

TEST_F(QueueTest, JobsOfADeadProcessAreDueAtOnce) {
  enqueue(queue_, "a");
  const auto dead = claim("dead");
  EXPECT_TRUE(nothing_due());
  EXPECT_EQ(queue_.take_over("living").value(), 1);
  const auto taken = claim("living");
  EXPECT_EQ(taken.job.id, dead.job.id);
  EXPECT_EQ(queue_.take_over("living").value(), 0);
  EXPECT_TRUE(lost(queue_.finish(dead.lease, {})));
}

TEST_F(QueueTest, AJobThatKillsItsServerIsGivenUp) {
  const auto id = enqueue(queue_, "a");
  for (int i = 0; i < 3; ++i) {
    claim("dead");
    ASSERT_TRUE(queue_.take_over("next").ok());
  }
  EXPECT_TRUE(nothing_due());
  EXPECT_EQ(get(queue_, id).state, State::failed);
  EXPECT_EQ(get(queue_, id).error_kind, "job-abandoned");
}

TEST_F(QueueTest, ACancelledJobIsNeverDone) {
  const auto cancel = [&](OrganizationId organization, JobId id) {
    return database_->write([&](Session& s) { return queue_.cancel(s, organization, id); }).value();
  };
  const auto waiting = enqueue(queue_, "a");
  EXPECT_FALSE(cancel(OrganizationId{99}, waiting));
  EXPECT_TRUE(cancel(organization_, waiting));
  EXPECT_FALSE(cancel(organization_, waiting));
  EXPECT_TRUE(nothing_due());
  const auto begun = enqueue(queue_, "a");
  const auto claimed = claim();
  EXPECT_TRUE(cancel(organization_, begun));
  EXPECT_TRUE(lost(queue_.finish(claimed.lease, {})));
  EXPECT_TRUE(lost(queue_.renew(claimed.lease, 1)));
  EXPECT_EQ(get(queue_, begun).state, State::cancelled);
}

TEST_F(QueueTest, AnotherOrganizationSeesNothing) {
  const auto id = enqueue(queue_, "a");
  const auto hidden = queue_.get(OrganizationId{99}, id);
  ASSERT_FALSE(hidden.ok());
  EXPECT_EQ(hidden.error().code(), Code::not_found);
}

TEST_F(QueueTest, OpenOnesAreCounted) {
  const auto open = [&] {
    return database_->read([&](Session& s) { return queue_.count_open(s, organization_, "a"); }).value();
  };
  enqueue(queue_, "a");
  enqueue(queue_, "a");
  enqueue(queue_, "b");
  EXPECT_EQ(open(), 2);
  const auto claimed = claim();
  EXPECT_EQ(open(), 2);
  ASSERT_TRUE(queue_.finish(claimed.lease, {}).ok());
  EXPECT_EQ(open(), 1);
}

}  // namespace
}  // namespace longtake::jobs
