// g++ 12 sees new and delete of a coroutine frame as a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include "http/server.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/connection.h"
#include "http/core.h"
#include "io/file.h"

namespace longtake::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr int turned_away_limit = 64;

tcp::endpoint to_asio(const io::Endpoint& endpoint) {
  return {asio::ip::make_address(endpoint.address.to_string()), endpoint.port};
}

Error listen_error(const boost::system::error_code& error, const std::string& where) {
  if (error == asio::error::address_in_use)
    return make_error(Code::conflict, "address {} is in use: stop the other program or pass --listen", where);
  if (error == asio::error::access_denied)
    return make_error(Code::forbidden, "may not listen on {}: pass --listen with a port above 1023", where);
  return io::os_error(error.value(), "listen on", where);
}

/// One listening socket. Lives as a coroutine on its net thread; `close` ends it.
class Listener final : public Live, public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<Core> core, io::Executor& net)
      : core_(std::move(core)), acceptor_(net.context()), net_(net) {}

  Status open(const std::string& where) {
    LT_TRY(const auto endpoint, io::Endpoint::parse(where));
    boost::system::error_code error;
    const auto at = to_asio(endpoint);
    if (acceptor_.open(at.protocol(), error)) return listen_error(error, where);
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!endpoint.address.is_v4()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (acceptor_.bind(at, error)) return listen_error(error, where);
    if (acceptor_.listen(1024, error)) return listen_error(error, where);
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  void start() {
    if (!core_->enter(this, weak_from_this())) return;
    asio::co_spawn(
        acceptor_.get_executor(),
        [](std::shared_ptr<Listener> self) { return self->accept(self); }(shared_from_this()),
        [self = shared_from_this()](std::exception_ptr failure) {
          if (failure) self->core_->log.error("no more connections are accepted", {{"port", self->port_}});
          self->core_->leave(self.get());
        });
  }

  std::uint16_t port() const { return port_; }

  void finish() override {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->acceptor_.close(ignored);
    });
  }
  void cut() override { finish(); }

 private:
  asio::awaitable<void> accept(std::shared_ptr<Listener> self) {
    asio::steady_timer pause{acceptor_.get_executor()};
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(net_.context(), as_result);
      const bool welcomed = error || self->try_welcome(std::move(socket));
      const bool refused = error && acceptor_.is_open() && error != asio::error::connection_aborted;
      if (refused || !welcomed) {
        // Out of descriptors or memory: those are freed by connections that close, not by trying harder.
        core_->log.warn("cannot accept connections", {{"port", port_}, {"error", error.message()}});
        pause.expires_after(std::chrono::milliseconds{200});
        co_await pause.async_wait(as_result);
      }
    }
  }

  /// What throws here (no memory for another connection) is no reason to take none any more.
  bool try_welcome(tcp::socket socket) {
    try {
      welcome(std::move(socket));
      return true;
    } catch (const std::exception& e) {
      core_->log.error("a connection was not taken", {{"port", port_}, {"error", e.what()}});
    } catch (...) {
      core_->log.error("a connection was not taken", {{"port", port_}});
    }
    return false;
  }

  void welcome(tcp::socket socket) {
    const auto peer_fd = socket.native_handle();
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(peer_fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
    const auto peer = io::Address::from(reinterpret_cast<const sockaddr&>(address));
    auto welcome = Welcome::serve;
    switch (core_->limits.admit(peer, core_->proxies)) {
      case ConnectionLimits::Verdict::admitted:
        break;
      case ConnectionLimits::Verdict::address_full:
        welcome = Welcome::address_full;
        break;
      case ConnectionLimits::Verdict::server_full:
        welcome = Welcome::server_full;
        break;
    }
    if (welcome == Welcome::serve) {
      ++core_->metrics.connections_accepted;
    } else {
      ++core_->metrics.connections_refused;
      if (core_->turning_away >= turned_away_limit) return;  // not even told
    }
    open_connection(core_, std::move(socket), peer, welcome);
  }

  const std::shared_ptr<Core> core_;
  tcp::acceptor acceptor_;
  io::Executor& net_;
  std::uint16_t port_ = 0;
};

}  // namespace

class Server::Impl {
 public:
  std::shared_ptr<Core> core;
  std::vector<std::shared_ptr<Listener>> listeners;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router, io::Executor& net,
                                              Log& log) {
  LT_TRY(auto proxies, TrustedProxies::parse(options.trusted_proxies));
  const auto addresses = options.listen;
  auto impl = std::make_unique<Impl>();
  impl->core = std::make_shared<Core>(std::move(options), std::move(router), std::move(proxies), log);
  for (const auto& where : addresses) {
    auto listener = std::make_shared<Listener>(impl->core, net);
    LT_CHECK(listener->open(where));
    impl->listeners.push_back(std::move(listener));
  }
  for (const auto& listener : impl->listeners)
    listener->start();
  return std::unique_ptr<Server>{new Server{std::move(impl)}};
}

Server::~Server() {
  stop(std::chrono::milliseconds{0});
}

std::uint16_t Server::port(std::size_t i) const {
  return impl_->listeners.at(i)->port();
}

void Server::begin_stop() {
  impl_->core->finish_all();
}

void Server::stop(std::chrono::milliseconds patience) {
  Core& core = *impl_->core;
  while (!try_stop({.answers = patience, .handlers = std::chrono::seconds{5}}))
    core.log.warn("a request handler does not stop", {{"running", core.limits.open()}});
}

bool Server::try_stop(StopLimits limits) {
  Core& core = *impl_->core;
  core.finish_all();
  if (!core.wait_until_empty(limits.answers)) {
    core.cut_all();
    if (!core.wait_until_empty(limits.handlers)) return false;
  }
  core.pooled.stop(io::Lane::Stop::drain);
  core.decode.stop(io::Lane::Stop::drain);
  core.warm.stop(io::Lane::Stop::drain);
  return true;
}

std::shared_ptr<const Metrics> Server::metrics() const {
  return {impl_->core, &impl_->core->metrics};
}

}  // namespace longtake::http
