#pragma once
// Blocking HTTP(S) for source threads, over libcurl. One client keeps its connection alive between calls;
// it is cheap (no thread, one small buffer), so every source has its own. Only http and https, also after
// redirects.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/address.h"

namespace longtake::io {

/// Bytes of a resource: [first, last], or [first, end) without `last`.
struct ByteRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;
};

struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<ByteRange> range;
  /// Error `full` when the body is longer.
  std::uint64_t body_limit = std::uint64_t{64} << 20;
  /// For the whole call. Zero: none, for endless bodies (then only `stall` ends a dead transfer).
  std::chrono::milliseconds timeout{20'000};
};

struct HttpResponse {
  int status = 0;
  /// Names in lower case; of the last response when there were redirects.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Empty when a sink took it.
  std::string body;
  /// Where the redirects led: relative addresses in the body are relative to this.
  std::string final_url;

  std::optional<std::string_view> find_header(std::string_view lower_case_name) const;
};

/// One thread at a time.
class HttpClient {
 public:
  struct Options {
    std::string user_agent = "longtake";
    std::chrono::milliseconds connect_timeout{5'000};
    /// No byte for this long ends the call.
    std::chrono::seconds stall{15};
    int redirect_limit = 5;
    /// curl's receive buffer: memory per client against calls per byte.
    std::size_t receive_buffer = std::size_t{64} << 10;
    /// Asked after DNS resolution for every address about to be connected to, also after redirects. Empty:
    /// all.
    std::function<bool(const Address&)> allow_address;
    /// What to do about a refusal, for its error: "allow it with SETTING".
    std::string address_mend = "give a public one";
  };

  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Any HTTP status is a result; only a failure to get an answer is an error, with a one-line reason:
  /// invalid (address, scheme), forbidden (address refused by `allow_address`), unavailable (refused, unknown
  /// host, timeout, cancelled), full (body limit).
  Result<HttpResponse> get(const HttpRequest& request, std::stop_token stop = {});

  /// Posts `form` as application/x-www-form-urlencoded. A redirect is the answer: nothing is posted
  /// elsewhere.
  Result<HttpResponse> post(const HttpRequest& request, const std::string& form, std::stop_token stop = {});

  /// Hands the body of a 2xx answer on in pieces as it arrives. `sink` returns false to end the call early
  /// without an error. Bodies of other answers are collected into `body`, up to 64 KiB.
  using Sink = std::function<bool(std::span<const std::byte>)>;
  Result<HttpResponse> get(const HttpRequest& request, const Sink& sink, std::stop_token stop = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longtake::io
