#include "access/openid_provider.h"

#include <sodium.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <utility>
#include <vector>

#include "access/base64url.h"
#include "access/foreign_json.h"
#include "access/percent_encode.h"
#include "io/http_client.h"

namespace longtake::access {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds patience{10'000};
constexpr std::chrono::hours keep{1};
/// Keys are not fetched more often for a name that is not among them.
constexpr std::chrono::minutes least_age{1};
constexpr std::uint64_t longest_answer = 1 << 20;

using Fields = std::vector<std::pair<std::string, std::string>>;
std::string form_of(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, percent_encode(value));
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), variant), '\0');
  ::sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), variant);
  out.pop_back();  // the NUL
  return out;
}

std::string challenge_of(std::string_view verifier) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  ::crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(verifier.data()),
                       verifier.size());
  return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// https anywhere, http on this machine alone.
bool is_safe(std::string_view url) {
  if (url.find_first_of("\r\n\" <>\\") != url.npos) return false;
  if (url.starts_with("https://")) return url.size() > 8;
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"})
    if (url.starts_with(host) &&
        (url.size() == host.size() || url[host.size()] == ':' || url[host.size()] == '/'))
      return true;
  return false;
}

bool lists(const json::object& object, std::string_view name, std::string_view item) {
  const auto* value = object.if_contains(name);
  if (!value || !value->is_array()) return false;
  for (const auto& one : value->get_array())
    if (one.is_string() && one.get_string() == item) return true;
  return false;
}

Error unfit(const OpenIdSettings& settings, std::string_view why) {
  return make_error(Code::forbidden, "the provider {} {}", settings.id, why);
}

}  // namespace

Status check_openid_settings(const OpenIdSettings& settings) {
  const auto key = "openid." + settings.id;
  if (!is_safe(settings.issuer))
    return make_error(Code::invalid, "{}.issuer: '{}' is not https://HOST (http only on this machine)", key,
                      settings.issuer.substr(0, 100));
  if (settings.client.empty())
    return make_error(Code::invalid,
                      "{0}.client_id is missing: the provider says it when this site is entered there", key);
  return {};
}

Result<std::string> OpenIdProvider::fetch(const io::HttpRequest& request) const {
  io::HttpClient client{{.redirect_limit = 0}};
  LT_TRY(auto answer, client.get(request));
  if (answer.status != 200)
    return make_error(Code::unavailable, "the provider {} answers {}", settings_.id, answer.status);
  return std::move(answer.body);
}

Result<OpenIdProvider::Document> OpenIdProvider::parse_document(std::string_view text) const {
  const auto object = parse_object(text);
  if (!object) return unfit(settings_, "has no OpenID document: check its issuer");
  if (text_of(*object, "issuer") != settings_.issuer)
    return unfit(settings_, fmt::format("calls itself {}: set its issuer so",
                                        text_of(*object, "issuer").substr(0, 100)));
  Document document{.authorization = text_of(*object, "authorization_endpoint"),
                    .token = text_of(*object, "token_endpoint"),
                    .keys = text_of(*object, "jwks_uri"),
                    .user_info = text_of(*object, "userinfo_endpoint"),
                    .fetched = clock_.now()};
  for (const auto& url : {document.authorization, document.token, document.keys})
    if (!is_safe(url)) return unfit(settings_, "has an endpoint without https");
  if (!document.user_info.empty() && !is_safe(document.user_info))
    return unfit(settings_, "has an endpoint without https");
  constexpr std::string_view methods = "token_endpoint_auth_methods_supported";
  document.posts_secret = object->contains(methods) && !lists(*object, methods, "client_secret_basic") &&
                          lists(*object, methods, "client_secret_post");
  const auto* names = object->if_contains("authorization_response_iss_parameter_supported");
  document.names_issuer = names && names->is_bool() && names->get_bool();
  return document;
}

Result<OpenIdProvider::Document> OpenIdProvider::document() {
  {
    const std::lock_guard lock{mutex_};
    if (document_ && clock_.now() - document_->fetched < keep) return *document_;
  }
  auto issuer = settings_.issuer;
  if (issuer.ends_with('/')) issuer.pop_back();
  LT_TRY(const auto text, fetch({.url = issuer + "/.well-known/openid-configuration",
                                 .body_limit = longest_answer,
                                 .timeout = patience}));
  LT_TRY(auto document, parse_document(text));
  const std::lock_guard lock{mutex_};
  document_ = document;
  return document;
}

