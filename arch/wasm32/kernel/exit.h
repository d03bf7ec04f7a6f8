/* The end of the process. */
#ifndef EXIT_H
#define EXIT_H

/* What is still to be done before the end, or nothing: mapping.c's, so that a program
 * that is linked with the kernel and maps no files has no part of it. */
extern void (*exit_last)(void);

/* Ends the process. status: as a shell has it. */
__attribute__((noreturn)) void process_exit(int status);

#endif
