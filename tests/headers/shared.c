/* semaphore.h's named semaphores, and sys/mman.h's shared mappings of files in /dev/shm. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"

#define PAGE 4096

static void semaphores(void)
{
	sem_t *one = sem_open("/muslfall-sem", O_CREAT | O_EXCL, 0600, 2), *two;
	int value = -1;

	T(one != SEM_FAILED);
	T(sem_open("/muslfall-sem", O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED && errno == EEXIST);
	two = sem_open("/muslfall-sem", 0);
	T(two == one);
	T(!sem_wait(one) && !sem_trywait(two));
	T(sem_trywait(one) == -1 && errno == EAGAIN);
	T(!sem_post(two) && !sem_getvalue(one, &value) && value == 1);
	T(!sem_unlink("/muslfall-sem"));
	T(sem_open("/muslfall-sem", 0) == SEM_FAILED && errno == ENOENT);
	T(!sem_post(one) && !sem_getvalue(two, &value) && value == 2);
	T(!sem_close(one) && !sem_close(two));
}

static char *map(int fd, int pages, int from)
{
	return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, from * (off_t)PAGE);
}

static void coherence(int fd)
{
	char *whole = map(fd, 3, 0), *middle = map(fd, 1, 1), buf[8] = "";

	T(whole != MAP_FAILED && middle != MAP_FAILED);
	strcpy(middle, "middle");
	T(!strcmp(whole + PAGE, "middle"));
	T(pread(fd, buf, 7, PAGE) == 7 && !strcmp(buf, "middle"));
	T(pwrite(fd, "written", 8, 2 * PAGE) == 8 && !strcmp(whole + 2 * PAGE, "written"));
	T(write(fd, whole + PAGE, 7) == 7 && !strcmp(whole, "middle"));
	T(!msync(whole, 3 * PAGE, MS_SYNC) && !mprotect(middle, PAGE, PROT_READ));
	T(!munmap(whole, 3 * PAGE));
	T(!strcmp(middle, "middle"));
	T(!munmap(middle, PAGE));
}

static void sizes(int fd)
{
	char *at, buf[8] = "xxxxxxx";
	struct stat st;

	T(!ftruncate(fd, 10));
	at = map(fd, 1, 0);
	strcpy(at + 5, "1234");
	T(!fstat(fd, &st) && st.st_size == 10);
	T(!ftruncate(fd, 20) && pread(fd, buf, 7, 7) == 7 && !strcmp(buf, "34"));
	T(!ftruncate(fd, 0) && !ftruncate(fd, 1) && !at[0]);
	T(pread(fd, buf, 7, 0) == 1);
	T(!ftruncate(fd, PAGE) && !at[8]);
	T(!munmap(at, PAGE));
}

static void ends(int fd)
{
	char *at = map(fd, 1, 0);

	strcpy(at, "still there");
	T(!shm_unlink("/muslfall-shm") && !close(fd));
	T(shm_open("/muslfall-shm", O_RDWR, 0) == -1 && errno == ENOENT);
	T(!strcmp(at, "still there"));
	T(!munmap(at, PAGE));
}

static void refusals(int fd)
{
	int reader = shm_open("/muslfall-shm", O_RDONLY, 0);

	T(map(reader, 1, 0) == MAP_FAILED && errno == EACCES);
	T(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0) != MAP_FAILED);
	T(map(-1, 1, 0) == MAP_FAILED && errno == EBADF);
	T(map(fd, 0, 0) == MAP_FAILED && errno == EINVAL);
	T(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1) == MAP_FAILED && errno == EINVAL);
	T(!close(reader));
}

int main(void)
{
	int fd;

	shm_unlink("/muslfall-shm"); /* of a run that was ended */
	sem_unlink("/muslfall-sem");
	fd = shm_open("/muslfall-shm", O_RDWR | O_CREAT | O_EXCL, 0600);
	semaphores();
	T(fd >= 0 && !ftruncate(fd, 3 * PAGE));
	coherence(fd);
	sizes(fd);
	refusals(fd);
	ends(fd);
	return 0;
}
