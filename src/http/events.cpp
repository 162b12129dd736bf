#include "http/events.h"

#include <utility>

namespace longtake::http {
namespace {

// A line break inside `event` or `id` would begin another field.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  for (const char c : value)
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  out += '\n';
}

}  // namespace

std::string format_event(std::string_view event, std::string_view id, std::string_view data) {
  std::string out;
  out.reserve(event.size() + id.size() + data.size() + 32);
  if (!event.empty()) append_field(out, "event: ", event);
  if (!id.empty()) append_field(out, "id: ", id);
  while (true) {
    const auto line = data.substr(0, data.find('\n'));
    append_field(out, "data: ", line);
    if (line.size() == data.size()) break;
    data.remove_prefix(line.size() + 1);
  }
  out += '\n';
  return out;
}

std::shared_ptr<EventStream> EventStream::create(Options options) {
  return std::make_shared<EventStream>(options);
}

bool EventStream::send(std::string_view event, std::string_view id, std::string_view data) {
  return send(format_event(event, id, data));
}

bool EventStream::send(std::string_view events) {
  std::unique_lock lock{mutex_};
  if (closed_) return false;
  if (queue_.size() + events.size() > options_.queue_limit) {
    queue_.clear();
    queue_.shrink_to_fit();
    overflowed_ = true;
    finish(std::move(lock));
    return false;
  }
  const bool was_empty = queue_.empty();
  queue_ += events;
  const auto wake = was_empty ? wake_ : nullptr;
  lock.unlock();
  if (wake) wake();
  return true;
}

void EventStream::close() {
  std::unique_lock lock{mutex_};
  if (!closed_) finish(std::move(lock));
}

void EventStream::abandon() {
  std::unique_lock lock{mutex_};
  queue_.clear();
  if (!closed_) finish(std::move(lock));
}

void EventStream::finish(std::unique_lock<std::mutex> lock) {
  closed_ = true;
  const auto wake = std::exchange(wake_, nullptr);
  const auto callback = std::exchange(closed_callback_, nullptr);
  lock.unlock();
  if (wake) wake();
  if (callback) callback();
}

bool EventStream::closed() const {
  std::lock_guard lock{mutex_};
  return closed_;
}

bool EventStream::overflowed() const {
  std::lock_guard lock{mutex_};
  return overflowed_;
}

void EventStream::on_close(std::function<void()> callback) {
  {
    std::lock_guard lock{mutex_};
    if (!closed_) {
      closed_callback_ = std::move(callback);
      return;
    }
  }
  callback();
}

std::string EventStream::take() {
  std::lock_guard lock{mutex_};
  return std::exchange(queue_, {});
}

void EventStream::beat() {
  std::lock_guard lock{mutex_};
  if (!closed_ && queue_.empty()) queue_ = ":\n\n";
}

void EventStream::on_ready(std::function<void()> wake) {
  bool now = false;
  {
    std::lock_guard lock{mutex_};
    now = closed_ || !queue_.empty();
    if (!closed_) wake_ = wake;
  }
  if (now && wake) wake();
}

}  // namespace longtake::http
