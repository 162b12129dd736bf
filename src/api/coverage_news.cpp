#include "api/coverage_news.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace longtake::api {

void CoverageNews::changed(OrganizationId organization, ChannelId channel) {
  std::lock_guard lock{mutex_};
  auto& news = news_[channel];
  news.organization = organization;
  news.waits = true;
}

void CoverageNews::tell(EventHub& events) {
  const auto now = clock_.now();
  std::vector<EventHub::News> due;
  {
    std::lock_guard lock{mutex_};
    for (auto it = news_.begin(); it != news_.end();) {
      auto& [channel, news] = *it;
      const bool rested = now >= news.told + pause;
      if (news.waits && rested) {
        due.push_back({.organization = news.organization,
                       .event = "coverage",
                       .key = fmt::format("coverage/{}", channel),
                       .data = fmt::format(R"({{"channelId":"{}"}})", channel)});
        news.waits = false;
        news.told = now;
      } else if (!news.waits && rested) {
        it = news_.erase(it);
        continue;
      }
      ++it;
    }
  }
  events.publish(std::move(due));
}

}  // namespace longtake::api
