#include "ingest/http_pipe.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ingest/thread.h"

namespace longtake::ingest {

struct HttpPipe::State {
  Options options;
  std::stop_source cancel;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::byte> ring;
  std::size_t from = 0, size = 0;
  std::optional<Status> over;
  std::optional<Thread> thread;  // last: joined before the rest goes

  explicit State(Options o) : options(std::move(o)), ring(options.capacity) {}

  void run() {
    io::HttpClient client{options.http};
    io::HttpRequest request{
        .url = options.url, .headers = {}, .body_limit = UINT64_MAX, .timeout = std::chrono::milliseconds{0}};
    const auto response = client.get(
        request, [this](std::span<const std::byte> bytes) { return push(bytes); }, cancel.get_token());
    const std::lock_guard lock{mutex};
    if (!response.ok())
      over = Status{response.error()};
    else if (response->status < 200 || response->status >= 300)
      over = make_error(Code::unavailable, "the server answers with status {}", response->status);
    else
      over = Status{};
    changed.notify_all();
  }

  bool push(std::span<const std::byte> bytes) {
    std::unique_lock lock{mutex};
    while (!bytes.empty()) {
      if (!changed.wait(lock, cancel.get_token(), [this] { return size < ring.size(); })) return false;
      const auto to = (from + size) % ring.size();
      const auto room = std::min({bytes.size(), ring.size() - size, ring.size() - to});
      std::copy_n(bytes.begin(), room, ring.begin() + static_cast<std::ptrdiff_t>(to));
      size += room;
      bytes = bytes.subspan(room);
      changed.notify_all();
    }
    return true;
  }
};

HttpPipe::HttpPipe(Options options) : state_(std::make_unique<State>(std::move(options))) {
  state_->thread.emplace(state_->options.thread_name, [state = state_.get()] { state->run(); });
}

HttpPipe::~HttpPipe() {
  state_->cancel.request_stop();
  state_->thread.reset();
}

Result<std::size_t> HttpPipe::read(std::span<std::byte> into, const std::stop_token& stop) {
  auto& s = *state_;
  std::unique_lock lock{s.mutex};
  if (!s.changed.wait(lock, stop, [&s] { return s.size > 0 || s.over; }))
    return make_error(Code::unavailable, "stopped");
  if (s.size == 0) {
    if (!s.over->ok()) return s.over->error();
    return std::size_t{0};
  }
  const auto size = std::min({into.size(), s.size, s.ring.size() - s.from});
  std::copy_n(s.ring.begin() + static_cast<std::ptrdiff_t>(s.from), size, into.begin());
  s.from = (s.from + size) % s.ring.size();
  s.size -= size;
  s.changed.notify_all();
  return size;
}

}  // namespace longtake::ingest
