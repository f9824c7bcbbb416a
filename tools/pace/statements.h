// What the books and the registry's store say of one account, as JSON for REST. Thread rule: any thread; both wait for
// PostgreSQL, and throw while it is away.
#pragma once

#include <optional>
#include <string>

#include "registry/store/store.h"
#include "settlement/books/reader.h"

namespace pace::tool {

/// {"day":…,"account":…,"settled":…,"lines":[…]}; nothing when the books do not know the day.
std::optional<std::string> statement_json(BooksReader& books, Date day, AccountId account);
/// Nothing when the store does not know the account.
std::optional<std::string> registry_statement_json(RegistryReader& registry, AccountId account);

}  // namespace pace::tool
