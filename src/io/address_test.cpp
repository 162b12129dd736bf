#include "io/address.h"

#include <gtest/gtest.h>

namespace longtake::io {
namespace {

AddressKind kind_of(std::string_view text) {
  return Address::parse(text).value().kind();
}

TEST(Address, KnowsWhatKindOfPlaceItIs) {
  const std::pair<const char*, AddressKind> cases[] = {
      {"127.0.0.1", AddressKind::loopback},
      {"127.255.255.254", AddressKind::loopback},
      {"::1", AddressKind::loopback},
      {"10.1.2.3", AddressKind::private_},
      {"172.16.0.1", AddressKind::private_},
      {"172.31.255.255", AddressKind::private_},
      {"172.32.0.1", AddressKind::public_},
      {"192.168.1.1", AddressKind::private_},
      {"100.64.0.1", AddressKind::private_},
      {"100.128.0.1", AddressKind::public_},
      {"fd12::1", AddressKind::private_},
      {"169.254.169.254", AddressKind::link_local},
      {"fe80::1%eth0", AddressKind::link_local},
      {"239.1.1.1", AddressKind::multicast},
      {"ff02::1", AddressKind::multicast},
      {"0.0.0.0", AddressKind::reserved},
      {"::", AddressKind::reserved},
      {"255.255.255.255", AddressKind::reserved},
      {"192.0.2.7", AddressKind::reserved},
      {"8.8.8.8", AddressKind::public_},
      {"2a00:1450::1", AddressKind::public_},
  };
  for (const auto& [text, kind] : cases)
    EXPECT_EQ(kind_of(text), kind) << text;
}

TEST(Address, CannotDodgeARuleBySpelling) {
  EXPECT_EQ(kind_of("::ffff:10.0.0.1"), AddressKind::private_);
  EXPECT_EQ(kind_of("::ffff:7f00:1"), AddressKind::loopback);
  EXPECT_EQ(kind_of("[::1]"), AddressKind::loopback);
  EXPECT_EQ(kind_of("64:ff9b::10.0.0.1"), AddressKind::private_);
  EXPECT_EQ(kind_of("2002:7f00:1::1"), AddressKind::loopback);
  EXPECT_EQ(kind_of("::127.0.0.1"), AddressKind::reserved);
  EXPECT_EQ(kind_of("64:ff9b:1::10.0.0.1"), AddressKind::private_);
  EXPECT_EQ(kind_of("2001::1"), AddressKind::reserved);
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1").value().to_string(), "192.0.2.1");
}

TEST(Address, KnowsTheNetworkOfAClient) {
  EXPECT_EQ(Address::parse("192.0.2.7")->client_network().to_string(), "192.0.2.7");
  EXPECT_EQ(Address::parse("2001:db8:1:2:3:4:5:6")->client_network().to_string(), "2001:db8:1:2::");
}

TEST(Address, RefusesOtherText) {
  for (const char* bad :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.1", "017700000001", "g::1"})
    EXPECT_FALSE(Address::parse(bad).ok()) << bad;
}

TEST(Network, HoldsItsAddresses) {
  const auto net = Network::parse("10.20.0.0/14").value();
  EXPECT_TRUE(net.contains(Address::parse("10.23.255.255").value()));
  EXPECT_FALSE(net.contains(Address::parse("10.24.0.0").value()));
  EXPECT_FALSE(net.contains(Address::parse("::1").value()));
  EXPECT_TRUE(Network::parse("0.0.0.0/0").value().contains(Address::parse("8.8.8.8").value()));
  EXPECT_TRUE(Network::parse("192.168.0.5").value().contains(Address::parse("192.168.0.5").value()));
  EXPECT_FALSE(Network::parse("192.168.0.5").value().contains(Address::parse("192.168.0.4").value()));
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "x/8"})
    EXPECT_FALSE(Network::parse(bad).ok()) << bad;
}

TEST(Endpoint, ReadsAddressAndPort) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1:8090").value().to_string(), "127.0.0.1:8090");
  EXPECT_EQ(Endpoint::parse("[::1]:1").value().to_string(), "[::1]:1");
  EXPECT_EQ(Endpoint::parse(":80").value().to_string(), "0.0.0.0:80");
  for (const char* bad :
       {"", "8090", "localhost:80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:70000", "::1:80", "1.2.3.4:8o"})
    EXPECT_FALSE(Endpoint::parse(bad).ok()) << bad;
}

}  // namespace
}  // namespace longtake::io
