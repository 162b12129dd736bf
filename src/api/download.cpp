#include "api/download.h"

#include "api/context.h"
#include "base/zone.h"

namespace longtake::api {

std::string disposition(Disposition kind, const std::string& name) {
  std::string ascii, encoded;
  for (const unsigned char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '-' || c == '_';
    ascii += plain || c == ' ' ? static_cast<char>(c) : '_';
    encoded += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}",
                     kind == Disposition::attachment ? "attachment" : "inline", ascii, encoded);
}

namespace {

/// As the organization's clock shows it; in UTC where that is not known.
template <class Format>
std::string local(const Context& context, OrganizationId id, WallTime at, Format format) {
  const auto organization = context.organizations.get(id);
  auto out = format(organization ? organization->time_zone : "UTC", at);
  if (!out) out = format("UTC", at);
  return *out;
}

}  // namespace

std::string name_of_kept(const Context& context, const KeptName& name) {
  return fmt::format("{} {}.{}", name.channel,
                     local(context, name.organization, name.at, format_local_for_file), name.ending);
}

std::string local_time_of(const Context& context, OrganizationId organization, WallTime at) {
  return local(context, organization, at, format_local);
}

}  // namespace longtake::api
