#pragma once
// For tests: an organization with two channels, and people.

#include "access/access_fixture.h"
#include "archive/channels.h"
#include "desk/note_search.h"
#include "desk/note_templates.h"
#include "desk/notes.h"

namespace longtake::desk {

class DeskTest : public access::AccessTest {
 protected:
  DeskTest()
      : channels_(*database_, *secrets_, clock_),
        notes_(*database_, clock_),
        templates_(*database_, clock_),
        search_(*database_) {
    other_ = organizations_->create({.slug = "other", .name = "Other"})->id;
    one_ = add_channel(main_, "One");
    two_ = add_channel(main_, "Two");
    foreign_ = add_channel(other_, "Foreign");
    ann_ = add_person("ann@longtake.test", main_);
    bob_ = add_person("bob@longtake.test", main_);
    eve_ = add_person("eve@longtake.test", other_);
  }

  ChannelId add_channel(OrganizationId organization, const std::string& name) {
    return channels_.create(organization, {.name = name, .source_url = "http://127.0.0.1:9/x.ts"})->id;
  }
  UserId add_person(const std::string& email, OrganizationId organization) {
    const auto slug = organization == main_ ? "main" : "other";
    return people_
        ->add({.email = email, .role = access::Role::editor, .organization = slug, .password = password})
        ->id;
  }
  WallTime at(int seconds) const {
    return clock_.now() - std::chrono::hours{1} + std::chrono::seconds{seconds};
  }
  NoteContent said(std::string text, int seconds = 0) const {
    return {.channel = one_, .at = at(seconds), .text = std::move(text)};
  }
  Note made(NoteContent content, UserId author, std::string key = "") {
    auto note =
        notes_.create(main_, {.content = std::move(content), .author = author, .key = std::move(key)});
    EXPECT_TRUE(note) << note.error().story();
    return note ? *std::move(note) : Note{};
  }
  std::vector<std::string> found(const NoteFilter& filter, OrganizationId organization = OrganizationId{1}) {
    const auto page = search_.list(organization, filter, 0, 50);
    EXPECT_TRUE(page);
    std::vector<std::string> texts;
    if (page)
      for (const auto& note : page->notes)
        texts.push_back(note.content.text);
    return texts;
  }

  const OrganizationId main_{1};
  OrganizationId other_;
  archive::Channels channels_;
  Notes notes_;
  NoteTemplates templates_;
  NoteSearch search_;
  ChannelId one_, two_, foreign_;
  UserId ann_, bob_, eve_;
};

}  // namespace longtake::desk
