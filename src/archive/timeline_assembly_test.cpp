#include "archive/timeline_assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace longtake::archive {

// For gtest's messages.
void PrintTo(const Span& s, std::ostream* out) {
  *out << "run " << s.run.value << " [" << to_us(s.from) << ", " << to_us(s.to) << ")";
}
void PrintTo(const Gap& g, std::ostream* out) {
  *out << to_string(g.cause) << " [" << to_us(g.from) << ", " << to_us(g.to) << ")";
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime at(int t) {
  return wall_from_us(t);
}
TimelineSegment segment(int sequence, int run, int from, int to) {
  return {SegmentId{sequence}, RunId{run}, static_cast<std::uint32_t>(sequence), {at(from), at(to)}};
}
Span span(int run, int from, int to) {
  return {at(from), at(to), RunId{run}};
}
TimelineGap gap(int from, std::optional<int> to, GapCause cause) {
  return {at(from), to ? std::optional{at(*to)} : std::nullopt, cause, ""};
}
Gap explained(int from, int to, GapCause cause) {
  return {at(from), at(to), cause, ""};
}
TimelineParts parts(int from, int to) {
  return {
      .range = {at(from), at(to)}, .now = at(1000), .segments = {}, .gaps = {}, .first = {}, .oldest = {}};
}

TEST(Assemble, MergesSegmentsOfARun) {
  auto p = parts(0, 100);
  p.segments = {segment(2, 1, 20, 31), segment(1, 1, 10, 20), segment(3, 1, 30, 40)};
  const auto t = assemble(p);
  EXPECT_THAT(t.spans, ElementsAre(span(1, 10, 40)));
  EXPECT_THAT(t.gaps, IsEmpty());
}

TEST(Assemble, ClipsToTheRange) {
  auto p = parts(15, 35);
  p.segments = {segment(1, 1, 10, 20), segment(2, 2, 30, 40)};
  p.gaps = {gap(20, 30, GapCause::source_lost), gap(40, {}, GapCause::stopped)};
  const auto t = assemble(p);
  EXPECT_THAT(t.spans, ElementsAre(span(1, 15, 20), span(2, 30, 35)));
  EXPECT_THAT(t.gaps, ElementsAre(explained(20, 30, GapCause::source_lost)));
}

TEST(Assemble, NeverOverlaps) {
  auto p = parts(0, 100);
  p.segments = {segment(1, 1, 10, 50), segment(2, 2, 30, 40), segment(3, 3, 45, 60)};
  p.gaps = {gap(20, 70, GapCause::source_lost), gap(65, 80, GapCause::stopped)};
  const auto t = assemble(p);
  EXPECT_THAT(t.spans, ElementsAre(span(1, 10, 50), span(3, 50, 60)));
  EXPECT_THAT(t.gaps,
              ElementsAre(explained(60, 70, GapCause::source_lost), explained(70, 80, GapCause::stopped)));
}

TEST(Assemble, ExplainsTimeBetweenRunsThatNoRowExplains) {
  auto p = parts(0, 100);
  p.segments = {segment(1, 1, 10, 20), segment(2, 2, 30, 40)};
  p.gaps = {gap(22, 25, GapCause::stopped)};
  const auto t = assemble(p);
  ASSERT_EQ(t.gaps.size(), 3u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::source_changed);
  EXPECT_EQ(t.gaps[0].to, at(22));
  EXPECT_EQ(t.gaps[1].cause, GapCause::stopped);
  EXPECT_EQ(t.gaps[2].from, at(25));
  EXPECT_EQ(t.gaps[2].to, at(30));
}

TEST(Assemble, AHoleInsideARunIsNotHidden) {
  auto p = parts(0, 100);
  p.segments = {segment(1, 1, 10, 20), segment(3, 1, 30, 40)};
  const auto t = assemble(p);
  EXPECT_THAT(t.spans, ElementsAre(span(1, 10, 20), span(1, 30, 40)));
  ASSERT_EQ(t.gaps.size(), 1u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::expired);
}

TEST(Assemble, AnOpenGapEndsNowOrWithTheRange) {
  auto p = parts(0, 100);
  p.segments = {segment(1, 1, 10, 20)};
  p.gaps = {gap(20, {}, GapCause::source_lost)};
  EXPECT_THAT(assemble(p).gaps, ElementsAre(explained(20, 100, GapCause::source_lost)));
  p.now = at(50);
  EXPECT_THAT(assemble(p).gaps, ElementsAre(explained(20, 50, GapCause::source_lost)));
  p.now = at(15);
  EXPECT_THAT(assemble(p).gaps, IsEmpty());
}

TEST(Assemble, SaysWhatRetentionTook) {
  auto p = parts(0, 100);
  p.first = at(5);
  p.oldest = at(30);
  p.segments = {segment(7, 1, 30, 40)};
  const auto t = assemble(p);
  ASSERT_EQ(t.gaps.size(), 1u);
  EXPECT_EQ(t.gaps[0].cause, GapCause::expired);
  EXPECT_EQ(t.gaps[0].from, at(5));
  EXPECT_EQ(t.gaps[0].to, at(30));
}

TEST(GapCauses, RoundTrip) {
  for (int i = 0; i <= static_cast<int>(GapCause::expired); ++i) {
    const auto cause = static_cast<GapCause>(i);
    EXPECT_EQ(parse_gap_cause(to_string(cause)), cause);
  }
}

}  // namespace
}  // namespace longtake::archive
