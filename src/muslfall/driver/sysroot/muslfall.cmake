# CMake's toolchain file of @VARIANT@:
#   cmake -DCMAKE_TOOLCHAIN_FILE=out/lkgr/sysroot/share/cmake/muslfall.cmake SOURCE
# With -DMUSLFALL_STATIC=ON its programs are linked with --static. Libraries are found in the
# sysroot and in the folders of -DCMAKE_FIND_ROOT_PATH.
# The system is Linux as musl knows it; what it cannot do here fails with Linux's errno.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
get_filename_component(_muslfall "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)
set(CMAKE_C_COMPILER "${_muslfall}/bin/musl-clang")
set(CMAKE_AR "${_muslfall}/bin/musl-ar")
set(CMAKE_RANLIB "${_muslfall}/bin/musl-ranlib")
set(CMAKE_STRIP "${_muslfall}/bin/musl-strip")
set(CMAKE_LINKER "${_muslfall}/bin/musl-ld")
# Modules have no search path of libraries inside, which CMake would rewrite on install: a loader
# looks beside the program, and where it is told to.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_CROSSCOMPILING_EMULATOR "${_muslfall}/bin/musl-run")
set(PKG_CONFIG_EXECUTABLE "${_muslfall}/bin/musl-pkg-config")
option(MUSLFALL_STATIC "Link programs with --static: WASI modules that need no loader" OFF)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MUSLFALL_STATIC)
if(MUSLFALL_STATIC)
  set(CMAKE_EXE_LINKER_FLAGS_INIT "--static")
  set(BUILD_SHARED_LIBS OFF CACHE BOOL "--static links no shared library")
endif()
list(APPEND CMAKE_FIND_ROOT_PATH "${_muslfall}/sysroot")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
