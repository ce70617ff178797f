#pragma once

#include "protocol/failure.hpp"

#include <bit>
#include <dlfcn.h>
#include <libcacard.h>

namespace vscard::cards::libcacard {

/// libcacard, loaded by hand: it starts once for as long as it is in memory, so its cards are made
/// anew by a library that is loaded anew. Of its functions, those that are used here.
class Loaded {
 public:
  /// All functions are there. The error is a line for the user.
  static Result<Loaded> load();
  /// None of its threads runs, nothing that it gave away is left, and nothing is called any more.
  void unload() const { ::dlclose(handle_); }

 private:
  explicit Loaded(void* handle) : handle_(handle) {}

  struct Symbol {
    template <class Function>
    operator Function*() const {
      return std::bit_cast<Function*>(address);
    }
    void* address;
  };
  Symbol find(const char* name) {
    void* const found = ::dlsym(handle_, name);
    if (found == nullptr) missing_ = name;
    return {found};
  }

  void* handle_;
  const char* missing_ = nullptr;

 public:
  decltype(&::vcard_emul_options) vcard_emul_options = find("vcard_emul_options");
  decltype(&::vcard_emul_init) vcard_emul_init = find("vcard_emul_init");
  decltype(&::vcard_emul_finalize) vcard_emul_finalize = find("vcard_emul_finalize");

  decltype(&::vreader_get_reader_list) vreader_get_reader_list = find("vreader_get_reader_list");
  decltype(&::vreader_list_get_first) vreader_list_get_first = find("vreader_list_get_first");
  decltype(&::vreader_list_get_next) vreader_list_get_next = find("vreader_list_get_next");
  decltype(&::vreader_list_get_reader) vreader_list_get_reader = find("vreader_list_get_reader");
  decltype(&::vreader_list_delete) vreader_list_delete = find("vreader_list_delete");

  decltype(&::vreader_get_name) vreader_get_name = find("vreader_get_name");
  decltype(&::vreader_card_is_present) vreader_card_is_present = find("vreader_card_is_present");
  decltype(&::vreader_power_on) vreader_power_on = find("vreader_power_on");
  decltype(&::vreader_power_off) vreader_power_off = find("vreader_power_off");
  decltype(&::vreader_xfr_bytes) vreader_xfr_bytes = find("vreader_xfr_bytes");
  decltype(&::vreader_insert_card) vreader_insert_card = find("vreader_insert_card");
  decltype(&::vreader_remove_reader) vreader_remove_reader = find("vreader_remove_reader");
  decltype(&::vreader_free) vreader_free = find("vreader_free");

  decltype(&::vevent_new) vevent_new = find("vevent_new");
  decltype(&::vevent_queue_vevent) vevent_queue_vevent = find("vevent_queue_vevent");
  decltype(&::vevent_wait_next_vevent) vevent_wait_next_vevent = find("vevent_wait_next_vevent");
  decltype(&::vevent_get_next_vevent) vevent_get_next_vevent = find("vevent_get_next_vevent");
  decltype(&::vevent_delete) vevent_delete = find("vevent_delete");
};

}  // namespace vscard::cards::libcacard
