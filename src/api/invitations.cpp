// /organizations/{organizationId}/invitations and /invitations/{token}.
#include <boost/json/array.hpp>

#include "access/letters.h"
#include "access/person_rows.h"
#include "access/throttle.h"
#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "api/me.h"
#include "api/proof.h"
#include "api/session_cookie.h"
#include "io/outbox.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;

json::object invitation_json(const access::Invitation& invitation) {
  return {{"id", to_string(invitation.id)},
          {"email", invitation.email},
          {"role", access::to_string(invitation.role)},
          {"createdAt", format_rfc3339(invitation.created)},
          {"expiresAt", format_rfc3339(invitation.expires)}};
}

Result<http::Response> list(Context& context, const http::Request&, const Identity& there) {
  LT_TRY(const auto rows, context.invitations.list(there.organization));
  json::array items;
  for (const auto& row : rows)
    items.push_back(invitation_json(row));
  return json_response({{"items", std::move(items)}});
}

/// False where the site sends no e-mail, or too many wait: the link is shown to the inviter anyway.
bool mail(Context& context, const access::Organization& organization, const std::string& inviter,
          const access::Invitations::Made& made) {
  if (!context.site.outbox) return false;
  auto letter = access::invitation_letter(organization.language,
                                          {.organization = organization.name,
                                           .inviter = inviter,
                                           .url = context.site.url + "/invitation/" + made.token});
  return context.site.outbox->post(io::Mail{
      .to = made.invitation.email, .subject = std::move(letter.subject), .text = std::move(letter.text)});
}

Result<http::Response> invite(Context& context, access::Throttle& letters, const http::Request& request,
                              const Identity& there) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto email = fields.required_text("email", {1, 254});
  const auto role = access::find_role(fields.required_choice("role", membership_roles()));
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto organization, context.organizations.get(there.organization));
  if (!access::suits(*role, organization.kind))
    return invalid_fields({{"role", fmt::format("is none of a {}", access::to_string(organization.kind))}});
  const auto address = access::lower(email);
  if (context.site.outbox)
    if (const auto pause = letters.begin(address)) return too_many(pause);
  auto made = context.invitations.create({there.organization, email, *role, there.user});
  if (!made) letters.take_back(address);
  if (!made && made.error().code() == Code::invalid) return invalid_fields({{"email", made.error().text()}});
  if (!made) return std::move(made).error();
  context.log.info("invited", {{"organization", there.organization}, {"user", there.user}});
  return json_response({{"invitation", invitation_json(made->invitation)},
                        {"url", "/invitation/" + made->token},
                        {"mailed", mail(context, organization, there.name, *made)}},
                       201);
}

Result<http::Response> revoke(Context& context, const http::Request& request, const Identity& there) {
  const auto id = parse_id<access::InvitationId>(request.param("invitationId"));
  if (!id) return no_such("invitation");
  LT_CHECK(context.invitations.revoke(there.organization, *id));
  return http::Response::empty(204);
}

Result<http::Response> show(Context& context, const http::Request& request) {
  LT_TRY(const auto open, context.invitations.get(request.param("token")));
  return json_response({{"organization", open.organization_name},
                        {"email", open.email},
                        {"role", access::to_string(open.role)},
                        {"known", open.known}});
}

/// Whose browser asks, when it is the invited person's.
Result<std::optional<UserId>> find_invited(Context& context, const http::Request& request,
                                           const access::OpenInvitation& open) {
  const auto token = session_token(request);
  if (!token || !open.known) return std::optional<UserId>{};
  LT_TRY(const auto user, context.sessions.find_person(*token));
  if (!user) return std::optional<UserId>{};
  LT_TRY(const auto person, context.people.get(*user));
  return person.email == open.email ? user : std::nullopt;
}

struct Acceptance {
  std::string name;
  std::string password;
  std::optional<std::string> code;
};

Result<http::Response> accept_as_new(Context& context, const http::Request& request,
                                     const Acceptance& acceptance, OrganizationId organization) {
  auto user = context.invitations.accept_as_new(
      request.param("token"),
      {.name = acceptance.name, .password = acceptance.password, .remote = request.remote.to_string()});
  if (!user && user.error().code() == Code::invalid)
    return invalid_fields({{"password", user.error().text()}});
  if (!user) return std::move(user).error();
  LT_TRY(const auto signed_in, context.sessions.open(*user, from(request), organization));
  return begin_session(context, request, signed_in);
}

Result<http::Response> accept(Context& context, const http::Request& request) {
  if (!same_origin(request)) return http::problem(403, "a write from another site's page is refused");
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  Acceptance acceptance{.name = fields.text("name", {0, 100}).value_or(""),
                        .password = fields.text("password", {0, 1024}).value_or(""),
                        .code = fields.text("code", {0, 20})};
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (acceptance.code && acceptance.code->empty()) acceptance.code.reset();
  LT_TRY(const auto open, context.invitations.get(request.param("token")));
  if (!open.known) return accept_as_new(context, request, acceptance, open.organization);
  LT_TRY(auto user, find_invited(context, request, open));
  if (!user) {
    const access::Proofs::Claim claim{.email = open.email,
                                      .password = acceptance.password,
                                      .code = acceptance.code,
                                      .address = tries_address(request)};
    auto proved = context.proofs.prove(claim);
    if (!proved) return refuse_proof(context, std::move(proved).error(), {claim.email, claim.address}, 401);
    user = *proved;
  }
  LT_CHECK(context.invitations.accept(request.param("token"), {*user, request.remote.to_string()}));
  LT_TRY(const auto signed_in, context.sessions.open(*user, from(request), open.organization));
  context.events.tell_changed(*user);
  return begin_session(context, request, signed_in);
}

}  // namespace

void add_invitation_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/organizations/{organizationId}/invitations",
                             one = "/api/v1/organizations/{organizationId}/invitations/{invitationId}";
  router.add(Method::get, all, guarded_there(context, Permission::manage_members, list));
  const auto letters = std::make_shared<access::Throttle>(access::letters_to_one, context.clock);
  router.add(Method::post, all,
             guarded_there(context, Permission::manage_members,
                           [letters](Context& c, const http::Request& request, const Identity& there) {
                             return invite(c, *letters, request, there);
                           }));
  router.add(Method::delete_, one, guarded_there(context, Permission::manage_members, revoke));
  router.add(Method::get, "/api/v1/invitations/{token}",
             [&context](const http::Request& request) { return show(context, request); });
  router.add(Method::post, "/api/v1/invitations/{token}",
             [&context](const http::Request& request) { return accept(context, request); },
             {.body_limit = open_body_limit});
}

}  // namespace longtake::api
