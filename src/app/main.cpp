// The program: flags to settings, commands to functions. Exit status 0 done, 1 failed, 2 wrong use.
#include <CLI/CLI.hpp>
#include <map>

#include "app/commands.h"
#include "app/settings.h"

extern char** environ;

namespace {

using namespace longtake;
using namespace longtake::app;

std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string pair{*entry};
    const auto equals = pair.find('=');
    if (equals != std::string::npos) out.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return out;
}

/// Settings that any command takes.
struct Flags {
  std::string config, data;
  std::vector<std::string> listen, set;
  bool json = false;

  void add_to(CLI::App& command) {
    command.add_option("--config", config, "TOML file of settings (see config/example.toml)");
    command.add_option("--data", data, "folder of database, keys and footage (default ./data)");
    command.add_option("--set", set, "one setting, KEY=VALUE; may be repeated");
  }
  void add_json_to(CLI::App& command) { command.add_flag("--json", json, "print JSON"); }

  Result<Config> load() const {
    ConfigSources sources{.environment = read_environment()};
    if (!config.empty()) sources.file = config;
    for (const auto& pair : set) {
      const auto equals = pair.find('=');
      if (equals == std::string::npos) return make_error(Code::invalid, "--set {}: write KEY=VALUE", pair);
      sources.flags.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    if (!data.empty()) sources.flags.emplace_back("data", data);
    if (!listen.empty()) sources.flags.emplace_back("http.listen", fmt::format("{}", fmt::join(listen, ",")));
    return load_config(sources);
  }
};

using Action = std::function<int(const CommandContext&)>;

/// A subcommand that sets `action` when it is the one called.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& help, Flags& flags,
                      Action& action, Action run) {
  auto* command = parent.add_subcommand(name, help);
  flags.add_to(*command);
  command->callback([&action, run = std::move(run)] { action = run; });
  return command;
}

void add_user_commands(CLI::App& app, Flags& flags, Action& action, UserArguments& user) {
  auto* group = app.add_subcommand("user", "people, without a browser")->require_subcommand(1);
  static bool from_stdin = false;
  auto* add = add_command(*group, "add", "add a person; the password is a line of standard input", flags,
                          action, [&](const CommandContext& c) { return user_add(c, user); });
  add->add_option("EMAIL", user.email)->required();
  add->add_option("--role", user.role,
                  "superadmin; manager, editor or reader of a desk; owner or player of a club")
      ->required();
  add->add_option("--organization", user.organization, "slug (default main)");
  add->add_option("--name", user.name, "what to call the person");
  add->add_flag("--password-stdin", from_stdin, "read the password from standard input")->required();
  auto* list = add_command(*group, "list", "list people", flags, action, user_list);
  auto* passwd = add_command(*group, "passwd", "set a new password and end the person's sessions", flags,
                             action, [&](const CommandContext& c) { return user_passwd(c, user); });
  passwd->add_option("EMAIL", user.email)->required();
  passwd->add_flag("--password-stdin", from_stdin, "read the password from standard input")->required();
  auto* role = add_command(*group, "role", "give a person a role in an organization; open pages are told",
                           flags, action, [&](const CommandContext& c) { return user_role(c, user); });
  role->add_option("EMAIL", user.email)->required();
  role->add_option("ROLE", user.role,
                   "superadmin; manager, editor or reader of a desk; owner or player of a club")
      ->required();
  role->add_option("--organization", user.organization, "slug (default main)");
  auto* factor =
      add_command(*group, "second-factor-off", "for somebody who lost both app and recovery codes", flags,
                  action, [&](const CommandContext& c) { return user_second_factor_off(c, user); });
  factor->add_option("EMAIL", user.email)->required();
  for (auto* command : {add, list, passwd, role, factor})
    flags.add_json_to(*command);
}

void add_organization_commands(CLI::App& app, Flags& flags, Action& action,
                               OrganizationArguments& organization) {
  auto* group =
      app.add_subcommand("organization", "desks and clubs, without a browser")->require_subcommand(1);
  auto* add = add_command(*group, "add", "add an organization", flags, action,
                          [&](const CommandContext& c) { return organization_add(c, organization); });
  add->add_option("SLUG", organization.slug, "short name: a to z, 0 to 9 and -")->required();
  add->add_option("--name", organization.name, "what people call it (default the short name)");
  add->add_option("--kind", organization.kind, "desk or club (default desk)");
  add->add_option("--time-zone", organization.time_zone, "such as Europe/Moscow (default UTC)");
  add->add_option("--language", organization.language, "en, es or ru (default en)");
  auto* list = add_command(*group, "list", "list organizations", flags, action, organization_list);
  for (auto* command : {add, list})
    flags.add_json_to(*command);
}

void add_token_commands(CLI::App& app, Flags& flags, Action& action, TokenArguments& token) {
  auto* group = app.add_subcommand("token", "API tokens")->require_subcommand(1);
  auto* add = add_command(*group, "add", "print a new token for Authorization: Bearer", flags, action,
                          [&](const CommandContext& c) { return token_add(c, token); });
  add->add_option("--user", token.email, "whose")->required();
  add->add_option("--name", token.name, "what it is for");
  flags.add_json_to(*add);
}

