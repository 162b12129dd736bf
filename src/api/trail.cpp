#include "api/trail.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;

/// Of both, what differs; nothing stays of what is the same.
void keep_differences(json::object& before, json::object& after) {
  json::object left, right;
  for (const auto& [key, value] : before)
    if (const auto* other = after.if_contains(key); !other || *other != value) left[key] = value;
  for (const auto& [key, value] : after)
    if (const auto* other = before.if_contains(key); !other || *other != value) right[key] = value;
  before = std::move(left);
  after = std::move(right);
}

/// The id of what was made: the answer's `id`, or that of its member.
std::string made_id(const http::Response& answer, std::string_view member) {
  const auto* text = answer.body.text();
  if (!text) return {};
  json::error_code ec;
  const auto value = json::parse(*text, ec);
  if (ec || !value.is_object()) return {};
  const auto* object = &value.get_object();
  if (!member.empty()) {
    const auto* inner = object->if_contains(member);
    if (!inner || !inner->is_object()) return {};
    object = &inner->get_object();
  }
  const auto* id = object->if_contains("id");
  return id && id->is_string() ? std::string{id->get_string()} : std::string{};
}

OrganizationId organization_of(const TrailRow& row, const http::Request& request,
                               const access::Identity& caller) {
  if (row.reach == Reach::site) return {};
  for (const auto& [name, value] : request.params)
    if (name == "organizationId")
      if (const auto id = parse_id<OrganizationId>(value)) return *id;
  return caller.organization;
}

std::string text_of(const std::optional<json::object>& facts) {
  return facts && !facts->empty() ? json::serialize(*facts) : std::string{};
}

}  // namespace

access::Deed deed_of(const access::Identity& caller) {
  return {.organization = caller.organization,
          .actor = caller.user,
          .kind = caller.token ? access::ActorKind::token : access::ActorKind::user};
}

Witness::Witness(Context& context, const http::Request& request, const access::Identity& caller)
    : context_(context),
      request_(request),
      caller_(caller),
      row_(find_trail_row(request.method, request.route)) {
  if (row_ && row_->snapshot && !row_->parameter.empty())
    before_ = row_->snapshot(context, caller, request, request.param(row_->parameter));
}

Result<http::Response> Witness::record(Result<http::Response> answer) {
  if (!row_ || !answer || answer->status < 200 || answer->status >= 400) return answer;
  auto deed = deed_of(caller_);
  deed.action = row_->action;
  deed.thing = row_->action.substr(0, row_->action.find('.'));
  deed.organization = organization_of(*row_, request_, caller_);
  deed.thing_id = row_->parameter.empty() ? made_id(*answer, row_->member) : request_.param(row_->parameter);
  if (row_->snapshot) {
    auto after = row_->snapshot(context_, caller_, request_, deed.thing_id);
    if (before_ && after) keep_differences(*before_, *after);
    deed.before = text_of(before_);
    deed.after = text_of(after);
  }
  note(context_, request_, std::move(deed));
  return answer;
}

void note(Context& context, const http::Request& request, access::Deed deed) {
  deed.remote = request.remote.to_string();
  if (const auto recorded = context.audit.record(deed); !recorded)
    context.log.error("not recorded in the audit", {{"action", deed.action},
                                                    {"thing", deed.thing},
                                                    {"id", deed.thing_id},
                                                    {"user", deed.actor},
                                                    {"error", recorded.error().story()}});
}

void note_view(Context& context, const http::Request& request, const ViewedFootage& viewed) {
  auto deed = viewed.viewer;
  deed.action = viewed.download ? "footage.download" : "footage.view";
  if (deed.thing.empty()) {
    deed.thing = "channel";
    deed.thing_id = to_string(viewed.channel);
  }
  json::object facts{{"view", viewed.view}};
  if (deed.thing != "channel") facts["channel"] = to_string(viewed.channel);
  if (viewed.link_maker) facts["linkMadeBy"] = to_string(viewed.link_maker);
  for (const auto* name : {"from", "to", "at"})
    if (const auto value = request.query.find(name)) facts[name] = *value;
  deed.after = json::serialize(facts);
  deed.remote = request.remote.to_string();
  if (context.viewings.begin(deed, viewed.download ? deed.after : std::string{}))
    note(context, request, deed);
}

}  // namespace longtake::api
