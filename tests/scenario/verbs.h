// The verbs that a story's lines begin with. To add some: a file of your own with a table like order_verbs, its
// declaration here, its name in verbs.cpp's list and in CMakeLists.txt, its words in README.md.
// A verb reads its words, sends its command through Story::send and returns what that said; a question returns its
// answer. It throws Misread, or lets Words throw it, when the line is not of the language.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tests/scenario/story.h"

namespace pace::test {

struct Verb {
  std::string_view word;
  std::string_view form;  ///< the line, for error texts
  std::string (*act)(Story&, Words&);
};

std::span<const Verb> order_verbs();
std::span<const Verb> auction_verbs();
std::span<const Verb> block_verbs();
std::span<const Verb> session_verbs();
std::span<const Verb> register_verbs();
std::span<const Verb> questions();

/// Throws Misread when there is none.
const Verb& find_verb(std::string_view word);
std::string form_of(std::string_view word);

}  // namespace pace::test
