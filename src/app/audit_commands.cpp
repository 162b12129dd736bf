#include <boost/json/serialize.hpp>

#include "app/catalogue.h"
#include "app/commands.h"

namespace longtake::app {
namespace {

/// "12:9f86d0..." as `audit verify` printed it.
Result<access::AuditHead> parse_head(const std::string& text) {
  const auto colon = text.find(':');
  auto id = parse_id<access::AuditId>(text.substr(0, colon));
  if (colon == std::string::npos || !id || text.size() - colon - 1 != 64)
    return make_error(Code::invalid,
                      "--noted {}: write ID:HASH, as an earlier `longtake audit verify` printed it", text);
  return access::AuditHead{*id, text.substr(colon + 1)};
}

Result<access::AuditVerification> verify(const CommandContext& context, const std::string& noted) {
  std::optional<access::AuditHead> head;
  if (!noted.empty()) {
    LT_TRY(head, parse_head(noted));
  }
  LT_TRY(auto catalogue, Catalogue::open(context.config, context.clock));
  return catalogue->audit().verify(head);
}

}  // namespace

int audit_verify(const CommandContext& context, const std::string& noted) {
  const auto found = verify(context, noted);
  if (!found) return fail(found.error());
  const auto head =
      found->entries == 0 ? std::string{} : fmt::format("{}:{}", found->head.id, found->head.hash);
  if (context.json) {
    boost::json::object out{{"intact", !found->broken_at}, {"entries", found->entries}, {"newest", head}};
    if (found->broken_at) out["brokenAt"] = to_string(found->broken_at);
    fmt::print("{}\n", boost::json::serialize(out));
    return found->broken_at ? 1 : 0;
  }
  if (found->broken_at)
    return fail(make_error(Code::conflict,
                           "audit entry {} was changed, or one before it taken out: compare with a backup of "
                           "the database",
                           found->broken_at));
  fmt::print("{} entries, each follows from the one before", found->entries);
  if (!head.empty()) fmt::print("; newest {}", head);
  fmt::print("\n");
  return 0;
}

}  // namespace longtake::app
