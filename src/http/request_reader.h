#pragma once
// Makes requests of received bytes, one after the other. It has no socket: whoever has one feeds it. Its .cpp
// is the only file that sees Beast, whose parser it is.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "http/message.h"

namespace longtake::http {

class RequestReader {
 public:
  struct Limits {
    std::size_t header = std::size_t{16} << 10;
    std::size_t url = std::size_t{8} << 10;
  };
  enum class State { more, done, failed };

  explicit RequestReader(Limits limits);
  ~RequestReader();

  /// Where to receive the next bytes; empty when as much as may be buffered is.
  std::span<std::byte> room(std::size_t size);
  void received(std::size_t size);
  /// Bytes received and not yet parsed: of a pipelined request, perhaps.
  bool has_unparsed() const;
  /// Forgets them.
  void drop_unparsed();

  /// `more`: feed it and call again. Begins a new request when the last one is finished or was never begun.
  State read_header();
  /// After read_header was `done`.
  State read_body(std::size_t body_limit);
  /// After `failed`: 400, 413, 414, 431 or 505. What follows in the stream cannot be told apart any more.
  Response refusal() const;

  struct Head {
    /// method, target and headers are set.
    Request request;
    bool keep_alive = false;
    /// HTTP/1.0.
    bool old_client = false;
    bool has_body = false;
    /// 0 when chunked.
    std::uint64_t content_length = 0;
  };
  Head take_head() const;
  std::string take_body();
  /// Frees what the request took; the next read_header begins anew.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::http
