#pragma once
// A tiny HTTP/1.1 server on loopback whose answers a test scripts.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace longtake::ingest::testing {

struct Reply {
  int status = 200;
  std::string body;
  std::string location;
  bool cut = false;  ///< close in the middle of the body
};

class HttpServer {
 public:
  /// Called with the path and its query, and the Range header's value; one call at a time.
  using Handler = std::function<Reply(const std::string& path, const std::string& range)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 16) != 0)
      std::abort();
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock{mutex_};
      for (const int fd : open_)
        ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : connections_)
      thread.join();
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }
  int connections() const { return accepted_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++accepted_;
      const std::lock_guard lock{mutex_};
      open_.push_back(fd);
      connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string in;
    char buffer[4096];
    while (true) {
      const auto end = in.find("\r\n\r\n");
      if (end == std::string::npos) {
        const auto n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0) break;
        in.append(buffer, static_cast<std::size_t>(n));
        continue;
      }
      const auto head = in.substr(0, end);
      in.erase(0, end + 4);
      if (!answer(fd, head)) break;
    }
    {
      const std::lock_guard lock{mutex_};
      open_.remove(fd);
    }
    ::close(fd);
  }

  bool answer(int fd, const std::string& head) {
    const auto path = head.substr(4, head.find(' ', 4) - 4);
    std::string range;
    if (const auto at = head.find("Range: "); at != std::string::npos)
      range = head.substr(at + 7, head.find("\r\n", at) - at - 7);
    Reply reply;
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(path);
      reply = handler_(path, range);
    }
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) +
                      " x\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n";
    if (!reply.location.empty()) out += "Location: " + reply.location + "\r\n";
    out += "\r\n" + (reply.cut ? reply.body.substr(0, reply.body.size() / 2) : reply.body);
    for (std::size_t sent = 0; sent < out.size();) {
      const auto n = ::send(fd, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return !reply.cut;
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_ = 0;
  mutable std::mutex mutex_;
  std::list<int> open_;                   // guarded
  std::vector<std::thread> connections_;  // guarded until the acceptor has returned
  std::vector<std::string> requests_;     // guarded
  std::thread acceptor_;
};

}  // namespace longtake::ingest::testing
