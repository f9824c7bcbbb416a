#include "engine/sequencer/replay.h"

#include <algorithm>

namespace pace {

Replay::Replay(Disk& disk, const std::string& journal_directory, Exchange& exchange)
    : reader_(disk, journal_directory, LogKind::journal,
              Sequence(std::max<std::uint64_t>(exchange.last_sequence().raw(), 1))),
      applier_(exchange) {
  const Sequence last = exchange.last_sequence();
  if (!last) return;
  const LogRecord* record = reader_.next();
  const LogEnd& end = reader_.end();
  if (record == nullptr)
    throw Damage(end.segment.empty() ? journal_directory : end.segment, end.offset,
                 "the journal ends with sequence " + std::to_string(end.last.raw()) +
                     ", but a snapshot holds sequence " + std::to_string(last.raw()) +
                     ": acknowledged commands are missing");
  if (record->time != exchange.last_time())
    throw Damage(
        end.segment, record->offset,
        "record " + std::to_string(last.raw()) + " has another time than the snapshot: they are not of one exchange");
}

bool Replay::step() {
  const LogRecord* record = reader_.next();
  if (record == nullptr) return false;
  const std::optional<Request> request = decode_request(record->payload);
  if (!request)
    throw Damage(
        reader_.end().segment, record->offset,
        "record " + std::to_string(record->sequence.raw()) + " is whole, but no request that this version knows");
  applier_.apply(record->sequence, record->time, *request, record->payload);
  ++commands_;
  return true;
}

}  // namespace pace
