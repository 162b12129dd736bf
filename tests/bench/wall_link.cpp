#include "wall_link.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <charconv>
#include <utility>

#include "wall_plan.h"

namespace longtake::bench {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t head_limit = 16384;
constexpr std::size_t body_piece = std::size_t{4} << 20;

void connect(Tcp::socket& socket, const Seat& seat) {
  error_code error;
  socket.close(error);
  socket.open(Tcp::v4());
  socket.set_option(asio::socket_base::reuse_address(true));
  socket.bind({seat.own, 0}, error);
  if (error) fail("cannot speak from " + seat.own.to_string() + ": " + error.message());
  socket.connect(seat.server, error);
  if (error) fail("nothing answers at the server's address: " + error.message());
  socket.set_option(Tcp::no_delay(true));
  socket.non_blocking(true);
}

/// Empty when there is none; names are compared as both servers write them.
std::string_view header(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  if (at == head.npos) return {};
  const auto from = at + name.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

}  // namespace

std::string request_text(const Seat& seat, std::string_view method, std::string_view target,
                         std::string_view extra, std::string_view body) {
  auto text = fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: keep-alive\r\n"
      "sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\n"
      "sec-ch-ua-platform: \"Linux\"\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
      "Safari/537.36\r\nAccept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n"
      "Sec-Fetch-Dest: empty\r\nReferer: http://{}:{}/watch\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
      "Accept-Language: en-US,en;q=0.9\r\n",
      method, target, seat.server.address().to_string(), seat.server.port(),
      seat.server.address().to_string(), seat.server.port());
  if (!seat.cookie.empty()) text += fmt::format("Cookie: {}\r\n", seat.cookie);
  if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
  text += extra;
  return text.append("\r\n").append(body);
}

void Link::ask(std::string text, Done done) {
  text_ = std::move(text);
  done_ = std::move(done);
  busy_ = true;
  fresh_ = !socket_.is_open() || closes_;
  if (fresh_) connect(socket_, seat_);
  send();
}

void Link::send() {
  closes_ = in_body_ = false;
  head_.clear();
  got_ = length_ = 0;
  status_ = 0;
  error_code error;
  asio::write(socket_, asio::buffer(text_), error);  // a request fits into the socket at once
  if (error) return finish(0);
  wait();
}

void Link::wait() {
  socket_.async_wait(Tcp::socket::wait_read, [this](const error_code& error) {
    if (error)
      finish(0);
    else
      read();
  });
}

void Link::read() {
  if (!in_body_ && !read_head()) return;
  while (got_ < length_) {
    // With MSG_TRUNC the bytes of a TCP stream are dropped, not copied.
    const auto n = ::recv(socket_.native_handle(), nullptr,
                          std::min<std::uint64_t>(length_ - got_, body_piece), MSG_TRUNC | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait();
    if (n <= 0) return finish(0);
    got_ += static_cast<std::uint64_t>(n);
  }
  finish(status_);
}

/// True when the head is whole.
bool Link::read_head() {
  std::array<char, head_limit> buffer;
  const auto n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait(), false;
  if (n <= 0) {
    // The server may close a connection between two requests; a browser sends the second again.
    if (head_.empty() && !std::exchange(fresh_, true)) {
      connect(socket_, seat_);
      return send(), false;
    }
    return finish(0), false;
  }
  head_.append(buffer.data(), static_cast<std::size_t>(n));
  const auto end = head_.find("\r\n\r\n");
  if (end == head_.npos) return wait(), false;
  return parse_head(end);
}

bool Link::parse_head(std::size_t end) {
  const std::string_view head = std::string_view{head_}.substr(0, end + 2);
  std::from_chars(head.data() + 9, head.data() + 12, status_);
  const auto length = header(head, "Content-Length: ");
  std::from_chars(length.data(), length.data() + length.size(), length_);
  closes_ = header(head, "Connection: ") == "close";
  got_ = head_.size() - end - 4;
  in_body_ = true;
  return true;
}

void Link::finish(int status) {
  busy_ = false;
  if (status == 0) closes_ = true;
  const auto done = std::exchange(done_, nullptr);
  done({.status = status, .bytes = got_});
}

void EventLink::open() {
  connect(socket_, seat_);
  error_code error;
  asio::write(socket_,
              asio::buffer(request_text(seat_, "GET", "/api/v1/events", "Cache-Control: no-cache\r\n")),
              error);
  read();
}

void EventLink::read() {
  socket_.async_read_some(asio::buffer(buffer_), [this](const error_code& error, std::size_t n) {
    if (error) {
      broken_ = true;
      return;
    }
    text_.append(buffer_.data(), n);
    take_lines();
    read();
  });
}

void EventLink::take_lines() {
  std::size_t from = 0;
  for (auto end = text_.find('\n'); end != text_.npos; end = text_.find('\n', from)) {
    const auto line = std::string_view{text_}.substr(from, end - from);
    from = end + 1;
    if (line.starts_with("event: ")) event_ = line.substr(7);
    if (!line.starts_with("data: ")) continue;
    ++events_;
    told_(event_, line.substr(6));
  }
  text_.erase(0, from);
}

}  // namespace longtake::bench
