// One connection: reads requests, has them answered, sends. The only file that sees Beast, which here only
// parses. Everything of a connection runs on its strand, except handlers on their lanes.
//
// g++ 12 destroys temporaries of a co_await expression twice when a condition is in it: give them names.

// g++ 12 sees new and delete of a coroutine frame as a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/connection.h"
#include "http/deadline.h"
#include "http/exchange.h"
#include "http/head.h"
#include "http/problem.h"
#include "http/sender.h"

namespace longtake::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

using Parser = beast::http::request_parser<beast::http::string_body>;
using SteadyClock = std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 4096;
constexpr std::size_t body_read_size = std::size_t{64} << 10;
constexpr auto linger_time = std::chrono::seconds{2};

WallTime wall_now() {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

/// Runs `work` on the lane; false when the lane is full. Resumes on the coroutine's executor.
asio::awaitable<bool> run_on(io::Lane& lane, std::function<void()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
      [&lane](auto handler, std::function<void()> task) {
        const auto executor = asio::get_associated_executor(handler);
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        io::Lane::Task posted = [executor, resume, task = std::move(task)]() mutable {
          task();
          task = nullptr;
          asio::post(executor, [resume = std::move(resume)] { std::move (*resume)(true); });
        };
        if (!lane.try_post(std::move(posted))) asio::post(executor, [resume] { std::move (*resume)(false); });
      },
      asio::use_awaitable, std::move(work));
}

class Connection final : public Live, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, tcp::socket socket, io::Address peer)
      : core_(std::move(core)),
        socket_(std::move(socket)),
        peer_(peer),
        deadline_(socket_.get_executor()),
        wake_(socket_.get_executor()) {}

  static asio::awaitable<void> serve(std::shared_ptr<Connection> self);
  static asio::awaitable<void> turn_away(std::shared_ptr<Connection> self, int status);

  void finish() override;
  void cut() override;
  /// Ends what waits on the socket or the clock. On the strand.
  void release();

 private:
  enum class Read { done, closed, timed_out, failed };
  struct Asked {
    Request request;
    bool keep_alive = false;
    bool old_client = false;
    bool has_body = false;
  };

  asio::awaitable<bool> serve_one();
  asio::awaitable<Read> read_header();
  asio::awaitable<Read> read_body(std::size_t limit);
  asio::awaitable<bool> fill(std::size_t size);
  asio::awaitable<Response> answer(const Router::Route& route, const Request& request);
  asio::awaitable<bool> respond(const Asked& asked, Response response, bool keep_alive,
                                SteadyClock::time_point began);
  asio::awaitable<bool> send(Sender& sender);
  asio::awaitable<void> stream_events(std::shared_ptr<EventStream> stream, std::uint64_t& sent);
  asio::awaitable<void> refuse(Response response);
  asio::awaitable<void> linger();

  Asked take_request();
  Response why_no_header(Read outcome) const;
  Response why_no_body(Read outcome, std::size_t body_limit) const;
  bool peer_has_gone();
  void watch_peer();
  void start();
  void limit(std::chrono::milliseconds time);
  void time_is_over();
  bool send_queue_moves();

  const std::shared_ptr<Core> core_;
  tcp::socket socket_;
  const io::Address peer_;
  Deadline deadline_;
  asio::steady_timer wake_;  // of event streams
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  beast::error_code parse_error_;
  std::shared_ptr<EventStream> events_;
  std::stop_source gone_;  // of the request under way
  int unsent_ = 0;         // kernel's send queue when last looked at
  bool idle_ = false;
  bool finishing_ = false;
  bool cut_ = false;
  bool peer_gone_ = false;
  bool woken_ = false;
  bool watching_ = false;
};

void Connection::start() {
  socket_.non_blocking(true);
  socket_.set_option(tcp::no_delay(true));
  deadline_.on_passed([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->time_is_over();
  });
}

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

asio::awaitable<bool> Connection::fill(std::size_t size) {
  const auto room = std::min(size, buffer_.max_size() - buffer_.size());
  if (room == 0) co_return false;
  const auto [error, n] = co_await socket_.async_read_some(buffer_.prepare(room), as_result);
  buffer_.commit(n);
  co_return !error && n > 0 && !cut_;
}

asio::awaitable<Connection::Read> Connection::read_header() {
  const auto& o = core_->options;
  parser_.emplace();
  parser_->eager(false);
  parser_->header_limit(static_cast<std::uint32_t>(o.header_limit));
  parser_->body_limit(boost::none);  // the route decides
  parse_error_ = {};
  buffer_.max_size(o.header_limit + body_read_size);
  if (buffer_.size() == 0) {
    if (finishing_) co_return Read::closed;
    idle_ = true;
    limit(o.idle_timeout);
    const bool some = co_await fill(read_size);
    idle_ = false;
    if (!some) co_return Read::closed;
  }
  limit(o.header_timeout);
  while (!parser_->is_header_done()) {
    const auto used = parser_->put(buffer_.data(), parse_error_);
    buffer_.consume(used);
    if (!parse_error_) continue;
    if (parse_error_ != beast::http::error::need_more) co_return Read::failed;
    parse_error_ = {};
    const bool some = co_await fill(read_size);
    if (!some) co_return deadline_.expired() ? Read::timed_out : Read::closed;
  }
  co_return parser_->get().target().size() > o.url_limit ? Read::failed : Read::done;
}

