#include "stdio_buffer.h"
#include <../stdio/stdout.c>
