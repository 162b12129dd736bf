#include "api/event_hub.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace longtake::api {
namespace {

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

void EventHub::publish(OrganizationId organization, std::string_view event, std::string_view key,
                       std::string_view data) {
  std::vector<std::shared_ptr<http::EventStream>> streams;
  std::string id;
  {
    std::lock_guard lock{mutex_};
    if (!key.empty()) {
      const auto old = std::find_if(memory_.begin(), memory_.end(), [&](const auto& r) {
        return r.organization == organization && r.key == key;
      });
      if (old != memory_.end()) {
        memory_bytes_ -= old->data.size();
        memory_.erase(old);
      }
    }
    memory_.push_back(
        {next_id_, organization, std::string{event}, std::string{key}, std::string{data}, clock_.now()});
    memory_bytes_ += data.size();
    id = format_id(next_id_++);
    forget_old();
    for (const auto& [number, listener] : listeners_)
      if (listener.organization == organization)
        if (auto stream = listener.stream.lock()) streams.push_back(std::move(stream));
  }
  // Outside the lock: a stream that closes calls back into us.
  for (const auto& stream : streams)
    stream->send(event, id, data);
}

std::shared_ptr<http::EventStream> EventHub::open(OrganizationId organization, std::string_view last_id) {
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
        if (r.id > *last && r.organization == organization) stream->send(r.event, format_id(r.id), r.data);
    }
    number = next_listener_++;
    listeners_.emplace(number, Listener{organization, stream});
  }
  stream->on_close([this, number] {
    std::lock_guard lock{mutex_};
    listeners_.erase(number);
  });
  return stream;
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