Result<KeySet> OpenIdProvider::keys(const Document& document, Fresh fresh) {
  {
    const std::lock_guard lock{mutex_};
    const auto age = keys_ ? clock_.now() - keys_->fetched : Micros::max();
    if (age < (fresh == Fresh::must_be ? Micros{least_age} : Micros{keep})) return keys_->set;
  }
  LT_TRY(const auto text, fetch({.url = document.keys, .body_limit = longest_answer, .timeout = patience}));
  LT_TRY(auto set, KeySet::parse(text));
  const std::lock_guard lock{mutex_};
  keys_ = Keys{set, clock_.now()};
  return set;
}

Result<std::string> OpenIdProvider::ask(const Question& question) {
  LT_TRY(const auto known, document(), "asking the provider {} for its document", settings_.id);
  const auto query = form_of({{"response_type", "code"},
                              {"client_id", settings_.client},
                              {"redirect_uri", question.redirect_url},
                              {"scope", "openid email profile"},
                              {"state", question.state},
                              {"nonce", question.nonce},
                              {"code_challenge", challenge_of(question.verifier)},
                              {"code_challenge_method", "S256"}});
  const char join = known.authorization.find('?') == std::string::npos ? '?' : '&';
  return fmt::format("{}{}{}", known.authorization, join, query);
}

Result<OpenIdProvider::Tokens> OpenIdProvider::exchange_code(const Document& document,
                                                             const Answer& answer) const {
  Fields fields{{"grant_type", "authorization_code"},
                {"code", answer.code},
                {"redirect_uri", answer.redirect_url},
                {"code_verifier", answer.verifier}};
  io::HttpRequest request{.url = document.token,
                          .headers = {{"Accept", "application/json"}},
                          .body_limit = longest_answer,
                          .timeout = patience};
  const bool basic = !settings_.secret.empty() && !document.posts_secret;
  if (basic) {
    const auto pair = percent_encode(settings_.client) + ":" + percent_encode(settings_.secret);
    request.headers.emplace_back("Authorization", "Basic " + base64(pair));
  } else {
    fields.emplace_back("client_id", settings_.client);
    if (!settings_.secret.empty()) fields.emplace_back("client_secret", settings_.secret);
  }
  io::HttpClient client{{.redirect_limit = 0}};
  LT_TRY(const auto reply, client.post(request, form_of(fields)));
  const auto object = parse_object(reply.body);
  if (reply.status != 200 || !object) {
    const auto why = object ? text_of(*object, "error").substr(0, 60) : std::string{};
    if (reply.status >= 500)
      return make_error(Code::unavailable, "the provider {} answers {}", settings_.id, reply.status);
    return unfit(settings_, fmt::format("refuses the code ({} {})", reply.status, why));
  }
  Tokens tokens{text_of(*object, "id_token"), text_of(*object, "access_token")};
  if (tokens.id.empty()) return unfit(settings_, "gives no ID token");
  return tokens;
}

Result<IdClaims> OpenIdProvider::read_token(const Document& document, const std::string& token,
                                            const std::string& nonce) {
  const IdExpectation expected{
      .issuer = settings_.issuer, .client = settings_.client, .nonce = nonce, .now = clock_.now()};
  LT_TRY(const auto known, keys(document, Fresh::will_do_old));
  auto claims = read_id_token(token, known, expected);
  if (claims || claims.error().code() != Code::not_found) return claims;
  // It may have a new key since.
  LT_TRY(const auto fresh, keys(document, Fresh::must_be));
  claims = read_id_token(token, fresh, expected);
  if (!claims && claims.error().code() == Code::not_found)
    return unfit(settings_, "signs with a key it does not show");
  return claims;
}

Result<IdClaims> OpenIdProvider::exchange(const Answer& answer) {
  LT_TRY(const auto known, document(), "asking the provider {} for its document", settings_.id);
  if (answer.issuer.empty() ? known.names_issuer : answer.issuer != settings_.issuer)
    return unfit(settings_, "did not give this answer");
  LT_TRY(const auto tokens, exchange_code(known, answer));
  LT_TRY(auto claims, read_token(known, tokens.id, answer.nonce));
  if (claims.email || known.user_info.empty() || tokens.access.empty()) return claims;
  LT_TRY(const auto text, fetch({.url = known.user_info,
                                 .headers = {{"Authorization", "Bearer " + tokens.access}},
                                 .body_limit = longest_answer,
                                 .timeout = patience}));
  return read_user_info(text, claims.subject);
}

}  // namespace longtake::access
