#include "jobs/runner.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "jobs/jobs_fixture.h"

namespace longtake::jobs {
namespace {

using namespace std::chrono_literals;

/// Whatever is waited for here happens, or the test has failed.
constexpr auto patience = 20s;

class RunnerTest : public JobsTest {
 protected:
  RunnerTest() {
    runner_.on_change([this](const Job& job) {
      std::lock_guard lock{mutex_};
      told_.push_back(job);
      changed_.notify_all();
    });
  }

  template <class Condition>
  bool wait_for(Condition condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, condition);
  }
  bool wait_told(JobId id, State state) {
    return wait_for([&] {
      return std::any_of(told_.begin(), told_.end(),
                         [&](const Job& job) { return job.id == id && job.state == state; });
    });
  }
  void change(const std::function<void()>& what) {
    std::lock_guard lock{mutex_};
    what();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> told_;
  std::unique_ptr<Log> log_ = make_null_log();
  Queue queue_{{.retry = {.tries = 3, .first = 0s}, .lease = 30s}, *database_, clock_};
  // Looks by itself an hour later: what happens here happens because somebody woke it.
  Runner runner_{{.threads = 2, .look = 1h, .beat = 5ms}, queue_, clock_, *log_};
};

TEST_F(RunnerTest, DoesWhatItIsWokenForAndTells) {
  runner_.handle("a", [](Work& work) -> Result<Outcome> {
    EXPECT_EQ(work.job().thing, "thing/1");
    LT_CHECK(work.finish({}));
    return Outcome::done();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_told(id, State::running));
  EXPECT_TRUE(wait_told(id, State::done));
  EXPECT_EQ(get(queue_, id).state, State::done);
}

TEST_F(RunnerTest, NoMoreAtOnceThanThreads) {
  int busy = 0, most = 0, done = 0;
  bool go_on = false;
  runner_.handle("a", [&](Work&) -> Result<Outcome> {
    change([&] { most = std::max(most, ++busy); });
    EXPECT_TRUE(wait_for([&] { return go_on; }));
    change([&] { --busy, ++done; });
    return Outcome::done();
  });
  ASSERT_TRUE(runner_.start().ok());
  for (int i = 0; i < 6; ++i)
    enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] { return busy == 2; }));
  change([&] { go_on = true; });
  EXPECT_TRUE(wait_for([&] { return done == 6; }));
  EXPECT_EQ(most, 2);
}

TEST_F(RunnerTest, ProgressIsToldWhileItGoesOn) {
  bool seen = false;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    work.tell_progress(420);
    EXPECT_TRUE(wait_for([&] { return seen; }));
    return Outcome::done();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] {
    return std::any_of(told_.begin(), told_.end(), [](const Job& job) { return job.progress == 420; });
  }));
  EXPECT_EQ(get(queue_, id).progress, 420u) << "what was told is written, the first time";
  change([&] { seen = true; });
  EXPECT_TRUE(wait_told(id, State::done));
}

TEST_F(RunnerTest, AFailureThatMayPassIsTriedAgain) {
  int tries = 0;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    change([&] { ++tries; });
    EXPECT_EQ(work.job().tried, static_cast<unsigned>(tries));
    if (tries < 3) return make_error(Code::unavailable, "not yet");
    return Outcome::done();
  });
  ASSERT_TRUE(runner_.start().ok());
  EXPECT_TRUE(wait_told(enqueue(queue_, "a"), State::done));
  EXPECT_EQ(tries, 3);
}

TEST_F(RunnerTest, AKindNobodyKnowsFails) {
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "riddle");
  EXPECT_TRUE(wait_told(id, State::failed));
  EXPECT_EQ(get(queue_, id).error, "this program does not know jobs of kind riddle");
}

