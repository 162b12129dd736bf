#include "api/event_hub.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace longtake::api {
namespace {

constexpr std::string_view me_event = "me";

/// "epoch-number" -> number, when the epoch is ours.
std::optional<std::uint64_t> parse_event_id(std::string_view text, std::int64_t epoch) {
  const auto prefix = fmt::format("{}-", epoch);
  if (!text.starts_with(prefix)) return {};
  text.remove_prefix(prefix.size());
  std::uint64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc{} || end != text.data() + text.size()) return {};
  return id;
}

EventHub::News news_of(OrganizationId organization, std::string_view event, std::string_view key,
                       std::string_view data, access::Permission needs) {
  return {.organization = organization,
          .event = std::string{event},
          .key = std::string{key},
          .data = std::string{data},
          .needs = needs};
}

}  // namespace

EventHub::EventHub(const Clock& clock, Options options)
    : clock_(clock), options_(options), epoch_(to_us(clock.now())) {}

EventHub::~EventHub() {
  close_all();
}

std::string EventHub::format_id(std::uint64_t id) const {
  return fmt::format("{}-{}", epoch_, id);
}

void EventHub::forget_old() {
  const auto horizon = clock_.now() - options_.remember;
  while (!memory_.empty() && (memory_.front().at < horizon || memory_bytes_ > options_.remembered_bytes)) {
    forgotten_ = memory_.front().id;
    memory_bytes_ -= memory_.front().news.data.size();
    memory_.pop_front();
  }
}

bool EventHub::concerns(const Audience& audience, const News& news) {
  if (news.user) return news.user == audience.user;
  if (news.organization && news.organization != audience.organization) return false;
  return news.event == me_event || audience.permissions.contains(news.needs);
}

const EventHub::Remembered* EventHub::remember(News news) {
  if (!news.key.empty()) {
    const auto old = std::find_if(memory_.begin(), memory_.end(), [&](const auto& r) {
      return r.news.organization == news.organization && r.news.user == news.user && r.news.key == news.key;
    });
    if (old != memory_.end()) {
      if (old->news.last) return nullptr;
      memory_bytes_ -= old->news.data.size();
      memory_.erase(old);
    }
  }
  memory_bytes_ += news.data.size();
  memory_.push_back({.id = next_id_++, .news = std::move(news), .at = clock_.now()});
  return &memory_.back();
}

void EventHub::tell(std::vector<News> all, Then then) {
  struct Told {
    const Audience* audience;
    std::shared_ptr<http::EventStream> stream;
    std::string text;
  };
  std::lock_guard sending{sending_};
  std::vector<Told> told;
  {
    std::lock_guard lock{mutex_};
    for (const auto& [number, listener] : listeners_)
      if (auto stream = listener.stream.lock()) told.push_back({&listener.audience, std::move(stream), {}});
    for (auto& news : all) {
      const auto* remembered = remember(std::move(news));
      if (remembered == nullptr) continue;
      const auto& what = remembered->news;
      const auto text = http::format_event(what.event, format_id(remembered->id), what.data);
      for (auto& each : told)
        if (concerns(*each.audience, what)) each.text += text;
    }
    forget_old();
  }
  // Outside the lock: a stream that closes calls back into us.
  for (const auto& each : told) {
    if (each.text.empty()) continue;
    each.stream->send(each.text);
    if (then == Then::close) each.stream->close();
  }
}

void EventHub::tell(News news, Then then) {
  std::vector<News> one;
  one.push_back(std::move(news));
  tell(std::move(one), then);
}

void EventHub::publish(std::vector<News> news) {
  if (!news.empty()) tell(std::move(news), Then::go_on);
}

void EventHub::publish(OrganizationId organization, std::string_view event, std::string_view key,
                       std::string_view data, access::Permission needs) {
  tell(news_of(organization, event, key, data, needs), Then::go_on);
}

void EventHub::publish_last(OrganizationId organization, std::string_view event, std::string_view key,
                            std::string_view data, access::Permission needs) {
  auto news = news_of(organization, event, key, data, needs);
  news.last = true;
  tell(std::move(news), Then::go_on);
}