void add_channel_commands(CLI::App& app, Flags& flags, Action& action, ChannelArguments& channel) {
  auto* group = app.add_subcommand("channel", "channels, without a browser")->require_subcommand(1);
  auto* add = add_command(*group, "add", "add a channel; a running server starts recording it", flags, action,
                          [&](const CommandContext& c) { return channel_add(c, channel); });
  add->add_option("--name", channel.name, "unique in its organization")->required();
  add->add_option("--segment-seconds", channel.segment_seconds, "10 to 3600 (default 900)");
  add->add_option("URL", channel.url)->required();
  auto* list = add_command(*group, "list", "list channels", flags, action,
                           [&](const CommandContext& c) { return channel_list(c, channel); });
  auto* test = add_command(*group, "test", "look at a source without recording it", flags, action,
                           [&](const CommandContext& c) { return channel_test(c, channel); });
  test->add_option("URL", channel.url)->required();
  auto* remove = add_command(*group, "rm", "remove a channel and its footage", flags, action,
                             [&](const CommandContext& c) { return channel_remove(c, channel); });
  remove->add_option("CHANNEL", channel.name, "name or id")->required();
  for (auto* command : {add, list, test, remove}) {
    flags.add_json_to(*command);
    if (command != test) command->add_option("--organization", channel.organization, "slug (default main)");
  }
}

void add_audit_commands(CLI::App& app, Flags& flags, Action& action, std::string& noted) {
  auto* group = app.add_subcommand("audit", "the record of what was done")->require_subcommand(1);
  auto* verify = add_command(*group, "verify", "check that no entry was changed or taken out", flags, action,
                             [&](const CommandContext& c) { return audit_verify(c, noted); });
  verify->add_option("--noted", noted, "ID:HASH that an earlier verification printed; must still be there");
  flags.add_json_to(*verify);
}

void add_secrets_commands(CLI::App& app, Flags& flags, Action& action) {
  auto* group = app.add_subcommand("secrets", "what rests encrypted")->require_subcommand(1);
  auto* rotate =
      add_command(*group, "rotate", "make a new key file and seal every secret anew (server stopped)", flags,
                  action, secrets_rotate);
  flags.add_json_to(*rotate);
}

void add_archive_commands(CLI::App& app, Flags& flags, Action& action, bool& repair, ExportArguments& range,
                          ImportArguments& recording) {
  auto* check_command = add_command(app, "check", "verify rows, files and indexes against each other", flags,
                                    action, [&](const CommandContext& c) { return check(c, repair); });
  check_command->add_flag("--repair", repair, "mend what can be mended; unknown files go to quarantine");
  auto* rebuild_command =
      add_command(app, "rebuild", "make the catalogue anew from the files", flags, action, rebuild);
  auto* export_command = add_command(app, "export", "write a range as one MP4", flags, action,
                                     [&](const CommandContext& c) { return export_range(c, range); });
  export_command->add_option("CHANNEL", range.channel, "name or id")->required();
  export_command->add_option("FROM", range.from, "RFC 3339 instant")->required();
  export_command->add_option("TO", range.to, "RFC 3339 instant")->required();
  export_command->add_option("-o,--output", range.output, "file to write")->required();
  export_command->add_option("--organization", range.organization, "slug (default main)");
  auto* import_command =
      add_command(app, "import", "add a recording that lies in a file (server stopped)", flags, action,
                  [&](const CommandContext& c) { return import_recording(c, recording); });
  import_command->add_option("CHANNEL", recording.channel, "name or id")->required();
  import_command->add_option("FILE", recording.file, "MP4, MOV, MPEG-TS, Matroska or FLV")->required();
  import_command->add_option("--at", recording.at, "RFC 3339 instant of its first picture")->required();
  import_command->add_option("--organization", recording.organization, "slug (default main)");
  for (auto* command : {check_command, rebuild_command, export_command, import_command})
    flags.add_json_to(*command);
}

int run(Flags& flags, const Action& action) {
  const auto config = flags.load();
  if (!config) {
    fmt::print(stderr, "longtake: {}\n", config.error().story());
    return 2;
  }
  const SystemClock clock;
  const auto log = make_stderr_log(config->log_level);
  return action({.config = *config, .clock = clock, .log = *log, .json = flags.json});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Longtake records live channels and hands out any moment of them.", "longtake"};
  app.require_subcommand(1);
  Flags flags;
  Action action;
  UserArguments user;
  TokenArguments token;
  OrganizationArguments organization;
  ChannelArguments channel;
  ExportArguments range;
  ImportArguments recording;
  bool repair = false;
  std::string noted;

  auto* serve_command =
      add_command(app, "serve", "record, and serve page and API", flags, action,
                  [&](const CommandContext& c) { return serve(c, [&] { return flags.load(); }); });
  serve_command->add_option("--listen", flags.listen,
                            "ADDRESS:PORT (default 127.0.0.1:8090); may be repeated");
  add_user_commands(app, flags, action, user);
  add_organization_commands(app, flags, action, organization);
  add_token_commands(app, flags, action, token);
  add_channel_commands(app, flags, action, channel);
  add_archive_commands(app, flags, action, repair, range, recording);
  add_audit_commands(app, flags, action, noted);
  add_secrets_commands(app, flags, action);
  app.add_subcommand("settings", "print every setting with its default, as TOML")->callback([] {
    fmt::print("{}", example_toml());
  });
  app.add_subcommand("openapi", "print the HTTP contract")->callback([] {
    fmt::print("{}", openapi_text());
  });
  app.add_subcommand("version", "print the version")->callback([] {
    fmt::print("longtake {}\n", LONGTAKE_VERSION);
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "longtake: {} (longtake --help tells more)\n", error.what());
    return 2;
  }
  return action ? run(flags, action) : 0;
}
