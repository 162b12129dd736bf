#pragma once
// What can be bound to a statement and read from a row: int64, double, text, their optionals, and our own
// instants and ids, which are int64 in rows. Nothing narrower than int64 exists here: SQLite through SOCI
// truncates silently otherwise.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/id.h"
#include "base/time.h"

namespace longtake::storage::sql {

enum class Kind { integer, real, text };

/// One bound argument, or one column of a row.
struct Value {
  Kind kind = Kind::integer;
  bool null = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
};

/// How a C++ type travels: `kind`, `bind` and `read`. Specialised for every type a repository may use.
template <class T>
struct Field;

template <std::integral T>
struct Field<T> {
  static constexpr Kind kind = Kind::integer;
  static Value bind(T v) { return {.kind = kind, .integer = static_cast<std::int64_t>(v)}; }
  static T read(const Value& v) { return static_cast<T>(v.integer); }
};
template <>
struct Field<double> {
  static constexpr Kind kind = Kind::real;
  static Value bind(double v) { return {.kind = kind, .real = v}; }
  static double read(const Value& v) { return v.real; }
};
template <>
struct Field<std::string> {
  static constexpr Kind kind = Kind::text;
  static Value bind(std::string_view v) { return {.kind = kind, .text = std::string{v}}; }
  static std::string read(const Value& v) { return v.text; }
};
template <>
struct Field<std::string_view> : Field<std::string> {};
template <>
struct Field<const char*> : Field<std::string> {};
template <class Tag>
struct Field<Id<Tag>> {
  static constexpr Kind kind = Kind::integer;
  static Value bind(Id<Tag> v) { return Field<std::int64_t>::bind(v.value); }
  static Id<Tag> read(const Value& v) { return Id<Tag>{v.integer}; }
};
template <>
struct Field<WallTime> {
  static constexpr Kind kind = Kind::integer;
  static Value bind(WallTime v) { return Field<std::int64_t>::bind(to_us(v)); }
  static WallTime read(const Value& v) { return wall_from_us(v.integer); }
};
template <>
struct Field<MediaTime> {
  static constexpr Kind kind = Kind::integer;
  static Value bind(MediaTime v) { return Field<std::int64_t>::bind(to_us(v)); }
  static MediaTime read(const Value& v) { return media_from_us(v.integer); }
};
template <class T>
struct Field<std::optional<T>> {
  static constexpr Kind kind = Field<T>::kind;
  static Value bind(const std::optional<T>& v) {
    if (v) return Field<T>::bind(*v);
    return {.kind = kind, .null = true};
  }
  static std::optional<T> read(const Value& v) {
    if (v.null) return std::nullopt;
    return Field<T>::read(v);
  }
};

/// The columns a mapper takes, read from its parameter list:
/// [](std::int64_t id, std::optional<std::string> name) { ... }.
template <class F>
struct Parameters : Parameters<decltype(&F::operator())> {};
template <class R, class C, class... A>
struct Parameters<R (C::*)(A...) const> {
  using Row = R;
  using Columns = std::tuple<std::decay_t<A>...>;
};
template <class R, class C, class... A>
struct Parameters<R (C::*)(A...)> : Parameters<R (C::*)(A...) const> {};

}  // namespace longtake::storage::sql
