#include "access/id_token.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <vector>

#include "access/base64url.h"

namespace longtake::access {
namespace {

using Pkey = std::shared_ptr<EVP_PKEY>;

Pkey make_rsa(unsigned bits = 2048) {
  return {::EVP_RSA_gen(bits), ::EVP_PKEY_free};
}
Pkey make_ec() {
  return {::EVP_EC_gen("P-256"), ::EVP_PKEY_free};
}

std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(::EVP_PKEY_get_bn_param(key, name, &number), 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  ::BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  ::BN_free(number);
  return bytes;
}
std::string padded(std::string bytes) {
  return std::string(32 - bytes.size(), '\0') + bytes;
}

std::string rsa_jwk(EVP_PKEY* key, const std::string& id, const std::string& more = "") {
  return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"{}}})", id,
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N)),
                     to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E)), more);
}
std::string ec_jwk(EVP_PKEY* key, const std::string& id) {
  return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}","use":"sig"}})", id,
                     to_base64url(padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X))),
                     to_base64url(padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y))));
}

std::string sign(EVP_PKEY* key, const std::string& text) {
  EVP_MD_CTX* context = ::EVP_MD_CTX_new();
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EXPECT_EQ(::EVP_DigestSignInit(context, nullptr, ::EVP_sha256(), nullptr, key), 1);
  EXPECT_EQ(::EVP_DigestSign(context, nullptr, &size, bytes, text.size()), 1);
  std::string out(size, '\0');
  EXPECT_EQ(
      ::EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size()), 1);
  out.resize(size);
  ::EVP_MD_CTX_free(context);
  if (::EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return out;
  const auto* der = reinterpret_cast<const unsigned char*>(out.data());
  ECDSA_SIG* parts = ::d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(out.size()));
  std::string raw(64, '\0');
  auto* place = reinterpret_cast<unsigned char*>(raw.data());
  ::BN_bn2binpad(::ECDSA_SIG_get0_r(parts), place, 32);
  ::BN_bn2binpad(::ECDSA_SIG_get0_s(parts), place + 32, 32);
  ::ECDSA_SIG_free(parts);
  return raw;
}

std::string token(EVP_PKEY* key, const std::string& header, const std::string& claims) {
  const auto text = to_base64url(header) + "." + to_base64url(claims);
  return text + "." + to_base64url(sign(key, text));
}

constexpr std::int64_t now_s = 1'795'000'000;
const IdExpectation expected{.issuer = "https://id.example",
                             .client = "longtake",
                             .nonce = "n1",
                             .now = wall_from_us(now_s * 1'000'000)};

std::string claims(const std::string& more = "", std::int64_t expires = now_s + 300) {
  return fmt::format(
      R"({{"iss":"https://id.example","aud":"longtake","sub":"ann-1","nonce":"n1","iat":{},"exp":{}{}}})",
      now_s - 5, expires, more);
}

class IdTokenTest : public ::testing::Test {
 protected:
  IdTokenTest() {
    auto set =
        KeySet::parse("{\"keys\":[" + rsa_jwk(rsa_.get(), "r1") + "," + ec_jwk(ec_.get(), "e1") + "]}");
    EXPECT_TRUE(set.ok());
    keys_ = *set;
  }
  std::string why(const std::string& text) const {
    const auto read = read_id_token(text, keys_, expected);
    return read ? "" : read.error().text();
  }
  std::string why_claims(const std::string& json) const {
    return why(token(rsa_.get(), R"({"alg":"RS256","kid":"r1"})", json));
  }
  const Pkey rsa_ = make_rsa(), ec_ = make_ec();
  KeySet keys_;
};

TEST_F(IdTokenTest, IsBelievedWhenAllOfItFits) {
  const auto rs = read_id_token(token(rsa_.get(), R"({"alg":"RS256","kid":"r1"})",
                                      claims(R"(,"email":"ann@id.example","email_verified":true)")),
                                keys_, expected);
  ASSERT_TRUE(rs.ok()) << rs.error().story();
  EXPECT_EQ(rs->subject, "ann-1");
  EXPECT_EQ(rs->email, "ann@id.example");
  EXPECT_TRUE(rs->email_verified);
  const auto es = read_id_token(token(ec_.get(), R"({"alg":"ES256"})", claims()), keys_, expected);
  ASSERT_TRUE(es.ok()) << es.error().story();
  EXPECT_FALSE(es->email);
  EXPECT_FALSE(es->email_verified);
}

