# Writes data.cpp (data.h) of the files of this folder that are given.
#   cmake -DOUT=data.cpp -DTOP=tool/guide "-DFILES=programs/a.toml|texts/b.toml" -P embed.cmake
string(REPLACE "|" ";" FILES "${FILES}")
list(SORT FILES)
list(LENGTH FILES count)
file(WRITE ${OUT}.new "// Made from the files of tool/guide/: see embed.cmake.
#include \"tool/guide/data.h\"

#include <array>

namespace relaypermit {
namespace {

constexpr std::array<GuideFile, ${count}> files = {{
")
foreach(name IN LISTS FILES)
    file(READ ${TOP}/${name} text)
    file(APPEND ${OUT}.new "    {\"${name}\", R\"guide-data(")
    file(APPEND ${OUT}.new "${text}")
    file(APPEND ${OUT}.new ")guide-data\"},\n")
endforeach()
file(APPEND ${OUT}.new "}};

}  // namespace

std::span<const GuideFile> guide_files() {
    return files;
}

}  // namespace relaypermit
")
file(RENAME ${OUT}.new ${OUT})
