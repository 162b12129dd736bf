#include "http/sender.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "io/file.h"

namespace longtake::http {
namespace {

class SenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    ours = Fd{pair[0]};
    theirs = Fd{pair[1]};
    std::string name = (std::filesystem::temp_directory_path() / "longtake-sender-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  /// Two ends of a TCP connection whose buffers are as small as the kernel makes them.
  void use_small_tcp() {
    const Fd listener{::socket(AF_INET, SOCK_STREAM, 0)};
    const int least = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), any, size), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), any, &size), 0);
    ours = Fd{::socket(AF_INET, SOCK_STREAM, 0)};
    ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    ASSERT_EQ(::connect(ours.get(), any, size), 0);
    theirs = Fd{::accept(listener.get(), nullptr, nullptr)};
    for (const auto* end : {&ours, &theirs})
      ASSERT_EQ(::fcntl(end->get(), F_SETFL, O_NONBLOCK), 0);
  }

  SharedFd make_file(const std::string& content) {
    EXPECT_TRUE(io::replace_file(folder / "file", content).ok());
    return io::share(io::open_file(folder / "file").value());
  }

  void receive() {
    char bytes[65536];
    ssize_t n = 0;
    while ((n = ::recv(theirs.get(), bytes, sizeof bytes, 0)) > 0)
      got.append(bytes, static_cast<std::size_t>(n));
  }

  static std::string noise(std::size_t size) {
    std::mt19937_64 random{size};
    std::string text(size, '\0');
    for (auto& c : text)
      c = static_cast<char>(random());
    return text;
  }
  static media::Bytes bytes_of(const std::string& text) {
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    return {bytes, bytes + text.size()};
  }

  Fd ours, theirs;
  io::Path folder;
  std::string got;
};

TEST_F(SenderTest, SendsEverythingHoweverLittleTheSocketTakes) {
  const auto content = noise(700'000), memory = noise(300'000);
  media::SliceList slices;
  slices.append(bytes_of(memory));
  slices.append(media::FileSlice{make_file(content), 100, 500'000});
  // More memory slices than one call takes, none of them neighbours in memory.
  std::string expected = "head" + memory + content.substr(100, 500'000);
  for (int i = 0; i < 200; ++i) {
    slices.append(bytes_of(memory.substr(static_cast<std::size_t>(i), 7)));
    expected += memory.substr(static_cast<std::size_t>(i), 7);
  }
  Sender sender{"head", slices};
  int blocked = 0, turns = 0;
  Sender::Progress progress;
  while ((progress = sender.advance(ours.get(), 100'000)) != Sender::Progress::done) {
    ASSERT_NE(progress, Sender::Progress::failed);
    if (progress == Sender::Progress::cold) sender.warm();
    blocked += progress == Sender::Progress::blocked;
    turns += progress == Sender::Progress::turn_over;
    receive();
  }
  receive();
  EXPECT_TRUE(got == expected);
  EXPECT_EQ(sender.sent(), expected.size());
  EXPECT_GT(blocked + turns, 5);
}

TEST_F(SenderTest, SendsPiecesOfFilesWithTheMemoryAroundThem) {
  const auto content = noise(4 << 20), memory = noise(100'000);
  const auto file = make_file(content);
  media::SliceList slices;
  std::string expected = "head";
  // As keyframes lie in a segment: far apart, each behind a box made for it.
  for (std::size_t i = 0; i < 60; ++i) {
    const std::size_t size = i % 7 == 0 ? 70'000 : 100 + i * 500;
    slices.append(bytes_of(memory.substr(i * 100, 90)));
    slices.append(media::FileSlice{file, i * 65'000, size});
    expected += memory.substr(i * 100, 90) + content.substr(i * 65'000, size);
  }
  for (const std::size_t turn : {std::size_t{1} << 20, std::size_t{999}}) {
    got.clear();
    Sender sender{"head", slices};
    Sender::Progress progress;
    while ((progress = sender.advance(ours.get(), turn)) != Sender::Progress::done) {
      ASSERT_NE(progress, Sender::Progress::failed);
      if (progress == Sender::Progress::cold) sender.warm();
      receive();
    }
    receive();
    EXPECT_TRUE(got == expected) << turn;
    EXPECT_EQ(sender.sent(), expected.size());
  }
}

TEST_F(SenderTest, GoesOnWhereASmallSocketTookAPartOfLittle) {
  use_small_tcp();
  const auto content = noise(2'000'000);
  media::SliceList slices;
  slices.append(media::FileSlice{make_file(content), 0, content.size()});
  Sender sender{"head", slices};
  int blocked = 0;
  Sender::Progress progress;
  while ((progress = sender.advance(ours.get(), 1 << 20)) != Sender::Progress::done) {
    ASSERT_NE(progress, Sender::Progress::failed);
    if (progress == Sender::Progress::cold) sender.warm();
    blocked += progress == Sender::Progress::blocked;
    receive();
  }
  ours = Fd{};
  ASSERT_EQ(::fcntl(theirs.get(), F_SETFL, 0), 0);  // to the end
  receive();
  EXPECT_TRUE(got == "head" + content);
  EXPECT_GT(blocked, 2);
}

TEST_F(SenderTest, AsksForColdBytesToBeReadElsewhere) {
  const auto content = noise(3 << 20);
  const auto file = make_file(content);
  ASSERT_EQ(::fdatasync(file->get()), 0);
  ASSERT_EQ(::posix_fadvise(file->get(), 0, 0, POSIX_FADV_DONTNEED), 0);
  media::SliceList slices;
  slices.append(media::FileSlice{file, 0, content.size()});
  Sender sender{"", slices};
  int cold = 0;
  Sender::Progress progress;
  while ((progress = sender.advance(ours.get(), 1 << 20)) != Sender::Progress::done) {
    ASSERT_NE(progress, Sender::Progress::failed);
    if (progress == Sender::Progress::cold) {
      ++cold;
      sender.warm();
      EXPECT_NE(sender.advance(ours.get(), 1), Sender::Progress::cold)
          << "once warmed it is sent, come what may";
    }
    receive();
  }
  receive();
  EXPECT_TRUE(got == content);
  if (cold == 0) GTEST_SKIP() << "this volume keeps its files in memory";
  EXPECT_LE(cold, 4);
}

TEST_F(SenderTest, FailsWhenThePeerIsGoneOrTheFileEnds) {
  const auto file = make_file("0123456789");
  media::SliceList slices;
  slices.append(media::FileSlice{file, 5, 10});
  Sender early{"", slices};
  EXPECT_EQ(early.advance(ours.get(), 1000), Sender::Progress::failed);
  EXPECT_EQ(early.own_failure(), "a file is shorter than what was promised of it");
  theirs = Fd{};
  Sender late{"text", std::string{}};
  EXPECT_EQ(late.advance(ours.get(), 1000), Sender::Progress::failed);
  EXPECT_EQ(late.own_failure(), "");
}

}  // namespace
}  // namespace longtake::http
