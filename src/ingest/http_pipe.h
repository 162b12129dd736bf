#pragma once
// An endless HTTP body (MPEG-TS, radio) that can be pulled: a thread of its own pushes what libcurl receives
// into a small ring. Full-queue rule: the thread waits, so TCP slows the server down.

#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "io/http_client.h"

namespace longtake::ingest {

class HttpPipe {
 public:
  struct Options {
    std::string url;
    io::HttpClient::Options http;
    std::size_t capacity = 256u << 10;
    std::string thread_name;
  };
  explicit HttpPipe(Options options);
  /// Cancels the request and joins its thread.
  ~HttpPipe();
  HttpPipe(const HttpPipe&) = delete;
  HttpPipe& operator=(const HttpPipe&) = delete;

  /// Waits for bytes; 0 at the end of the body. Errors as the request had them, or unavailable "stopped".
  Result<std::size_t> read(std::span<std::byte> into, const std::stop_token& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longtake::ingest
