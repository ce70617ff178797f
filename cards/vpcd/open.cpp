// vpcd::open(): from what --card says to readers.

#include "cards/vpcd/kind.hpp"
#include "cards/vpcd/reader.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::vpcd {
namespace {

class Readers final : public CardSet {
 public:
  Result<> add(const asio::any_io_executor& executor, const CardSpec& spec,
               const OpenOptions& options) {
    const Options card = options_of(spec);
    using Exposure = session::LinkOptions::Exposure;
    const bool exposed = options.exposure == OpenOptions::Exposure::Allowed;
    auto reader = std::make_unique<Reader>(
        executor,
        session::LinkOptions{.endpoint = card.endpoint,
                             .exposure = exposed ? Exposure::Allowed : Exposure::Refused},
        *card.transport, options.apdu_timeout,
        [name = spec.name, tell = options.tell, warn = options.warn](const Notice& notice) {
          const bool warning = notice.severity == Notice::Severity::Warning;
          (warning ? warn : tell)(name + ": card: " + notice.text);
        });
    if (auto opened = reader->open(); !opened) return opened;
    readers_.push_back(reader.get());
    owned_.push_back(std::move(reader));
    return {};
  }

  const std::vector<cards::Reader*>& readers() const override { return readers_; }
  bool stop() override {
    for (const auto& reader : owned_) reader->stop();
    return true;
  }

 private:
  std::vector<std::unique_ptr<Reader>> owned_;
  std::vector<cards::Reader*> readers_;
};

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  auto readers = std::make_unique<Readers>();
  for (const CardSpec& spec : specs) {
    if (const auto added = readers->add(executor, spec, options); !added) {
      return std::unexpected(added.error().about("--card vpcd"));
    }
  }
  return readers;
}

}  // namespace vscard::cards::vpcd
