#pragma once

#include "protocol/bytes.hpp"

#include <array>
#include <cstdint>

namespace vscard::tests::simulation {

/// Everything in a simulation that is not determined, so that the same choices give the same run.
class Choices {
 public:
  Choices() = default;
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;
  virtual ~Choices() = default;

  /// A number below `count`, which is 1 to 256. Where it matters, 0 is the tame choice.
  virtual std::uint32_t below(std::uint32_t count) = 0;
  /// There is nothing left to choose from: only zeros follow.
  virtual bool spent() const { return false; }

  bool one_in(std::uint32_t count) { return below(count) == count - 1; }
  template <class T, std::size_t N>
  const T& pick(const std::array<T, N>& from) {
    return from[below(N)];
  }
};

/// Never spent: SplitMix64, which gives the same numbers everywhere.
class SeededChoices final : public Choices {
 public:
  explicit SeededChoices(std::uint64_t seed) : state_(seed) {}

  std::uint32_t below(std::uint32_t count) override {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((mixed ^ (mixed >> 31)) % count);
  }

 private:
  std::uint64_t state_;
};

/// A byte a choice.
class ByteChoices final : public Choices {
 public:
  /// `bytes` outlive this.
  explicit ByteChoices(protocol::Bytes bytes) : bytes_(bytes) {}

  std::uint32_t below(std::uint32_t count) override { return bytes_.u8() % count; }
  bool spent() const override { return bytes_.remaining() == 0; }

 private:
  protocol::ByteReader bytes_;
};

}  // namespace vscard::tests::simulation