asio::awaitable<Connection::Read> Connection::read_body(std::size_t body_limit) {
  parser_->eager(true);
  parser_->body_limit(body_limit);
  limit(core_->options.body_timeout);
  while (!parser_->is_done()) {
    if (buffer_.size() > 0) {
      const auto used = parser_->put(buffer_.data(), parse_error_);
      buffer_.consume(used);
      if (parse_error_ && parse_error_ != beast::http::error::need_more) co_return Read::failed;
      if (parser_->is_done()) break;
      if (!parse_error_ && used > 0) continue;
      parse_error_ = {};
    }
    const bool some = co_await fill(body_read_size);
    if (!some) co_return deadline_.expired() ? Read::timed_out : Read::closed;
  }
  co_return Read::done;
}

Response Connection::why_no_header(Read outcome) const {
  if (outcome == Read::timed_out) return problem(408, "the request did not come in time");
  const auto& o = core_->options;
  if (!parse_error_) return problem(414, fmt::format("the address is longer than {} bytes", o.url_limit));
  if (parse_error_ == beast::http::error::header_limit) {
    // Without a target yet it is the request line that is too long.
    if (parser_->get().target().empty())
      return problem(414, fmt::format("the address is longer than {} bytes", o.url_limit));
    return problem(431, fmt::format("the header is longer than {} bytes", o.header_limit));
  }
  if (parse_error_ == beast::http::error::bad_version) return problem(505, "HTTP/1.1 is spoken here");
  return problem(400, "this is not an HTTP request: " + parse_error_.message());
}

Response Connection::why_no_body(Read outcome, std::size_t body_limit) const {
  if (outcome == Read::timed_out) return problem(408, "the body did not come in time");
  if (parse_error_ == beast::http::error::body_limit)
    return problem(413, fmt::format("the body is longer than {} bytes", body_limit));
  return problem(400, "the body is malformed");
}

Connection::Asked Connection::take_request() {
  const auto& message = parser_->get();
  Asked asked{.keep_alive = message.keep_alive(),
              .old_client = message.version() < 11,
              .has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0};
  Request& request = asked.request;
  const auto method = message.method_string();
  request.method = parse_method({method.data(), method.size()});
  request.target = {message.target().data(), message.target().size()};
  for (const auto& field : message)
    request.headers.add({field.name_string().data(), field.name_string().size()},
                        {field.value().data(), field.value().size()});
  request.id = core_->next_request_id();
  core_->proxies.identify(peer_, request);
  gone_ = std::stop_source{};
  request.stop = gone_.get_token();
  return asked;
}

// Sends an answer after which the connection closes because the request cannot be told from what follows it.
asio::awaitable<void> Connection::refuse(Response response) {
  Asked asked;
  asked.request.id = core_->next_request_id();
  asked.request.method = Method::other;
  asked.request.remote = peer_;
  const bool sent = co_await respond(asked, std::move(response), false, SteadyClock::now());
  if (sent) co_await linger();
}

// One request and its answer. False: close.
asio::awaitable<bool> Connection::serve_one() {
  const Read header = co_await read_header();
  const auto began = SteadyClock::now();
  if (header == Read::closed) co_return false;
  if (header != Read::done) {
    auto refusal = why_no_header(header);
    co_await refuse(std::move(refusal));
    co_return false;
  }

  Asked asked = take_request();
  Plan planned = plan(core_->router, asked.request, !asked.old_client);
  std::optional<Response> early;
  if (!planned.route) {
    early = std::move(planned.answer);
  } else if (parser_->content_length().value_or(0) > planned.route->options.body_limit) {
    early = problem(413, fmt::format("the body is longer than {} bytes", planned.route->options.body_limit));
  }
  if (early) {
    // A body that is not read would be taken for the next request.
    const bool keep = asked.keep_alive && !asked.has_body && !finishing_;
    const bool sent = co_await respond(asked, std::move(*early), keep, began);
    if (sent && asked.has_body) co_await linger();
    co_return sent&& keep;
  }
  if (asked.has_body) {
    const auto expect = asked.request.headers.find("Expect");
    if (expect && !asked.old_client && buffer_.size() == 0) {
      Sender go_on{"HTTP/1.1 100 Continue\r\n\r\n", std::string{}};
      const bool sent = co_await send(go_on);
      if (!sent) co_return false;
    }
    const Read body = co_await read_body(planned.route->options.body_limit);
    if (body == Read::closed) co_return false;
    if (body != Read::done) {
      auto refusal = why_no_body(body, planned.route->options.body_limit);
      co_await refuse(std::move(refusal));
      co_return false;
    }
    asked.request.body = std::move(parser_->get().body());
  }
  parser_.reset();
  deadline_.clear();
  Response response = co_await answer(*planned.route, asked.request);
  if (cut_) co_return false;
  const bool keep = asked.keep_alive && !finishing_ && !response.body.events();
  const bool sent = co_await respond(asked, std::move(response), keep, began);
  co_return sent&& keep;
}