TEST_F(IdTokenTest, ASignatureIsByAKeyOfTheProviderAndByItsKindAlone) {
  const auto other = make_rsa();
  EXPECT_NE(why(token(other.get(), R"({"alg":"RS256","kid":"r1"})", claims())).find("signature is wrong"),
            std::string::npos);
  EXPECT_EQ(read_id_token(token(other.get(), R"({"alg":"RS256","kid":"r2"})", claims()), keys_, expected)
                .error()
                .code(),
            Code::not_found);
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"none"})", claims())), "");
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"HS256","kid":"r1"})", claims())), "");
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"RS512","kid":"r1"})", claims())), "");
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"ES256","kid":"e1"})", claims())), "");
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"ES256","kid":"r1"})", claims())), "");
  EXPECT_NE(why(token(rsa_.get(), R"({"alg":"RS256","kid":"r1","crit":["b64"]})", claims())), "");
  auto changed = token(rsa_.get(), R"({"alg":"RS256","kid":"r1"})", claims());
  const auto second = changed.find('.', changed.find('.') + 1);
  const auto unsigned_one = changed.substr(0, second + 1);
  EXPECT_NE(why(unsigned_one), "");
  changed[changed.find('.') + 10] ^= 1;
  EXPECT_NE(why(changed), "");
  for (const char* broken : {"", ".", "..", "a.b.c", "a.b.c.d", "e30.e30.", "=.=.="})
    EXPECT_NE(why(broken), "") << broken;
}

TEST_F(IdTokenTest, ItsClaimsAreForThisSiteThisMomentAndThisQuestion) {
  EXPECT_EQ(why_claims(claims()), "");
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto json = claims();
    json.replace(json.find(from), from.size(), to);
    return why_claims(json);
  };
  EXPECT_NE(changed("https://id.example", "https://id.example/"), "");
  EXPECT_NE(changed(R"("aud":"longtake")", R"("aud":"other")"), "");
  EXPECT_NE(changed(R"("aud":"longtake")", R"("aud":["longtake","other"])"), "");
  EXPECT_EQ(changed(R"("aud":"longtake")", R"("aud":["longtake"])"), "");
  EXPECT_EQ(changed(R"("aud":"longtake")", R"("aud":["longtake","other"],"azp":"longtake")"), "");
  EXPECT_NE(changed(R"("aud":"longtake")", R"("aud":"longtake","azp":"other")"), "");
  EXPECT_NE(changed(R"("nonce":"n1")", R"("nonce":"n2")"), "");
  EXPECT_NE(changed(R"("nonce":"n1",)", ""), "");
  EXPECT_NE(changed(R"("sub":"ann-1")", R"("sub":"")"), "");
  EXPECT_NE(why_claims(claims("", now_s - 61)), "");
  EXPECT_EQ(why_claims(claims("", now_s - 59)), "") << "clocks differ";
  EXPECT_NE(why_claims(claims(fmt::format(R"(,"nbf":{})", now_s + 3600))), "");
  EXPECT_NE(why_claims("[]"), "");
}

TEST_F(IdTokenTest, WeakKeysAndKeysForOtherPurposesAreLeftOut) {
  const auto weak = make_rsa(1024);
  const auto sealing = make_rsa();
  const auto set = KeySet::parse("{\"keys\":[7,{}," + rsa_jwk(weak.get(), "w") + "," +
                                 rsa_jwk(sealing.get(), "s", R"(,"use":"enc")") + "," +
                                 rsa_jwk(sealing.get(), "p", R"(,"alg":"PS256")") + "]}");
  ASSERT_TRUE(set.ok());
  for (const auto& [key, id] : {std::pair{weak, "w"}, {sealing, "s"}, {sealing, "p"}}) {
    const auto text = token(key.get(), fmt::format(R"({{"alg":"RS256","kid":"{}"}})", id), claims());
    EXPECT_EQ(read_id_token(text, *set, expected).error().code(), Code::not_found) << id;
  }
  for (const char* broken : {"", "[]", "{}", R"({"keys":{}})"})
    EXPECT_FALSE(KeySet::parse(broken).ok()) << broken;
}

TEST(UserInfo, SpeaksOfTheSamePerson) {
  const auto claims = read_user_info(R"({"sub":"a","email":"a@b","email_verified":"true"})", "a");
  ASSERT_TRUE(claims.ok());
  EXPECT_TRUE(claims->email_verified);
  EXPECT_FALSE(read_user_info(R"({"sub":"b","email":"a@b","email_verified":true})", "a").ok());
  EXPECT_FALSE(read_user_info("", "a").ok());
}

}  // namespace
}  // namespace longtake::access
