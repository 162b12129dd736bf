#pragma once
// A client that writes bytes to a socket and reads what comes, for the tests of the server: real sockets, no
// sleeps.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace longtake::http {

struct WireAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

class WireClient {
 public:
  struct Options {
    int receive_buffer = 0;  // SO_RCVBUF, 0: the system's
  };

  explicit WireClient(std::uint16_t port) : WireClient(port, Options{}) {}
  WireClient(std::uint16_t port, Options options)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};  // only so that a failing test ends
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (options.receive_buffer > 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof(int));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }

  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// GET (or another method) with Host and the further header lines, each ending in CRLF.
  WireAnswer ask(const std::string& target, const std::string& headers = "",
                 const std::string& method = "GET") {
    send(method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
    return read_answer(method == "HEAD");
  }

  /// Until the blank line; status 0 when the connection ended before.
  WireAnswer read_head() {
    WireAnswer answer;
    const auto head = read_until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 ")) return answer;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    std::size_t at = head.find("\r\n") + 2;
    while (at + 2 < head.size()) {
      const auto end = head.find("\r\n", at), colon = head.find(": ", at);
      if (end == std::string::npos || colon == std::string::npos || end <= at) break;
      std::string name = head.substr(at, colon - at);
      for (char& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      answer.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return answer;
  }

  WireAnswer read_answer(bool headless = false) {
    auto answer = read_head();
    if (headless || answer.status == 204 || answer.status == 304 || answer.status == 100) return answer;
    const auto length = answer.header("content-length");
    answer.body = length.empty() ? "" : read_exactly(std::stoull(length));
    return answer;
  }

  /// Up to and with `end`; what came before the connection ended otherwise.
  std::string read_until(std::string_view end) {
    std::size_t at;
    while ((at = pending_.find(end)) == std::string::npos)
      if (!receive()) return std::exchange(pending_, {});
    auto text = pending_.substr(0, at + end.size());
    pending_.erase(0, at + end.size());
    return text;
  }

  std::string read_exactly(std::size_t size) {
    while (pending_.size() < size)
      if (!receive()) break;
    auto text = pending_.substr(0, size);
    pending_.erase(0, text.size());
    return text;
  }

  /// Everything until the other side closes.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(pending_, {});
  }

  /// Waits; true when the other side has closed (or reset) and sent nothing more.
  bool closed() { return pending_.empty() && !receive() && !timed_out_; }

  void hang_up() { socket_ = Fd{}; }

 private:
  bool receive() {
    char bytes[65536];
    const auto n = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) timed_out_ = true;
    if (n <= 0) return false;
    pending_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  Fd socket_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string pending_;
};

}  // namespace longtake::http
