#pragma once
// Names under which browsers save what they are given.

#include <string>
#include <string_view>

#include "base/id.h"
#include "base/time.h"
#include "http/message.h"

namespace longtake::api {

struct Context;

enum class Disposition { attachment, in_line };
/// The value of Content-Disposition, RFC 6266: an ASCII fallback and the UTF-8 name.
std::string disposition(Disposition kind, const std::string& name);

/// "Channel 7 2026-11-21 18-40-12.mp4": the channel, and the local time of its organization.
struct KeptName {
  OrganizationId organization;
  std::string channel;
  WallTime at;
  std::string_view ending;  ///< "mp4"
};
std::string name_of_kept(const Context& context, const KeptName& name);

/// "2026-11-21 18:40:12.340 +01:00", in the zone of that name.
std::string local_time_of(const Context& context, OrganizationId organization, WallTime at);

}  // namespace longtake::api
