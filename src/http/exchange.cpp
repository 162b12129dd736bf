#include "http/exchange.h"

#include <exception>

#include <fmt/format.h>

#include "base/own_failure.h"
#include "http/problem.h"
#include "http/ranges.h"
#include "http/target.h"

namespace longtake::http {

Plan plan(const Router& router, Request& request, bool needs_host) {
  auto target = parse_target(request.target);
  if (!target.ok()) return {nullptr, problem(400, target.error().text())};
  if (needs_host && !request.headers.contains("Host"))
    return {nullptr, problem(400, "the request has no Host")};
  request.path = std::move(target->path);
  request.segments = std::move(target->segments);
  request.raw_query = std::move(target->raw_query);
  request.query = std::move(target->query);
  if (request.segments.empty()) {  // "*"
    if (request.method != Method::options) return {nullptr, problem(400, "'*' is for OPTIONS")};
    return {nullptr, Response::empty(204).with("Allow", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")};
  }
  auto match = router.find(request.method, request.segments);
  if (match.route) {
    request.params = std::move(match.params);
    request.route = match.route->pattern;
    return {match.route, {}};
  }
  if (match.allow.empty())
    return {nullptr, problem(404, fmt::format("there is nothing at {}", request.path))};
  if (request.method == Method::options) return {nullptr, Response::empty(204).with("Allow", match.allow)};
  return {nullptr,
          problem(405, fmt::format("this address takes {}", match.allow)).with("Allow", match.allow)};
}

std::string told_path(const Request& request) {
  if (!request.route.empty())
    return std::string{request.route.find("{token}") == std::string::npos ? request.path : request.route};
  // The page's own addresses carry tokens too: /invitation/TOKEN.
  constexpr std::size_t token_size = 20;
  std::string out;
  for (const auto& segment : request.segments) {
    const bool secret = segment.size() >= token_size && segment.find('.') == segment.npos;
    out += '/';
    out += secret ? std::string_view{"{token}"} : std::string_view{segment};
  }
  return out.empty() ? request.path : out;
}

namespace {

/// Failures of our own that end by themselves.
bool passes(Code code) {
  return code == Code::unavailable || code == Code::conflict || code == Code::not_found;
}

}  // namespace

std::optional<Response> try_at_once(const Router::Route& route, const Request& request) {
  if (!route.options.at_once) return {};
  try {
    auto answer = route.options.at_once(request);
    if (answer) apply_conditions(request, *answer);
    return answer;
  } catch (const std::exception&) {
    return {};
  }
}

Response run_handler(const Handler& handler, const Request& request, Log& log) {
  const auto failed = [&](LogLevel level, std::string_view story, Response answer) {
    log.write(level, "request failed",
              {{"id", request.id},
               {"method", to_string(request.method)},
               {"path", told_path(request)},
               {"error", story}});
    return answer;
  };
  const auto surprised = [&](std::string_view story) {
    return failed(LogLevel::error, story, problem(Error{Code::internal, {}}));
  };
  try {
    auto result = handler(request);
    if (!result.ok()) {
      const auto& error = result.error();
      if (is_own_failure(error) || error.code() == Code::internal)
        return failed(passes(error.code()) ? LogLevel::warn : LogLevel::error, error.story(), problem(error));
      log.debug("request refused",
                {{"id", request.id}, {"path", told_path(request)}, {"error", error.story()}});
      return problem(error);
    }
    apply_conditions(request, *result);
    return std::move(*result);
  } catch (const std::exception& e) {
    return surprised(e.what());
  } catch (...) {
    return surprised("an exception of unknown kind");
  }
}

Response overloaded() {
  return problem(503, "too much is being done at once: try again in a second");
}

}  // namespace longtake::http
