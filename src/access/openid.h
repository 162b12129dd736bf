#pragma once
// Sign-in with an OpenID provider: what a browser is sent out with, and whom it comes back as. Any thread;
// blocks on the database and the network.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/openid_provider.h"
#include "access/throttle.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace longtake::storage::sql {
class Database;
}

namespace longtake::access {

/// Site-wide: a provider's account belongs to a person, whatever organization they act in. People are not
/// made here: an account is linked to who has its verified e-mail address.
class OpenId {
 public:
  static constexpr std::chrono::minutes life{10};  ///< of a sign-in under way

  OpenId(storage::sql::Database& database, const Clock& clock, const std::vector<OpenIdSettings>& settings,
         std::string site_url);

  std::vector<OpenIdSettings> providers() const;

  struct Begun {
    std::string url;      ///< where the browser goes
    std::string binding;  ///< what it keeps meanwhile: without it, its answer is somebody else's
  };
  /// `binding` is what this browser holds already, or empty. not_found: no such provider; invalid: `next` is
  /// not a path of this site; full, named "too-many": this address began too many that came to nothing;
  /// unavailable: the provider does not answer, or too many sign-ins are under way.
  struct Beginning {
    std::string provider;
    std::string next;
    std::string binding;
    std::string address;  ///< of the client, as Tries counts it
  };
  Result<Begun> begin(const Beginning& beginning);
  /// How long the next one must wait.
  std::optional<std::chrono::seconds> wait(const std::string& address);

  struct Answer {
    std::string provider;
    std::string code;
    std::string state;
    std::string error;   ///< what the provider says instead of a code
    std::string issuer;  ///< RFC 9207
    std::string binding;
    std::string address;  ///< of the client, as Tries counts it
    std::string remote;   ///< of the client, for the audit
  };
  struct Finished {
    UserId user;
    bool claimed = false;  ///< what opened the account until now has ended: see ProviderLink
    std::string next;
  };
  /// not_found: no such provider. Other errors are named for the page: "provider-expired" (not begun by this
  /// browser, or too long ago), "provider-refused" (the person or the provider said no), "provider-unknown"
  /// (nobody here has this address), "provider-unverified" (it does not say that the address is theirs),
  /// "provider-failed".
  Result<Finished> finish(const Answer& answer);

 private:
  struct Attempt {
    std::string nonce, verifier, next;
  };
  OpenIdProvider* find(std::string_view id);
  std::string redirect_url(std::string_view id) const;
  Result<Attempt> take_attempt(const Answer& answer);

  storage::sql::Database& database_;
  const Clock& clock_;
  const std::string site_url_;
  std::vector<std::unique_ptr<OpenIdProvider>> providers_;
  /// Threads that wait for a provider: few, so that a slow one does not hold up everything else.
  std::atomic<int> talking_{0};
  /// Those begun and not finished: nobody fills the table of them from one address.
  Throttle beginnings_;
};

}  // namespace longtake::access
