/* Directories: their listings, and the calls that change them. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "fd.h"

/* Of every open directory. */
extern const struct file_acts directory_acts;

#endif
