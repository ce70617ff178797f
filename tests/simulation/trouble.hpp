#pragma once

namespace vscard::tests::simulation {

/// Is there a reason why the guest's card may be gone or mute? Whatever makes one says so here. It
/// lasts until the world stands still with a card in: then everybody has been told of it.
class Trouble {
 public:
  void make() {
    lasts_ = true;
    ++made_;
  }
  void end() { lasts_ = false; }

  bool lasts() const { return lasts_; }
  /// How often it was made.
  unsigned made() const { return made_; }

 private:
  bool lasts_ = true;  ///< a world begins without a card
  unsigned made_ = 0;
};

}  // namespace vscard::tests::simulation
