#pragma once

#include "protocol/errc.hpp"
#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/message.hpp"
#include "tests/simulation/pipe.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vscard::tests::simulation {

/// One end of the wire: a machine of VSC and one stream after the other, joined as
/// session::MessageStream joins them.
class VscEnd : public Timed, private StreamReader {
 public:
  struct Stream {
    std::shared_ptr<Pipe> in;
    std::shared_ptr<Pipe> out;
  };
  VscEnd(Surroundings& around, const char* name) : around_(around), name_(name) {}

  /// Precondition: !serving().
  void serve(Stream stream);
  bool serving() const { return stream_.has_value(); }
  std::function<void()> on_end;  ///< of a stream

  std::optional<Time> deadline() const override;
  void expire() override;

 protected:
  void send(const protocol::vsc::Message& message);
  /// The machine has ended the conversation.
  void end(std::optional<protocol::Errc> error);
  /// `broken`: the promise that the machine has broken, or "".
  void check_promises(const std::string& broken);

  // The machine.
  virtual void begin() = 0;
  virtual void receive_message(protocol::vsc::Message message) = 0;
  virtual std::optional<Time> machine_deadline() const = 0;
  virtual void expire_machine() = 0;
  virtual void lost() = 0;

  Surroundings& around_;

 private:
  void receive(protocol::Bytes bytes) override;
  void stream_ended() override;

  const char* name_;
  std::optional<Stream> stream_;
  protocol::vsc::Decoder decoder_;
  bool ending_ = false;
};

}  // namespace vscard::tests::simulation
