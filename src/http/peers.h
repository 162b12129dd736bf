#pragma once
// Who is at the other end: whom to believe about forwarded addresses, and how many connections each address
// may have.

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "io/address.h"

namespace longtake::http {

/// Proxies whose X-Forwarded-* fields are believed.
class TrustedProxies {
 public:
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  bool trusts(const io::Address& address) const;
  /// Sets `remote` (to the peer, or to the last address of X-Forwarded-For that is not a trusted proxy) and
  /// `secure`.
  void identify(const io::Address& peer, Request& request) const;

 private:
  std::vector<io::Network> networks_;
};

/// Counts open connections by client: an IPv4 address, or an IPv6 network of 64 bits. Thread-safe.
class ConnectionLimits {
 public:
  struct Options {
    std::size_t total = 10'000;
    std::size_t per_address = 256;
    std::size_t per_trusted = 4'096;
  };
  explicit ConnectionLimits(Options options) : options_(options) {}

  enum class Verdict { admitted, address_full, server_full };
  /// An admitted connection must be released. Loopback counts as trusted.
  Verdict admit(const io::Address& peer, const TrustedProxies& proxies);
  void release(const io::Address& peer);
  std::size_t open() const;

 private:
  const Options options_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::map<io::Address, std::size_t> by_address_;  // of client networks
};

}  // namespace longtake::http
