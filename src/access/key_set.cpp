#include "access/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "access/base64url.h"
#include "access/foreign_json.h"

namespace longtake::access {
namespace {

namespace json = boost::json;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, ::BN_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, ::OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, ::OSSL_PARAM_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, ::EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, ::ECDSA_SIG_free>>;
using Pkey = std::shared_ptr<EVP_PKEY>;

constexpr int least_rsa_bits = 2048;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(std::string_view bytes) {
  return Number{::BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

std::optional<std::string> bytes_field(const json::object& object, std::string_view name) {
  auto bytes = from_base64url(text_of(object, name));
  if (bytes && bytes->empty()) return {};
  return bytes;
}

Pkey make_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const Params params{::OSSL_PARAM_BLD_to_param(builder)};
  const Context context{::EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
      ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Pkey{key, ::EVP_PKEY_free};
}

Pkey rsa_key(const json::object& jwk) {
  const auto n = bytes_field(jwk, "n"), e = bytes_field(jwk, "e");
  if (!n || !e) return nullptr;
  const auto modulus = number(*n), exponent = number(*e);
  const Builder builder{::OSSL_PARAM_BLD_new()};
  if (!modulus || !exponent || ::BN_num_bits(modulus.get()) < least_rsa_bits ||
      ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  return make_key("RSA", builder.get());
}

Pkey ec_key(const json::object& jwk) {
  const auto x = bytes_field(jwk, "x"), y = bytes_field(jwk, "y");
  if (text_of(jwk, "crv") != "P-256" || !x || !y || x->size() != 32 || y->size() != 32) return nullptr;
  const auto point = "\x04" + *x + *y;
  const Builder builder{::OSSL_PARAM_BLD_new()};
  if (::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
    return nullptr;
  return make_key("EC", builder.get());
}

/// RFC 7518 3.4: two numbers of 32 bytes; OpenSSL wants them in DER.
std::optional<std::string> der_of(std::string_view raw) {
  if (raw.size() != 64) return {};
  const EcSignature signature{::ECDSA_SIG_new()};
  auto r = number(raw.substr(0, 32)), s = number(raw.substr(32));
  if (!signature || !r || !s || ::ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  std::string out{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
  ::OPENSSL_free(der);
  return out;
}

bool is_right(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Digest digest{::EVP_MD_CTX_new()};
  return digest && ::EVP_DigestVerifyInit(digest.get(), nullptr, ::EVP_sha256(), nullptr, key) == 1 &&
         ::EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view text) {
  const auto object = parse_object(text);
  const auto* list = object ? object->if_contains("keys") : nullptr;
  if (!list || !list->is_array()) return make_error(Code::invalid, "the provider's keys are not a JWK set");
  KeySet set;
  for (const auto& item : list->get_array()) {
    const auto* jwk = item.if_object();
    if (!jwk) continue;
    if (const auto use = text_of(*jwk, "use"); !use.empty() && use != "sig") continue;
    const auto kind = text_of(*jwk, "kty");
    Key key{.id = text_of(*jwk, "kid"), .algorithm = kind == "RSA" ? "RS256" : "ES256", .key = nullptr};
    if (const auto named = text_of(*jwk, "alg"); !named.empty() && named != key.algorithm) continue;
    if (kind == "RSA") key.key = rsa_key(*jwk);
    if (kind == "EC") key.key = ec_key(*jwk);
    if (key.key) set.keys_.push_back(std::move(key));
  }
  return set;
}

Status KeySet::verify(const Signature& signature) const {
  if (signature.algorithm != "RS256" && signature.algorithm != "ES256")
    return make_error(Code::forbidden, "the token is signed by '{}'; RS256 and ES256 are taken",
                      signature.algorithm.substr(0, 20));
  std::string bytes{signature.bytes};
  if (signature.algorithm == "ES256") {
    const auto der = der_of(signature.bytes);
    if (!der) return make_error(Code::forbidden, "the token's signature has the wrong form");
    bytes = *der;
  }
  bool known = false;
  for (const auto& key : keys_) {
    if (key.algorithm != signature.algorithm || (!signature.key.empty() && key.id != signature.key)) continue;
    known = true;
    if (is_right(key.key.get(), signature.signed_text, bytes)) return {};
  }
  if (!known) return make_error(Code::not_found, "the provider has no such key");
  return make_error(Code::forbidden, "the token's signature is wrong");
}

}  // namespace longtake::access
