#include "tests/scenario/verbs.h"

namespace pace::test {

const Verb& find_verb(std::string_view word) {
  for (const auto table : {order_verbs, auction_verbs, block_verbs, session_verbs, register_verbs, questions})
    for (const Verb& verb : table())
      if (verb.word == word) return verb;
  throw Misread("there is no verb '" + std::string(word) + "' (tests/scenario/README.md lists them)");
}

std::string form_of(std::string_view word) {
  return std::string(find_verb(word).form);
}

}  // namespace pace::test
