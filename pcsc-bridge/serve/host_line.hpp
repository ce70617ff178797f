#pragma once

#include "pcsc-bridge/reader/patient_link.hpp"
#include "pcsc-bridge/serve/host_reader.hpp"

#include <map>
#include <memory>
#include <string>

namespace vscard::pcsc_bridge::serve {

/// What has readers for a client that brings more than one card.
class ReaderPlaces {
 public:
  ReaderPlaces() = default;
  ReaderPlaces(const ReaderPlaces&) = delete;
  ReaderPlaces& operator=(const ReaderPlaces&) = delete;
  virtual ~ReaderPlaces() = default;

  /// A reader beside the one of this name, for what the client calls so: any bytes. Its name, or a
  /// line for the user.
  virtual Result<std::string> add_beside(const std::string& name, const std::string& offered,
                                         std::shared_ptr<HostReader> reader) = 0;
  /// Likewise, one that has this name itself.
  virtual Result<> add_again(const std::string& name, std::shared_ptr<HostReader> reader) = 0;
  /// HostReader::close() is called.
  virtual void remove(pcsc::ReaderId reader) = 0;
};

/// A VSC link and its readers. The first one is always there, as a reader is whose card comes and
/// goes; the others come and go with their cards.
class HostLine final : public std::enable_shared_from_this<HostLine>, private session::ReaderSide {
 public:
  /// `events` and `places` outlive it. `name` is its first reader's. `notify` gets lines for the
  /// log.
  HostLine(const asio::any_io_executor& executor, std::string name,
           const session::VscLinkOptions& options, CardEvents& events, ReaderPlaces& places,
           Notify notify);

  // As PatientLink.
  Result<> open() { return link_.open(); }
  Awaitable<void> run() { return link_.run(); }

  /// Shares this object; its close() ends run().
  std::shared_ptr<HostReader> first() { return share(kFirst); }
  /// Has a further card lost its reader of this name?
  bool lacks(const std::string& name) const;
  /// … which it is to have again. The error is a line for the user.
  Result<> offer(const std::string& name);

 private:
  static constexpr protocol::vsc::ReaderId kFirst{0};
  using Names = std::map<protocol::vsc::ReaderId, std::string>;

  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override { return events_.seen(); }
  std::shared_ptr<HostReader> share(protocol::vsc::ReaderId number);
  void add(protocol::vsc::ReaderId number, const std::string& offered);
  void remove(protocol::vsc::ReaderId number);
  void lose(protocol::vsc::ReaderId number);
  Names::const_iterator lost(const std::string& name) const;
  void close();

  std::string name_;
  CardEvents& events_;
  ReaderPlaces& places_;
  Notify notify_;
  reader::PatientLink link_;
  std::map<protocol::vsc::ReaderId, HostReader> readers_;
  Names names_;  ///< of the further ones, those too that the user has removed
};

}  // namespace vscard::pcsc_bridge::serve
