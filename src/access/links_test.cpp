#include "access/links.h"

#include "access/access_fixture.h"
#include "access/shares.h"
#include "storage/secret_box.h"

namespace longtake::access {
namespace {

using namespace std::chrono_literals;

class LinksTest : public AccessTest {
 protected:
  LinksTest() {
    for (const auto* email : {"root@desk.test", "ana@desk.test", "bob@desk.test"})
      EXPECT_TRUE(add(email, email[0] == 'r' ? Role::superadmin : Role::editor).ok());
  }
  static std::string kind_of(const Result<LinkGrant>& result) {
    return result.ok() ? "" : result.error().kind();
  }
  std::string sign(const LinkAddress& address, const LinkGrant& grant) {
    auto signature = links_.sign(address, grant);
    EXPECT_TRUE(signature.ok());
    return signature.ok() ? *signature : "";
  }

  storage::SecretBox box_ = std::move(*storage::SecretBox::open((folder_ / "secret.key").string()));
  Links links_{*database_, box_, clock_};
  const WallTime now_ = clock_.now();
  const LinkAddress address_{
      .channel = ChannelId{7}, .view = "hls", .range = {now_ - 1h, now_}, .expires = now_ + 1h};
  const LinkGrant grant_{.organization = OrganizationId{1}, .maker = UserId{3}};
};

TEST_F(LinksTest, OpenWhatWasSigned) {
  const auto grant = links_.open(address_, sign(address_, grant_));
  ASSERT_TRUE(grant.ok());
  EXPECT_EQ(grant->organization, grant_.organization);
  EXPECT_EQ(grant->maker, grant_.maker);
  EXPECT_FALSE(grant->share);
  const LinkGrant shared{.organization = OrganizationId{1}, .share = ShareId{4}};
  const auto by_share = links_.open(address_, sign(address_, shared));
  ASSERT_TRUE(by_share.ok());
  EXPECT_EQ(by_share->share, ShareId{4});
  EXPECT_FALSE(by_share->maker);
}

TEST_F(LinksTest, OpenNothingElse) {
  const auto signature = sign(address_, grant_);
  std::vector<LinkAddress> others(5, address_);
  others[0].channel = ChannelId{8};
  others[1].view = "video.mp4";
  others[2].range.from -= 1us;
  others[3].range.to += 1us;
  others[4].expires += 1s;
  for (const auto& other : others)
    EXPECT_EQ(kind_of(links_.open(other, signature)), "bad-link");
  // Every letter counts, also of the key, the organization and the grant.
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto changed = signature;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_EQ(kind_of(links_.open(address_, changed)), "bad-link") << changed;
  }
  for (const auto* text :
       {"", ".", "...", "1.1.u3", "1.1.u3.", "1.1.x3.abc", "1.1.u3.abc.def", "9999999999999999999.1.u3.a"})
    EXPECT_EQ(kind_of(links_.open(address_, text)), "bad-link") << text;
}

TEST_F(LinksTest, OfSomebodyDisabledOrErasedOpenNothing) {
  const auto signature = sign(address_, grant_);
  const auto by_another = sign(address_, {.organization = OrganizationId{1}, .maker = UserId{2}});
  ASSERT_TRUE(people_->edit(grant_.maker, {.disabled = true}).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "bad-link");
  EXPECT_EQ(kind_of(links_.open(address_, by_another)), "");
  ASSERT_TRUE(people_->edit(grant_.maker, {.disabled = false}).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "") << "as their account";
}

TEST_F(LinksTest, OfSomebodyWhoMayNoLongerShareOpenNothing) {
  const auto signature = sign(address_, grant_);
  const OrganizationId main{1};
  const auto by_root = sign(address_, {.organization = main, .maker = UserId{1}});
  ASSERT_TRUE(memberships_->set(main, grant_.maker, Role::reader).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "bad-link") << "demoted";
  ASSERT_TRUE(memberships_->remove(main, grant_.maker).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "bad-link") << "removed";
  ASSERT_TRUE(memberships_->set(main, grant_.maker, Role::editor).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "");
  ASSERT_TRUE(memberships_->remove(main, UserId{1}).ok());
  EXPECT_EQ(kind_of(links_.open(address_, by_root)), "") << "superadmins act in every organization";
}

TEST_F(LinksTest, OfATokenEndWithIt) {
  const auto made =
      tokens_->add({.owner = grant_.maker, .organization = grant_.organization, .name = "player"});
  ASSERT_TRUE(made.ok());
  auto grant = grant_;
  grant.token = made->entry.id;
  const auto signature = sign(address_, grant);
  const auto opened = links_.open(address_, signature);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->token, grant.token);
  auto without = signature;
  without.erase(without.find('t'), 1 + to_string(grant.token).size());
  EXPECT_EQ(kind_of(links_.open(address_, without)), "bad-link");
  ASSERT_TRUE(tokens_->revoke(grant.maker, grant.token).ok());
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "bad-link");
}

TEST_F(LinksTest, EndAtTheirInstant) {
  const auto signature = sign(address_, grant_);
  clock_.pass(1h - 1us);
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "");
  clock_.pass(1us);
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "link-ended");
}

TEST_F(LinksTest, ANewKeyLeavesOpenLinksOpenUnlessTheyAreEnded) {
  const auto before = sign(address_, grant_);
  ASSERT_TRUE(links_.rotate(Links::OpenLinks::keep));
  const auto after = sign(address_, grant_);
  EXPECT_NE(before, after);
  EXPECT_EQ(kind_of(links_.open(address_, before)), "");
  EXPECT_EQ(kind_of(links_.open(address_, after)), "");
  ASSERT_TRUE(links_.rotate(Links::OpenLinks::end));
  EXPECT_EQ(kind_of(links_.open(address_, before)), "bad-link");
  EXPECT_EQ(kind_of(links_.open(address_, after)), "bad-link");
  EXPECT_EQ(kind_of(links_.open(address_, sign(address_, grant_))), "");
}

