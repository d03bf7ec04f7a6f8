/* The end of the process. */
#include "exit.h"
#include "linux.h"
#include "syscalls.h"
#include "wasi.h"

void (*exit_last)(void);

void process_exit(int status)
{
	if (exit_last) exit_last();
	wasi_proc_exit(status);
}

long sys_exit_group(int status)
{
	process_exit(status & 255);
}

long sys_exit(int status)
{
	process_exit(status & 255);
}
