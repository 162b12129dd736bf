// GET /storage.
#include "api/storage.h"

#include <vector>

#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "archive/disk_forecast.h"

namespace longtake::api {
namespace {

using access::Identity;

Result<http::Response> storage(Context& context, const http::Request& request, const Identity& caller) {
  Parameters parameters{request};
  if (auto invalid = parameters.finish()) return *std::move(invalid);
  LT_TRY(const auto usage, context.archive.usage());
  // The disk is the site's; what lies on it is each organization's own.
  LT_TRY(const auto channels, context.channels.all());
  std::uint64_t recorded = 0;
  for (const auto& channel : channels)
    if (channel.organization == caller.organization) recorded += context.archive.recorded_bytes(channel.id);
  boost::json::object out{{"diskFreeBytes", usage.disk_free_bytes},
                          {"diskTotalBytes", usage.disk_total_bytes},
                          {"bytesRecorded", recorded}};
  LT_TRY(const auto days, days_left(context));
  if (days) out["daysLeft"] = *days;
  return json_response(out);
}

}  // namespace

Result<std::optional<double>> days_left(const Context& context) {
  LT_TRY(const auto usage, context.archive.usage());
  LT_TRY(const auto channels, context.channels.all());
  std::vector<archive::Growth> recordings;
  for (const auto& channel : channels) {
    const auto status = context.supervisor.status(channel.id);
    if (status.state == ingest::State::recording)
      recordings.push_back({.bits_per_second = status.bit_rate,
                            .stored_bytes = context.archive.recorded_bytes(channel.id),
                            .retention = channel.settings.retention});
  }
  const auto until = archive::time_until_full(recordings, usage.disk_free_bytes);
  if (!until) return std::optional<double>{};
  return std::optional{*until / std::chrono::days{1}};
}

void add_storage_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/storage", guarded(context, access::Permission::watch, storage));
}

}  // namespace longtake::api
