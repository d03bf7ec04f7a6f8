/* Directories: their listings. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "fd.h"

/* Of every open directory. */
extern const struct file_acts directory_acts;

#endif
