#include "settlement/books/bank/instructions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/base/csv_field.h"

namespace pace {
namespace {

namespace fs = std::filesystem;
using pg::Connection;

[[noreturn]] void fail(const fs::path& path) {
  throw pg::Fault("cannot write " + path.string() + ": " + std::strerror(errno));
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

void sync_directory(const fs::path& directory) {
  const Descriptor at{open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (at.number < 0 || fsync(at.number) != 0) fail(directory);
}

/// Whole under its name, or not there under it.
void write_file(const fs::path& path, std::string_view text) {
  const fs::path half = path.string() + ".new";
  {
    const Descriptor file{open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (file.number < 0) fail(half);
    while (!text.empty()) {
      const ssize_t n = write(file.number, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(half);
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (fsync(file.number) != 0) fail(half);
  }
  if (std::rename(half.c_str(), path.c_str()) != 0) fail(path);
  sync_directory(path.parent_path());
}

/// The file under way: one that was numbered and not finished, else a new one for what is waiting. 0: nothing to do.
std::int64_t take_number(Connection& connection) {
  pg::Transaction transaction(connection);
  connection.exec("LOCK TABLE books.instruction_files IN EXCLUSIVE MODE");
  const pg::Result open = connection.exec("SELECT min(number) FROM books.instruction_files WHERE NOT written");
  if (!open.null(0, 0)) return open.int64(0, 0);
  if (!connection.exec("SELECT EXISTS (SELECT FROM books.bank_instructions WHERE file IS NULL)").boolean(0, 0))
    return 0;
  const std::int64_t number =
      connection.exec("INSERT INTO books.instruction_files DEFAULT VALUES RETURNING number").int64(0, 0);
  connection.exec("UPDATE books.bank_instructions SET file = $1 WHERE file IS NULL", {number});
  transaction.commit();
  return number;
}

}  // namespace

std::optional<InstructionFile> write_payment_instructions(Connection& connection, const fs::path& directory) {
  const std::int64_t number = take_number(connection);
  if (number == 0) return std::nullopt;
  const pg::Result rows = connection.exec(
      "SELECT id, payer, payee, amount_fen, reference FROM books.bank_instructions WHERE file = $1 ORDER BY id COLLATE "
      "\"C\"",
      {number});
  char name[40];
  std::snprintf(name, sizeof name, "payments-%06lld.csv", static_cast<long long>(number));
  InstructionFile file{directory / name, number, rows.rows(), 0};
  std::string text = "id,payer,payee,amount_fen,reference\n";
  for (int i = 0; i < rows.rows(); ++i) {
    file.total_fen += rows.int64(i, 3);
    for (int column = 0; column < 4; ++column) text.append(rows.text(i, column)) += ',';
    append_quoted_csv(text, rows.text(i, 4));
    text += '\n';
  }
  write_file(file.path, text);
  connection.exec("UPDATE books.instruction_files SET written = true WHERE number = $1", {number});
  return file;
}

}  // namespace pace
