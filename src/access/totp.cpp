#include "access/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>
#include <cctype>

#include "access/percent_encode.h"

namespace longtake::access {
namespace {

constexpr std::int64_t step_seconds = 30;
// Crockford's: without letters that look like others.
constexpr std::string_view recovery_letters = "0123456789abcdefghjkmnpqrstvwxyz";

std::string random_bytes(std::size_t size) {
  if (sodium_init() < 0) std::abort();  // no randomness: going on would hand out guessable secrets
  std::string out(size, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string encode_five_bits(std::string_view bytes, std::string_view letters) {
  std::string out;
  std::uint32_t pending = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    pending = pending << 8 | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5)
      out += letters[pending >> (bits - 5) & 31];
  }
  if (bits > 0) out += letters[pending << (5 - bits) & 31];
  return out;
}

}  // namespace

std::string make_totp_secret() {
  return random_bytes(20);
}

std::string to_base32(std::string_view bytes) {
  return encode_five_bits(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

std::int64_t totp_step(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count() / step_seconds;
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (int i = 0; i < 8; ++i)
    counter[static_cast<std::size_t>(i)] =
        static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(::EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(),
         digest.data(), &size);
  // RFC 4226 5.3: the last nibble says where the four bytes are.
  const std::size_t at = digest[19] & 15U;
  const std::uint32_t number = (digest[at] & 0x7fU) << 24 | static_cast<std::uint32_t>(digest[at + 1]) << 16 |
                               static_cast<std::uint32_t>(digest[at + 2]) << 8 | digest[at + 3];
  return fmt::format("{:06}", number % 1'000'000);
}

std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code, WallTime now,
                                           std::int64_t last) {
  std::string digits;
  for (const char c : code)
    if (c != ' ') digits += c;
  if (digits.size() != 6) return {};
  std::optional<std::int64_t> found;
  for (const std::int64_t drift : {0, -1, 1}) {
    const auto step = totp_step(now) + drift;
    const auto expected = totp_code(secret, step);
    if (sodium_memcmp(expected.data(), digits.data(), digits.size()) == 0 && step > last && !found)
      found = step;
  }
  return found;
}

std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account) {
  return fmt::format("otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits=6&period=30",
                     percent_encode(issuer), percent_encode(account), to_base32(secret));
}

std::vector<std::string> make_recovery_codes() {
  std::vector<std::string> codes;
  for (int i = 0; i < 10; ++i) {
    auto code = encode_five_bits(random_bytes(10), recovery_letters);
    for (const std::size_t at : {12, 8, 4})
      code.insert(at, "-");
    codes.push_back(std::move(code));
  }
  return codes;
}

std::string normal_recovery_code(std::string_view typed) {
  std::string out;
  for (const unsigned char byte : typed) {
    const auto c = static_cast<char>(std::tolower(byte));
    if (c == 'o')
      out += '0';
    else if (c == 'i' || c == 'l')
      out += '1';
    else if (c != '-' && c != ' ')
      out += c;
  }
  return out;
}

}  // namespace longtake::access
