// The schema's scripts, built in from migrations/*.sql.
#pragma once

#include <span>

#include "settlement/pg/migrations.h"

namespace pace {

std::span<const pg::Migration> registry_migrations();

}  // namespace pace
