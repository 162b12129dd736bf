#pragma once
// One connection: reads requests, has them answered, sends. Everything of a connection runs on its net
// thread, except handlers on their lanes. connection.cpp reads and answers, connection_send.cpp sends.
//
// g++ 12 destroys temporaries of a co_await expression twice when a condition is in it: give them names.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "http/core.h"
#include "http/deadline.h"
#include "http/request_reader.h"
#include "http/sender.h"

namespace longtake::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t body_read_size = std::size_t{64} << 10;

/// Runs `work` on the lane; false when the lane is full. Resumes on the coroutine's executor.
asio::awaitable<bool> run_on(io::Lane& lane, std::function<void()> work);

class Connection final : public Live, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, tcp::socket socket, io::Address peer)
      : core_(std::move(core)),
        socket_(std::move(socket)),
        peer_(peer),
        deadline_(socket_.get_executor()),
        wake_(socket_.get_executor()),
        reader_({.header = core_->options.header_limit, .url = core_->options.url_limit}) {}

  static asio::awaitable<void> serve(std::shared_ptr<Connection> self);
  static asio::awaitable<void> turn_away(std::shared_ptr<Connection> self, int status);

  void finish() override;
  void cut() override;
  /// Ends what waits on the socket or the clock. On that thread.
  void release();

 private:
  enum class Read { done, closed, timed_out, failed };
  using Asked = RequestReader::Head;

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
  Response refusal_of(Read outcome) const;
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
  RequestReader reader_;
  std::shared_ptr<EventStream> events_;
  std::stop_source gone_;  // of the request under way
  int unsent_ = 0;         // kernel's send queue when last looked at
  bool idle_ = false;
  bool finishing_ = false;
  bool cut_ = false;
  bool peer_gone_ = false;
  bool woken_ = false;
  bool watching_ = false;
  bool answering_ = false;  // a handler is at it
};

}  // namespace longtake::http
