/* The embedder's whole interface: seven imported functions. A 64-bit
 * argument is two words, low first, wherever it stands. */
#define __SYSCALL_LL_E(x) \
((union { long long ll; long l[2]; }){ .ll = x }).l[0], \
((union { long long ll; long l[2]; }){ .ll = x }).l[1]
#define __SYSCALL_LL_O(x) __SYSCALL_LL_E((x))

long __syscall0(long);
long __syscall1(long, long);
long __syscall2(long, long, long);
long __syscall3(long, long, long, long);
long __syscall4(long, long, long, long, long);
long __syscall5(long, long, long, long, long, long);
long __syscall6(long, long, long, long, long, long, long);

#define IPC_64 0

/* musl before 1.2.4 knows no arch that has only 64-bit time, and takes these
 * for their 32-bit twins; since then it says the same itself. */
#define SYS_timer_settime SYS_timer_settime64
#define SYS_timer_gettime SYS_timer_gettime64
#define SYS_timerfd_settime SYS_timerfd_settime64
#define SYS_timerfd_gettime SYS_timerfd_gettime64
#define SYS_clock_settime SYS_clock_settime64
#define SYS_clock_gettime SYS_clock_gettime64
#define SYS_clock_getres SYS_clock_getres_time64
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
