// g++ 12 sees new and delete of a coroutine frame as a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include <boost/asio/post.hpp>

#include "http/exchange.h"
#include "http/head.h"
#include "http/live_connection.h"

namespace longtake::http {
namespace {

constexpr auto linger_time = std::chrono::seconds{2};

WallTime wall_now() {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

}  // namespace

void Connection::limit(std::chrono::milliseconds time) {
  const auto& o = core_->options;
  // The watch is armed no farther ahead than the shortest limit, so that a shorter one never needs it
  // rearmed.
  const auto grain = std::min({o.header_timeout, o.body_timeout, o.idle_timeout, o.stall_timeout});
  deadline_.set(time, grain);
}

void Connection::time_is_over() {
  if (send_queue_moves()) {
    limit(core_->options.stall_timeout);
    return;
  }
  deadline_.expire();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

// A slow reader empties the kernel's queue long before the socket counts as writable again: that is progress
// too.
bool Connection::send_queue_moves() {
  int unsent = 0;
  if (unsent_ == 0 || ::ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) != 0) return false;
  const bool moved = unsent < unsent_;
  unsent_ = unsent;
  return moved;
}

asio::awaitable<bool> Connection::respond(const Asked& asked, Response response, bool keep_alive,
                                          SteadyClock::time_point began) {
  const Request& request = asked.request;
  const int status = response.status;
  auto head = format_head(response, {.request_id = request.id,
                                     .now = wall_now(),
                                     .keep_alive = keep_alive,
                                     .old_client = asked.old_client,
                                     .secure = request.secure});
  const auto stream = response.body.events();
  const bool headless = request.method == Method::head || status == 204 || status == 304;
  ++core_->metrics.answers[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))];
  std::uint64_t sent = 0;
  bool whole = false;
  {
    if (headless || stream) response.body = {};
    Sender sender{std::move(head), std::move(response.body)};
    whole = co_await send(sender);
    sent = sender.sent();
    if (!sender.own_failure().empty())
      core_->log.error("an answer was broken off",
                       {{"id", request.id}, {"path", told_path(request)}, {"error", sender.own_failure()}});
  }
  if (stream && (headless || !whole)) stream->abandon();
  if (stream && whole && !headless) co_await stream_events(stream, sent);
  core_->metrics.bytes_sent += sent;
  if (core_->log.enabled(LogLevel::debug)) {
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began);
    core_->log.debug("request answered", {{"id", request.id},
                                          {"method", to_string(request.method)},
                                          {"path", told_path(request)},
                                          {"status", status},
                                          {"bytes", sent},
                                          {"us", duration.count()},
                                          {"remote", request.remote.to_string()},
                                          {"whole", whole}});
  }
  co_return whole;
}

asio::awaitable<bool> Connection::send(Sender& sender) {
  const int fd = socket_.native_handle();
  std::uint64_t before = UINT64_MAX;
  bool done = false;
  while (!done) {
    const auto progress = cut_ ? Sender::Progress::failed : sender.advance(fd, core_->options.turn_bytes);
    switch (progress) {
      case Sender::Progress::done:
        done = true;
        break;
      case Sender::Progress::failed:
        co_return false;
      case Sender::Progress::turn_over:
        co_await asio::post(socket_.get_executor(), asio::use_awaitable);
        break;
      case Sender::Progress::cold: {
        // A full lane only means that the disk is read here.
        std::function<void()> warm = [&sender] { sender.warm(); };
        const bool warmed = co_await run_on(core_->warm, std::move(warm));
        if (!warmed) sender.warm();
        break;
      }
      case Sender::Progress::blocked: {
        if (sender.sent() != before) {
          before = sender.sent();
          ::ioctl(fd, SIOCOUTQ, &unsent_);
          limit(core_->options.stall_timeout);
        }
        const auto [error] = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
        if (error) {
          if (deadline_.expired()) ++core_->metrics.stalled;
          co_return false;
        }
      }
    }
  }
  unsent_ = 0;
  co_return true;
}

asio::awaitable<void> Connection::stream_events(std::shared_ptr<EventStream> stream, std::uint64_t& sent) {
  ++core_->metrics.event_streams;
  deadline_.clear();
  events_ = stream;
  watch_peer();
  stream->on_ready([weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      const auto self = weak.lock();
      if (!self || !self->events_) return;
      self->woken_ = true;
      self->wake_.cancel();
      boost::system::error_code ignored;
      if (self->events_->overflowed()) self->socket_.cancel(ignored);
    });
  });
  if (finishing_) stream->close();
  while (!peer_gone_ && !cut_) {
    const bool closed = stream->closed();
    woken_ = false;
    auto text = stream->take();
    if (!text.empty()) {
      Sender sender{std::move(text), std::string{}};
      const bool whole = co_await send(sender);
      sent += sender.sent();
      if (!whole) break;
      deadline_.clear();
      continue;
    }
    if (closed) break;
    if (woken_) continue;
    wake_.expires_after(core_->options.heartbeat);
    const auto [error] = co_await wake_.async_wait(as_result);
    if (!error) stream->beat();
  }
  stream->abandon();
  events_ = nullptr;
  --core_->metrics.event_streams;
}

bool Connection::peer_has_gone() {
  char byte = 0;
  const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// While an answer is made or events flow nothing is read; this notices a client that hangs up meanwhile. A
// pipelined request ends the watch: who sends is there.
void Connection::watch_peer() {
  if (watching_) return;
  watching_ = true;
  socket_.async_wait(tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->watching_ = false;
                       if (error || !self->peer_has_gone()) return;
                       self->peer_gone_ = true;
                       if (self->answering_) ++self->core_->metrics.given_up;
                       self->gone_.request_stop();
                       self->wake_.cancel();
                     });
}

// Closing with unread bytes would reset the connection and could take our last answer with it: read them away
// first.
asio::awaitable<void> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  limit(std::chrono::duration_cast<std::chrono::milliseconds>(linger_time));
  constexpr std::size_t enough = std::size_t{16} << 20;
  for (std::size_t dropped = 0; dropped < enough;) {
    reader_.drop_unparsed();
    const bool some = co_await fill(body_read_size);
    if (!some) break;
    dropped += body_read_size;
  }
}

}  // namespace longtake::http
