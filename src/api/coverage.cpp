// /coverage: what was truly shown to whom.
#include "desk/coverage.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"

namespace longtake::api {
namespace {

namespace json = boost::json;
using access::Identity;
using access::Permission;
using desk::Coverage;

constexpr std::size_t most_reports = 64;
constexpr std::chrono::days longest_range{31};
constexpr std::chrono::days longest_totals{7};

/// Who leads the organization sees what everybody has done, others what they have.
UserId seen_by(const Identity& caller) {
  return caller.may(Permission::manage_members) ? UserId{} : caller.user;
}

/// A channel that cannot be one is reported as no channel is.
ChannelId read_channel(Fields& fields) {
  const auto id = parse_id<ChannelId>(fields.required_text("channelId", {1, 64}));
  return id ? *id : ChannelId{};
}

desk::Viewing read_report(Fields& fields, WallTime now) {
  desk::Viewing out{.channel = read_channel(fields),
                    .footage = {fields.required_instant("from"), fields.required_instant("to")},
                    .shown = {fields.required_instant("shownFrom"), fields.required_instant("shownTo")},
                    .speed = fields.required_number("speed")};
  out.mode =
      desk::find_view_mode(fields.required_choice("mode", {"all", "key"})).value_or(desk::ViewMode::all);
  if (fields.failed()) return out;
  if (const auto doubt = desk::doubt(out, now)) fields.fail(doubt->field, doubt->message);
  return out;
}

Result<http::Response> report_once(Context& context, const http::Request& request, const Identity& caller) {
  Fields fields{request};
  std::vector<desk::Viewing> reports;
  const auto now = context.clock.now();
  auto told = fields.objects("reports", most_reports);
  for (auto& each : told ? *told : std::vector<Fields>{}) {
    reports.push_back(read_report(each, now));
    fields.join(each);
  }
  if (reports.empty() && !fields.failed()) fields.fail("reports", "must be an array of 1 to 64 objects");
  if (auto invalid = fields.finish()) return *std::move(invalid);
  LT_TRY(const auto changed,
         context.coverage.report({.organization = caller.organization, .user = caller.user}, reports));
  for (const auto channel : changed)
    context.coverage_news.changed(caller.organization, channel);
  return http::Response::empty(204);
}

Result<http::Response> report(Context& context, const http::Request& request, const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  return context.idempotency.once(request, {caller.organization, caller.user},
                                  [&] { return report_once(context, request, caller); });
}

std::optional<ChannelId> channel_of(Parameters& parameters) {
  const auto text = parameters.text("channelId", 64);
  if (!text) parameters.fail("channelId", "is missing");
  const auto id = parse_id<ChannelId>(text.value_or("-"));
  if (!id) return {};
  return *id;
}

WallRange range_of(Parameters& parameters, std::chrono::days longest) {
  const WallRange range{parameters.required_instant("from"), parameters.required_instant("to")};
  if (range.empty())
    parameters.fail("to", "must be after `from`");
  else if (range.length() > longest)
    parameters.fail("to", fmt::format("must be at most {} days after `from`", longest.count()));
  return range;
}

Result<http::Response> list(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto channel = channel_of(parameters);
  const auto range = range_of(parameters, longest_range);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  if (!channel) return no_such("channel");
  LT_TRY(const auto people, context.coverage.of_channel(caller.organization, *channel, range));
  json::array items;
  for (const auto& one : people)
    for (const auto& part : one.ranges)
      items.push_back({{"userId", to_string(one.user)},
                       {"name", one.name},
                       {"from", format_rfc3339(part.from)},
                       {"to", format_rfc3339(part.to)}});
  return json_response({{"items", std::move(items)}}).with("Cache-Control", "no-cache");
}

Result<http::Response> uncovered(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto channel = channel_of(parameters);
  const auto at = parameters.required_instant("at");
  const auto by = parameters.choice("by", {"me", "anyone"}, "anyone");
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  if (!channel) return no_such("channel");
  LT_TRY(const auto next, context.coverage.uncovered(
                              caller.organization,
                              {.channel = *channel, .at = at, .by = by == "me" ? caller.user : UserId{}}));
  json::object out{{"next", nullptr}};
  if (next) out["next"] = {{"from", format_rfc3339(next->from)}, {"to", format_rfc3339(next->to)}};
  return json_response(out).with("Cache-Control", "no-cache");
}

std::int64_t ms(Micros duration) {
  return std::chrono::floor<std::chrono::milliseconds>(duration).count();
}

Result<http::Response> totals(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  const auto range = range_of(parameters, longest_totals);
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto rows, context.coverage.totals(caller.organization, range, seen_by(caller)));
  json::array items;
  for (const auto& row : rows)
    items.push_back({{"userId", to_string(row.user)},
                     {"name", row.name},
                     {"reviewedMs", ms(row.reviewed)},
                     {"shownMs", ms(row.shown)}});
  return json_response({{"items", std::move(items)}}).with("Cache-Control", "no-cache");
}

Result<http::Response> position(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto rows,
         context.coverage.positions({.organization = caller.organization, .user = caller.user}));
  json::array items;
  for (const auto& row : rows)
    items.push_back({{"channelId", to_string(row.channel)},
                     {"at", format_rfc3339(row.at)},
                     {"shownAt", format_rfc3339(row.shown)}});
  return json_response({{"items", std::move(items)}}).with("Cache-Control", "no-cache");
}

}  // namespace

void add_coverage_routes(http::Router& router, Context& context) {
  using http::Method;
  router.add(Method::post, "/api/v1/coverage", guarded(context, Permission::watch, report));
  router.add(Method::get, "/api/v1/coverage", guarded(context, Permission::watch, list));
  router.add(Method::get, "/api/v1/coverage/uncovered", guarded(context, Permission::watch, uncovered));
  router.add(Method::get, "/api/v1/coverage/totals", guarded(context, Permission::watch, totals));
  router.add(Method::get, "/api/v1/coverage/position", guarded(context, Permission::watch, position));
}

}  // namespace longtake::api
