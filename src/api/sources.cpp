// POST /sources/test.
#include <atomic>

#include "api/context.h"
#include "api/decode.h"
#include "api/encode.h"
#include "api/guard.h"
#include "base/own_failure.h"

namespace longtake::api {
namespace {

using access::Identity;

/// Each test holds a thread and a connection for seconds.
constexpr int tests_at_once = 3;

class Slot {
 public:
  explicit Slot(std::atomic<int>& taken) : taken_(taken), free_(taken.fetch_add(1) < tests_at_once) {}
  ~Slot() { taken_.fetch_sub(1); }
  Slot(const Slot&) = delete;
  explicit operator bool() const { return free_; }

 private:
  std::atomic<int>& taken_;
  const bool free_;
};

Result<http::Response> test(Context& context, std::atomic<int>& running, const http::Request& request,
                            const Identity& caller) {
  if (auto refusal = check_media_type(request)) return *std::move(refusal);
  Fields fields{request};
  auto source = fields.required_object("source");
  ingest::SourceTest wanted{.url = source.required_text("url", {1, 2000})};
  fields.join(source);
  const auto channel_id = fields.text("channelId", {1, 64});
  if (auto invalid = fields.finish()) return *std::move(invalid);
  if (channel_id) {
    const auto id = parse_id<ChannelId>(*channel_id);
    if (!id) return no_such("channel");
    LT_TRY(const auto channel, context.channels.get(caller.organization, *id));
    wanted.url = with_stored_credentials(wanted.url, channel.settings.source_url);
  }
  const Slot slot{running};
  if (!slot)
    return http::problem({.status = 429,
                          .type = "urn:longtake:too-many",
                          .detail = "three sources are being tested: wait"})
        .with("Retry-After", "5");
  auto report = context.supervisor.test(wanted, request.stop);
  if (report) return json_response(report_json(*report));
  const auto& error = report.error();
  if (error.code() == Code::internal || is_own_failure(error)) return error;
  return http::problem({.status = 422,
                        .type = "urn:longtake:" + (error.kind().empty() ? "source-failed" : error.kind()),
                        .title = "The source cannot be read",
                        .detail = error.text()});
}

}  // namespace

void add_source_routes(http::Router& router, Context& context) {
  const auto running = std::make_shared<std::atomic<int>>(0);
  router.add(http::Method::post, "/api/v1/sources/test",
             guarded(context, access::Permission::edit_channels,
                     [running](Context& c, const http::Request& request, const Identity& caller) {
                       return test(c, *running, request, caller);
                     }),
             {.watched = true});
}

}  // namespace longtake::api
