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
    memory_bytes_ -= memory_.front().data.size();
    memory_.pop_front();
  }
}

bool EventHub::concerns(const Audience& audience, const Remembered& news) {
  if (news.user) return news.user == audience.user;
  if (news.organization != audience.organization) return false;
  return news.event == me_event || audience.permissions.contains(access::Permission::watch);
}

std::uint64_t EventHub::remember(const News& news) {
  if (!news.key.empty()) {
    const auto old = std::find_if(memory_.begin(), memory_.end(), [&](const auto& r) {
      return r.organization == news.organization && r.user == news.user && r.key == news.key;
    });
    if (old != memory_.end()) {
      memory_bytes_ -= old->data.size();
      memory_.erase(old);
    }
  }
  memory_.push_back({.id = next_id_,
                     .organization = news.organization,
                     .user = news.user,
                     .event = std::string{news.event},
                     .key = std::string{news.key},
                     .data = std::string{news.data},
                     .at = clock_.now()});
  memory_bytes_ += news.data.size();
  return next_id_++;
}

void EventHub::tell(const News& news, Then then) {
  std::vector<std::shared_ptr<http::EventStream>> streams;
  std::string id;
  {
    std::lock_guard lock{mutex_};
    id = format_id(remember(news));
    const auto& remembered = memory_.back();
    for (const auto& [number, listener] : listeners_)
      if (concerns(listener.audience, remembered))
        if (auto stream = listener.stream.lock()) streams.push_back(std::move(stream));
    forget_old();
  }
  // Outside the lock: a stream that closes calls back into us.
  for (const auto& stream : streams) {
    stream->send(news.event, id, news.data);
    if (then == Then::close) stream->close();
  }
}

void EventHub::publish(OrganizationId organization, std::string_view event, std::string_view key,
                       std::string_view data) {
  tell({.organization = organization, .event = event, .key = key, .data = data}, Then::go_on);
}

void EventHub::tell_changed(UserId user) {
  tell({.user = user, .event = me_event, .key = me_event, .data = "{}"}, Then::close);
}

void EventHub::tell_changed(OrganizationId organization) {
  tell({.organization = organization, .event = me_event, .key = me_event, .data = "{}"}, Then::go_on);
}

void EventHub::tell_signed_out(UserId user, std::optional<access::SessionId> session) {
  std::vector<std::shared_ptr<http::EventStream>> streams;
  std::string id;
  {
    std::lock_guard lock{mutex_};
    id = format_id(next_id_ - 1);
    for (const auto& [number, listener] : listeners_)
      if (listener.audience.user == user && (!session || listener.audience.session == *session))
        if (auto stream = listener.stream.lock()) streams.push_back(std::move(stream));
  }
  for (const auto& stream : streams) {
    stream->send("signed-out", id, "{}");
    stream->close();
  }
}

std::shared_ptr<http::EventStream> EventHub::open(const Audience& audience, std::string_view last_id) {
  auto stream =
      http::EventStream::create({.queue_limit = options_.remembered_bytes + (std::size_t{256} << 10)});
  std::uint64_t number = 0;
  {
    std::lock_guard lock{mutex_};
    if (listeners_.size() >= options_.streams) return nullptr;
    forget_old();
    const auto last = parse_event_id(last_id, epoch_);
    if (!last || *last < forgotten_ || *last >= next_id_) {
      stream->send("reset", format_id(next_id_ - 1), "{}");
    } else {
      for (const auto& r : memory_)
        if (r.id > *last && concerns(audience, r)) stream->send(r.event, format_id(r.id), r.data);
    }
    number = next_listener_++;
    listeners_.emplace(number, Listener{audience, stream});
  }
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
