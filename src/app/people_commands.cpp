#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "access/person_rows.h"
#include "access/second_factor.h"
#include "app/catalogue.h"
#include "app/commands.h"

namespace longtake::app {
namespace {

namespace json = boost::json;

json::object person_json(const access::Person& person) {
  return {{"id", to_string(person.id)},
          {"email", person.email},
          {"name", person.name},
          {"role", access::to_string(person.role)},
          {"organization", person.organization_slug},
          {"createdAt", format_rfc3339(person.created)}};
}

Result<std::string> read_password() {
  std::string line;
  if (!std::getline(std::cin, line)) return make_error(Code::invalid, "no password came on standard input");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Result<access::Role> read_role(const std::string& text) {
  if (const auto role = access::find_role(text)) return *role;
  return make_error(Code::invalid, "'{}' is no role: superadmin, manager, editor, reader, owner or player",
                    text);
}

std::string role_facts(access::Role role) {
  return json::serialize(json::object{{"role", access::to_string(role)}});
}

/// What was done to the person of an address, or to the member they are.
Status record_person(const CommandContext& context, Catalogue& catalogue, const std::string& email,
                     access::Deed deed) {
  LT_TRY(const auto user, catalogue.database().read([&](storage::sql::Session& session) {
    return access::get_user(session, email);
  }));
  if (deed.thing.empty()) deed.thing = "person";
  deed.thing_id = to_string(user);
  record(context, catalogue, std::move(deed));
  return {};
}

Result<access::Person> add(const CommandContext& context, const UserArguments& arguments) {
  LT_TRY(const auto role, read_role(arguments.role));
  LT_TRY(auto password, read_password());
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  auto person = catalogue->people().add({.email = arguments.email,
                                         .name = arguments.name,
                                         .role = role,
                                         .organization = arguments.organization,
                                         .password = std::move(password)});
  if (!person) return person;
  LT_TRY(const auto organization, catalogue->get_organization(arguments.organization));
  record(context, *catalogue,
         {.organization = organization,
          .action = "person.create",
          .thing = "person",
          .thing_id = to_string(person->id),
          .after = role_facts(role)});
  return person;
}

Status set_password(const CommandContext& context, const UserArguments& arguments) {
  LT_TRY(const auto password, read_password());
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_CHECK(catalogue->people().set_password(arguments.email, password));
  return record_person(context, *catalogue, arguments.email, {.action = "password.change"});
}

Status set_role(const CommandContext& context, const UserArguments& arguments) {
  LT_TRY(const auto role, read_role(arguments.role));
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_CHECK(catalogue->people().set_role(arguments.email, role, arguments.organization));
  access::Deed deed{.action = "member.set", .thing = "member", .after = role_facts(role)};
  // Who becomes superadmin is so everywhere.
  if (role != access::Role::superadmin) {
    LT_TRY(deed.organization, catalogue->get_organization(arguments.organization));
  }
  return record_person(context, *catalogue, arguments.email, std::move(deed));
}

Status end_second_factor(const CommandContext& context, const UserArguments& arguments) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(const auto user, catalogue->database().read([&](storage::sql::Session& session) {
    return access::get_user(session, arguments.email);
  }));
  LT_CHECK(access::SecondFactors(catalogue->database(), catalogue->secrets(), context.clock).end(user));
  return record_person(context, *catalogue, arguments.email, {.action = "second_factor.end"});
}

Result<std::vector<access::Person>> list(const CommandContext& context) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  return catalogue->people().list();
}

Result<std::string> make_token(const CommandContext& context, const TokenArguments& arguments) {
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  LT_TRY(auto token, catalogue->tokens().add(arguments.email, arguments.name));
  LT_CHECK(record_person(context, *catalogue, arguments.email, {.action = "token.create"}));
  return token;
}

}  // namespace

int user_add(const CommandContext& context, const UserArguments& arguments) {
  const auto person = add(context, arguments);
  if (!person) return fail(person.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(person_json(*person)));
  else
    fmt::print("added {} as {} of {}\n", person->email, access::to_string(person->role),
               person->organization_slug);
  return 0;
}

int user_list(const CommandContext& context) {
  const auto people = list(context);
  if (!people) return fail(people.error());
  json::array items;
  for (const auto& person : *people) {
    if (context.json)
      items.push_back(person_json(person));
    else
      fmt::print("{}\t{}\t{}\n", person.email, access::to_string(person.role), person.organization_slug);
  }
  if (context.json) fmt::print("{}\n", json::serialize(items));
  return 0;
}

int user_passwd(const CommandContext& context, const UserArguments& arguments) {
  const auto status = set_password(context, arguments);
  if (!status) return fail(status.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"email", arguments.email}}));
  else
    fmt::print("{} has a new password; their sessions have ended\n", arguments.email);
  return 0;
}

int user_role(const CommandContext& context, const UserArguments& arguments) {
  const auto status = set_role(context, arguments);
  if (!status) return fail(status.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"email", arguments.email}, {"role", arguments.role}}));
  else
    fmt::print("{} is {} now\n", arguments.email, arguments.role);
  return 0;
}

int user_second_factor_off(const CommandContext& context, const UserArguments& arguments) {
  const auto status = end_second_factor(context, arguments);
  if (!status) return fail(status.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"email", arguments.email}, {"secondFactor", false}}));
  else
    fmt::print("{} signs in with the password alone now\n", arguments.email);
  return 0;
}

int token_add(const CommandContext& context, const TokenArguments& arguments) {
  const auto token = make_token(context, arguments);
  if (!token) return fail(token.error());
  if (context.json)
    fmt::print("{}\n", json::serialize(json::object{{"token", *token}, {"name", arguments.name}}));
  else
    fmt::print("{}\n", *token);
  return 0;
}

}  // namespace longtake::app
