#include "access/id_token.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "access/base64url.h"
#include "access/foreign_json.h"

namespace longtake::access {
namespace {

namespace json = boost::json;

/// Clocks differ.
constexpr std::chrono::seconds leeway{60};

Error unfit(std::string_view why) {
  return make_error(Code::forbidden, "the provider's token {}", why);
}

std::optional<WallTime> instant_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || !value->is_number()) return {};
  const double seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return {};
  return WallTime{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

bool is_for(const json::object& claims, const std::string& client) {
  const auto* audience = claims.if_contains("aud");
  if (!audience) return false;
  if (audience->is_string()) return audience->get_string() == client;
  const auto* list = audience->if_array();
  if (!list) return false;
  const bool named = std::any_of(list->begin(), list->end(), [&](const json::value& one) {
    return one.is_string() && one.get_string() == client;
  });
  return named && (list->size() == 1 || text_of(claims, "azp") == client);
}

IdClaims take_claims(const json::object& claims) {
  IdClaims out{.subject = text_of(claims, "sub"), .email = {}, .email_verified = false};
  if (auto email = text_of(claims, "email"); !email.empty()) out.email = std::move(email);
  // Some providers write the truth as a text.
  const auto* verified = claims.if_contains("email_verified");
  out.email_verified = verified && ((verified->is_bool() && verified->get_bool()) ||
                                    (verified->is_string() && verified->get_string() == "true"));
  return out;
}

Status check_claims(const json::object& claims, const IdExpectation& expected) {
  if (text_of(claims, "iss") != expected.issuer) return unfit("is of another issuer");
  if (!is_for(claims, expected.client)) return unfit("is for another client");
  if (const auto azp = text_of(claims, "azp"); !azp.empty() && azp != expected.client)
    return unfit("is for another client");
  const auto expires = instant_of(claims, "exp");
  if (!expires || *expires + leeway <= expected.now) return unfit("has expired");
  const auto issued = instant_of(claims, "iat");
  if (!issued || *issued - leeway > expected.now) return unfit("is of the future");
  if (const auto begins = instant_of(claims, "nbf"); begins && *begins - leeway > expected.now)
    return unfit("is of the future");
  if (text_of(claims, "nonce") != expected.nonce || expected.nonce.empty())
    return unfit("answers another question");
  const auto subject = text_of(claims, "sub");
  if (subject.empty() || subject.size() > 255) return unfit("names nobody");
  return {};
}

}  // namespace

Result<IdClaims> read_id_token(std::string_view token, const KeySet& keys, const IdExpectation& expected) {
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return unfit("is not a signed token");
  const auto header_text = from_base64url(token.substr(0, first));
  const auto claims_text = from_base64url(token.substr(first + 1, second - first - 1));
  const auto signature = from_base64url(token.substr(second + 1));
  const auto header = header_text ? parse_object(*header_text) : std::nullopt;
  if (!header || !claims_text || !signature) return unfit("is not a signed token");
  // What a header calls critical must be understood (RFC 7515 4.1.11), and nothing is.
  if (header->contains("crit")) return unfit("asks for what is not done here");
  LT_CHECK(keys.verify({.algorithm = text_of(*header, "alg"),
                        .key = text_of(*header, "kid"),
                        .signed_text = token.substr(0, second),
                        .bytes = *signature}));
  const auto claims = parse_object(*claims_text);
  if (!claims) return unfit("is not a signed token");
  LT_CHECK(check_claims(*claims, expected));
  return take_claims(*claims);
}

Result<IdClaims> read_user_info(std::string_view text, const std::string& subject) {
  const auto claims = parse_object(text);
  if (!claims || text_of(*claims, "sub") != subject)
    return make_error(Code::forbidden, "the provider speaks of somebody else than its token");
  return take_claims(*claims);
}

}  // namespace longtake::access
