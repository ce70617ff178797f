#include "pcsc-bridge/ifd/io_thread.hpp"

#include "pcsc-bridge/ifd/log.hpp"

#include <csignal>
#include <exception>
#include <pthread.h>

namespace vscard::ifd {

IoThread::IoThread() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "vscard");  // for ps and gdb
}

IoThread::~IoThread() {
  io_.stop();
  thread_.join();
}

/// A failure, such as no memory, ends what it came from and nothing else.
void IoThread::run() {
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception& failure) {
      log::error(failure.what());
    }
  }
}

}  // namespace vscard::ifd
