// g++ 12 sees new and delete of a coroutine frame as a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include "http/connection.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "http/exchange.h"
#include "http/live_connection.h"
#include "http/problem.h"

namespace longtake::http {
namespace {

constexpr std::size_t read_size = 4096;

}  // namespace

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

void Connection::start() {
  socket_.non_blocking(true);
  socket_.set_option(tcp::no_delay(true));
  deadline_.on_passed([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->time_is_over();
  });
}

asio::awaitable<bool> Connection::fill(std::size_t size) {
  const auto room = reader_.room(size);
  if (room.empty()) co_return false;
  const auto [error, n] = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
  reader_.received(n);
  co_return !error && n > 0 && !cut_;
}

asio::awaitable<Connection::Read> Connection::read_header() {
  if (!reader_.has_unparsed()) {
    if (finishing_) co_return Read::closed;
    idle_ = true;
    limit(core_->options.idle_timeout);
    const bool some = co_await fill(read_size);
    idle_ = false;
    if (!some) co_return Read::closed;
  }
  limit(core_->options.header_timeout);
  auto state = reader_.read_header();
  while (state == RequestReader::State::more) {
    const bool some = co_await fill(read_size);
    if (!some) co_return deadline_.expired() ? Read::timed_out : Read::closed;
    state = reader_.read_header();
  }
  co_return state == RequestReader::State::done ? Read::done : Read::failed;
}

asio::awaitable<Connection::Read> Connection::read_body(std::size_t body_limit) {
  limit(core_->options.body_timeout);
  auto state = reader_.read_body(body_limit);
  while (state == RequestReader::State::more) {
    const bool some = co_await fill(body_read_size);
    if (!some) co_return deadline_.expired() ? Read::timed_out : Read::closed;
    state = reader_.read_body(body_limit);
  }
  co_return state == RequestReader::State::done ? Read::done : Read::failed;
}

Connection::Asked Connection::take_request() {
  Asked asked = reader_.take_head();
  asked.request.id = core_->next_request_id();
  core_->proxies.identify(peer_, asked.request);
  gone_ = std::stop_source{};
  asked.request.stop = gone_.get_token();
  return asked;
}

Response Connection::refusal_of(Read outcome) const {
  return outcome == Read::timed_out ? problem(408, "the request did not come in time") : reader_.refusal();
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
    auto refusal = refusal_of(header);
    co_await refuse(std::move(refusal));
    co_return false;
  }

  Asked asked = take_request();
  Plan planned = plan(core_->router, asked.request, !asked.old_client);
  std::optional<Response> early;
  if (!planned.route) {
    early = std::move(planned.answer);
  } else if (asked.content_length > planned.route->options.body_limit) {
    early = problem(413, fmt::format("the body is longer than {} bytes", planned.route->options.body_limit));
  }
  if (early) {
    // A body that is not read would be taken for the next request.
    const bool keep = asked.keep_alive && !asked.has_body && !finishing_;
    const bool sent = co_await respond(asked, std::move(*early), keep, began);
    if (sent && asked.has_body) co_await linger();
    reader_.finish();
    co_return sent&& keep;
  }
  if (asked.has_body) {
    const auto expect = asked.request.headers.find("Expect");
    if (expect && !asked.old_client && !reader_.has_unparsed()) {
      Sender go_on{"HTTP/1.1 100 Continue\r\n\r\n", std::string{}};
      const bool sent = co_await send(go_on);
      if (!sent) co_return false;
    }
    const Read body = co_await read_body(planned.route->options.body_limit);
    if (body == Read::closed) co_return false;
    if (body != Read::done) {
      auto refusal = refusal_of(body);
      co_await refuse(std::move(refusal));
      co_return false;
    }
    asked.request.body = reader_.take_body();
  }
  reader_.finish();
  deadline_.clear();
  Response response = co_await answer(*planned.route, asked.request);
  if (cut_) co_return false;
  const bool keep = asked.keep_alive && !finishing_ && !response.body.events();
  const bool sent = co_await respond(asked, std::move(response), keep, began);
  co_return sent&& keep;
}

asio::awaitable<Response> Connection::answer(const Router::Route& route, const Request& request) {
  if (auto at_once = try_at_once(route, request)) {
    ++core_->metrics.answers_at_once;
    co_return *std::move(at_once);
  }
  io::Lane& lane = core_->lane_of(route.options.run);
  const bool decode = route.options.run == Run::decode;
  answering_ = true;
  if (decode || route.options.watched) watch_peer();
  if (decode) ++core_->metrics.decode_waiting;
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
  const bool ran = co_await run_on(lane, std::move(work));
  answering_ = false;
  if (!ran) {
    if (decode) --core_->metrics.decode_waiting;
    ++core_->metrics.overloaded;
    co_return overloaded();
  }
  co_return response;
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

void open_connection(std::shared_ptr<Core> core, tcp::socket socket, io::Address peer, Welcome welcome) {
  const bool serve = welcome == Welcome::serve;
  std::shared_ptr<Connection> connection;
  try {
    const auto executor = socket.get_executor();
    connection = std::make_shared<Connection>(core, std::move(socket), peer);
    if (!core->enter(connection.get(), connection)) {
      if (serve) core->limits.release(peer);
      return;
    }
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
  } catch (...) {  // it never began
    if (connection) core->leave(connection.get());
    if (serve) core->limits.release(peer);
    throw;
  }
  if (!serve) ++core->turning_away;
}

}  // namespace longtake::http
