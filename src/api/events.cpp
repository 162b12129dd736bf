// GET /events.
#include "api/context.h"
#include "api/guard.h"
#include "api/standing.h"
#include "http/problem.h"

namespace longtake::api {
void add_event_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/events",
             guarded(context, access::Permission::be_known,
                     [](Context& context, const http::Request& request,
                        const access::Identity& caller) -> Result<http::Response> {
                       const auto last = request.headers.find("Last-Event-ID").value_or("");
                       auto stream = context.events.open(audience_of(caller), last);
                       if (!stream)
                         return http::problem({.status = 429,
                                               .type = "urn:longtake:too-many",
                                               .detail = "too many pages listen: try again in a while"})
                             .with("Retry-After", "30");
                       return http::Response::events(std::move(stream));
                     }));
}

}  // namespace longtake::api
