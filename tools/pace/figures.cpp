#include "tools/pace/figures.h"

namespace pace::tool {
namespace {

Figure gauge(const char* name, const char* help, double value) {
  return {name, help, Figure::Kind::gauge, value, {}};
}
Figure counter(const char* name, const char* help, double value) {
  return {name, help, Figure::Kind::counter, value, {}};
}
template <class T>
double number(T value) {
  return static_cast<double>(value);
}
// How far a projection is behind the released log.
double lag(Sequence released, Sequence position) {
  return number(released.raw() - std::min(released, position).raw());
}

}  // namespace

std::vector<Figure> figures(const SequencerStatistics& s, const ProjectionStatus& p, const FixStatus& f) {
  return {
      gauge("pace_sequence", "Newest command applied.", number(s.sequenced.raw())),
      gauge("pace_released_sequence", "Newest entry that is durable and out.", number(s.released.raw())),
      gauge("pace_snapshot_sequence", "Newest snapshot on disk.", number(s.snapshot.raw())),
      gauge("pace_queue_depth", "Commands waiting for the sequencer.", number(s.queue_depth)),
      gauge("pace_gate_lag", "Commands applied and not yet durable.", number(s.gate_lag)),
      gauge("pace_journal_sync_seconds", "Write and sync of the newest batch.", number(s.last_sync.raw()) / 1e9),
      counter("pace_commands_total", "Commands taken since the start.", number(s.commands)),
      counter("pace_journal_batches_total", "Batches synced since the start.", number(s.batches)),
      counter("pace_journal_bytes_total", "Bytes written to the journal since the start.", number(s.bytes)),
      counter("pace_busy_total", "Commands refused because the queue was full.", number(s.busy)),
      gauge("pace_database_up", "1 when PostgreSQL was there when last looked.", p.database ? 1 : 0),
      gauge("pace_books_lag", "Entries the settlement books are behind.", lag(s.released, p.books)),
      gauge("pace_registry_lag", "Entries the registry store is behind.", lag(s.released, p.store)),
      counter("pace_books_faults_total", "Database faults the books met since the start.", number(p.faults)),
      gauge("pace_fix_connections", "FIX connections.", number(f.connections)),
      gauge("pace_fix_logged_on", "FIX sessions logged on.", number(f.logged_on)),
      gauge("pace_fix_lag", "Entries the FIX gateway is behind.", lag(s.released, f.position)),
      counter("pace_fix_messages_in_total", "FIX messages received.", number(f.messages_in)),
      counter("pace_fix_messages_out_total", "FIX messages sent.", number(f.messages_out)),
      counter("pace_fix_logons_refused_total", "FIX logons refused.", number(f.logons_refused)),
      counter("pace_fix_readers_dropped_total", "FIX readers dropped for being too slow.", number(f.readers_dropped)),
  };
}

}  // namespace pace::tool
