#pragma once
// Bodies and queries into values, collecting every mistake by name.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "http/problem.h"

namespace longtake::api {

/// Answers 415 when a body is there and is not application/json; nothing when all is well.
std::optional<http::Response> check_media_type(const http::Request& request);

/// 400 with these fields.
http::Response invalid_fields(std::vector<http::FieldError> errors);

/// Reads one JSON object field by field. Every field asked for counts as known; `finish` reports the others.
/// Of many mistakes the first 20 are reported, and of a long name its first 60 bytes.
class Fields {
 public:
  /// The whole body. Not an object: one error about "body".
  explicit Fields(const http::Request& request);

  struct Length {
    std::size_t least = 0, most = 1000;
  };
  struct Bounds {
    std::int64_t least, most;
  };
  std::optional<std::string> text(const std::string& name, Length length);
  std::string required_text(const std::string& name, Length length);
  std::optional<std::int64_t> integer(const std::string& name, Bounds bounds);
  /// Outer nothing: absent; inner nothing: null.
  std::optional<std::optional<std::int64_t>> nullable_integer(const std::string& name, Bounds bounds);
  std::optional<bool> boolean(const std::string& name);
  /// Any number of JSON; 0 when it is none, which is reported.
  double required_number(const std::string& name);
  std::optional<std::string> choice(const std::string& name, const std::vector<std::string>& choices);
  std::string required_choice(const std::string& name, const std::vector<std::string>& choices);
  /// An array of at least one of them, each once.
  std::vector<std::string> required_choices(const std::string& name, const std::vector<std::string>& choices);
  /// An array of `most` texts at most.
  std::optional<std::vector<std::string>> texts(const std::string& name, Length each, std::size_t most);
  WallTime required_instant(const std::string& name);
  std::optional<WallTime> instant(const std::string& name);
  /// Outer nothing: absent; inner nothing: null.
  std::optional<std::optional<WallTime>> nullable_instant(const std::string& name);
  std::optional<std::optional<std::string>> nullable_text(const std::string& name, Length length);
  /// An array of objects; each is to be joined.
  std::optional<std::vector<Fields>> objects(const std::string& name, std::size_t most);
  /// An object whose members the contract does not know.
  std::optional<boost::json::object> free_object(const std::string& name);
  /// A nested object; absent gives nothing. Its errors join ours.
  std::optional<Fields> object(const std::string& name);
  Fields required_object(const std::string& name);

  bool has(const std::string& name) const { return object_->contains(name); }
  /// A text that names somebody or something in letters, lists and the audit, and was read already: fails
  /// unless it is one line that is seen as it is written. Nothing is said of an empty one.
  void check_label(const std::string& name, const std::optional<std::string>& text);
  void fail(const std::string& name, std::string message);
  /// Something was wrong so far.
  bool failed() const { return !errors_.empty(); }
  /// Adds the nested reader's errors and unknown fields to ours. Call when done with it.
  void join(Fields& inner);
  /// Reports unknown fields; a 400 response when anything was wrong.
  std::optional<http::Response> finish();

 private:
  Fields(const boost::json::object* object, std::string prefix)
      : object_(object), prefix_(std::move(prefix)) {}
  const boost::json::value* find(const std::string& name);
  void report_unknown();

  std::shared_ptr<boost::json::value> root_;  ///< of the outermost reader only
  const boost::json::object* object_ = nullptr;
  std::string prefix_;
  std::set<std::string> known_;
  std::vector<http::FieldError> errors_;
};

/// The same for a query string.
class Parameters {
 public:
  explicit Parameters(const http::Request& request) : request_(request) {}

  std::optional<std::string> text(const std::string& name, std::size_t most);
  std::int64_t integer(const std::string& name, std::int64_t fallback, Fields::Bounds bounds);
  std::int64_t required_integer(const std::string& name, Fields::Bounds bounds);
  std::string choice(const std::string& name, const std::vector<std::string>& choices,
                     const std::string& fallback);
  std::optional<WallTime> instant(const std::string& name);
  WallTime required_instant(const std::string& name);
  /// Absent or "live": nothing.
  std::optional<WallTime> instant_or_live(const std::string& name);

  void fail(const std::string& name, std::string message);
  std::optional<http::Response> finish();

 private:
  std::optional<std::string_view> find(const std::string& name);
  const http::Request& request_;
  std::set<std::string> known_;
  std::vector<http::FieldError> errors_;
};

/// Whether If-Match names a version: what is edited is what the caller saw, or nothing is.
bool names_version(const http::Request& request);
/// Whether If-Match lets this version pass; without it every one does.
bool is_of_version(const http::Request& request, std::int64_t version);

/// The part of a list that was asked for.
template <class AnyId>
struct PageOf {
  std::size_t limit = 50;
  AnyId after;
};
/// `limit` and `cursor`, where the cursor is the id of the last row of the page before.
template <class AnyId>
PageOf<AnyId> read_page(Parameters& parameters) {
  PageOf<AnyId> page{.limit = static_cast<std::size_t>(parameters.integer("limit", 50, {1, 200}))};
  if (const auto cursor = parameters.text("cursor", 800)) {
    const auto id = parse_id<AnyId>(*cursor);
    if (id) page.after = *id;
    if (!id) parameters.fail("cursor", "must be the `next` of the page before");
  }
  return page;
}

/// An id of the query that a list is filtered by; zero: any.
template <class AnyId>
AnyId id_filter(Parameters& parameters, const std::string& name) {
  const auto text = parameters.text(name, 64);
  if (!text) return {};
  const auto id = parse_id<AnyId>(*text);
  if (!id) parameters.fail(name, "is not an id");
  return id ? *id : AnyId{};
}

}  // namespace longtake::api
