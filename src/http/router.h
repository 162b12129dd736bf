#pragma once
// Method and path to handler. A pattern is segments between slashes: literal, "{name}" (one segment, not
// empty), mixed "frame.{format}", and last "{name...}" (the rest, may be empty, slashes included). Literal
// beats mixed beats {name} beats {name...}, segment by segment from the left. The order of adding does not
// matter.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace longtake::http {

/// Where a handler runs.
enum class Run {
  pooled,  // on a small pool: may block on disk and database; pool full -> 503 with Retry-After
  decode,  // on the low-priority pool of cpu - 1 threads; skipped when the client has gone meanwhile
};

/// An Error becomes problem(error) and, when internal, a log line. Exceptions become 500. Called from several
/// threads.
using Handler = std::function<Result<Response>(const Request&)>;

/// The handler's answer when it can be had without waiting, from memory alone: given by the thread that reads
/// the socket, which serves others too. Nothing: the handler is asked, where it runs.
using AtOnce = std::function<std::optional<Response>(const Request&)>;

struct RouteOptions {
  Run run = Run::pooled;
  /// 413 beyond.
  std::size_t body_limit = std::size_t{1} << 20;
  /// The handler may take long and looks at `Request::stop`: a client that hangs up meanwhile is noticed. Of
  /// `decode` always; short answers do without, for it costs a wait on the socket each.
  bool watched = false;
  /// Asked first.
  AtOnce at_once;
  /// Answers only where nothing else lies, of whatever method; 405 never names it.
  bool fallback = false;
};

class Router {
 public:
  /// A GET route also answers HEAD; OPTIONS is answered from the methods there are. A second handler for the
  /// same method and pattern, and a malformed pattern, are our mistakes: assert.
  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  struct Route {
    Handler handler;
    RouteOptions options;
    std::string pattern;
  };
  struct Match {
    /// Null: no such path (allow empty) or no such method (allow lists those there are).
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> params;
    /// "GET, HEAD, OPTIONS, POST".
    std::string allow;
  };
  /// HEAD finds GET routes. Pointers live as long as the router and until the next `add`.
  Match find(Method method, const std::vector<std::string>& segments) const;

 private:
  struct Piece {
    enum Kind { literal, mixed, name, rest } kind = literal;
    std::string prefix;  // literal text, or what comes before {name}
    std::string param;
    std::string suffix;
    auto operator<=>(const Piece&) const = default;
  };
  struct Pattern {
    std::vector<Piece> pieces;
    std::vector<std::pair<Method, Route>> methods;
  };
  static Piece parse_piece(std::string_view text);
  static bool matches(const Pattern& pattern, const std::vector<std::string>& segments,
                      std::vector<std::pair<std::string, std::string>>& params);

  std::vector<Pattern> patterns_;  // most specific first
};

}  // namespace longtake::http
