#include "stdio_buffer.h"
#include <../stdio/stdin.c>
