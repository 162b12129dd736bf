#include "api/people_news.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace longtake::api {
namespace {

using access::Permission;

/// More wait for the next call.
constexpr std::size_t most_entries = 500;

/// What lists of people and organizations show.
bool concerns_people(const access::Deed& deed) {
  constexpr std::array<std::string_view, 4> things{"member", "invitation", "person", "organization"};
  return std::find(things.begin(), things.end(), deed.thing) != things.end();
}

EventHub::News news_for(OrganizationId organization, Permission needs) {
  return {.organization = organization, .event = "people", .key = "people", .data = "{}", .needs = needs};
}

}  // namespace

Status PeopleNews::tell(EventHub& events) {
  if (!begun_) {
    LT_TRY(const auto newest, audit_.list({}, {}, 1));
    if (!newest.empty()) newest_ = newest.front().id;
    begun_ = true;
    return {};
  }
  LT_TRY(const auto entries, audit_.list_forward({}, newest_, most_entries));
  if (entries.empty()) return {};
  newest_ = entries.back().id;
  std::set<OrganizationId> where;
  for (const auto& entry : entries)
    if (concerns_people(entry.deed)) where.insert(entry.deed.organization);
  if (where.empty()) return {};
  std::vector<EventHub::News> news{news_for({}, Permission::manage_site)};
  for (const auto organization : where)
    if (organization) news.push_back(news_for(organization, Permission::manage_members));
  events.publish(std::move(news));
  return {};
}

}  // namespace longtake::api
