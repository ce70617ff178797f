#include "cards/libcacard/readers.hpp"

#include "async/no_signals.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::cards::libcacard {

Readers::Readers(const asio::any_io_executor& executor, std::vector<NamedReader> readers,
                 Renewal renewal)
    : executor_(executor), renewal_(std::move(renewal)) {
  drop_events();  // watch() reports these cards itself
  for (NamedReader& it : readers) {
    const auto renew = [this, card = owned_.size()] { return make_anew(card); };
    owned_.push_back(std::make_unique<Reader>(executor, std::move(it), in_use_, renew));
    readers_.push_back(owned_.back().get());
  }
  watch_events();
}

Readers::~Readers() { stop(); }

bool Readers::stop() {
  const std::lock_guard changing(changing_);
  stopped_ = true;
  end_watching();
  return true;
}

/// True: `card` is another one now, or gone.
bool Readers::make_anew(std::size_t card) {
  const std::lock_guard changing(changing_);
  if (stopped_) return false;
  auto start = renewal_(card);
  if (!start) return false;
  const bool started = start_anew(std::move(*start));
  for (const auto& it : owned_) {
    const bool put_in = it == owned_[card];  // nobody sees it yet
    if (put_in && started) continue;
    asio::post(executor_, [it = it.get(), started] {
      it->card_removed();
      if (started) it->card_inserted();
    });
  }
  return true;
}

bool Readers::start_anew(Start start) {
  const std::unique_lock not_in_use(in_use_);
  end_watching();
  for (const auto& it : owned_) it->replace(std::nullopt);
  end_library();
  auto readers = start();
  if (!readers) {
    renewal_.report_failure(readers.error());
    return false;
  }
  drop_events();  // these readers report their cards themselves
  for (std::size_t i = 0; i < owned_.size(); ++i) owned_[i]->replace(std::move((*readers)[i]));
  watch_events();
  return true;
}

void Readers::watch_events() {
  events_ = std::thread([this] { forward_events(); });
}

void Readers::end_watching() {
  if (!events_.joinable()) return;
  end_events();
  events_.join();
}

void Readers::forward_events() {
  async::take_no_signals();
  for (Event event = wait_for_event(); event.kind != Event::Kind::End; event = wait_for_event()) {
    if (event.kind == Event::Kind::Other) continue;
    for (const auto& reader : owned_) {
      if (!reader->is_of(event)) continue;
      asio::post(executor_, [inserted = event.kind == Event::Kind::Inserted, it = reader.get()] {
        inserted ? it->card_inserted() : it->card_removed();
      });
    }
  }
}

}  // namespace vscard::cards::libcacard
