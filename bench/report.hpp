#pragma once

#include "bench/samples.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vscard::bench {

/// A table, or a JSON object a line.
enum class Format { Table, Json };

/// The samples of all measurements, and what is printed of them.
class Report {
 public:
  struct Key {
    std::string transport;
    std::string what;
    unsigned cores = 0;  ///< that the two sides ran on: 1 or 2
    auto operator<=>(const Key&) const = default;
  };

  /// `floor` names the measurement that others over the same transport and cores are compared with.
  explicit Report(std::string floor) : floor_(std::move(floor)) {}

  /// Stays valid; empty at first.
  Samples& samples(const Key& key);

  /// Each transport and measurement, in the order of their first samples.
  void print(Format format) const;

 private:
  void print_table() const;
  void print_json() const;
  /// Times the floor's median.
  double ratio(const Key& key) const;

  std::string floor_;
  std::map<Key, Samples> samples_;
  std::vector<Key> order_;
};

}  // namespace vscard::bench
