#pragma once
// The connections of one page, as a browser holds them: kept open, one request at a time on each.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace longtake::bench {

using Tcp = boost::asio::ip::tcp;

/// Where one page is, and to whom it speaks.
struct Seat {
  Tcp::endpoint server;
  boost::asio::ip::address own;
  std::string cookie;  ///< empty: none is sent
};

/// The whole request as Chromium writes it. `extra` are further header lines, each with its end.
std::string request_text(const Seat& seat, std::string_view method, std::string_view target,
                         std::string_view extra = {}, std::string_view body = {});

struct Answer {
  int status = 0;  ///< 0: the connection broke
  std::uint64_t bytes = 0;
};

/// Bodies are counted and thrown away by the kernel: what it costs to read them is not of interest.
class Link {
 public:
  using Done = std::function<void(Answer)>;

  Link(boost::asio::io_context& context, const Seat& seat) : seat_(seat), socket_(context) {}

  bool busy() const { return busy_; }
  void ask(std::string text, Done done);

 private:
  void send();
  void wait();
  void read();
  bool read_head();
  bool parse_head(std::size_t end);
  void finish(int status);

  const Seat& seat_;  // of the page, which outlives its connections
  Tcp::socket socket_;
  std::string text_, head_;
  Done done_;
  bool busy_ = false, in_body_ = false, closes_ = false, fresh_ = false;
  int status_ = 0;
  std::uint64_t length_ = 0, got_ = 0;
};

/// The stream of the server's events.
class EventLink {
 public:
  using Told = std::function<void(std::string_view event, std::string_view data)>;

  EventLink(boost::asio::io_context& context, const Seat& seat, Told told)
      : seat_(seat), socket_(context), told_(std::move(told)) {}
  void open();

  std::uint64_t events() const { return events_; }
  bool broken() const { return broken_; }

 private:
  void read();
  void take_lines();

  const Seat& seat_;
  Tcp::socket socket_;
  Told told_;
  std::string text_, event_;
  std::array<char, 16384> buffer_{};
  std::uint64_t events_ = 0;
  bool broken_ = false;
};

}  // namespace longtake::bench
