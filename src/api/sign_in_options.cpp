// GET /sign-in-options.
#include <boost/json/array.hpp>

#include "api/context.h"
#include "api/encode.h"

namespace longtake::api {

void add_sign_in_options_routes(http::Router& router, Context& context) {
  router.add(http::Method::get, "/api/v1/sign-in-options",
             [&context](const http::Request&) -> Result<http::Response> {
               return json_response(
                   {{"providers", boost::json::array{}}, {"passwordReset", context.site.outbox != nullptr}});
             });
}

}  // namespace longtake::api
