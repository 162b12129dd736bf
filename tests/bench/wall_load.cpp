#include "wall_load.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "processor_time.h"
#include "wall_page.h"

namespace longtake::bench {
namespace {

constexpr auto frame = std::chrono::microseconds{16'667};

double at_share(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::uint64_t events_of(const std::vector<std::unique_ptr<Page>>& pages) {
  std::uint64_t sum = 0;
  for (const auto& page : pages) {
    if (page->lost_events()) fail("the stream of events broke");
    sum += page->events();
  }
  return sum;
}

}  // namespace

LoadFigures run_load(const WallPlan& plan, const Load& load) {
  boost::asio::io_context context{1};
  Tally tally;
  std::vector<std::unique_ptr<Page>> pages;
  for (int i = 0; i < load.editors; ++i)
    pages.push_back(std::make_unique<Page>(context, load, plan, i, tally));
  for (auto& page : pages)
    page->open();

  const auto begin = Steady::now() + load.warm_up;
  const auto end = begin + load.measured;
  Steady::time_point counted{};
  std::uint64_t events_before = 0;
  std::map<std::string, double> cpu_before;
  boost::asio::steady_timer timer{context};
  std::function<void()> tick = [&] {
    const auto now = Steady::now();
    if (!tally.counts && now >= begin) {
      tally.counts = true;
      counted = now;
      events_before = events_of(pages);
      cpu_before = cpu_ms_by_thread(load.pid);
    }
    if (now >= end) return context.stop();
    for (auto& page : pages)
      page->tick(now);
    timer.expires_at(now + frame);
    timer.async_wait([&](const boost::system::error_code&) { tick(); });
  };
  tick();
  context.run();

  auto& figures = tally.figures;
  for (const auto& [name, ms] : cpu_ms_by_thread(load.pid))
    figures.cpu_ms[name] = ms - cpu_before[name];
  figures.seconds = std::chrono::duration<double>(Steady::now() - counted).count();
  figures.events = events_of(pages) - events_before;
  figures.median_ms = at_share(tally.answer_ms, 0.5);
  figures.p95_ms = at_share(tally.answer_ms, 0.95);
  return figures;
}

}  // namespace longtake::bench
