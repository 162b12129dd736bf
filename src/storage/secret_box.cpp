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
  if (text.empty()) {
    bytes.clear();  // libsodium wants a place to write to, also for nothing
    return true;
  }
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

using KeyBytes = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

std::string old_name(const std::string& key_file) {
  return key_file + ".old";
}

Status write_key(const std::string& key_file, const KeyBytes& key) {
  return io::replace_file(key_file, encode({key.begin(), key.end()}) + "\n", 0600);
}

Status make_key(const std::string& key_file, KeyBytes& key) {
  randombytes_buf(key.data(), key.size());
  return write_key(key_file, key);
}

/// Nothing when this key did not seal it.
std::optional<std::string> open_box(const std::vector<unsigned char>& box, const KeyBytes& key) {
  constexpr std::size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (box.size() < head) return {};
  std::string secret(box.size() - head, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()),
                                 box.data() + crypto_secretbox_NONCEBYTES,
                                 box.size() - crypto_secretbox_NONCEBYTES, box.data(), key.data()) != 0)
    return {};
  return secret;
}

/// The bytes of a sealed text.
std::optional<std::vector<unsigned char>> box_of(std::string_view sealed) {
  std::vector<unsigned char> box;
  if (!sealed.starts_with(prefix) || !decode(sealed.substr(prefix.size()), box)) return {};
  return box;
}

}  // namespace

SecretBox::~SecretBox() {
  sodium_memzero(key_.data(), key_.size());
  if (old_) sodium_memzero(old_->data(), old_->size());
}

/// Nothing when there is no such file.
Result<std::optional<SecretBox::Key>> SecretBox::read_key(const std::string& key_file) {
  auto found = io::open_file(key_file, {.access = io::Access::read});
  if (!found.ok() && found.error().code() == Code::not_found) return std::optional<Key>{};
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
  return std::optional{key};
}

Result<SecretBox> SecretBox::open(const std::string& key_file) {
  static_assert(std::tuple_size_v<Key> == crypto_secretbox_KEYBYTES);
  if (sodium_init() < 0) return make_error(Code::internal, "libsodium does not start");
  LT_TRY(auto key, read_key(key_file));
  if (!key) {
    key.emplace();
    LT_CHECK(make_key(key_file, *key), "making key file {}", key_file);
  }
  LT_TRY(const auto old, read_key(old_name(key_file)));
  return SecretBox{*key, old};
}

Result<SecretBox> SecretBox::begin_rotation(const std::string& key_file) {
  LT_TRY(auto present, open(key_file));
  if (!present.old_) LT_CHECK(write_key(old_name(key_file), present.key_), "keeping the present key");
  // Differing keys: a change was interrupted after its new key was in place.
  if (!present.old_ || *present.old_ == present.key_) {
    Key fresh;
    LT_CHECK(make_key(key_file, fresh), "making key file {}", key_file);
  }
  return open(key_file);
}

Status SecretBox::end_rotation(const std::string& key_file) {
  LT_CHECK(io::remove_file(old_name(key_file)));
  const auto folder = io::Path{key_file}.parent_path();
  return io::sync_folder(folder.empty() ? io::Path{"."} : folder);
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
  const auto box = box_of(sealed);
  auto secret = box ? open_box(*box, key_) : std::nullopt;
  if (box && !secret && old_) secret = open_box(*box, *old_);
  if (!secret)
    return make_error(Code::internal,
                      "a stored secret was not sealed with this server's key file: restore the "
                      "key file that belongs to this database");
  return *std::move(secret);
}

bool SecretBox::is_current(std::string_view sealed) const {
  const auto box = box_of(sealed);
  return box && open_box(*box, key_);
}

}  // namespace longtake::storage
