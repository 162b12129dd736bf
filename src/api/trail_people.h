#pragma once
// Facts of people's things for the audit: what they may, never what they are called.

#include "api/trail.h"

namespace longtake::api {

std::optional<boost::json::object> organization_facts(const Context& context, const access::Identity& caller,
                                                      const http::Request& request, const std::string& id);
std::optional<boost::json::object> member_facts(const Context& context, const access::Identity& caller,
                                                const http::Request& request, const std::string& id);
std::optional<boost::json::object> person_facts(const Context& context, const access::Identity& caller,
                                                const http::Request& request, const std::string& id);
std::optional<boost::json::object> invitation_facts(const Context& context, const access::Identity& caller,
                                                    const http::Request& request, const std::string& id);
std::optional<boost::json::object> token_facts(const Context& context, const access::Identity& caller,
                                               const http::Request& request, const std::string& id);

}  // namespace longtake::api
