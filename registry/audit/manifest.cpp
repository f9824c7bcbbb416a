#include "registry/audit/manifest.h"

#include "engine/message/json.h"
#include "registry/audit/json_cursor.h"

namespace pace::audit {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  json_escape(out, text);
  return out;
}

std::string in_quotes(const Hash& hash) {
  std::string text(1, '"');
  text += to_hex(hash);
  return text += '"';
}

std::string proof_text(const Proof& proof) {
  std::string text = "\"proof\":[";
  for (std::size_t i = 0; i < proof.size(); ++i) text.append(i == 0 ? "\n" : ",\n").append(in_quotes(proof[i]));
  return text + "]";
}

Hash read_hash(JsonCursor& in) {
  const auto hash = hash_from_hex(in.plain_string());
  if (!hash) in.fail();
  return hash.value_or(Hash{});
}

Proof read_proof(JsonCursor& in) {
  Proof proof;
  in.expect("\"proof\":[");
  while (in.ok() && !in.take("]")) {
    in.expect(proof.empty() ? "\n" : ",\n");
    proof.push_back(read_hash(in));
  }
  return proof;
}

std::uint64_t read_number(JsonCursor& in, std::string_view name) {
  in.expect(name);
  return in.integer<std::uint64_t>();
}

std::string read_string(JsonCursor& in, std::string_view name) {
  in.expect(name);
  return in.string();
}

Hash read_hash(JsonCursor& in, std::string_view name) {
  in.expect(name);
  return read_hash(in);
}

std::string line(const FileRecord& file) {
  return "{\"name\":" + in_quotes(file.name) + ",\"sha256\":" + in_quotes(file.sha256) +
         ",\"bytes\":" + std::to_string(file.bytes) + ",\"rows\":" + std::to_string(file.rows) + "}";
}

FileRecord read_file(JsonCursor& in) {
  FileRecord file;
  file.name = read_string(in, "{\"name\":");
  file.sha256 = read_hash(in, ",\"sha256\":");
  file.bytes = read_number(in, ",\"bytes\":");
  file.rows = read_number(in, ",\"rows\":");
  in.expect("}");
  return file;
}

/// A parse counts only when writing the value again gives the very same text.
template <class T>
std::optional<T> confirmed(const JsonCursor& in, const T& value, std::string_view text) {
  if (!in.done() || to_text(value) != text) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const Manifest& m) {
  std::string text = "{\n\"format\":" + in_quotes(bundle_format) + ",\n\"origin\":" + in_quotes(m.origin) +
                     ",\n\"first_sequence\":" + std::to_string(m.first_sequence) +
                     ",\n\"last_sequence\":" + std::to_string(m.last_sequence) +
                     ",\n\"last_time\":" + in_quotes(m.last_time) + ",\n\"legal_basis\":" + in_quotes(m.legal_basis) +
                     ",\n\"root\":" + in_quotes(m.root) + ",\n\"files\":[";
  for (std::size_t i = 0; i < m.files.size(); ++i) text.append(i == 0 ? "\n" : ",\n").append(line(m.files[i]));
  return text + "]\n}\n";
}

std::optional<Manifest> parse_manifest(std::string_view text) {
  JsonCursor in(text);
  Manifest m;
  in.expect("{\n\"format\":" + in_quotes(bundle_format));
  m.origin = read_string(in, ",\n\"origin\":");
  m.first_sequence = read_number(in, ",\n\"first_sequence\":");
  m.last_sequence = read_number(in, ",\n\"last_sequence\":");
  m.last_time = read_string(in, ",\n\"last_time\":");
  m.legal_basis = read_string(in, ",\n\"legal_basis\":");
  m.root = read_hash(in, ",\n\"root\":");
  in.expect(",\n\"files\":[");
  while (in.ok() && !in.take("]")) {
    in.expect(m.files.empty() ? "\n" : ",\n");
    m.files.push_back(read_file(in));
  }
  in.expect("\n}\n");
  return confirmed(in, m, text);
}

std::string to_text(const Consistency& c) {
  return "{\n\"from_size\":" + std::to_string(c.from_size) + ",\n\"from_root\":" + in_quotes(c.from_root) +
         ",\n\"to_size\":" + std::to_string(c.to_size) + ",\n\"to_root\":" + in_quotes(c.to_root) + ",\n" +
         proof_text(c.proof) + ",\n\"previous_checkpoint\":" + in_quotes(c.previous_checkpoint) + "\n}\n";
}

std::optional<Consistency> parse_consistency(std::string_view text) {
  JsonCursor in(text);
  Consistency c;
  c.from_size = read_number(in, "{\n\"from_size\":");
  c.from_root = read_hash(in, ",\n\"from_root\":");
  c.to_size = read_number(in, ",\n\"to_size\":");
  c.to_root = read_hash(in, ",\n\"to_root\":");
  in.expect(",\n");
  c.proof = read_proof(in);
  c.previous_checkpoint = read_string(in, ",\n\"previous_checkpoint\":");
  in.expect("\n}\n");
  return confirmed(in, c, text);
}

std::string to_text(const EntryProof& p) {
  return "{\n\"format\":\"pace-inclusion-proof 1\",\n\"sequence\":" + std::to_string(p.sequence) +
         ",\n\"tree_size\":" + std::to_string(p.size) + ",\n\"leaf\":" + in_quotes(p.leaf) + ",\n" +
         proof_text(p.proof) + ",\n\"checkpoint\":" + in_quotes(p.checkpoint) + "\n}\n";
}

std::optional<EntryProof> parse_entry_proof(std::string_view text) {
  JsonCursor in(text);
  EntryProof p;
  p.sequence = read_number(in, "{\n\"format\":\"pace-inclusion-proof 1\",\n\"sequence\":");
  p.size = read_number(in, ",\n\"tree_size\":");
  p.leaf = read_string(in, ",\n\"leaf\":");
  in.expect(",\n");
  p.proof = read_proof(in);
  p.checkpoint = read_string(in, ",\n\"checkpoint\":");
  in.expect("\n}\n");
  return confirmed(in, p, text);
}

std::string sums_text(const std::vector<FileRecord>& files) {
  std::string text;
  for (const FileRecord& file : files) text += to_hex(file.sha256) + "  " + file.name + "\n";
  return text;
}

std::optional<std::vector<FileRecord>> parse_sums(std::string_view text) {
  std::vector<FileRecord> files;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end < 67 || text.substr(64, 2) != "  ") return std::nullopt;
    const auto hash = hash_from_hex(text.substr(0, 64));
    const std::string_view name = text.substr(66, end - 66);
    // A name is a plain file of the bundle: no path leads out of it.
    if (!hash || name.find('/') != std::string_view::npos || name.starts_with('.')) return std::nullopt;
    files.push_back({.name = std::string(name), .sha256 = *hash});
    text.remove_prefix(end + 1);
  }
  return files;
}

}  // namespace pace::audit