TEST_F(RunnerTest, ACancelIsNoticedAndNothingIsDone) {
  bool begun = false, gave_up = false;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    change([&] { begun = true; });
    while (!work.stopped())
      std::this_thread::yield();
    EXPECT_EQ(work.finish({}).error().kind(), "lease-lost");
    change([&] { gave_up = true; });
    return Outcome::stopped();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] { return begun; }));
  ASSERT_TRUE(database_->write([&](storage::sql::Session& s) { return queue_.cancel(s, organization_, id); })
                  .value());
  queue_.wake();
  EXPECT_TRUE(wait_for([&] { return gave_up; }));
  runner_.stop();
  EXPECT_EQ(get(queue_, id).state, State::cancelled);
}

TEST_F(RunnerTest, AStopPutsBackWhatWasBeingDone) {
  bool begun = false;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    change([&] { begun = true; });
    while (!work.stopped())
      std::this_thread::yield();
    return Outcome::stopped();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] { return begun; }));
  runner_.stop();
  EXPECT_EQ(get(queue_, id).state, State::queued);
  EXPECT_EQ(get(queue_, id).tried, 0u);
}

TEST_F(RunnerTest, AStopThatBeginsTellsHandlersAndTakesUpNothing) {
  bool begun = false, go_on = false;
  int asked = 0;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    change([&] { begun = true, ++asked; });
    while (!work.stopped())
      std::this_thread::yield();
    EXPECT_TRUE(wait_for([&] { return go_on; })) << "nobody waits for this one";
    return Outcome::stopped();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto first = enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] { return begun; }));
  runner_.begin_stop();
  const auto second = enqueue(queue_, "a");
  change([&] { go_on = true; });
  EXPECT_TRUE(wait_told(first, State::queued));
  runner_.stop();
  EXPECT_EQ(asked, 1);
  for (const auto id : {first, second}) {
    EXPECT_EQ(get(queue_, id).state, State::queued);
    EXPECT_EQ(get(queue_, id).tried, 0u);
  }
}

TEST_F(RunnerTest, OfAJobTakenUpTwiceTheOlderHandlerIsStopped) {
  std::vector<std::string> ended;
  int begun = 0;
  runner_.handle("a", [&](Work& work) -> Result<Outcome> {
    change([&] { ++begun; });
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!work.stopped() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    change([&] { ended.push_back(fmt::format("{} {}", work.job().tried, work.stopped())); });
    return Outcome::stopped();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_for([&] { return begun == 1; }));
  clock_.pass(31s);  // all at once: nobody could renew it
  queue_.wake();
  EXPECT_TRUE(wait_for([&] { return ended == std::vector<std::string>{"1 true"} && begun == 2; }));
  ASSERT_TRUE(database_->write([&](storage::sql::Session& s) { return queue_.cancel(s, organization_, id); })
                  .value());
  EXPECT_TRUE(wait_for([&] { return ended.size() == 2; }));
  EXPECT_EQ(ended.back(), "2 true") << "the first one's end let the second be seen to still";
}

TEST_F(RunnerTest, TakesUpAtItsStartWhatACrashLeft) {
  const auto id = enqueue(queue_, "a");
  ASSERT_TRUE(queue_.claim("a process that died")->has_value());
  runner_.handle("a", [](Work&) -> Result<Outcome> { return Outcome::done(); });
  ASSERT_TRUE(runner_.start().ok());
  EXPECT_TRUE(wait_told(id, State::done));
  EXPECT_EQ(get(queue_, id).tried, 2u);
}

TEST_F(RunnerTest, WhatHasToWaitIsLeftUntilThen) {
  int asked = 0;
  runner_.handle("a", [&](Work&) -> Result<Outcome> {
    change([&] { ++asked; });
    if (asked == 1) return Outcome::later(clock_.now() + 1h);
    return Outcome::done();
  });
  ASSERT_TRUE(runner_.start().ok());
  const auto id = enqueue(queue_, "a");
  EXPECT_TRUE(wait_told(id, State::queued));
  clock_.pass(1h);
  queue_.wake();
  EXPECT_TRUE(wait_told(id, State::done));
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace longtake::jobs
