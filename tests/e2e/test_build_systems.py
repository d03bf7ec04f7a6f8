"""Build systems that take musl-clang and its kin for a cross compiler: CMake, ar and ranlib."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from muslfall.loader import abi
from muslfall.wasm import module as wasm

CMAKE_LISTS = """
cmake_minimum_required(VERSION 3.16)
project(demo C)
include(CheckFunctionExists)
check_function_exists(strlcpy HAVE_STRLCPY)
check_function_exists(nosuch HAVE_NOSUCH)
add_library(one STATIC one.c)
add_library(two SHARED two.c)
add_executable(demo main.c)
target_compile_definitions(demo PRIVATE CHECKED=${HAVE_STRLCPY}0${HAVE_NOSUCH})
target_link_libraries(demo one two m)
enable_testing()
add_test(NAME demo COMMAND demo 42 "a b")
"""

CMAKE_MAIN = """
#include <stdio.h>
#include <stdlib.h>
int one(void), two(const char *);
int main(int argc, char **argv)
{
	FILE *file = fopen("made.txt", "w");
	if (!file) return 2;
	fprintf(file, "%d %d %d", argc, one() + two(argv[2]), CHECKED);
	return fclose(file) || atoi(argv[1]) != 42;
}
"""


STATIC_LISTS = """
cmake_minimum_required(VERSION 3.16)
project(demo C)
include(CheckFunctionExists)
check_function_exists(strlcpy HAVE_STRLCPY)
check_function_exists(nosuch HAVE_NOSUCH)
find_package(PkgConfig REQUIRED)
pkg_check_modules(MUSL REQUIRED musl)
pkg_check_modules(NOSUCH glib-2.0)
add_library(one one.c)
add_executable(demo main.c)
target_compile_definitions(demo PRIVATE CHECKED=${HAVE_STRLCPY}0${HAVE_NOSUCH}0${NOSUCH_FOUND})
target_link_libraries(demo one m)
"""
STATIC_MAIN = r"""
#include <stdio.h>
int one(void);
int main(void) { printf("%d %d\n", one(), CHECKED); return 0; }
"""


@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
def test_cmake_static(shell, place, write):
    write(CMakeLists_txt=STATIC_LISTS, main_c=STATIC_MAIN, one_c="int one(void) { return 1; }\n")
    toolchain = "out/lkgr/sysroot/share/cmake/muslfall.cmake"
    pkg_config = str(Path(sys.executable).with_name("pkgconf"))
    options = f"-DCMAKE_TOOLCHAIN_FILE={toolchain} -DMUSLFALL_STATIC=ON"
    shell(f"cmake -S . -B build {options}", PKG_CONFIG=pkg_config)
    shell("cmake --build build")
    made = wasm.parse((place / "build" / "demo").read_bytes())
    assert made.dylink is None and {item.module for item in made.imports} == {abi.WASI}
    assert shell("musl-run build/demo").stdout == "1 100\n"


@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
def test_cmake(shell, place, write):
    write(
        CMakeLists_txt=CMAKE_LISTS,
        main_c=CMAKE_MAIN,
        one_c="int one(void) { return 1; }\n",
        two_c="#include <string.h>\nint two(const char *s) { return strlen(s); }\n",
    )
    toolchain = "out/lkgr/sysroot/share/cmake/muslfall.cmake"
    shell(f"cmake -S . -B build -DCMAKE_TOOLCHAIN_FILE={toolchain}")
    shell("cmake --build build && cd build && ctest --output-on-failure")
    assert (place / "build" / "made.txt").read_text() == "3 4 10"


def test_archives(shell, write, run):
    write(a_c="int f(void) { return 9; }\n", m_c="int f(void);\nint main(void) { return f(); }\n")
    shell("musl-clang -c a.c && musl-ar rcs liba.a a.o && musl-ranlib liba.a")
    shell("musl-clang m.c liba.a -o m.wasm")
    run("m.wasm", status=9)


INSTALLED = """
cmake_minimum_required(VERSION 3.16)
project(demo C)
add_library(one SHARED one.c)
add_executable(demo main.c)
target_link_libraries(demo one)
install(TARGETS demo one RUNTIME DESTINATION bin LIBRARY DESTINATION bin)
"""


@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
@pytest.mark.parametrize("generator", ["Ninja", "Unix Makefiles"])
def test_cmake_installs_a_program_with_a_shared_library(shell, write, generator):
    write(
        CMakeLists_txt=INSTALLED,
        one_c="int one(void) { return 7; }\n",
        main_c="int one(void);\nint main(void) { return one(); }\n",
    )
    toolchain = "out/lkgr/sysroot/share/cmake/muslfall.cmake"
    options = f"-DCMAKE_TOOLCHAIN_FILE={toolchain} -DCMAKE_INSTALL_PREFIX=prefix"
    shell(f"cmake -S . -B build -G '{generator}' {options}")
    shell("cmake --build build && cmake --install build --strip")
    shell("musl-run prefix/bin/demo", 7)
