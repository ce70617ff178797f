#pragma once

#include "protocol/iso7816/names/applications.hpp"

#include <cstdint>
#include <string>

/// What is in an application. One without a name has its number: "tag 5fc1ff", "key 7f", "file
/// 1234".
namespace vscard::protocol::iso7816::names {

/// A data object of GET DATA, by its tag of one to three bytes.
std::string data_object_name(std::uint32_t tag, Family family);
/// A key, by the number that GENERAL AUTHENTICATE has in P2.
std::string key_name(std::uint8_t key, Family family);
/// A PIN, by the number that VERIFY has in P2.
std::string pin_name(std::uint8_t pin, Family family);
/// A file by its identifier, ISO 7816-4 §7.4.1 and 7816-15.
std::string file_name(std::uint16_t identifier);

}  // namespace vscard::protocol::iso7816::names
