#include "http/router.h"

#include <algorithm>
#include <cassert>
#include <set>

namespace longtake::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  assert(path.starts_with('/'));
  std::vector<std::string> parts;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Router::Piece Router::parse_piece(std::string_view text) {
  Piece piece;
  const auto open = text.find('{');
  if (open == std::string_view::npos) {
    piece.prefix = text;
    return piece;
  }
  const auto close = text.find('}', open);
  assert(close != std::string_view::npos && text.find('{', close) == std::string_view::npos);
  piece.prefix = text.substr(0, open);
  piece.param = text.substr(open + 1, close - open - 1);
  piece.suffix = text.substr(close + 1);
  piece.kind = piece.prefix.empty() && piece.suffix.empty() ? Piece::name : Piece::mixed;
  if (piece.param.ends_with("...")) {
    assert(piece.kind == Piece::name);
    piece.kind = Piece::rest;
    piece.param.resize(piece.param.size() - 3);
  }
  return piece;
}

void Router::add(Method method, std::string_view text, Handler handler, RouteOptions options) {
  std::vector<Piece> pieces;
  for (const auto& part : split(text)) {
    assert(pieces.empty() || pieces.back().kind != Piece::rest);
    pieces.push_back(parse_piece(part));
  }
  // Most specific first: by kind of piece from the left; longer fixed text first within a kind, so that
  // "{name}.tar.gz" is tried before "{name}.gz".
  const auto before = [](const Pattern& pattern, const std::vector<Piece>& other) {
    return std::lexicographical_compare(
        pattern.pieces.begin(), pattern.pieces.end(), other.begin(), other.end(),
        [](const Piece& a, const Piece& b) {
          if (a.kind != b.kind) return a.kind < b.kind;
          const auto fixed_a = a.prefix.size() + a.suffix.size(), fixed_b = b.prefix.size() + b.suffix.size();
          if (fixed_a != fixed_b) return fixed_a > fixed_b;
          return std::tie(a.prefix, a.suffix, a.param) < std::tie(b.prefix, b.suffix, b.param);
        });
  };
  auto at = std::lower_bound(patterns_.begin(), patterns_.end(), pieces, before);
  if (at == patterns_.end() || at->pieces != pieces) at = patterns_.insert(at, {std::move(pieces), {}});
  assert(
      std::none_of(at->methods.begin(), at->methods.end(), [&](const auto& m) { return m.first == method; }));
  at->methods.emplace_back(method, Route{std::move(handler), options, std::string{text}});
}

bool Router::matches(const Pattern& pattern, const std::vector<std::string>& segments,
                     std::vector<std::pair<std::string, std::string>>& params) {
  const auto& pieces = pattern.pieces;
  const bool open_end = pieces.back().kind == Piece::rest;
  if (open_end ? segments.size() + 1 < pieces.size() : segments.size() != pieces.size()) return false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    if (piece.kind == Piece::rest) {
      std::string rest;
      for (std::size_t k = i; k < segments.size(); ++k)
        (rest += k > i ? "/" : "") += segments[k];
      params.emplace_back(piece.param, std::move(rest));
      return true;
    }
    const std::string_view segment = segments[i];
    if (piece.kind == Piece::literal) {
      if (segment != piece.prefix) return false;
      continue;
    }
    if (segment.size() <= piece.prefix.size() + piece.suffix.size() || !segment.starts_with(piece.prefix) ||
        !segment.ends_with(piece.suffix))
      return false;
    params.emplace_back(
        piece.param,
        segment.substr(piece.prefix.size(), segment.size() - piece.prefix.size() - piece.suffix.size()));
  }
  return true;
}

Router::Match Router::find(Method method, const std::vector<std::string>& segments) const {
  const Method wanted = method == Method::head ? Method::get : method;
  std::set<std::string_view> allowed, by_fallback;
  Match match, fallback;
  for (const auto& pattern : patterns_) {
    match.params.clear();
    if (!matches(pattern, segments, match.params)) continue;
    for (const auto& [m, route] : pattern.methods) {
      const bool last = route.options.fallback;
      if (m == wanted && !last) {
        match.route = &route;
        return match;
      }
      if (m == wanted && !fallback.route) fallback = {.route = &route, .params = match.params, .allow = {}};
      auto& methods = last ? by_fallback : allowed;
      methods.insert(to_string(m));
      if (m == Method::get) methods.insert("HEAD");
    }
  }
  if (allowed.empty() && fallback.route) return fallback;
  if (allowed.empty() && method == Method::options) allowed = std::move(by_fallback);
  match.params.clear();
  if (!allowed.empty()) allowed.insert("OPTIONS");
  for (const auto name : allowed)
    (match.allow += match.allow.empty() ? "" : ", ") += name;
  return match;
}

}  // namespace longtake::http
