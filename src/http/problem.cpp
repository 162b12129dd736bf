#include "http/problem.h"

#include <fmt/format.h>

#include "base/own_failure.h"
#include "base/text.h"

namespace longtake::http {
namespace {

std::string_view usual_type(int status) {
  switch (status) {
    case 401:
      return "urn:longtake:signed-out";
    case 403:
      return "urn:longtake:forbidden";
    case 404:
      return "urn:longtake:not-found";
    case 405:
      return "urn:longtake:wrong-method";
    case 409:
      return "urn:longtake:conflict";
    case 412:
      return "urn:longtake:stale";
    case 413:
    case 414:
    case 431:
      return "urn:longtake:too-large";
    case 415:
      return "urn:longtake:wrong-media-type";
    case 416:
      return "urn:longtake:bad-range";
    case 428:
      return "urn:longtake:missing-if-match";
    case 429:
      return "urn:longtake:too-many";
    case 503:
      return "urn:longtake:unavailable";
    case 507:
      return "urn:longtake:full";
    default:
      return status < 500 ? "urn:longtake:invalid" : "urn:longtake:internal";
  }
}

}  // namespace

std::string json_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t size = utf8_length(text, i);
    if (size == 0) {
      out += "\xef\xbf\xbd";
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(i, size);
    }
    i += size;
  }
  out += '"';
  return out;
}

Response problem(const Problem& p) {
  std::string text = fmt::format(R"({{"type":{},"title":{},"status":{})",
                                 json_quote(p.type.empty() ? usual_type(p.status) : p.type),
                                 json_quote(p.title.empty() ? reason_phrase(p.status) : p.title), p.status);
  if (!p.detail.empty()) text += ",\"detail\":" + json_quote(p.detail);
  if (!p.errors.empty()) {
    text += ",\"errors\":[";
    for (const auto& e : p.errors) {
      if (&e != p.errors.data()) text += ',';
      text += fmt::format(R"({{"field":{},"message":{}}})", json_quote(e.field), json_quote(e.message));
    }
    text += ']';
  }
  if (p.extension) text += fmt::format(",{}:{}", json_quote(p.extension->first), p.extension->second);
  text += '}';
  Response response{.status = p.status, .headers = {}, .body = std::move(text)};
  response.headers.add("Content-Type", "application/problem+json");
  response.headers.add("Cache-Control", "no-store");
  if (p.status == 503 || p.status == 429) response.headers.add("Retry-After", "1");
  return response;
}

Response problem(int status, std::string detail) {
  return problem(
      Problem{.status = status, .type = {}, .title = {}, .detail = std::move(detail), .errors = {}});
}

int status_of(Code code) {
  switch (code) {
    case Code::not_found:
      return 404;
    case Code::invalid:
      return 400;
    case Code::conflict:
      return 409;
    case Code::unavailable:
      return 503;
    case Code::forbidden:
      return 403;
    case Code::full:
      return 507;
    case Code::internal:
      return 500;
  }
  return 500;
}

namespace {

/// What the system or the database said names our files: it stays in the log. Nor is it the asker's mistake.
Response own_problem(Code code) {
  const bool mistake = code == Code::invalid || code == Code::forbidden;
  return problem(mistake ? 500 : status_of(code), std::string{own_failure_text(code)});
}

}  // namespace

Response problem(const Error& error) {
  if (is_for_the_log(error)) return own_problem(error.code());
  if (!error.kind().empty())
    return problem(
        {.status = status_of(error.code()), .type = "urn:longtake:" + error.kind(), .detail = error.text()});
  return problem(status_of(error.code()), error.text());
}

}  // namespace longtake::http
