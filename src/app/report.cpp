#include "app/catalogue.h"
#include "app/commands.h"

namespace longtake::app {

int fail(const Error& error) {
  fmt::print(stderr, "longtake: {}\n", error.story());
  return 1;
}

void record(const CommandContext& context, Catalogue& catalogue, access::Deed deed) {
  deed.kind = access::ActorKind::command;
  if (const auto recorded = catalogue.audit().record(deed); !recorded)
    context.log.error("not recorded in the audit", {{"action", deed.action},
                                                    {"thing", deed.thing},
                                                    {"id", deed.thing_id},
                                                    {"error", recorded.error().story()}});
}

}  // namespace longtake::app
