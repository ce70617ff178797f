#pragma once

#include "pcsc-bridge/pcsc/resource_manager.hpp"

namespace vscard::pcsc_bridge::pcsc {

template <class Call, class Body>
Outcome ResourceManager::on_reader(const Caller& caller, Call& call, Body body) {
  const auto handle = caller.connection.handles.find(call.card);
  if (handle == caller.connection.handles.end()) return Outcome::Broken;
  Reader* reader = readers_.find(handle->second);
  if (reader == nullptr) {
    call.rv = Code::InvalidValue;
    return Outcome::Answer;
  }
  touch(handle->second);
  return body(*reader);
}

}  // namespace vscard::pcsc_bridge::pcsc
