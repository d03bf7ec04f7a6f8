#include "stdio_buffer.h"
#include <../stdio/__fdopen.c>
