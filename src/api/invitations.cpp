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
#include "api/trail.h"
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
          {"mailed", invitation.mailed},
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

/// False when too many letters wait already.
bool mail(Context& context, const access::Organization& organization, const std::string& inviter,
          const access::Invitations::Made& made) {
  auto letter = access::invitation_letter(organization.language,
                                          {.organization = organization.name,
                                           .inviter = inviter,
                                           .url = context.site.url + "/invitation/" + made.token});
  return context.site.outbox->post(io::Mail{
      .to = made.invitation.email, .subject = std::move(letter.subject), .text = std::move(letter.text)});
}

/// Whether the link goes out in a letter; else whoever invites hands it over.
Result<bool> by_letter(const Context& context, const std::optional<std::string>& by) {
  const bool sends = context.site.outbox != nullptr;
  if (by == "letter" && !sends) return make_error(Code::invalid, "this site sends no e-mail: ask for a link");
  return by ? by == "letter" : sends;
}

/// Of one address, so that nobody's mailbox is filled, and of one who invites, so that the site is no relay.
class Letters {
 public:
  explicit Letters(const Clock& clock)
      : to_one_(access::letters_to_one, clock), by_one_(access::letters_by_one, clock) {}
  /// Counts one, or says how long to wait instead.
  std::optional<std::chrono::seconds> begin(const access::NewInvitation& wanted) {
    if (const auto pause = by_one_.begin(to_string(wanted.by))) return pause;
    auto pause = to_one_.begin(access::lower(wanted.email));
    if (pause) by_one_.take_back(to_string(wanted.by));
    return pause;
  }
  void take_back(const access::NewInvitation& wanted) {
    to_one_.take_back(access::lower(wanted.email));
    by_one_.take_back(to_string(wanted.by));
  }

 private:
  access::Throttle to_one_, by_one_;
};

Result<http::Response> invite(Context& context, Letters& letters, const http::Request& request,
                              const Identity& there) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  const auto email = fields.required_text("email", {1, 254});
  const auto role = access::find_role(fields.required_choice("role", membership_roles()));
  const auto by = fields.choice("by", {"letter", "link"});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  const auto mailed = by_letter(context, by);
  if (!mailed) return invalid_fields({{"by", mailed.error().text()}});
  if (auto refusal = refuse_greater_role(there, *role)) return *std::move(refusal);
  LT_TRY(const auto organization, context.organizations.get(there.organization));
  if (!access::suits(*role, organization.kind))
    return invalid_fields({{"role", fmt::format("is none of a {}", access::to_string(organization.kind))}});
  const access::NewInvitation wanted{there.organization, email, *role, there.user, *mailed};
  if (*mailed)
    if (const auto pause = letters.begin(wanted)) return too_many(pause);
  const auto made = context.invitations.create(wanted, [&](const access::Invitations::Made& invited) {
    return mail(context, organization, there.name, invited);
  });
  if (!made && *mailed) letters.take_back(wanted);
  if (!made && made.error().code() == Code::invalid) return invalid_fields({{"email", made.error().text()}});
  if (!made) return made.error();
  context.log.info("invited", {{"organization", there.organization}, {"user", there.user}});
  json::object answer{{"invitation", invitation_json(made->invitation)}};
  // Who follows a mailed link has shown that they read the address: nobody else gets it.
  if (!made->invitation.mailed) answer["url"] = "/invitation/" + made->token;
  return json_response(answer, 201);
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
Result<std::optional<access::Proven>> find_invited(Context& context, const http::Request& request,
                                                   const access::OpenInvitation& open) {
  const auto token = session_token(request);
  if (!token || !open.known) return std::optional<access::Proven>{};
  LT_TRY(auto who, context.sessions.find_person(*token));
  if (!who) return std::optional<access::Proven>{};
  LT_TRY(const auto person, context.people.get(who->user));
  if (person.email != open.email) return std::optional<access::Proven>{};
  return who;
}

struct Acceptance {
  std::string name;
  std::string password;
  std::optional<std::string> code;
};

Result<http::Response> accept_as_new(Context& context, const http::Request& request,
                                     const Acceptance& acceptance, OrganizationId organization) {
  auto who = context.invitations.accept_as_new(
      request.param("token"),
      {.name = acceptance.name, .password = acceptance.password, .remote = request.remote.to_string()});
  if (!who && who.error().code() == Code::invalid) return invalid_fields({{"password", who.error().text()}});
  if (!who) return std::move(who).error();
  LT_TRY(const auto signed_in, context.sessions.open(*who, from(request), organization));
  return begin_session(context, request, signed_in);
}

Result<http::Response> accept(Context& context, const http::Request& request) {
  if (!same_origin(request)) return http::problem(403, "a write from another site's page is refused");
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  Acceptance acceptance{.name = fields.text("name", {0, 100}).value_or(""),
                        .password = fields.text("password", {0, 1024}).value_or(""),
                        .code = fields.text("code", {0, 20})};
  fields.check_label("name", acceptance.name);
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (acceptance.code && acceptance.code->empty()) acceptance.code.reset();
  LT_TRY(const auto open, context.invitations.get(request.param("token")));
  if (!open.known) return accept_as_new(context, request, acceptance, open.organization);
  LT_TRY(auto who, find_invited(context, request, open));
  const access::Proofs::Claim claim{.email = open.email,
                                    .password = acceptance.password,
                                    .code = acceptance.code,
                                    .address = tries_address(request)};
  const auto refuse = [&](Error error) {
    if (error.kind() == "bad-credentials" || (error.kind() == "second-factor" && claim.code))
      note(context, request, {.action = "session.sign_in_failed", .thing = "session"});
    return refuse_proof(context, std::move(error), {claim.email, claim.address}, 401);
  };
  if (!who) {
    auto proven = context.proofs.prove(claim);
    if (!proven) return refuse(std::move(proven).error());
    who = *std::move(proven);
  }
  auto accepted = context.invitations.accept(request.param("token"), {*who, request.remote.to_string()});
  if (!accepted) return refuse(std::move(accepted).error());
  auto signed_in = context.sessions.open(*who, from(request), open.organization);
  if (!signed_in) return refuse(std::move(signed_in).error());
  context.events.tell_changed(who->user);
  return begin_session(context, request, *signed_in);
}

}  // namespace

void add_invitation_routes(http::Router& router, Context& context) {
  using http::Method;
  constexpr std::string_view all = "/api/v1/organizations/{organizationId}/invitations",
                             one = "/api/v1/organizations/{organizationId}/invitations/{invitationId}";
  router.add(Method::get, all, guarded_there(context, Permission::manage_members, list));
  const auto letters = std::make_shared<Letters>(context.clock);
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
