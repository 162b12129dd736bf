#pragma once
// For tests: a database of its own, a clock that passes when told, and the repositories of this room.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "access/memberships.h"
#include "access/organizations.h"
#include "access/people.h"
#include "access/proofs.h"
#include "access/second_factor.h"
#include "access/sessions.h"
#include "access/tokens.h"
#include "storage/secret_box.h"
#include "storage/sql/database.h"

namespace longtake::access {

class FakeClock final : public Clock {
 public:
  WallTime now() const override {
    return wall_from_us(1'795'000'000'000'000) + std::chrono::duration_cast<Micros>(passed_);
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{} + passed_;
  }
  void pass(std::chrono::nanoseconds d) { passed_ += d; }

 private:
  std::chrono::nanoseconds passed_{std::chrono::hours{1}};
};

/// A letter that goes out.
inline constexpr auto sent = [](const auto&) { return true; };

class AccessTest : public ::testing::Test {
 protected:
  AccessTest()
      : folder_(std::filesystem::temp_directory_path() /
                fmt::format("longtake-access-{}-{}", ::getpid(), reinterpret_cast<std::uintptr_t>(this))) {
    std::filesystem::create_directories(folder_);
    database_ = std::move(*storage::sql::Database::open({.path = (folder_ / "test.db").string()}, clock_));
    secrets_.emplace(std::move(*storage::SecretBox::open((folder_ / "secret.key").string())));
    factors_ = std::make_unique<SecondFactors>(*database_, *secrets_, clock_);
    proofs_ = std::make_unique<Proofs>(*database_, *factors_, clock_);
    people_ = std::make_unique<People>(*database_, clock_);
    sessions_ = std::make_unique<Sessions>(*database_, clock_);
    tokens_ = std::make_unique<Tokens>(*database_, clock_);
    organizations_ = std::make_unique<Organizations>(*database_, clock_);
    memberships_ = std::make_unique<Memberships>(*database_);
  }
  ~AccessTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  Status add(const std::string& email, Role role) {
    LT_CHECK(people_->add({.email = email, .role = role, .password = password}));
    return {};
  }
  Result<Proven> prove(const std::string& email, const std::string& with) {
    return proofs_->prove({.email = email, .password = with, .code = {}, .address = "127.0.0.1"});
  }
  Result<Sessions::SignedIn> sign_in(const std::string& email, const std::string& with) {
    LT_TRY(const auto who, prove(email, with));
    return sessions_->open(who, {.remote = "127.0.0.1", .agent = "test"});
  }

  /// What an authenticator app makes of a secret's text.
  static std::string bytes_of(std::string_view base32) {
    std::string out;
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : base32) {
      pending = pending << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      if ((bits += 5) >= 8) out += static_cast<char>(pending >> (bits -= 8) & 255);
    }
    return out;
  }

  static constexpr const char* password = "correct horse battery";
  std::filesystem::path folder_;
  FakeClock clock_;
  std::unique_ptr<storage::sql::Database> database_;
  std::optional<storage::SecretBox> secrets_;
  std::unique_ptr<SecondFactors> factors_;
  std::unique_ptr<Proofs> proofs_;
  std::unique_ptr<People> people_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Organizations> organizations_;
  std::unique_ptr<Memberships> memberships_;
};

}  // namespace longtake::access
