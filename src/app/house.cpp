#include "app/house.h"

#include "api/channel_news.h"
#include "api/standing.h"

namespace longtake::app {
namespace {

using namespace std::chrono_literals;

/// Channels edited by a command beside the server are noticed this soon.
constexpr auto look_interval = 2s;
/// And people changed by one, or sessions that expired, after so many looks.
constexpr int looks_between_audiences = 2;
/// What has ended is let go at the start, and about once an hour.
constexpr int looks_between_expiries = 1'800;

}  // namespace

House::House(api::Context& context, io::Executor& net)
    : context_(context), net_(net), people_news_(context.audit), lane_(io::Lane::Options{.name = "house"}) {}

House::~House() {
  stop();
}

void House::start() {
  status_token_ = context_.supervisor.subscribe(
      [this](const ingest::ChannelStatus& status) { state_changed(status.channel); });
  if (!lane_.try_post([this] { look(); })) look_later();
}

void House::stop() {
  {
    std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  timer_.cancel();
  status_token_.reset();
  lane_.stop(io::Lane::Stop::drop);
}

void House::look_later() {
  std::lock_guard lock{mutex_};
  if (stopped_) return;
  timer_ = net_.after(look_interval, [this] {
    if (lane_.try_post([this] { look(); })) return;
    context_.log.warn("too busy to look after channels, later again");
    look_later();
  });
}

void House::look() {
  look_for_edits();
  publish_moving_edges();
  publish_changed();
  publish_people();
  context_.coverage_news.tell(context_.events);
  if (looks_ % looks_between_expiries == 0) expire();
  if (++looks_ % looks_between_audiences == 0) api::look_at_audiences(context_);
  look_later();
}

/// Rows may be changed by a command beside us; the supervisor ignores what it knows already.
void House::look_for_edits() {
  const auto all = context_.channels.all();
  if (!all) {
    context_.log.warn("channels cannot be read", {{"error", all.error().story()}});
    return;
  }
  auto gone = seen_;
  for (const auto& channel : *all) {
    gone.erase(channel.id);
    auto& known = seen_[channel.id];
    if (known.version == channel.version && known.enabled == channel.enabled) continue;
    known.organization = channel.organization;
    known.version = channel.version;
    known.enabled = channel.enabled;
    context_.supervisor.channel_changed(channel);
    api::publish_channel(context_, channel);
  }
  for (const auto& [id, known] : gone) {
    context_.supervisor.channel_removed(id);
    api::publish_channel_removed(context_, known.organization, id);
    seen_.erase(id);
  }
}

void House::publish_moving_edges() {
  if (!context_.events.has_listeners()) return;
  const auto all = context_.channels.all();
  if (!all) {
    context_.log.warn("moving edges not told to pages", {{"error", all.error().story()}});
    return;
  }
  std::vector<api::EventHub::News> news;
  for (const auto& channel : *all) {
    const auto newest = context_.archive.newest(channel.id);
    const auto known = seen_.find(channel.id);
    // One that was made this instant is seen by the next look.
    if (known == seen_.end() || known->second.published == newest) continue;
    known->second.published = newest;
    news.push_back(api::news_of(context_, channel));
  }
  context_.events.publish(std::move(news));
}

void House::state_changed(ChannelId id) {
  {
    std::lock_guard lock{mutex_};
    if (stopped_) return;
    changed_.insert(id);
    if (std::exchange(telling_, true)) return;
  }
  if (lane_.try_post([this] { publish_changed(); })) return;
  std::lock_guard lock{mutex_};
  telling_ = false;  // the next look tells
}

void House::publish_changed() {
  std::set<ChannelId> changed;
  {
    std::lock_guard lock{mutex_};
    telling_ = false;
    changed.swap(changed_);
  }
  std::vector<api::EventHub::News> news;
  for (const auto id : changed) {
    const auto channel = context_.channels.find_anywhere(id);
    if (!channel)
      context_.log.warn("state change not told to pages",
                        {{"channel", id}, {"error", channel.error().story()}});
    else if (*channel)
      news.push_back(api::news_of(context_, **channel));
  }
  context_.events.publish(std::move(news));
}

void House::publish_people() {
  const auto told = people_news_.tell(context_.events);
  if (!told) context_.log.warn("changes of people not told to pages", {{"error", told.error().story()}});
}

/// Rows of sessions, links, shares and jobs that are over and kept no longer.
void House::expire() {
  const auto removed = context_.privacy.expire();
  if (!removed)
    context_.log.warn("what has ended is not removed", {{"error", removed.error().story()}});
  else if (*removed > 0)
    context_.log.info("removed what has ended", {{"rows", *removed}});
  const auto forgotten = context_.coverage.expire();
  if (!forgotten)
    context_.log.warn("what was watched long ago is not forgotten", {{"error", forgotten.error().story()}});
  else if (*forgotten > 0)
    context_.log.info("forgot what was watched long ago", {{"rows", *forgotten}});
  const auto jobs = context_.clips.forget_jobs();
  if (!jobs)
    context_.log.warn("jobs that ended long ago are not forgotten", {{"error", jobs.error().story()}});
  else if (*jobs > 0)
    context_.log.info("forgot jobs that ended long ago", {{"rows", *jobs}});
}

}  // namespace longtake::app
