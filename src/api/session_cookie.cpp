#include "api/session_cookie.h"

#include <fmt/format.h>

namespace longtake::api {
namespace {

std::string_view name_of(const http::Request& request) {
  return request.secure ? "__Host-longtake_session" : "longtake_session";
}

constexpr std::string_view hint_name = "longtake_signed_in";

struct Cookies {
  std::string_view token, hint, lifetime;
};
void add_cookies(http::Response& response, const http::Request& request, const Cookies& values) {
  const auto add = [&](std::string_view name, std::string_view value, std::string_view secrecy) {
    response.headers.add("Set-Cookie",
                         fmt::format("{}={}; Path=/; {}SameSite=Lax; {}{}", name, value, secrecy,
                                     values.lifetime, request.secure ? "; Secure" : ""));
  };
  add(name_of(request), values.token, "HttpOnly; ");
  add(hint_name, values.hint, "");
}

}  // namespace

std::optional<std::string_view> session_token(const http::Request& request) {
  return request.find_cookie(name_of(request));
}

void set_session(http::Response& response, const http::Request& request, std::string_view token) {
  add_cookies(response, request, {.token = token, .hint = "1", .lifetime = "Max-Age=7776000"});
}

void clear_session(http::Response& response, const http::Request& request) {
  add_cookies(response, request, {.token = "", .hint = "", .lifetime = "Max-Age=0"});
}

}  // namespace longtake::api
