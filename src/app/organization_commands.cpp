#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/encode.h"
#include "app/catalogue.h"
#include "app/commands.h"

namespace longtake::app {
namespace {

namespace json = boost::json;

Result<access::Organization> add(const CommandContext& context, const OrganizationArguments& arguments) {
  const auto kind = access::find_organization_kind(arguments.kind);
  if (!kind)
    return make_error(Code::invalid, "'{}' is no kind of organization: desk or club", arguments.kind);
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  auto made =
      catalogue->organizations().create({.slug = arguments.slug,
                                         .name = arguments.name.empty() ? arguments.slug : arguments.name,
                                         .kind = *kind,
                                         .time_zone = arguments.time_zone,
                                         .language = arguments.language});
  if (made)
    record(context, *catalogue,
           {.action = "organization.create", .thing = "organization", .thing_id = to_string(made->id)});
  return made;
}

Result<std::vector<access::Organization>> list(const CommandContext& context) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  return catalogue->organizations().list({.limit = 1'000'000});
}

}  // namespace

int organization_add(const CommandContext& context, const OrganizationArguments& arguments) {
  const auto made = add(context, arguments);
  if (!made) return fail(made.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(api::organization_json(*made)));
  else
    fmt::print("added the {} {} ({})\n", access::to_string(made->kind), made->slug, made->name);
  return 0;
}

int organization_list(const CommandContext& context) {
  const auto organizations = list(context);
  if (!organizations) return fail(organizations.error());
  json::array items;
  for (const auto& organization : *organizations) {
    if (context.json)
      items.push_back(api::organization_json(organization));
    else
      fmt::print("{}\t{}\t{}\t{}\n", organization.slug, organization.name,
                 access::to_string(organization.kind), organization.time_zone);
  }
  if (context.json) fmt::print("{}\n", json::serialize(items));
  return 0;
}

}  // namespace longtake::app
