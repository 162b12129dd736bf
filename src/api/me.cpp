#include "api/me.h"

#include "api/encode.h"
#include "api/session_cookie.h"
#include "api/trail.h"

namespace longtake::api {
Result<http::Response> answer_me(const Context& context, const access::Identity& caller) {
  LT_TRY(auto account, context.people.account(caller.user));
  // A token of less than the whole site knows the organization it was made for.
  if (caller.token && !caller.may(access::Permission::manage_site))
    std::erase_if(account.organizations,
                  [&](const auto& one) { return one.organization != caller.organization; });
  return json_response(me_json(caller, account));
}

Status begin_session(Context& context, const http::Request& request,
                     const access::Sessions::SignedIn& signed_in, http::Response& answer) {
  if (const auto old = session_token(request)) {
    LT_TRY(const auto replaced, context.sessions.sign_out(*old));
    // Other pages of this browser go on, as whoever is signed in now.
    if (replaced) context.events.tell_changed(replaced->user);
  }
  context.log.info("signed in", {{"user", signed_in.identity.user}, {"remote", request.remote.to_string()}});
  set_session(answer, request, signed_in.token);
  return {};
}

Result<http::Response> begin_session(Context& context, const http::Request& request,
                                     const access::Sessions::SignedIn& signed_in) {
  LT_TRY(auto response, answer_me(context, signed_in.identity));
  LT_CHECK(begin_session(context, request, signed_in, response));
  return response;
}

access::Sessions::From from(const http::Request& request) {
  return {.remote = request.remote.to_string(),
          .agent = std::string{request.headers.find("User-Agent").value_or("")}};
}

Status end_session(Context& context, const http::Request& request, std::string_view token) {
  const auto caller = context.sessions.find(token);
  std::optional<access::PendingDeed> deed;
  if (caller && *caller)
    deed.emplace(context.audit, access::Deed{.organization = (*caller)->organization,
                                             .actor = (*caller)->user,
                                             .kind = access::ActorKind::user,
                                             .action = "session.sign_out",
                                             .thing = "session",
                                             .remote = request.remote.to_string()});
  LT_TRY(const auto ended, context.sessions.sign_out(token));
  if (ended) context.events.tell_signed_out(ended->session);
  return {};
}

}  // namespace longtake::api
