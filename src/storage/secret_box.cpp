#include "storage/secret_box.h"

#include <sodium.h>
#include <sys/stat.h>

#include <vector>

#include "io/file.h"

namespace longtake::storage {
namespace {

constexpr std::string_view prefix = "v1:";
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encode(const std::vector<unsigned char>& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), base64);
  text.pop_back();  // the terminator
  return text;
}

bool decode(std::string_view text, std::vector<unsigned char>& bytes) {
  bytes.resize(text.size());
  std::size_t size = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        base64) != 0)
    return false;
  bytes.resize(size);
  return true;
}

Status refuse_wide_mode(const std::string& key_file, const Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return io::os_error(errno, "look at", key_file);
  if ((status.st_mode & 077) != 0)
    return make_error(Code::forbidden,
                      "key file {} can be read by others (mode {:o}): run chmod 600 on it, and consider its "
                      "secrets known",
                      key_file, status.st_mode & 0777);
  return {};
}

}  // namespace

SecretBox::~SecretBox() {
  sodium_memzero(key_.data(), key_.size());
}

Result<SecretBox> SecretBox::open(const std::string& key_file) {
  static_assert(std::tuple_size_v<Key> == crypto_secretbox_KEYBYTES);
  if (sodium_init() < 0) return make_error(Code::internal, "libsodium does not start");
  auto found = io::open_file(key_file, {.access = io::Access::read});
  if (!found.ok() && found.error().code() == Code::not_found) {
    Key key;
    randombytes_buf(key.data(), key.size());
    LT_CHECK(io::replace_file(key_file, encode({key.begin(), key.end()}) + "\n", 0600), "making key file {}",
             key_file);
    return SecretBox{key};
  }
  LT_TRY(const auto file, std::move(found), "reading key file");
  LT_CHECK(refuse_wide_mode(key_file, file));
  std::array<std::byte, 256> text{};
  LT_TRY(const auto size, io::read_at(file, 0, text), "reading key file");
  std::string_view line{reinterpret_cast<const char*>(text.data()), size};
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  std::vector<unsigned char> bytes;
  if (!decode(line, bytes) || bytes.size() != std::tuple_size_v<Key>)
    return make_error(Code::invalid, "{} is not a key file: restore it from a backup", key_file);
  Key key;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return SecretBox{key};
}

std::string SecretBox::seal(std::string_view secret) const {
  std::vector<unsigned char> box(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size());
  randombytes_buf(box.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(box.data() + crypto_secretbox_NONCEBYTES,
                        reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), box.data(),
                        key_.data());
  return std::string{prefix} + encode(box);
}

Result<std::string> SecretBox::unseal(std::string_view sealed) const {
  const auto foreign = [] {
    return make_error(Code::invalid, "a stored secret was not sealed with this server's key file");
  };
  if (!sealed.starts_with(prefix)) return foreign();
  std::vector<unsigned char> box;
  if (!decode(sealed.substr(prefix.size()), box)) return foreign();
  constexpr std::size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (box.size() < head) return foreign();
  std::string secret(box.size() - head, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()),
                                 box.data() + crypto_secretbox_NONCEBYTES,
                                 box.size() - crypto_secretbox_NONCEBYTES, box.data(), key_.data()) != 0)
    return foreign();
  return secret;
}

std::array<unsigned char, 32> SecretBox::derive_key(std::string_view purpose) const {
  std::array<unsigned char, 32> key{};
  crypto_generichash(key.data(), key.size(), reinterpret_cast<const unsigned char*>(purpose.data()),
                     purpose.size(), key_.data(), key_.size());
  return key;
}

}  // namespace longtake::storage
