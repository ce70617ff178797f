# cmake -DFOLDER=page -DOUT=assets.cpp -P embed.cmake: a source that has the files of the folder.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
set(texts)
set(table)
foreach(file IN LISTS files)
  string(REGEX REPLACE ".*\\." "" suffix ${file})
  string(MAKE_C_IDENTIFIER ${file} name)
  file(READ ${FOLDER}/${file} text HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," text "${text}")
  string(APPEND texts "constexpr char k_${name}[] = {${text}};\n")
  set(path /${file})
  if(file STREQUAL index.html)
    set(path /)
  endif()
  string(APPEND table "    {\"${path}\", \"${type_${suffix}}\", {k_${name}, sizeof k_${name}}},\n")
endforeach()
file(WRITE ${OUT} "#include \"inspect/asset.hpp\"

namespace vscard::inspect {
namespace {

${texts}
constexpr Asset kAssets[] = {
${table}};

}  // namespace

std::span<const Asset> assets() { return kAssets; }

}  // namespace vscard::inspect
")
