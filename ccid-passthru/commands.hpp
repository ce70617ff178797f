#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "ccid-passthru/usb_reader.hpp"
#include "program/control.hpp"
#include "protocol/failure.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// The commands of `ccid-passthru ctl`.
class Commands {
 public:
  /// `usb_readers` outlives this object. `add` starts a reader, `leave` ends the program.
  Commands(const std::vector<std::unique_ptr<UsbReader>>& usb_readers,
           std::function<Result<>(const ReaderSpec&)> add, std::function<void()> leave);

  program::CommandResult run(const std::vector<std::string>& words);

 private:
  program::CommandResult list(const std::vector<std::string>& words) const;
  program::CommandResult add(const std::vector<std::string>& words);
  program::CommandResult remove(const std::vector<std::string>& words);
  UsbReader* find(const std::string& name) const;

  const std::vector<std::unique_ptr<UsbReader>>& usb_readers_;
  std::function<Result<>(const ReaderSpec&)> add_;
  std::function<void()> leave_;
};

}  // namespace vscard::ccid_passthru
