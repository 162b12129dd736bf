#include "io/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <latch>
#include <string>
#include <thread>

namespace longtake::io {
namespace {

using namespace std::chrono_literals;

TEST(Executor, RunsPostedTasksOnNamedThreads) {
  Executor net{{.threads = 2}};
  std::promise<std::string> name;
  std::promise<bool> current;
  net.post([&] {
    char text[16] = "";
    ::pthread_getname_np(::pthread_self(), text, sizeof text);
    current.set_value(net.is_current());
    name.set_value(text);
  });
  EXPECT_EQ(name.get_future().get().substr(0, 4), "net-");
  EXPECT_TRUE(current.get_future().get());
  EXPECT_FALSE(net.is_current());
}

TEST(Executor, WhatIsOpenedOnAContextStaysWithItsThread) {
  Executor net{{.threads = 2}};
  auto &one = net.context(), &other = net.context();
  EXPECT_NE(&one, &other);
  EXPECT_EQ(&one, &net.context());
  const auto thread_of = [](auto& context) {
    std::promise<std::thread::id> id;
    boost::asio::post(context, [&] { id.set_value(std::this_thread::get_id()); });
    return id.get_future().get();
  };
  const auto first = thread_of(one);
  EXPECT_NE(first, thread_of(other));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(first, thread_of(one));
}

TEST(Executor, HasAThreadThoughNoneWasAskedFor) {
  Executor net{{}};
  std::promise<void> ran;
  net.post([&] { ran.set_value(); });
  ran.get_future().get();
}

TEST(Executor, TimerFiresOnce) {
  Executor net{{.threads = 1}};
  std::promise<void> fired;
  auto timer = net.after(1ms, [&] { fired.set_value(); });
  fired.get_future().get();
  timer.cancel();
  EXPECT_FALSE(timer.pending());
}

TEST(Executor, CancelledTimerNeverFires) {
  Executor net{{.threads = 1}};
  std::atomic<bool> fired{false};
  std::latch blocked{1}, go{1};
  // The only thread is held while the timer expires, so that cancel wins over a completion that is already
  // due.
  net.post([&] {
    blocked.count_down();
    go.wait();
  });
  blocked.wait();
  auto timer = net.after(0ns, [&] { fired = true; });
  EXPECT_TRUE(timer.pending());
  timer.cancel();
  go.count_down();
  std::promise<void> later;
  auto after = net.after(1ms, [&] { later.set_value(); });
  later.get_future().get();
  EXPECT_FALSE(fired);
}

TEST(Executor, CancelWaitsForARunningFunction) {
  Executor net{{.threads = 1}};
  std::latch started{1};
  std::atomic<bool> go{false}, returned{false};
  auto timer = net.after(0ns, [&] {
    started.count_down();
    while (!go)
      std::this_thread::yield();
    returned = true;
  });
  started.wait();
  std::thread releaser{[&] { go = true; }};
  timer.cancel();
  EXPECT_TRUE(returned);
  releaser.join();
}

TEST(Executor, FunctionMayCancelItsOwnTimer) {
  Executor net{{.threads = 1}};
  std::promise<void> done;
  Timer timer;
  std::latch assigned{1};
  timer = net.after(0ns, [&] {
    assigned.wait();
    timer.cancel();
    done.set_value();
  });
  assigned.count_down();
  done.get_future().get();
}

TEST(Executor, TimersOutliveTheExecutorHarmlessly) {
  Timer timer;
  {
    Executor net{{.threads = 1}};
    timer = net.after(1h, [] { FAIL(); });
  }
  SUCCEED();
}

}  // namespace
}  // namespace longtake::io
