#pragma once
// What is said between this site and one OpenID provider: its document, its keys, and the exchange of a code
// for who somebody is (OpenID Connect Core 3.1, Discovery 4, RFC 7636). Blocks on the network.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/id_token.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::io {
struct HttpRequest;
}

namespace longtake::access {

struct OpenIdSettings {
  std::string id;      ///< as the settings and addresses of this site name it: "company"
  std::string issuer;  ///< as the provider writes it
  std::string client;
  std::string secret;  ///< empty: a public client
  std::string label;   ///< what the button says; empty: the id
  bool operator==(const OpenIdSettings&) const = default;
};
/// invalid names the setting and the mend. An issuer is at https, or on this machine.
Status check_openid_settings(const OpenIdSettings& settings);

/// Thread-safe. Its document and keys are kept for an hour.
class OpenIdProvider {
 public:
  OpenIdProvider(OpenIdSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  const OpenIdSettings& settings() const { return settings_; }

  struct Question {
    std::string redirect_url;
    std::string state;
    std::string nonce;
    std::string verifier;
  };
  /// Where the browser goes to be asked. unavailable: no document can be had.
  Result<std::string> ask(const Question& question);

  struct Answer {
    std::string code;
    std::string issuer;  ///< as the browser brought it (RFC 9207); may be empty
    std::string redirect_url;
    std::string nonce;
    std::string verifier;
  };
  /// unavailable: the provider does not answer; forbidden: what it says does not fit.
  Result<IdClaims> exchange(const Answer& answer);

 private:
  struct Document {
    std::string authorization, token, keys, user_info;
    bool posts_secret = false;  ///< client_secret_post, for want of client_secret_basic
    bool names_issuer = false;  ///< its answers always say "iss"
    WallTime fetched;
  };
  struct Keys {
    KeySet set;
    WallTime fetched;
  };
  struct Tokens {
    std::string id, access;
  };
  Result<std::string> fetch(const io::HttpRequest& request) const;
  Result<Document> document();
  Result<Document> parse_document(std::string_view text) const;
  enum class Fresh { will_do_old, must_be };
  Result<KeySet> keys(const Document& document, Fresh fresh);
  Result<Tokens> exchange_code(const Document& document, const Answer& answer) const;
  Result<IdClaims> read_token(const Document& document, const std::string& token, const std::string& nonce);

  const OpenIdSettings settings_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<Document> document_;
  std::optional<Keys> keys_;
};

}  // namespace longtake::access
