#pragma once
// Result<T>: a value, or an Error that tells a story. Ordinary failures (network, disk, bad input) are
// results; exceptions mean bugs.

#include <fmt/format.h>

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace longtake {

/// What the caller should do about a failure. Closed: `Code` becomes an HTTP status in one table of `api`.
enum class Code { not_found, invalid, conflict, unavailable, forbidden, full, internal };
std::string_view to_string(Code code);

class Error {
 public:
  Error(Code code, std::string text) : code_(code), text_(std::move(text)) {}

  Code code() const { return code_; }
  /// The failure itself, one line, naming the thing and the mend.
  const std::string& text() const { return text_; }
  /// A short name for programs and translations, "source-refused"; empty when the code says enough. Becomes
  /// the problem type urn:longtake:<kind> of the contract.
  const std::string& kind() const { return kind_; }
  Error named(std::string kind) && {
    kind_ = std::move(kind);
    return std::move(*this);
  }
  /// What was being done, innermost first.
  const std::vector<std::string>& steps() const { return steps_; }

  Error& while_doing(std::string step) {
    steps_.push_back(std::move(step));
    return *this;
  }

  /// "no recording at 10:31:02Z <- building playlist of channel 7", for logs.
  std::string story() const;

 private:
  Code code_;
  std::string text_;
  std::string kind_;
  std::vector<std::string> steps_;
};

template <class... Args>
Error make_error(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  T&& value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return assert(!ok()), std::get<1>(state_); }
  const Error& error() const& { return assert(!ok()), std::get<1>(state_); }
  Error&& error() && { return assert(!ok()), std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }

  Error& error() & { return assert(error_), *error_; }
  const Error& error() const& { return assert(error_), *error_; }
  Error&& error() && { return assert(error_), *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

// LT_TRY(auto spans, find_spans(x), "building playlist of {}", channel);   declares and assigns, or returns
// LT_CHECK(write(x), "writing {}", path);                                  for Status, or a value not needed
#define LT_CONCAT_(a, b) a##b
#define LT_CONCAT(a, b) LT_CONCAT_(a, b)
#define LT_TRY_(temp, decl, expr, ...)                                                                   \
  auto temp = (expr);                                                                                    \
  if (!temp.ok()) return ::longtake::detail::failed(std::move(temp).error() __VA_OPT__(, ) __VA_ARGS__); \
  decl = std::move(temp).value()
#define LT_TRY(decl, expr, ...) \
  LT_TRY_(LT_CONCAT(lt_result_, __LINE__), decl, expr __VA_OPT__(, ) __VA_ARGS__)
#define LT_CHECK(expr, ...)                                                                       \
  do {                                                                                            \
    if (auto lt_status = (expr); !lt_status.ok())                                                 \
      return ::longtake::detail::failed(std::move(lt_status).error() __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

namespace detail {
inline Error failed(Error error) {
  return error;
}
template <class... Args>
Error failed(Error error, fmt::format_string<Args...> step, Args&&... args) {
  error.while_doing(fmt::format(step, std::forward<Args>(args)...));
  return error;
}
}  // namespace detail

}  // namespace longtake
