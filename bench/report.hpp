#pragma once

#include "bench/samples.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::bench {

/// The samples of all measurements, and what is printed of them.
class Report {
 public:
  struct Key {
    std::string transport;
    std::string what;
    unsigned cores = 0;  ///< that the two sides ran on: 1 or 2
    auto operator<=>(const Key&) const = default;
  };

  /// What other measurements over the same transport and cores are compared with.
  static constexpr std::string_view kFloor = "floor";

  /// Stays valid; empty at first.
  Samples& samples(const Key& key);

  /// A row for each transport and measurement, in the order of their first samples.
  void print_table() const;
  /// A JSON object a line.
  void print_json() const;

 private:
  /// Times the floor's median.
  double ratio(const Key& key) const;

  std::map<Key, Samples> samples_;
  std::vector<Key> order_;
};

}  // namespace vscard::bench
