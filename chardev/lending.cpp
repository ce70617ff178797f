#include "chardev/lending.hpp"

namespace vscard::chardev {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "lending"; }
  std::string message(int /*value*/) const override { return "its lease has ended"; }
};

}  // namespace

std::error_code lease_over() {
  static const Category category;
  return {1, category};
}

}  // namespace vscard::chardev