TEST_F(LinksTest, OfARemovedOrganizationOpenNothing) {
  const auto signature = sign(address_, grant_);
  ASSERT_TRUE(database_->write([](storage::sql::Session& session) -> Status {
    LT_CHECK(session.execute("update organizations set removed_us = 1 where id = 1"));
    return {};
  }));
  EXPECT_EQ(kind_of(links_.open(address_, signature)), "bad-link");
}

class SharesTest : public AccessTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add("ana@desk.test", Role::manager));
    ASSERT_TRUE(add("ben@desk.test", Role::editor));
    ASSERT_TRUE(database_->write([](storage::sql::Session& session) -> Status {
      LT_CHECK(session.execute(
          "insert into channels (id, organization_id, name, source_sealed, audio, rtsp_transport, "
          "segment_seconds, created_us) values (7, 1, 'Court', '', 'keep', 'tcp', 900, 0)"));
      return {};
    }));
  }
  Shares::Made create(NewShare share = {}) {
    share.channel = ChannelId{7};
    share.range = {now_ - 1h, now_};
    if (!share.maker) share.maker = UserId{1};
    auto made = shares_.create(OrganizationId{1}, share);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().story());
    return std::move(*made);
  }

  Shares shares_{*database_, clock_};
  const WallTime now_ = clock_.now();
};

TEST_F(SharesTest, AreFoundByTheirTokenAlone) {
  const auto made = create({.title = "Goal", .lives = 24h});
  const auto found = shares_.find(made.token);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->title, "Goal");
  EXPECT_EQ((*found)->channel_name, "Court");
  EXPECT_EQ((*found)->expires, now_ + 24h);
  EXPECT_FALSE((*found)->has_pin);
  EXPECT_FALSE(shares_.find("anything")->has_value());
  EXPECT_FALSE(shares_.find("")->has_value());
}

TEST_F(SharesTest, AreOfTheirOrganization) {
  const auto made = create();
  EXPECT_EQ(shares_.get(OrganizationId{2}, made.share.id).error().code(), Code::not_found);
  EXPECT_EQ(shares_.revoke(OrganizationId{2}, made.share.id).error().code(), Code::not_found);
  EXPECT_TRUE(shares_.list(OrganizationId{2}, {})->empty());
  EXPECT_EQ(shares_.create(OrganizationId{2}, {.channel = ChannelId{7}, .maker = UserId{1}}).error().code(),
            Code::not_found);
}

TEST_F(SharesTest, ExpireAndAreRevoked) {
  const auto first = create({.lives = 24h}), second = create({.lives = 24h});
  const auto state = [&](ShareId id) { return shares_.get(OrganizationId{1}, id)->state(clock_.now()); };
  EXPECT_EQ(state(first.share.id), Share::State::open);
  ASSERT_TRUE(shares_.revoke(OrganizationId{1}, second.share.id));
  EXPECT_EQ(state(second.share.id), Share::State::revoked);
  clock_.pass(24h);
  EXPECT_EQ(state(first.share.id), Share::State::expired);
  const auto revoked = shares_.get(OrganizationId{1}, second.share.id)->revoked;
  ASSERT_TRUE(shares_.revoke(OrganizationId{1}, second.share.id));
  EXPECT_EQ(shares_.get(OrganizationId{1}, second.share.id)->revoked, revoked) << "the first time counts";
}

TEST_F(SharesTest, ListByMakerAndPage) {
  const auto a = create({.maker = UserId{1}}), b = create({.maker = UserId{2}}),
             c = create({.maker = UserId{1}});
  const auto ids = [&](const Shares::Page& page) {
    std::vector<ShareId> out;
    const auto found = shares_.list(OrganizationId{1}, page);
    for (const auto& share : found.value())
      out.push_back(share.id);
    return out;
  };
  EXPECT_EQ(ids({}), (std::vector{c.share.id, b.share.id, a.share.id}));
  EXPECT_EQ(ids({.maker = UserId{2}}), (std::vector{b.share.id}));
  EXPECT_EQ(ids({.limit = 2}), (std::vector{c.share.id, b.share.id}));
  EXPECT_EQ(ids({.before = b.share.id}), (std::vector{a.share.id}));
}

TEST_F(SharesTest, APinIsCheckedAndCannotBeGuessed) {
  const auto made = create({.pin = "2468"});
  EXPECT_TRUE(made.share.has_pin);
  EXPECT_TRUE(shares_.check_pin(made.share, "2468", "192.0.2.1"));
  int wrong = 0;
  for (int i = 0; i < 30; ++i) {
    // From many addresses at once.
    const auto tried = shares_.check_pin(made.share, "1111", fmt::format("192.0.2.{}", i));
    ASSERT_FALSE(tried.ok());
    if (tried.error().kind() == "bad-credentials") ++wrong;
  }
  EXPECT_EQ(wrong, 10);
  EXPECT_EQ(shares_.check_pin(made.share, "2468", "192.0.2.99").error().kind(), "too-many");
  EXPECT_TRUE(shares_.wait(made.share, "192.0.2.99").has_value());
  clock_.pass(1h);
  EXPECT_TRUE(shares_.check_pin(made.share, "2468", "192.0.2.99"));
}

}  // namespace
}  // namespace longtake::access
