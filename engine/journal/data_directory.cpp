#include "engine/journal/data_directory.h"

#include <charconv>
#include <map>
#include <string_view>

namespace pace {
namespace {

constexpr std::string_view pace_version = PACE_VERSION;

std::string version_text(const DataSettings& settings) {
  return "pace " + std::string(pace_version) + "\nformat " + std::to_string(data_format_version) + "\n" +
         to_text(settings);
}

// "key value" lines, in order of key.
std::map<std::string, std::string> parse_lines(std::string_view text) {
  std::map<std::string, std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t space = std::min(line.find(' '), line.size());
    lines.emplace(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void make_parts(Disk& disk, const DataPaths& paths) {
  for (const std::string* part : {&paths.log, &paths.journal, &paths.events, &paths.snapshots})
    disk.make_directory(*part);
  disk.sync_directory(paths.log);
  disk.sync_directory(paths.data);
}

}  // namespace

std::string to_text(const DataSettings& settings) {
  return std::string("clock ") + (settings.simulated_clock ? "simulated" : "real") + "\naccounts " +
         std::to_string(settings.accounts) + "\nopen_orders " + std::to_string(settings.open_orders) +
         "\ninstruments " + std::to_string(settings.instruments) + "\nrequests_per_day " +
         std::to_string(settings.requests_per_day) + "\n";
}

DataPaths::DataPaths(std::string data_directory)
    : data(std::move(data_directory)),
      lock(data + "/LOCK"),
      version_name("VERSION"),
      version(data + "/VERSION"),
      log(data + "/log"),
      journal(log + "/journal"),
      events(log + "/events"),
      snapshots(data + "/snapshots") {}

std::optional<DataSettings> read_version(Disk& disk, const DataPaths& paths) {
  if (!disk.exists(paths.version)) return std::nullopt;
  const Bytes bytes = read_whole(disk, paths.version);
  const auto lines = parse_lines({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto number = [&](const char* key) {
    const auto found = lines.find(key);
    std::uint64_t value = 0;
    if (found == lines.end()) throw Damage(paths.version, 0, std::string("no line \"") + key + "\"");
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      throw Damage(paths.version, 0, std::string("\"") + key + "\" is not a number");
    return value;
  };
  if (number("format") > data_format_version) {
    const auto written = lines.find("pace");
    throw Refused("data directory " + paths.data + " was written by PACE " +
                  (written == lines.end() ? "of a newer format" : written->second) + " (format " +
                  std::to_string(number("format")) + "); this is PACE " + std::string(pace_version) + " (format " +
                  std::to_string(data_format_version) + "): start the newer one");
  }
  const auto clock = lines.find("clock");
  if (clock == lines.end() || (clock->second != "real" && clock->second != "simulated"))
    throw Damage(paths.version, 0, "no line \"clock real\" or \"clock simulated\"");
  return DataSettings{clock->second == "simulated", number("accounts"), number("open_orders"), number("instruments"),
                      number("requests_per_day")};
}

DataDirectory DataDirectory::open(Disk& disk, const std::string& path, const DataSettings& settings) {
  DataPaths paths(path);
  disk.make_directory(paths.data);
  auto lock = disk.lock(paths.lock, Disk::Share::exclusive);
  const std::optional<DataSettings> found = read_version(disk, paths);
  if (found && *found != settings)
    throw Refused("data directory " + path +
                  " was made with other settings, and its log replays only with them.\nIt has:\n" + to_text(*found) +
                  "The configuration says:\n" + to_text(settings) + "Use the former, or another data directory");
  make_parts(disk, paths);
  if (!found) {
    if (!disk.names(paths.journal).empty())
      throw Refused("data directory " + path + " has a journal but no VERSION file: it is not whole; restore " +
                    paths.version);
    const std::string text = version_text(settings);
    write_whole(disk, paths.data, paths.version_name,
                BytesView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  return {std::move(paths), std::move(lock), settings};
}

DataDirectory DataDirectory::look(Disk& disk, const std::string& path) {
  DataDirectory directory = glance(disk, path);
  if (disk.exists(directory.paths_.lock)) directory.lock_ = disk.lock(directory.paths_.lock, Disk::Share::shared);
  return directory;
}

DataDirectory DataDirectory::glance(Disk& disk, const std::string& path) {
  DataPaths paths(path);
  const std::optional<DataSettings> found = read_version(disk, paths);
  if (!found) throw Refused(path + " is not a data directory of an exchange: it has no VERSION file");
  return {std::move(paths), nullptr, *found};
}

}  // namespace pace
