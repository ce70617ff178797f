#pragma once

#include <string>

/// What QEMU's VNC server says to a client, as recorded, in hex.
namespace vscard::chardev::vnc::test {

inline const std::string kVersion38 = "524642203030332e3030380a";  // "RFB 003.008\n"
inline const std::string kInit =
    "028001e0"                                // 640 x 480
    "2018000100ff00ff00ff100800000000"        // pixel format
    "00000004";                               // size of the name
inline const std::string kName = "51454d55";  // "QEMU"
inline const std::string kNone = "0101";      // one security type: None
inline const std::string kPassword = "0102";  // one security type: VNC's password
inline const std::string kChallenge = "35f3eebcf1a3e759fb0f8be30db317f4";
inline const std::string kAnswer = "e45c5920595edead7f39dec05f421eee";  // of "letmein"
inline const std::string kOk = "00000000";
inline const std::string kAnnouncement = "0200000176736364";

}  // namespace vscard::chardev::vnc::test
