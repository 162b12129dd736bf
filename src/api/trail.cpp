#include "api/trail.h"

#include <boost/json/serialize.hpp>

#include "api/decode.h"
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

OrganizationId organization_of(const TrailRow& row, const http::Request& request,
                               const access::Identity& caller) {
  if (row.reach == Reach::entered) {
    const auto id = parse_id<OrganizationId>(Fields{request}.required_text("organizationId", {1, 64}));
    return id ? *id : caller.organization;
  }
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

access::Deed deed_of(const ViewedFootage& viewed) {
  auto deed = viewed.viewer;
  deed.action = viewed.download ? "footage.download" : "footage.view";
  if (deed.thing.empty()) {
    deed.thing = "channel";
    deed.thing_id = to_string(viewed.channel);
  }
  return deed;
}

Witness::Witness(Context& context, const http::Request& request, const access::Identity& caller)
    : context_(context),
      request_(request),
      caller_(caller),
      row_(find_trail_row(request.method, request.route)) {
  if (!row_) return;
  if (row_->snapshot && row_->subject == Subject::parameter)
    before_ = row_->snapshot(context, caller, request, request.param(row_->parameter));
  if (row_->reach == Reach::person)
    if (const auto person = parse_id<UserId>(request.param(row_->parameter)))
      if (const auto own = context.memberships.of(*person)) {
        memberships_.reserve(own->size());
        for (const auto& one : *own)
          memberships_.push_back(one.organization);
      }
  if (row_->recorded == Recorded::with_write) pending_.emplace(context.audit, [this] { return describe(); });
}

Result<std::string> Witness::thing_id(std::string_view thing) const {
  switch (row_->subject) {
    case Subject::parameter:
      return request_.param(row_->parameter);
    case Subject::made:
      return context_.audit.newest_id(thing);
    case Subject::caller:
      return to_string(caller_.user);
    case Subject::nothing:
      break;
  }
  return std::string{};
}

std::vector<OrganizationId> Witness::places() const {
  if (row_->reach == Reach::site || row_->reach == Reach::person) {
    std::vector<OrganizationId> places{OrganizationId{}};
    places.insert(places.end(), memberships_.begin(), memberships_.end());
    return places;
  }
  return {organization_of(*row_, request_, caller_)};
}

Result<std::vector<access::Deed>> Witness::describe() const {
  auto deed = deed_of(caller_);
  deed.action = row_->action;
  deed.thing = row_->action.substr(0, row_->action.find('.'));
  deed.remote = request_.remote.to_string();
  LT_TRY(deed.thing_id, thing_id(deed.thing));
  if (row_->snapshot) {
    auto before = before_;
    auto after = row_->snapshot(context_, caller_, request_, deed.thing_id);
    if (before && after) keep_differences(*before, *after);
    deed.before = text_of(before);
    deed.after = text_of(after);
  }
  const auto where = places();
  std::vector<access::Deed> deeds;
  deeds.reserve(where.size());
  for (const auto place : where) {
    deeds.push_back(deed);
    deeds.back().organization = place;
  }
  return deeds;
}

Result<http::Response> Witness::record(Result<http::Response> answer) {
  pending_.reset();
  if (!row_ || row_->recorded == Recorded::with_write) return answer;
  if (!answer || answer->status < 200 || answer->status >= 400) return answer;
  LT_TRY(auto deeds, describe());
  for (auto& deed : deeds)
    note(context_, request_, std::move(deed));
  return answer;
}

bool note(Context& context, const http::Request& request, access::Deed deed) {
  deed.remote = request.remote.to_string();
  const auto recorded = context.audit.record(deed);
  if (!recorded)
    context.log.error("not recorded in the audit", {{"action", deed.action},
                                                    {"thing", deed.thing},
                                                    {"id", deed.thing_id},
                                                    {"user", deed.actor},
                                                    {"error", recorded.error().story()}});
  return recorded.ok();
}

namespace {

/// A film leaves the house, whatever it is asked for as: each range is told.
bool takes_out(const ViewedFootage& viewed) {
  return viewed.download || viewed.view == "video.mp4";
}

}  // namespace

bool is_noted(const Context& context, const ViewedFootage& viewed) {
  return !takes_out(viewed) && context.viewings.has_begun(deed_of(viewed));
}

void note_view(Context& context, const http::Request& request, const ViewedFootage& viewed) {
  auto deed = deed_of(viewed);
  const auto facts = [&] {
    json::object out{{"view", viewed.view}};
    if (deed.thing != "channel") out["channel"] = to_string(viewed.channel);
    if (viewed.link_maker) out["linkMadeBy"] = to_string(viewed.link_maker);
    for (const auto* name : {"from", "to", "at"})
      if (const auto value = request.query.find(name)) out[name] = *value;
    return json::serialize(out);
  };
  deed.remote = request.remote.to_string();
  const auto detail = takes_out(viewed) ? facts() : std::string{};
  // Most of what is viewed was viewed a moment ago: nothing is written of it.
  if (!context.viewings.begin(deed, detail)) return;
  deed.after = facts();
  if (!note(context, request, deed)) context.viewings.forget(deed, detail);
}

}  // namespace longtake::api
