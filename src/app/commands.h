#pragma once
// What the program does besides serving. Each returns the exit status: 0 done, 1 failed (one line on standard
// error).

#include <string>

#include <functional>

#include "access/audit.h"
#include "app/config.h"
#include "archive/channels.h"
#include "base/log.h"
#include "base/time.h"

namespace longtake::app {

/// Where a command reads its settings and writes its answer.
struct CommandContext {
  const Config& config;
  const Clock& clock;
  Log& log;
  bool json = false;
};

/// The error as one line on standard error; the exit status of failure.
int fail(const Error& error);

int serve(const CommandContext& context, const std::function<Result<Config>()>& reread);

struct UserArguments {
  std::string email, role = "editor", organization = "main", name;
};
/// The password is one line of standard input.
int user_add(const CommandContext& context, const UserArguments& arguments);
int user_list(const CommandContext& context);
int user_passwd(const CommandContext& context, const UserArguments& arguments);
int user_role(const CommandContext& context, const UserArguments& arguments);
int user_second_factor_off(const CommandContext& context, const UserArguments& arguments);

struct OrganizationArguments {
  std::string slug, name, kind = "desk", time_zone = "UTC", language = "en";
};
int organization_add(const CommandContext& context, const OrganizationArguments& arguments);
int organization_list(const CommandContext& context);

struct TokenArguments {
  std::string email, name = "command line";
};
int token_add(const CommandContext& context, const TokenArguments& arguments);

struct ChannelArguments {
  std::string name, url, organization = "main";
  int segment_seconds = 900;
};
int channel_add(const CommandContext& context, const ChannelArguments& arguments);
int channel_list(const CommandContext& context, const ChannelArguments& arguments);
int channel_test(const CommandContext& context, const ChannelArguments& arguments);
/// `name` may be the channel's name or id.
int channel_remove(const CommandContext& context, const ChannelArguments& arguments);

/// Is the chain of the audit whole? `noted`: "ID:HASH" of an earlier answer, which must still be in it.
int audit_verify(const CommandContext& context, const std::string& noted);

/// A new key file, and everything that was sealed sealed anew with it.
int secrets_rotate(const CommandContext& context);

int check(const CommandContext& context, bool repair);
int rebuild(const CommandContext& context);

struct ExportArguments {
  std::string channel, from, to, output, organization = "main";
};
int export_range(const CommandContext& context, const ExportArguments& arguments);

struct ImportArguments {
  std::string channel, file, at, organization = "main";
};
int import_recording(const CommandContext& context, const ImportArguments& arguments);

class Catalogue;
/// Into the audit, as done by the command line; a failure is logged, because what was done is done.
void record(const CommandContext& context, Catalogue& catalogue, access::Deed deed);
/// By name, else by id. not_found names it.
Result<archive::Channel> find_channel(Catalogue& catalogue, OrganizationId organization,
                                      const std::string& name_or_id);

/// The text of api/openapi.yaml, built in.
std::string_view openapi_text();

}  // namespace longtake::app
