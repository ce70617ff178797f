#pragma once

#include <vector>

namespace vscard::tests::simulation {

/// Is there a reason why a guest's card may be gone or mute? Whatever makes one says so here. It
/// lasts until the world stands still with a card in: then everybody has been told of it.
class Trouble {
 public:
  void make() {
    lasts_ = true;
    ++made_;
    for (Trouble* const other : others_) other->make();
  }
  void end() { lasts_ = false; }
  /// What is made here is made there, too, as the wire's is for every card. `other` outlives this.
  void pass_to(Trouble& other) { others_.push_back(&other); }

  bool lasts() const { return lasts_; }
  /// How often it was made.
  unsigned made() const { return made_; }

 private:
  bool lasts_ = true;  ///< a world begins without a card
  unsigned made_ = 0;
  std::vector<Trouble*> others_;
};

}  // namespace vscard::tests::simulation
