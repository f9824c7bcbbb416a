#include "engine/sequencer/replay.h"

#include <algorithm>
#include <utility>

namespace pace {
namespace {

// Stands behind the exchange's last sequence.
LogReader reader_behind(Disk& disk, const std::string& directory, const Exchange& exchange) {
  const Sequence last = exchange.last_sequence();
  LogReader reader(disk, directory, LogKind::journal, Sequence(std::max<std::uint64_t>(last.raw(), 1)));
  if (!last) return reader;
  const LogRecord* record = reader.next();
  const LogEnd& end = reader.end();
  if (record == nullptr)
    throw Damage(end.segment.empty() ? directory : end.segment, end.offset,
                 "the journal ends with sequence " + std::to_string(end.last.raw()) +
                     ", but a snapshot holds sequence " + std::to_string(last.raw()) +
                     ": acknowledged commands are missing");
  if (record->time != exchange.last_time())
    throw Damage(
        end.segment, record->offset,
        "record " + std::to_string(last.raw()) + " has another time than the snapshot: they are not of one exchange");
  return reader;
}

}  // namespace

Replay::Replay(Disk& disk, const std::string& journal_directory, Exchange& exchange)
    : exchange_(exchange), ahead_(reader_behind(disk, journal_directory, exchange)), applier_(exchange) {}

const ReplayedCommand* Replay::next() {
  const ReplayedCommand* command = ahead_.next();
  if (command == nullptr) return nullptr;
  if (const ReplayedCommand* soon = ahead_.soon(Exchange::request_look_ahead)) exchange_.expect(soon->request);
  ++commands_;
  return command;
}

bool Replay::step() {
  const ReplayedCommand* command = next();
  if (command == nullptr) return false;
  applier_.apply(command->sequence, command->time, command->request, command->payload);
  return true;
}

bool Replay::step_state() {
  const ReplayedCommand* command = next();
  if (command == nullptr) return false;
  applier_.apply_only(command->sequence, command->time, command->request);
  return true;
}

}  // namespace pace
