#pragma once
// A request as handlers see it, and the response they give. No socket, no Beast: handlers are plain
// functions.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "http/events.h"
#include "io/address.h"
#include "media/slices.h"

namespace longtake::http {

enum class Method { get, head, post, put, patch, delete_, options, other };
std::string_view to_string(Method method);
Method parse_method(std::string_view text);

/// Few fields in the order they came; names compare without case.
class Headers {
 public:
  /// The first field of that name. The view lives as long as the field.
  std::optional<std::string_view> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  /// Replaces all fields of that name.
  void set(std::string_view name, std::string value);
  /// Adds one more (Set-Cookie).
  void add(std::string_view name, std::string value);
  void remove(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Decoded `?a=1&b=2`, in order.
class Query {
 public:
  std::optional<std::string_view> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }

  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Request {
  Method method = Method::get;
  /// As it came: "/a%20b?x=1".
  std::string target;
  /// Decoded, without the query: "/a b". Valid UTF-8 or not, but never with NUL.
  std::string path;
  /// The path between slashes, each decoded on its own: an encoded slash stays inside its segment. "." and
  /// ".." never occur (400 before any handler).
  std::vector<std::string> segments;
  /// The query as it came, without '?'.
  std::string raw_query;
  Query query;
  Headers headers;
  std::string body;
  /// The client: the peer of the connection, or what a trusted proxy says in X-Forwarded-For.
  io::Address remote;
  /// The client came over TLS (a trusted proxy says so in X-Forwarded-Proto).
  bool secure = false;
  /// Unique in this process; answered as X-Request-Id and in the access log.
  std::string id;
  /// The route's pattern, as it was added: "/channels/{channelId}". Lives as long as the router.
  std::string_view route;
  /// What the route's {names} matched, decoded.
  std::vector<std::pair<std::string, std::string>> params;
  /// Asks long work to stop: the server stops, or the client has gone away (noticed where the route is
  /// `watched`).
  std::stop_token stop;

  /// What `{name}` of the route's pattern matched. The route must have it.
  const std::string& param(std::string_view name) const;
  std::optional<std::string_view> find_cookie(std::string_view name) const;
};

/// Text, bytes of memory and files, or an endless stream of events.
class Body {
 public:
  Body();
  Body(std::string text);                     // NOLINT(*-explicit-*)
  Body(media::SliceList slices);              // NOLINT(*-explicit-*)
  Body(std::shared_ptr<EventStream> stream);  // NOLINT(*-explicit-*)
  // Out of line: inlined moves of the variant make g++ 12 warn about bytes it never reads.
  Body(const Body&);
  Body(Body&&) noexcept;
  Body& operator=(const Body&);
  Body& operator=(Body&&) noexcept;
  ~Body();

  /// Null when the body is of another kind.
  std::string* text() { return std::get_if<std::string>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  media::SliceList* slices() { return std::get_if<media::SliceList>(&value_); }
  const media::SliceList* slices() const { return std::get_if<media::SliceList>(&value_); }
  std::shared_ptr<EventStream> events() const;
  /// Bytes; 0 for event streams.
  std::uint64_t size() const;

 private:
  std::variant<std::string, media::SliceList, std::shared_ptr<EventStream>> value_;
};

/// The server adds Date, Content-Length, Connection, X-Request-Id and the security headers; on GET and HEAD
/// it answers conditions (If-None-Match, ...) from the ETag and Last-Modified given here, and cuts slices to
/// the Range asked for.
struct Response {
  int status = 200;
  Headers headers;
  Body body;

  static Response json(std::string text, int status = 200);
  static Response text(std::string text, int status = 200);
  static Response empty(int status = 204);
  /// 303 by default: "the answer is there".
  static Response redirect(std::string location, int status = 303);
  static Response slices(media::SliceList slices, std::string content_type);
  static Response events(std::shared_ptr<EventStream> stream);

  /// Chainable: Response::json(...).with("Cache-Control", "no-store").
  Response&& with(std::string_view name, std::string value) &&;
  /// A strong ETag; quotes are added: with_etag("12-ab").
  Response&& with_etag(std::string_view tag) &&;
  Response&& with_last_modified(WallTime time) &&;
};

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(WallTime time);
/// Only that form (IMF-fixdate); nothing for any other text.
std::optional<WallTime> parse_http_date(std::string_view text);

/// The standard phrase: "Not Found".
std::string_view reason_phrase(int status);

}  // namespace longtake::http
