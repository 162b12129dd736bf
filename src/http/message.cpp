#include "http/message.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include <fmt/format.h>

namespace longtake::http {
namespace {

constexpr std::pair<Method, std::string_view> method_names[] = {
    {Method::get, "GET"},     {Method::head, "HEAD"},      {Method::post, "POST"},       {Method::put, "PUT"},
    {Method::patch, "PATCH"}, {Method::delete_, "DELETE"}, {Method::options, "OPTIONS"},
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> number(std::string_view digits) {
  int n = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (ec != std::errc{} || end != digits.data() + digits.size() || n < 0) return std::nullopt;
  return n;
}

}  // namespace

std::string_view to_string(Method method) {
  for (const auto& [m, name] : method_names)
    if (m == method) return name;
  return "OTHER";
}

Method parse_method(std::string_view text) {
  for (const auto& [m, name] : method_names)
    if (name == text) return m;
  return Method::other;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [n, value] : fields_)
    if (same_name(n, name)) return value;
  return std::nullopt;
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(name, std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const auto& [n, value] : items_)
    if (n == name) return value;
  return std::nullopt;
}

const std::string& Request::param(std::string_view name) const {
  for (const auto& [n, value] : params)
    if (n == name) return value;
  assert(!"the route's pattern has no such name");
  static const std::string none;
  return none;
}

std::optional<std::string_view> Request::find_cookie(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (!same_name(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      while (pair.starts_with(' '))
        pair.remove_prefix(1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

Response Response::json(std::string text, int status) {
  Response r{.status = status, .headers = {}, .body = std::move(text)};
  r.headers.add("Content-Type", "application/json");
  return r;
}

Response Response::text(std::string text, int status) {
  Response r{.status = status, .headers = {}, .body = std::move(text)};
  r.headers.add("Content-Type", "text/plain; charset=utf-8");
  return r;
}

Response Response::empty(int status) {
  return {.status = status, .headers = {}, .body = {}};
}

Response Response::redirect(std::string location, int status) {
  Response r{.status = status, .headers = {}, .body = {}};
  r.headers.add("Location", std::move(location));
  return r;
}

Response Response::slices(media::SliceList slices, std::string content_type) {
  Response r{.status = 200, .headers = {}, .body = std::move(slices)};
  r.headers.add("Content-Type", std::move(content_type));
  return r;
}

Response Response::events(std::shared_ptr<EventStream> stream) {
  Response r{.status = 200, .headers = {}, .body = std::move(stream)};
  r.headers.add("Content-Type", "text/event-stream");
  r.headers.add("Cache-Control", "no-store");
  r.headers.add("X-Accel-Buffering", "no");  // nginx would hold events back
  return r;
}

Response&& Response::with(std::string_view name, std::string value) && {
  headers.set(name, std::move(value));
  return std::move(*this);
}

Response&& Response::with_etag(std::string_view tag) && {
  return std::move(*this).with("ETag", fmt::format("\"{}\"", tag));
}

Response&& Response::with_last_modified(WallTime time) && {
  return std::move(*this).with("Last-Modified", format_http_date(time));
}

Body::Body() = default;
Body::Body(std::string text) : value_(std::move(text)) {}
Body::Body(media::SliceList slices) : value_(std::move(slices)) {}
Body::Body(std::shared_ptr<EventStream> stream) : value_(std::move(stream)) {}
Body::Body(const Body&) = default;
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(const Body&) = default;
Body& Body::operator=(Body&&) noexcept = default;
Body::~Body() = default;

std::shared_ptr<EventStream> Body::events() const {
  const auto* stream = std::get_if<std::shared_ptr<EventStream>>(&value_);
  return stream ? *stream : nullptr;
}

std::uint64_t Body::size() const {
  if (const auto* t = text()) return t->size();
  if (const auto* s = slices()) return s->size();
  return 0;
}

std::string format_http_date(WallTime time) {
  using namespace std::chrono;
  const auto seconds = floor<std::chrono::seconds>(time);
  const auto day = floor<std::chrono::days>(seconds);
  const year_month_day date{day};
  const hh_mm_ss clock{seconds - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  // Sun, 06 Nov 1994 08:49:37 GMT
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT")
    return std::nullopt;
  const auto* month = std::find(std::begin(months), std::end(months), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)),
             second = number(text.substr(23, 2));
  if (month == std::end(months) || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(month - std::begin(months)) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

}  // namespace longtake::http
