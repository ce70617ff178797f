#include "cards/libcacard/readers.hpp"

#include "async/no_signals.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::cards::libcacard {

Readers::Readers(const asio::any_io_executor& executor, std::vector<NamedReader> readers)
    : executor_(executor) {
  for (NamedReader& it : readers) {
    owned_.push_back(std::make_unique<Reader>(executor, std::move(it.reader), std::move(it.token),
                                              std::move(it.name), std::move(it.put_back)));
    readers_.push_back(owned_.back().get());
  }
  events_ = std::thread([this] { forward_events(); });
}

Readers::~Readers() { stop(); }

bool Readers::stop() {
  if (events_.joinable()) {
    end_events();
    events_.join();
  }
  return true;
}

void Readers::forward_events() {
  async::take_no_signals();
  for (Event event = wait_for_event(); event.kind != Event::Kind::End; event = wait_for_event()) {
    if (event.kind == Event::Kind::Other) continue;
    for (const auto& reader : owned_) {
      if (!event.is_of(reader->virtual_reader())) continue;
      asio::post(executor_, [inserted = event.kind == Event::Kind::Inserted, it = reader.get()] {
        inserted ? it->card_inserted() : it->card_removed();
      });
    }
  }
}

}  // namespace vscard::cards::libcacard
