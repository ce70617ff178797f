#include "tests/chardev/spice/recording.hpp"

#include "tests/fakes/hex.hpp"

#include <fstream>
#include <sstream>

namespace vscard::chardev::spice::test {

Stream recorded(const std::string& who) {
  Stream stream;
  std::ifstream file(VSCARD_TEST_DATA "/spice-session.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(who + " ")) continue;
    std::istringstream words(line.substr(who.size()));
    for (std::string word; words >> word;) {
      if (word.starts_with("00*")) {
        stream.resize(stream.size() + std::stoul(word.substr(3)), 0);
      } else {
        const auto bytes = fakes::from_hex(word);
        stream.insert(stream.end(), bytes.begin(), bytes.end());
      }
    }
  }
  return stream;
}

}  // namespace vscard::chardev::spice::test
