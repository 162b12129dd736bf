#include "storage/secret_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace longtake::storage {
namespace {

class SecretBoxTest : public ::testing::Test {
 protected:
  SecretBoxTest() {
    auto text = (std::filesystem::temp_directory_path() / "longtake-box-XXXXXX").string();
    folder_ = ::mkdtemp(text.data());
    key_ = (folder_ / "secret.key").string();
  }
  ~SecretBoxTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
  std::string key_;
};

TEST_F(SecretBoxTest, OpensWhatItSealedAlsoAfterARestart) {
  std::string sealed;
  {
    auto box = SecretBox::open(key_);
    ASSERT_TRUE(box.ok()) << box.error().story();
    sealed = box->seal("rtsp://admin:secret@10.0.0.2/live");
    EXPECT_EQ(sealed.find("secret"), std::string::npos);
    EXPECT_NE(sealed, box->seal("rtsp://admin:secret@10.0.0.2/live"));
  }
  auto box = SecretBox::open(key_);
  ASSERT_TRUE(box.ok());
  EXPECT_EQ(*box->unseal(sealed), "rtsp://admin:secret@10.0.0.2/live");
  EXPECT_EQ(*box->unseal(box->seal("")), "");
}

TEST_F(SecretBoxTest, AChangeOfKeyLosesNothingWhereverItIsInterrupted) {
  const auto old = key_ + ".old";
  const auto sealed = SecretBox::open(key_)->seal("secret");
  auto first = SecretBox::begin_rotation(key_);
  ASSERT_TRUE(first.ok()) << first.error().story();
  EXPECT_FALSE(first->is_current(sealed));
  EXPECT_EQ(*first->unseal(sealed), "secret");
  const auto anew = first->seal("secret");
  EXPECT_TRUE(first->is_current(anew));
  // Interrupted here, by a crash: any box opens both, and the change goes on with the same new key.
  EXPECT_EQ(*SecretBox::open(key_)->unseal(sealed), "secret");
  EXPECT_TRUE(SecretBox::begin_rotation(key_)->is_current(anew));
  struct stat status {};
  ASSERT_EQ(::stat(old.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_TRUE(SecretBox::end_rotation(key_));
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_EQ(*SecretBox::open(key_)->unseal(anew), "secret");
  EXPECT_FALSE(SecretBox::open(key_)->unseal(sealed).ok());
}

TEST_F(SecretBoxTest, AChangeInterruptedBeforeItsNewKeyBeginsAgain) {
  const auto sealed = SecretBox::open(key_)->seal("secret");
  std::filesystem::copy_file(key_, key_ + ".old");
  auto box = SecretBox::begin_rotation(key_);
  ASSERT_TRUE(box.ok()) << box.error().story();
  EXPECT_FALSE(box->is_current(sealed));
  EXPECT_EQ(*box->unseal(sealed), "secret");
}

TEST_F(SecretBoxTest, RefusesForeignAndChangedText) {
  auto box = SecretBox::open(key_);
  auto other = SecretBox::open((folder_ / "other.key").string());
  auto sealed = box->seal("secret");
  EXPECT_EQ(other->unseal(sealed).error().code(), Code::internal);
  sealed[sealed.size() / 2] = sealed[sealed.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(box->unseal(sealed).ok());
  for (const char* text : {"", "v1:", "v1:!!", "v2:abcd"})
    EXPECT_FALSE(box->unseal(text).ok()) << text;
}

TEST_F(SecretBoxTest, MakesItsKeyPrivateAndRefusesAWiderMode) {
  ASSERT_TRUE(SecretBox::open(key_).ok());
  struct stat status {};
  ASSERT_EQ(::stat(key_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(key_.c_str(), 0640), 0);
  const auto box = SecretBox::open(key_);
  ASSERT_FALSE(box.ok());
  EXPECT_EQ(box.error().code(), Code::forbidden);
  EXPECT_THAT(box.error().text(), ::testing::HasSubstr("chmod 600"));
}

TEST_F(SecretBoxTest, RefusesAFileThatIsNoKey) {
  std::ofstream{key_} << "hello";
  ASSERT_EQ(::chmod(key_.c_str(), 0600), 0);
  EXPECT_EQ(SecretBox::open(key_).error().code(), Code::invalid);
}

TEST_F(SecretBoxTest, DerivesKeysThatDifferByPurpose) {
  auto box = SecretBox::open(key_);
}

}  // namespace
}  // namespace longtake::storage
