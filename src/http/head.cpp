#include "http/head.h"

#include <iterator>

#include <fmt/format.h>

namespace longtake::http {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value)
    if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t') out += c;
  out += "\r\n";
}

/// Pictures, sound and playlists: what a player on another site may be given the address of.
bool is_media(std::string_view type) {
  for (const std::string_view kind : {"video/", "audio/", "image/", "application/vnd.apple.mpegurl"})
    if (type.starts_with(kind)) return true;
  return false;
}

void append_safety(std::string& out, const Response& response, bool secure) {
  out += "X-Content-Type-Options: nosniff\r\n";
  if (!response.headers.contains("Referrer-Policy")) out += "Referrer-Policy: same-origin\r\n";
  const auto type = response.headers.find("Content-Type").value_or("");
  if (!is_media(type)) out += "Cross-Origin-Resource-Policy: same-origin\r\n";
  // An answer of the API opened as a page shows nothing and runs nothing, whatever it holds.
  if (type.starts_with("application/json") || type.starts_with("application/problem+json"))
    out += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  if (secure) out += "Strict-Transport-Security: max-age=63072000\r\n";
}

}  // namespace

std::string format_head(const Response& response, const HeadFacts& facts) {
  std::string out;
  out.reserve(512);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                 reason_phrase(response.status));
  append_field(out, "Date", format_http_date(facts.now));
  for (const auto& [name, value] : response.headers)
    append_field(out, name, value);
  const bool events = response.body.events() != nullptr;
  if (!events && response.status != 204 && response.status != 304)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  if (!facts.keep_alive)
    out += "Connection: close\r\n";
  else if (facts.old_client)
    out += "Connection: keep-alive\r\n";
  if (!facts.request_id.empty()) append_field(out, "X-Request-Id", facts.request_id);
  append_safety(out, response, facts.secure);
  out += "\r\n";
  return out;
}

}  // namespace longtake::http