asio::awaitable<Response> Connection::answer(const Router::Route& route, const Request& request) {
  io::Lane* lane = core_->lane_of(route.options.run);
  if (!lane) co_return run_handler(route.handler, request, core_->log);
  const bool decode = route.options.run == Run::decode;
  if (decode) {
    watch_peer();
    ++core_->metrics.decode_waiting;
  }
  // Lives in this frame until the lane is done with it: run_on resumes only after the work.
  Response response;
  std::function<void()> work = [this, decode, &route, &request, &response] {
    if (decode) --core_->metrics.decode_waiting;
    // A player that scrubs gives up most of the pictures it asked for: do not make those.
    if (decode && gone_.stop_requested())
      response = overloaded();
    else
      response = run_handler(route.handler, request, core_->log);
  };
  const bool ran = co_await run_on(*lane, std::move(work));
  if (!ran) {
    if (decode) --core_->metrics.decode_waiting;
    ++core_->metrics.overloaded;
    co_return overloaded();
  }
  co_return response;
}

asio::awaitable<bool> Connection::respond(const Asked& asked, Response response, bool keep_alive,
                                          SteadyClock::time_point began) {
  const Request& request = asked.request;
  const int status = response.status;
  auto head = format_head(response, {.request_id = request.id,
                                     .now = wall_now(),
                                     .keep_alive = keep_alive,
                                     .old_client = asked.old_client});
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
    if (sender.file_failed())
      core_->log.error("a file is shorter than what was promised of it",
                       {{"id", request.id}, {"path", request.path}});
  }
  if (stream && (headless || !whole)) stream->abandon();
  if (stream && whole && !headless) co_await stream_events(stream, sent);
  core_->metrics.bytes_sent += sent;
  if (core_->hooks.access) {
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began);
    const std::string_view target = request.target;
    core_->hooks.access({.id = request.id,
                         .method = to_string(request.method),
                         .path = target.substr(0, target.find('?')),
                         .status = status,
                         .bytes = sent,
                         .duration = duration,
                         .remote = request.remote.to_string(),
                         .cut = !whole});
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
                       if (!self->events_) ++self->core_->metrics.given_up;
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
    buffer_.consume(buffer_.size());
    const bool some = co_await fill(body_read_size);
    if (!some) break;
    dropped += buffer_.size();
  }
}

asio::awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
  ++self->core_->metrics.connections_open;
  self->start();
  bool more = true;
  while (more && !self->cut_)
    more = co_await self->serve_one();
}

asio::awaitable<void> Connection::turn_away(std::shared_ptr<Connection> self, int status) {
  self->start();
  const bool busy = status == 503;
  auto answer =
      problem(status, busy ? "the server has too many connections" : "too many connections from one address");
  co_await self->refuse(std::move(answer));
}

void Connection::release() {
  gone_.request_stop();
  deadline_.cancel();
  wake_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Connection::finish() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->finishing_ = true;
    self->gone_.request_stop();
    if (self->events_) self->events_->close();
    boost::system::error_code ignored;
    if (self->idle_) self->socket_.cancel(ignored);
  });
}

void Connection::cut() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->finishing_ = self->cut_ = true;
    self->gone_.request_stop();
    self->wake_.cancel();
    boost::system::error_code ignored;
    self->socket_.cancel(ignored);
  });
}

}  // namespace

void open_connection(std::shared_ptr<Core> core, tcp::socket socket, io::Address peer, Welcome welcome) {
  const auto executor = socket.get_executor();
  auto connection = std::make_shared<Connection>(core, std::move(socket), peer);
  const bool serve = welcome == Welcome::serve;
  if (!core->enter(connection.get(), connection)) {
    if (serve) core->limits.release(peer);
    return;
  }
  if (!serve) ++core->turning_away;
  auto work = serve ? Connection::serve(connection)
                    : Connection::turn_away(connection, welcome == Welcome::address_full ? 429 : 503);
  asio::co_spawn(executor, std::move(work), [core, connection, peer, serve](std::exception_ptr failure) {
    if (failure) core->log.error("a connection ended by an exception");
    connection->release();
    if (serve) {
      core->limits.release(peer);
      --core->metrics.connections_open;
    } else {
      --core->turning_away;
    }
    core->leave(connection.get());
  });
}

}  // namespace longtake::http
