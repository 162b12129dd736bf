#include "access/secrets.h"

#include <sodium.h>

#include <array>

#include "access/base64url.h"
#include "access/weak_passwords.h"
#include "base/text.h"

namespace longtake::access {
namespace {

constexpr unsigned long long opslimit = 2;
constexpr std::size_t memlimit = std::size_t{19} << 20;

/// libsodium wants one call before all others; it is idempotent and thread-safe.
bool ready() {
  return sodium_init() >= 0;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (!ready() || crypto_pwhash_str_alg(out.data(), password.data(), password.size(), opslimit, memlimit,
                                        crypto_pwhash_ALG_ARGON2ID13) != 0)
    return make_error(Code::unavailable, "no memory to hash a password: free 19 MiB");
  return std::string{out.data()};
}

bool verify_password(std::string_view password, const std::string& hash) {
  return ready() && crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void waste_verification(std::string_view password) {
  std::array<unsigned char, 32> out{};
  const std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  if (!ready()) return;
  // g++ does not take (void) for an answer: the result is looked at, whatever it is.
  if (crypto_pwhash(out.data(), out.size(), password.data(), password.size(), salt.data(), opslimit, memlimit,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return;
}

Status check_password_rules(std::string_view password, std::string_view owner) {
  if (count_code_points(password) < 10 || password.size() > 1024)
    return make_error(Code::invalid, "a password has 10 to 1024 characters");
  for (const unsigned char c : password)
    if (c < 0x20 || c == 0x7f) return make_error(Code::invalid, "a password has no control characters");
  if (const auto weakness = find_weakness(password, owner))
    return make_error(Code::invalid,
                      "this password is {}: choose another, such as four words that have nothing in common",
                      *weakness);
  return {};
}

std::string make_token() {
  std::array<unsigned char, 32> bits{};
  if (!ready()) std::abort();  // no randomness: going on would hand out guessable tokens
  randombytes_buf(bits.data(), bits.size());
  return to_base64url({reinterpret_cast<const char*>(bits.data()), bits.size()});
}

std::string hash_token(std::string_view token) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
  std::string out(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), digest.data(), digest.size());
  out.pop_back();
  return out;
}

}  // namespace longtake::access
