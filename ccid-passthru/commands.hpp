#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "ccid-passthru/usb_reader.hpp"
#include "program/command_table.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// The commands of `ccid-passthru ctl`.
class Commands {
 public:
  using UsbReaders = std::vector<std::unique_ptr<UsbReader>>;
  using Add = std::function<Result<>(const ReaderSpec&)>;

  /// `usb_readers` and `watchers` outlive this object. `add` starts a reader, `leave` ends the
  /// program.
  Commands(const UsbReaders& usb_readers, program::Watchers& watchers, Usbip usbip, Add add,
           std::function<void()> leave);

  const program::CommandTable& table() const { return table_; }
  /// Their help, for those who have no running program.
  static std::string help();

 private:
  program::CommandTable make_table(program::Watchers& watchers, std::function<void()> leave);
  Result<std::string> add(const program::Words& arguments);
  bool give_back(const std::string& name) const;
  Result<std::string> remove(const program::Words& arguments);
  UsbReader* find(const std::string& name) const;

  const UsbReaders& usb_readers_;
  Usbip usbip_;
  Add add_;
  program::CommandTable table_;
};

}  // namespace vscard::ccid_passthru
