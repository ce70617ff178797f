#pragma once

#include "chardev/asio.hpp"

#include <boost/asio/io_context.hpp>

#include <thread>

namespace vscard::ifd {

/// The library's one thread for I/O, as long as this object lasts. It takes none of pcscd's
/// signals.
class IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  /// What is still under way is dropped.
  ~IoThread();

  asio::io_context& context() { return io_; }

 private:
  void run();

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

}  // namespace vscard::ifd
