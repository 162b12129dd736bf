#include "io/lane.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace longtake::io {
namespace {

TEST(Lane, RunsInOrderOnItsNamedThread) {
  std::vector<int> order;
  std::string name(16, '\0');
  bool current = false;
  Lane lane{{.name = "disk", .niceness = 3}};
  int priority = 0;
  ASSERT_TRUE(lane.try_post([&] {
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    current = lane.is_current();
    priority = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  }));
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(lane.try_post([&order, i] { order.push_back(i); }));
  lane.stop(Lane::Stop::drain);
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(std::string(name.c_str()), "disk-0");
  EXPECT_EQ(priority, 3);
  EXPECT_TRUE(current);
  EXPECT_FALSE(lane.is_current());
}

TEST(Lane, RefusesWhenFullAndTakesAgainAfterwards) {
  Lane lane{{.name = "db", .queue_limit = 2}};
  std::latch running{1}, go{1};
  ASSERT_TRUE(lane.try_post([&] {
    running.count_down();
    go.wait();
  }));
  running.wait();
  std::atomic<int> ran{0};
  ASSERT_TRUE(lane.try_post([&] { ++ran; }));
  ASSERT_TRUE(lane.try_post([&] { ++ran; }));
  Lane::Task third = [&] { ran += 100; };
  EXPECT_FALSE(lane.try_post(std::move(third)));
  EXPECT_TRUE(third) << "a refused task stays with the caller";
  EXPECT_EQ(lane.queued(), 2u);
  EXPECT_EQ(lane.refused(), 1u);
  const auto refused = lane.submit([] { return 1; });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_NE(refused.error().text().find("lane db is full"), std::string::npos);
  go.count_down();
  lane.stop(Lane::Stop::drain);
  EXPECT_EQ(ran, 2);
}

TEST(Lane, GivesResultsThroughFutures) {
  Lane lane{{.name = "cpu", .threads = 2}};
  auto future = lane.submit([] { return std::string{"made elsewhere"}; });
  ASSERT_TRUE(future.ok());
  EXPECT_EQ(future->get(), "made elsewhere");
}

TEST(Lane, DropDestroysWaitingTasksUnrun) {
  Lane lane{{.name = "cpu"}};
  std::latch running{1}, go{1};
  ASSERT_TRUE(lane.try_post([&] {
    running.count_down();
    go.wait();
  }));
  running.wait();
  auto waiting = lane.submit([] { return 7; });
  ASSERT_TRUE(waiting.ok());
  std::thread stopper{[&] { lane.stop(Lane::Stop::drop); }};
  EXPECT_THROW(waiting->get(), std::future_error);
  go.count_down();
  stopper.join();
  EXPECT_FALSE(lane.try_post([] {}));
}

TEST(Lane, ManyThreadsPostAtOnce) {
  std::atomic<int> ran{0}, accepted{0};
  {
    Lane lane{{.name = "busy", .threads = 3, .queue_limit = 64}};
    std::vector<std::thread> posters;
    for (int t = 0; t < 4; ++t)
      posters.emplace_back([&] {
        for (int i = 0; i < 1000; ++i)
          if (lane.try_post([&] { ++ran; })) ++accepted;
      });
    for (auto& poster : posters)
      poster.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace longtake::io
