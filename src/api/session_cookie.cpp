#include "api/session_cookie.h"

#include <fmt/format.h>

namespace longtake::api {
namespace {

std::string_view name_of(const http::Request& request) {
  return request.secure ? "__Host-longtake_session" : "longtake_session";
}

std::string cookie(const http::Request& request, std::string_view token, std::string_view lifetime) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; {}{}", name_of(request), token, lifetime,
                     request.secure ? "; Secure" : "");
}

}  // namespace

std::optional<std::string_view> session_token(const http::Request& request) {
  return request.find_cookie(name_of(request));
}

void set_session(http::Response& response, const http::Request& request, std::string_view token) {
  response.headers.add("Set-Cookie", cookie(request, token, "Max-Age=7776000"));
}

void clear_session(http::Response& response, const http::Request& request) {
  response.headers.add("Set-Cookie", cookie(request, "", "Max-Age=0"));
}

}  // namespace longtake::api
