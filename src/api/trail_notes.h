#pragma once
// What the audit shows of notes: no text, which has its own revisions.

#include "api/trail.h"

namespace longtake::api {

std::optional<boost::json::object> note_facts(const Context& context, const access::Identity& caller,
                                              const http::Request& request, const std::string& id);
std::optional<boost::json::object> note_template_facts(const Context& context, const access::Identity& caller,
                                                       const http::Request& request, const std::string& id);

}  // namespace longtake::api
