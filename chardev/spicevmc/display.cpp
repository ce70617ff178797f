#include "chardev/spicevmc/display.hpp"

#include <limits>

namespace vscard::chardev::spicevmc {
namespace {

constexpr std::uint32_t kWidth = 320;   ///< pixels
constexpr std::uint32_t kHeight = 200;  ///< pixels
constexpr std::uint32_t kPixel = 4;     ///< bytes

/// One slot that covers all memory: an address of ours is one of the display's.
void describe(QXLInstance* /*display*/, QXLDevInitInfo* info) noexcept {
  *info = {.num_memslots_groups = 1,
           .num_memslots = 1,
           .memslot_gen_bits = 1,
           .memslot_id_bits = 1,
           .qxl_ram_size = kWidth * kHeight * kPixel,
           .internal_groupslot_id = 0,
           .n_surfaces = 1};
}

// Some of these are called on the library's display thread. There is never a drawing command, and
// so never anything to release or to complete.
void attached(QXLInstance* /*display*/) noexcept {}
void set_compression(QXLInstance* /*display*/, int /*level*/) noexcept {}
void set_time(QXLInstance* /*display*/, std::uint32_t /*time*/) noexcept {}
int no_command(QXLInstance* /*display*/, QXLCommandExt* /*command*/) noexcept { return 0; }
int notify_of_commands(QXLInstance* /*display*/) noexcept { return 1; }
void release(QXLInstance* /*display*/, QXLReleaseInfoExt /*resource*/) noexcept {}
void updated(QXLInstance* /*display*/, std::uint32_t /*update*/) noexcept {}
int flush(QXLInstance* /*display*/) noexcept { return 0; }
void completed(QXLInstance* /*display*/, std::uint64_t /*cookie*/) noexcept {}
void area_updated(QXLInstance* /*display*/, std::uint32_t /*surface*/, QXLRect* /*areas*/,
                  std::uint32_t /*count*/) noexcept {}

const QXLInterface kInterface{
    .base = {.type = SPICE_INTERFACE_QXL,
             .description = "vscard",
             .major_version = SPICE_INTERFACE_QXL_MAJOR,
             .minor_version = SPICE_INTERFACE_QXL_MINOR},
    .attached_worker = attached,
    .set_compression_level = set_compression,
    .set_mm_time = set_time,  // NOLINT(clang-diagnostic-deprecated-declarations)
    .get_init_info = describe,
    .get_command = no_command,
    .req_cmd_notification = notify_of_commands,
    .release_resource = release,
    .get_cursor_command = no_command,
    .req_cursor_notification = notify_of_commands,
    .notify_update = updated,
    .flush_resources = flush,
    .async_complete = completed,
    .update_area_complete = area_updated,
    .set_client_capabilities = nullptr,
    .client_monitors_config = nullptr,
};

}  // namespace

Display::Display() : pixels_(std::size_t{kWidth} * kHeight) {
  instance_.base.sif = &kInterface.base;
}

void Display::show() {
  QXLDevMemSlot memory{};
  memory.virt_end = std::numeric_limits<std::uintptr_t>::max();
  spice_qxl_add_memslot(&instance_, &memory);
  QXLDevSurfaceCreate surface{};
  surface.width = kWidth;
  surface.height = kHeight;
  surface.stride = static_cast<std::int32_t>(kWidth * kPixel);
  surface.format = SPICE_SURFACE_FMT_32_xRGB;
  surface.type = QXL_SURF_TYPE_PRIMARY;
  surface.mem = reinterpret_cast<std::uintptr_t>(pixels_.data());  // an address, as it says
  spice_qxl_create_primary_surface(&instance_, 0, &surface);
}

}  // namespace vscard::chardev::spicevmc
