// The log port on local segment files: one writer, held to be the only one by the data directory's lock.
// Thread rule: as LogPort.
#pragma once

#include "engine/journal/log_writer.h"
#include "engine/sequencer/log_port.h"

namespace pace {

class LocalLog final : public LogPort {
 public:
  LocalLog(Disk& disk, LogOptions options, const LogEnd& end) : writer_(disk, std::move(options), end) {}
  Sequence append(LogBatch& batch, Sequence expected, std::uint32_t epoch) override;
  void prepare() override { writer_.prepare(); }
  bool wants_prepare() const override { return writer_.wants_prepare(); }
  std::uint32_t epoch() const override { return writer_.epoch(); }

 private:
  LogWriter writer_;
};

}  // namespace pace
