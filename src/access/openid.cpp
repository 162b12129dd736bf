#include "access/openid.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "access/provider_link.h"
#include "access/secrets.h"
#include "storage/sql/database.h"

namespace longtake::access {
namespace {

using storage::sql::Session;

constexpr int most_talking = 3;
/// Many people may sign in behind one address at eight in the morning; who comes back is not counted.
constexpr int free_beginnings = 40;
constexpr std::int64_t most_attempts = 10'000;

constexpr std::string_view insert_attempt =
    "insert into openid_attempts (state_hash, provider, nonce, verifier, next, expires_us) values (?, ?, ?, "
    "?, ?, ?)";
constexpr std::string_view select_attempt =
    "select nonce, verifier, next from openid_attempts where state_hash = ? and provider = ? and expires_us "
    "> ?";
/// A turn at talking to a provider, given back at the end.
class Turn {
 public:
  explicit Turn(std::atomic<int>& talking) : talking_(talking), mine_(++talking <= most_talking) {}
  ~Turn() { --talking_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool mine() const { return mine_; }

 private:
  std::atomic<int>& talking_;
  const bool mine_;
};

Error too_busy() {
  return make_error(Code::unavailable,
                    "too many sign-ins with providers are under way: try again in a minute");
}

/// A path of this site's page, not an address that a browser would take for another site's, nor of the API.
bool is_own_path(std::string_view next) {
  if (!next.starts_with('/') || next.starts_with("/api/")) return false;
  // What a browser would make another path of.
  const auto path = next.substr(0, next.find_first_of("?#"));
  if (path.find("//") != path.npos || path.find("/.") != path.npos || path.find('%') != path.npos)
    return false;
  return std::none_of(next.begin(), next.end(),
                      [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '\\' || c >= 0x80; });
}

bool is_token(std::string_view text) {
  return text.size() == 43 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_';
         });
}

/// Row of an attempt: by what the address says and what the browser holds, so that neither alone is enough.
std::string state_hash(std::string_view state, std::string_view binding) {
  return hash_token(fmt::format("{}.{}", state, binding));
}

}  // namespace

OpenId::OpenId(storage::sql::Database& database, const Clock& clock,
               const std::vector<OpenIdSettings>& settings, std::string site_url)
    : database_(database),
      clock_(clock),
      site_url_(std::move(site_url)),
      beginnings_({.free_failures = free_beginnings}, clock) {
  for (const auto& one : settings)
    providers_.push_back(std::make_unique<OpenIdProvider>(one, clock));
}

std::vector<OpenIdSettings> OpenId::providers() const {
  std::vector<OpenIdSettings> out;
  for (const auto& provider : providers_)
    out.push_back(provider->settings());
  return out;
}

OpenIdProvider* OpenId::find(std::string_view id) {
  for (const auto& provider : providers_)
    if (provider->settings().id == id) return provider.get();
  return nullptr;
}

std::string OpenId::redirect_url(std::string_view id) const {
  return fmt::format("{}/api/v1/openid/{}/callback", site_url_, id);
}

Result<OpenId::Begun> OpenId::begin(const Beginning& beginning) {
  auto* const provider = find(beginning.provider);
  if (!provider) return make_error(Code::not_found, "there is no such provider");
  if (!is_own_path(beginning.next))
    return make_error(Code::invalid, "must be a path of this site's page, such as /channels");
  if (const auto pause = beginnings_.begin(beginning.address)) return too_many_tries(*pause);
  const Turn turn{talking_};
  if (!turn.mine()) return too_busy();
  const auto state = make_token(), nonce = make_token(), verifier = make_token();
  const auto binding = is_token(beginning.binding) ? beginning.binding : make_token();
  LT_TRY(auto url, provider->ask({.redirect_url = redirect_url(beginning.provider),
                                  .state = state,
                                  .nonce = nonce,
                                  .verifier = verifier}));
  const auto now = clock_.now();
  LT_CHECK(database_.write([&](Session& session) -> Status {
    LT_CHECK(session.execute("delete from openid_attempts where expires_us <= ?", now));
    LT_TRY(const auto open,
           session.find("select count(*) from openid_attempts", [](std::int64_t n) { return n; }));
    if (open.value_or(0) >= most_attempts) return too_busy();
    LT_CHECK(session.execute(insert_attempt, state_hash(state, binding), beginning.provider, nonce, verifier,
                             beginning.next, now + life));
    return {};
  }));
  return Begun{std::move(url), binding};
}

std::optional<std::chrono::seconds> OpenId::wait(const std::string& address) {
  return beginnings_.wait(address);
}

Result<OpenId::Attempt> OpenId::take_attempt(const Answer& answer) {
  const auto hash = state_hash(answer.state, answer.binding);
  LT_TRY(auto attempt, database_.write([&](Session& session) -> Result<std::optional<Attempt>> {
    LT_TRY(auto found, session.find(
                           select_attempt,
                           [](std::string nonce, std::string verifier, std::string next) {
                             return Attempt{std::move(nonce), std::move(verifier), std::move(next)};
                           },
                           hash, answer.provider, clock_.now()));
    LT_CHECK(session.execute("delete from openid_attempts where state_hash = ?", hash));
    return found;
  }));
  if (!attempt)
    return make_error(Code::forbidden, "this sign-in was not begun here, or took too long")
        .named("provider-expired");
  return *std::move(attempt);
}

Result<OpenId::Finished> OpenId::finish(const Answer& answer) {
  auto* const provider = find(answer.provider);
  if (!provider) return make_error(Code::not_found, "there is no such provider");
  // Before the attempt is used up: who finds us busy tries the same address again.
  const Turn turn{talking_};
  if (!turn.mine()) return too_busy().named("provider-failed");
  LT_TRY(auto attempt, take_attempt(answer));
  if (!answer.error.empty() || answer.code.empty())
    return make_error(Code::forbidden, "the provider says {}", answer.error.substr(0, 60))
        .named("provider-refused");
  auto claims = provider->exchange({.code = answer.code,
                                    .issuer = answer.issuer,
                                    .redirect_url = redirect_url(answer.provider),
                                    .nonce = attempt.nonce,
                                    .verifier = attempt.verifier});
  if (!claims) return std::move(claims).error().named("provider-failed");
  const Vouched vouched{provider->settings().issuer, *std::move(claims), answer.remote};
  LT_TRY(const auto link,
         database_.write([&](Session& session) { return find_or_link(session, vouched, clock_.now()); }));
  beginnings_.take_back(answer.address);
  return Finished{link.user, link.claimed, std::move(attempt.next)};
}

}  // namespace longtake::access