void EventHub::tell_changed(UserId user) {
  tell({.event = std::string{me_event}, .key = std::string{me_event}, .data = "{}", .user = user},
       Then::close);
}

void EventHub::tell_changed(OrganizationId organization) {
  tell({.organization = organization,
        .event = std::string{me_event},
        .key = std::string{me_event},
        .data = "{}"},
       Then::go_on);
}

void EventHub::tell_signed_out(access::SessionId session) {
  sign_out([&](const Audience& audience) { return audience.session == session; });
}

void EventHub::tell_signed_out(access::TokenId token) {
  sign_out([&](const Audience& audience) { return audience.token == token; });
}

void EventHub::tell_sessions_ended(UserId user) {
  sign_out([&](const Audience& audience) { return audience.user == user && !audience.token; });
}

void EventHub::tell_barred(UserId user) {
  sign_out([&](const Audience& audience) { return audience.user == user; });
}

void EventHub::sign_out(const std::function<bool(const Audience&)>& whom) {
  std::lock_guard sending{sending_};
  std::vector<std::shared_ptr<http::EventStream>> streams;
  std::string id;
  {
    std::lock_guard lock{mutex_};
    id = format_id(next_id_ - 1);
    for (const auto& [number, listener] : listeners_)
      if (whom(listener.audience))
        if (auto stream = listener.stream.lock()) streams.push_back(std::move(stream));
  }
  for (const auto& stream : streams) {
    stream->send("signed-out", id, "{}");
    stream->close();
  }
}

/// The oldest stream of somebody who has as many as one may have; forgotten, to be closed. Under mutex_.
std::shared_ptr<http::EventStream> EventHub::make_room_for(UserId user) {
  std::size_t count = 0;
  auto oldest = listeners_.end();
  for (auto at = listeners_.begin(); at != listeners_.end(); ++at) {
    if (at->second.audience.user != user) continue;
    if (count++ == 0) oldest = at;
  }
  if (count < options_.streams_per_person) return nullptr;
  auto stream = oldest->second.stream.lock();
  listeners_.erase(oldest);
  return stream;
}

std::shared_ptr<http::EventStream> EventHub::open(const Audience& audience, std::string_view last_id) {
  auto stream =
      http::EventStream::create({.queue_limit = options_.remembered_bytes + (std::size_t{256} << 10)});
  std::uint64_t number = 0;
  std::shared_ptr<http::EventStream> replaced;
  {
    std::lock_guard lock{mutex_};
    replaced = make_room_for(audience.user);
    if (listeners_.size() >= options_.streams) return nullptr;
    forget_old();
    const auto last = parse_event_id(last_id, epoch_);
    if (!last || *last < forgotten_ || *last >= next_id_) {
      stream->send("reset", format_id(next_id_ - 1), "{}");
    } else {
      for (const auto& r : memory_)
        if (r.id > *last && concerns(audience, r.news))
          stream->send(r.news.event, format_id(r.id), r.news.data);
    }
    number = next_listener_++;
    listeners_.emplace(number, Listener{audience, stream});
  }
  if (replaced) replaced->close();
  stream->on_close([this, number] {
    std::lock_guard lock{mutex_};
    listeners_.erase(number);
  });
  return stream;
}

std::uint64_t EventHub::newest() const {
  std::lock_guard lock{mutex_};
  return next_id_ - 1;
}

std::vector<EventHub::Audience> EventHub::audiences() const {
  std::vector<Audience> out;
  std::lock_guard lock{mutex_};
  for (const auto& [number, listener] : listeners_)
    if (std::find(out.begin(), out.end(), listener.audience) == out.end()) out.push_back(listener.audience);
  return out;
}

bool EventHub::has_listeners() const {
  std::lock_guard lock{mutex_};
  return !listeners_.empty();
}

void EventHub::close_all() {
  std::vector<std::shared_ptr<http::EventStream>> streams;
  {
    std::lock_guard lock{mutex_};
    for (const auto& [number, listener] : listeners_)
      if (auto stream = listener.stream.lock()) streams.push_back(std::move(stream));
  }
  for (const auto& stream : streams)
    stream->close();
}

}  // namespace longtake::api
