#include "cards/pkcs11/modules.hpp"

namespace vscard::cards::pkcs11 {

Modules::~Modules() {
  for (CK_FUNCTION_LIST* module : files_) {
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
  }
  if (configured_ != nullptr) p11_kit_modules_finalize_and_release(configured_);
}

Result<std::vector<CK_FUNCTION_LIST*>> Modules::configured() {
  if (configured_ == nullptr) configured_ = p11_kit_modules_load_and_initialize(0);
  std::vector<CK_FUNCTION_LIST*> modules;
  for (CK_FUNCTION_LIST** it = configured_; it != nullptr && *it != nullptr; ++it)
    modules.push_back(*it);
  if (!modules.empty()) return modules;
  return std::unexpected(
      "p11-kit has no PKCS#11 module (p11-kit list-modules); install the token's, or name its "
      "file: "
      "--card 'pkcs11:?module-path=FILE'");
}

Result<CK_FUNCTION_LIST*> Modules::file(const std::string& path) {
  CK_FUNCTION_LIST* const module = p11_kit_module_load(path.c_str(), 0);
  if (module == nullptr) {
    const char* const why = p11_kit_message();
    return std::unexpected("cannot load the PKCS#11 module " + path + ": " +
                           (why == nullptr ? "it is not one" : why));
  }
  if (const CK_RV status = p11_kit_module_initialize(module); status != CKR_OK) {
    p11_kit_module_release(module);
    return std::unexpected("cannot start the PKCS#11 module " + path + ": " +
                           p11_kit_strerror(status));
  }
  files_.push_back(module);
  return module;
}

}  // namespace vscard::cards::pkcs11
