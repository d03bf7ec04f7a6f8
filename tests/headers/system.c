/* <sys/resource.h>, <sys/utsname.h>, <sys/random.h>, <pwd.h>, <grp.h>, <utmpx.h>, <sys/sysinfo.h>,
 * <sys/auxv.h>, <sys/prctl.h>, <syslog.h>, <netdb.h>, <arpa/inet.h>, <netinet/ether.h>, <limits.h> */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <ulimit.h>
#include <unistd.h>
#include <utmpx.h>
#include "check.h"

int main(void)
{
	struct rlimit lim;
	struct rusage usage;
	struct utsname name;
	struct sysinfo info;
	struct passwd pw, *found;
	struct group *group;
	struct in_addr a;
	struct in6_addr a6;
	char b[256], c[64];
	unsigned char r1[16], r2[16];

	T(getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur > 0 && setrlimit(RLIMIT_NOFILE, &lim) == 0);
	T(getrlimit(999, &lim) == -1 && errno == EINVAL && getrlimit(RLIMIT_STACK, &lim) == 0 && lim.rlim_cur >= 65536);
	T(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_utime.tv_sec >= 0 && getrusage(99, &usage) == -1);
	T(uname(&name) == 0 && !strcmp(name.sysname, "Linux") && *name.machine && *name.release);
	T(sysinfo(&info) == 0 && info.totalram > 0 && info.mem_unit > 0 && getpriority(PRIO_PROCESS, 0) != -99);
	T(getrandom(r1, 16, 0) == 16 && getrandom(r2, 16, 0) == 16 && memcmp(r1, r2, 16));
	T(getentropy(r1, 16) == 0 && getentropy(b, 257) == -1 && errno == EIO && getrandom(b, 1, 0x7000) == -1 && errno == EINVAL);
	T(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_RANDOM) && getauxval(AT_SECURE) == 0);
	T(prctl(PR_SET_NAME, "renamed") == 0 && prctl(PR_GET_NAME, b) == 0 && !strcmp(b, "renamed"));

	FILE *f = fmemopen("root:x:0:0:Root:/root:/bin/sh\nme:x:7:8:I,room:/home/me:\n", 58, "r");
	T((found = fgetpwent(f)) && found->pw_uid == 0 && !strcmp(found->pw_dir, "/root"));
	T((found = fgetpwent(f)) && found->pw_gid == 8 && !strcmp(found->pw_gecos, "I,room") && !*found->pw_shell && !fgetpwent(f));
	fclose(f);
	f = fmemopen("users:x:100:a,b,c\nempty:x:5:\n", 29, "r");
	T((group = fgetgrent(f)) && group->gr_gid == 100 && !strcmp(group->gr_mem[2], "c") && !group->gr_mem[3]);
	T((group = fgetgrent(f)) && !group->gr_mem[0] && !fgetgrent(f));
	fclose(f);
	T(!getpwnam("no such user") && !getgrnam("no such group"));
	found = &pw;
	getpwnam_r("no such user", &pw, b, sizeof b, &found);
	T(!found);

	T(inet_pton(AF_INET, "192.168.1.255", &a) == 1 && ntohl(a.s_addr) == 0xc0a801ff && !strcmp(inet_ntoa(a), "192.168.1.255"));
	T(inet_pton(AF_INET, "256.1.1.1", &a) == 0 && inet_pton(99, "", &a) == -1 && inet_aton("0x7f.1", &a) == 1 && ntohl(a.s_addr) == 0x7f000001);
	T(inet_pton(AF_INET6, "2001:db8::1:0:0:1", &a6) == 1 && !strcmp(inet_ntop(AF_INET6, &a6, c, sizeof c), "2001:db8::1:0:0:1"));
	T(inet_pton(AF_INET6, "::ffff:1.2.3.4", &a6) == 1 && !strcmp(inet_ntop(AF_INET6, &a6, c, sizeof c), "::ffff:1.2.3.4"));
	T(htons(0x1234) == 0x3412 && htonl(0x12345678) == 0x78563412 && inet_addr("bad") == INADDR_NONE);
	T(ether_aton("00:11:22:33:44:55")->ether_addr_octet[5] == 0x55 && *gai_strerror(EAI_NONAME));
	struct addrinfo *list, hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	T(getaddrinfo("127.0.0.1", "80", &hints, &list) == 0 && list->ai_family == AF_INET);
	T(getnameinfo(list->ai_addr, list->ai_addrlen, b, sizeof b, c, sizeof c, NI_NUMERICHOST | NI_NUMERICSERV) == 0 && !strcmp(b, "127.0.0.1") && !strcmp(c, "80"));
	freeaddrinfo(list);
	T(getaddrinfo("not numeric", NULL, &hints, &list) == EAI_NONAME);

	openlog("headers", 0, LOG_USER);
	T(setlogmask(LOG_UPTO(LOG_ERR)) == 0xff);
	syslog(LOG_INFO, "unheard");
	closelog();
	setutxent();
	endutxent();
	T(INT_MAX == 2147483647 && CHAR_BIT == 8 && LLONG_MAX == 9223372036854775807LL && SSIZE_MAX >= INT_MAX && PATH_MAX == 4096);
	T(NAME_MAX == 255 && IOV_MAX >= 16 && CHAR_MIN == -128 && SHRT_MAX == 32767 && MB_LEN_MAX >= 4);
	return 0;
}
