/* Several shared mappings of one file are one memory, and the file. In /tmp, too. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define T(x) printf("%s: %s\n", #x, (x) ? "yes" : "NO")
#define RW (PROT_READ | PROT_WRITE)

static char zeros[16384], b[10];

int main(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644), ro = open("f", O_RDONLY), g = open("f", O_RDWR);
	char *one, *two, *three, *part, *all;

	write(fd, zeros, sizeof zeros);
	three = mmap(0, 8192, PROT_READ, MAP_SHARED, ro, 0);
	one = mmap(0, 8192, RW, MAP_SHARED, fd, 0), two = mmap(0, 8192, RW, MAP_SHARED, g, 0);
	part = mmap(0, 4096, RW, MAP_SHARED, fd, 4096);
	T(one != MAP_FAILED && two != MAP_FAILED && three != MAP_FAILED && part != MAP_FAILED);
	one[0] = 'a', two[1] = 'b', part[0] = 'p';
	T(two[0] == 'a' && one[1] == 'b' && three[1] == 'b' && one[4096] == 'p');
	T(pread(g, b, 2, 0) == 2 && !memcmp(b, "ab", 2) && pread(fd, b, 1, 4096) == 1 && *b == 'p');
	pwrite(fd, "xyz", 3, 4095);
	T(one[4095] == 'x' && part[0] == 'y' && two[4097] == 'z');
	T(munmap(one, 8192) == 0);
	two[2] = 'c', part[3] = 'q';
	T(pread(fd, b, 3, 0) == 3 && !memcmp(b, "abc", 3) && two[4099] == 'q');
	T(munmap(two, 8192) == 0 && three[2] == 'c');
	T(munmap(part, 4096) == 0 && pread(g, b, 1, 4099) == 1 && *b == 'q');
	T(munmap(three, 8192) == 0);
	one = mmap(0, 4096, RW, MAP_SHARED, fd, 0);
	all = mmap(0, 16384, RW, MAP_SHARED, fd, 0);
	T(all != MAP_FAILED && all[0] == 'a');
	one[5] = '5', all[6] = '6', all[9000] = '9';
	T(msync(one, 4096, MS_SYNC) == 0 && msync(all, 16384, MS_SYNC) == 0);
	T(pread(g, b, 2, 5) == 2 && !memcmp(b, "56", 2) && all[5] == '5' && one[6] == '6');
	T(munmap(one, 4096) == 0);
	all[7] = '7';
	close(fd);
	T(munmap(all, 16384) == 0 && pread(g, b, 1, 9000) == 1 && *b == '9' && pread(ro, b, 1, 7) == 1 && *b == '7');
	close(g), close(ro), unlink("f");
	return 0;
}
