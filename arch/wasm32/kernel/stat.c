/* What is known of a file: statx, access, times, and what WASI cannot change. */
#include "host.h"
#include "kept.h"
#include "memory.h"
#include "path.h"
#include "syscalls.h"
#include "time.h"

/* WASI knows no permissions: everything is readable, and the user's own. */
static const u16 modes[] = {
	S_IFIFO | 0600, S_IFBLK | 0660, S_IFCHR | 0620, S_IFDIR | 0755, S_IFREG | 0644,
	S_IFSOCK | 0755, S_IFSOCK | 0755, S_IFLNK | 0777
};

/* The host's dev_t as Linux's C libraries encode it. */
static void set_device(struct statx *out, u64 dev)
{
	out->dev_major = (dev >> 32 & 0xfffff000) | (dev >> 8 & 0xfff);
	out->dev_minor = (dev >> 12 & 0xffffff00) | (dev & 0xff);
}

/* For wasmtime it is the birth; but a file may also have an mtime that is to come. */
static u64 change_time(const struct wasi_filestat *in)
{
	static u64 now; /* or a moment ago: the clock is asked when that does not do */

	if (in->ctim >= in->mtim) return in->ctim;
	if (in->mtim > now) now = time_realtime();
	return in->mtim <= now ? in->mtim : in->ctim;
}

/* What the last file was to the host; all 0 if it was none of the host's. */
static struct wasi_filestat last_host;

static void from_host(struct statx *out, const struct wasi_filestat *in)
{
	last_host = *in;
	*out = (struct statx){
		.mask = STATX_BASIC_STATS, .blksize = GRANULE, .nlink = in->nlink, .uid = UID, .gid = GID,
		.mode = in->filetype < LENGTH(modes) ? modes[in->filetype] : S_IFREG | 0644,
		.ino = in->ino, .size = in->size, .blocks = in->size / 512 + !!(in->size % 512),
		.atime = time_moment(in->atim), .mtime = time_moment(in->mtim),
		.ctime = time_moment(change_time(in)),
	};
	set_device(out, in->dev);
	if (kept_acts) kept_acts->apply(in, out);
}

/* What is the kernel's own: devices, pipes, virtual directories. */
static void from_kind(struct statx *out, int kind)
{
	static const u8 minors[] = { [FILE_NULL] = 3, [FILE_ZERO] = 5, [FILE_FULL] = 7, [FILE_RANDOM] = 9 };

	*out = (struct statx){
		.mask = STATX_BASIC_STATS, .blksize = GRANULE, .nlink = 1, .uid = UID, .gid = GID,
		.ino = kind, .mode = S_IFCHR | 0666, .rdev_major = 1,
	};
	if (kind == FILE_VIRTUAL) out->mode = S_IFDIR | 0555, out->rdev_major = 0;
	else if (kind < FILE_NULL) out->mode = S_IFIFO | 0600, out->rdev_major = 0;
	else out->rdev_minor = minors[kind];
}

static long stat_file(struct file *file, struct statx *out)
{
	struct wasi_filestat stat;
	int error;

	last_host = (struct wasi_filestat){ 0 };
	if (!file) return -EBADF;
	if (file->kind == FILE_MEMORY) {
		tmpfs_stat(file->node, out);
		return 0;
	}
	if (file->kind != FILE_HOST) {
		from_kind(out, file->kind);
		return 0;
	}
	error = wasi_fd_filestat_get(file->host, &stat);
	if (error && file->host > 2) return wasi_result(error);
	if (error) stat = (struct wasi_filestat){ .nlink = 1 };
	if (error || !stat.filetype) stat.filetype = file_type(file);
	else if (file->type == TYPE_UNASKED) file->type = stat.filetype;
	if (file->host <= 2 && stat.filetype == WASI_SOCKET_STREAM) stat.filetype = WASI_UNKNOWN; /* node's pipe */
	from_host(out, &stat);
	return 0;
}

static int how(int flags)
{
	return flags & AT_SYMLINK_NOFOLLOW ? PATH_LINK : PATH_FOLLOW;
}

static long stat_host(struct place *place, int follow, struct wasi_filestat *stat)
{
	int textual = follow && mount_is_textual();
	long error = wasi_result(wasi_path_filestat_get(place->dir,
		follow && !textual ? WASI_SYMLINK_FOLLOW : 0, place->path, place->len, stat));

	if (error || !textual || stat->filetype != WASI_SYMBOLIC_LINK) return error;
	return path_follow(place) ?: wasi_result(wasi_path_filestat_get(place->dir, WASI_SYMLINK_FOLLOW,
		place->path, place->len, stat));
}

static long stat_path(int dirfd, const char *path, int flags, struct statx *out)
{
	static struct place place;
	struct wasi_filestat stat;
	int follow = !(flags & AT_SYMLINK_NOFOLLOW);
	long error;

	last_host = (struct wasi_filestat){ 0 };
	error = path_resolve(dirfd, path, follow ? PATH_LATER : PATH_LINK, &place);
	if (error) return error;
	if (place.kind == PLACE_FD) return stat_file(fd_file(place.number), out);
	if (place.kind == PLACE_MEMORY) {
		if (!place.spot.node) return -ENOENT;
		tmpfs_stat(place.spot.node, out);
		return 0;
	}
	if (place.kind != PLACE_HOST) {
		from_kind(out, place.kind == PLACE_VIRTUAL ? FILE_VIRTUAL : place.number);
		return 0;
	}
	error = stat_host(&place, follow, &stat);
	if (!error) from_host(out, &stat);
	return error;
}

static long stat_at(int dirfd, const char *path, int flags, struct statx *out)
{
	if (!memory_valid(path, 1)) return -EFAULT;
	if (*path || !(flags & AT_EMPTY_PATH)) return stat_path(dirfd, path, flags, out);
	if (dirfd == AT_FDCWD) return stat_path(dirfd, ".", flags, out);
	return stat_file(fd_file(dirfd), out);
}

#define STATX_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | 0x6000)

long sys_statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buf)
{
	struct statx out;
	long error;

	(void)mask;
	if (flags & ~STATX_FLAGS) return -EINVAL;
	if (!memory_valid(buf, sizeof *buf)) return -EFAULT;
	error = stat_at(dirfd, path, flags, &out);
	if (!error) *buf = out;
	return error;
}

static u64 device(u32 major, u32 minor)
{
	return (u64)(major & ~0xfffU) << 32 | (u64)(minor & ~0xffU) << 12
		| (major & 0xfff) << 8 | (minor & 0xff);
}

static struct timespec timespec(struct statx_time time)
{
	return (struct timespec){ time.sec, time.nsec, 0 };
}

static void to_kstat(struct kstat *out, const struct statx *in)
{
	*out = (struct kstat){
		.dev = device(in->dev_major, in->dev_minor), .ino = in->ino, .mode = in->mode,
		.nlink = in->nlink, .uid = in->uid, .gid = in->gid,
		.rdev = device(in->rdev_major, in->rdev_minor), .size = in->size,
		.blocks = in->blocks, .blksize = in->blksize, .atime = timespec(in->atime),
		.mtime = timespec(in->mtime), .ctime = timespec(in->ctime),
	};
}

long sys_fstatat64(int dirfd, const char *path, struct kstat *buf, int flags)
{
	struct statx out;
	long error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) return -EINVAL;
	if (!memory_valid(buf, sizeof *buf)) return -EFAULT;
	error = stat_at(dirfd, path, flags, &out);
	if (!error) to_kstat(buf, &out);
	return error;
}

long sys_fstat64(int fd, struct kstat *buf)
{
	struct statx out;
	long error;

	if (!memory_valid(buf, sizeof *buf)) return -EFAULT;
	error = stat_file(fd_file(fd), &out);
	if (!error) to_kstat(buf, &out);
	return error;
}

long sys_faccessat2(int dirfd, const char *path, int mode, int flags)
{
	struct statx out;
	long error;

	if (mode & ~7 || flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH)) return -EINVAL;
	error = stat_at(dirfd, path, flags, &out);
	if (error) return error;
	return (mode << 6 & ~(unsigned)out.mode) ? -EACCES : 0;
}

long sys_faccessat(int dirfd, const char *path, int mode)
{
	return sys_faccessat2(dirfd, path, mode, 0);
}

/* WASI cannot change permissions: they are kept for the process. */
static long change_mode(const struct statx *now, const struct wasi_filestat *file, mode_t mode)
{
	if ((now->mode & 07777) == (mode & 07777)) return 0;
	return file->ino ? kept_mode(file, mode & 07777) : -EPERM;
}

static struct node *memory_node(int dirfd, const char *path, int flags)
{
	static struct place place;
	long error = path_resolve(dirfd, path, how(flags), &place);

	return !error && place.kind == PLACE_MEMORY ? place.spot.node : NULL;
}

long sys_fchmodat2(int dirfd, const char *path, mode_t mode, int flags)
{
	struct node *node = NULL;
	struct statx out;
	long error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
	error = stat_at(dirfd, path, flags, &out);
	if (error) return error;
	if (*path) node = memory_node(dirfd, path, flags);
	else if (dirfd != AT_FDCWD) node = fd_file(dirfd)->node;
	if (node) tmpfs_set_mode(node, mode);
	return node ? 0 : change_mode(&out, &last_host, mode);
}

long sys_fchmodat(int dirfd, const char *path, mode_t mode)
{
	return sys_fchmodat2(dirfd, path, mode, 0);
}

long sys_fchmod(int fd, mode_t mode)
{
	struct statx out;
	long error = stat_file(fd_file(fd), &out);

	if (error) return error;
	if (!fd_file(fd)->node) return change_mode(&out, &last_host, mode);
	tmpfs_set_mode(fd_file(fd)->node, mode);
	return 0;
}

static long change_owner(unsigned uid, unsigned gid)
{
	return (uid == UID || uid == -1U) && (gid == GID || gid == -1U) ? 0 : -EPERM;
}

long sys_fchownat(int dirfd, const char *path, unsigned uid, unsigned gid, int flags)
{
	struct statx out;
	long error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
	error = stat_at(dirfd, path, flags, &out);
	return error ? error : change_owner(uid, gid);
}

long sys_fchown(int fd, unsigned uid, unsigned gid)
{
	return fd_file(fd) ? change_owner(uid, gid) : -EBADF;
}

struct times {
	u64 at[2];
	int flags;
	u8 given[2]; /* which are to be what at says */
};

/* What the usual file system holds: 34 bits, from 1901 to 2446. */
#define SECONDS_LEAST (-(1LL << 31))
#define SECONDS_MOST 15032385535LL

static long read_times(const struct timespec *in, struct times *out)
{
	static const u8 set[] = { WASI_SET_ATIM, WASI_SET_MTIM };

	*out = (struct times){ .flags = WASI_SET_ATIM_NOW | WASI_SET_MTIM_NOW };
	if (!in) return 0;
	if (!memory_valid(in, 2 * sizeof *in)) return -EFAULT;
	out->flags = 0;
	for (int i = 0; i < 2; i++) {
		if (in[i].nsec == UTIME_OMIT) continue;
		if (in[i].nsec == UTIME_NOW) {
			out->flags |= set[i] << 1;
			continue;
		}
		if ((unsigned)in[i].nsec >= NS) return -EINVAL;
		out->flags |= set[i];
		out->given[i] = 1;
		out->at[i] = in[i].sec < SECONDS_LEAST ? SECONDS_LEAST * NS
			: in[i].sec > SECONDS_MOST ? (u64)SECONDS_MOST * NS : (u64)in[i].sec * NS + in[i].nsec;
	}
	return 0;
}

/* A host has no times before 1970, and node whole seconds: such a time is kept. */
static int is_lost(const struct times *times, int i)
{
	return times->given[i] && ((i64)(times->at[i] / NS) > SECONDS_MOST
		|| (times->at[i] % NS && mount_is_textual()));
}

/* What the host is told. */
static u64 host_time(const struct times *times, int i)
{
	return (i64)(times->at[i] / NS) > SECONDS_MOST ? 0 : times->at[i];
}

/* After the host was told: what it has of that, and what it should be. */
static long keep_times(const struct wasi_filestat *file, const struct times *times)
{
	u64 at[2] = { times->given[0] ? times->at[0] : file->atim, times->given[1] ? times->at[1] : file->mtim };

	return kept_times(file, at);
}

static long set_file_times(int fd, const struct times *times)
{
	struct file *file = fd_file(fd);
	struct wasi_filestat stat;
	long error;

	if (!file) return -EBADF;
	if (file->node) {
		tmpfs_set_times(file->node, times->at, times->flags);
		return 0;
	}
	if (file->kind != FILE_HOST || file->host <= 2) return -EPERM; /* hosts differ on streams */
	error = wasi_result(wasi_fd_filestat_set_times(file->host, host_time(times, 0), host_time(times, 1),
		times->flags));
	if (error || (!kept_acts && !is_lost(times, 0) && !is_lost(times, 1))) return error;
	return wasi_result(wasi_fd_filestat_get(file->host, &stat)) ?: keep_times(&stat, times);
}

long sys_utimensat_time64(int dirfd, const char *path, const struct timespec *at, int flags)
{
	static struct place place;
	struct wasi_filestat stat;
	struct times times;
	long error = read_times(at, &times);
	int lookup;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) return -EINVAL;
	if (error) return error;
	if (!path) return set_file_times(dirfd, &times);
	if (flags & AT_EMPTY_PATH && memory_valid(path, 1) && !*path)
		return set_file_times(dirfd, &times);
	error = path_resolve(dirfd, path, how(flags), &place);
	if (error) return error;
	if (place.kind == PLACE_MEMORY && !place.spot.node) return -ENOENT;
	if (place.kind == PLACE_MEMORY) {
		tmpfs_set_times(place.spot.node, times.at, times.flags);
		return 0;
	}
	if (place.kind != PLACE_HOST) return -EPERM;
	lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : WASI_SYMLINK_FOLLOW;
	error = wasi_result(wasi_path_filestat_set_times(place.dir, lookup, place.path, place.len,
		host_time(&times, 0), host_time(&times, 1), times.flags));
	if (error || (!kept_acts && !is_lost(&times, 0) && !is_lost(&times, 1))) return error;
	return wasi_result(wasi_path_filestat_get(place.dir, lookup, place.path, place.len, &stat))
		?: keep_times(&stat, &times);
}

#define WASI_MAGIC 0x49534157 /* "WASI": the file system has no other name here */
#define TMPFS_MAGIC 0x01021994
#define PLENTY (1ULL << 28) /* a TiB: the host does not say how much there is */

/* in_memory: what is left of it is known. */
static long fill_statfs(size_t size, struct statfs *buf, int in_memory)
{
	u64 all = in_memory ? 1ULL << 20 : PLENTY;
	u64 left = in_memory ? all - (memory_total() - memory_free()) / GRANULE : all;

	if (size != sizeof *buf) return -EINVAL;
	if (!memory_valid(buf, sizeof *buf)) return -EFAULT;
	*buf = (struct statfs){
		.type = in_memory ? TMPFS_MAGIC : WASI_MAGIC, .bsize = GRANULE, .frsize = GRANULE, .namelen = NAME_MAX,
		.blocks = all, .bfree = left, .bavail = left, .files = all, .ffree = left,
		.fsid = { in_memory ? 1 : 2 },
	};
	return 0;
}

long sys_statfs64(const char *path, size_t size, struct statfs *buf)
{
	struct statx out;
	long error = stat_path(AT_FDCWD, path, 0, &out);

	return error ? error : fill_statfs(size, buf, memory_node(AT_FDCWD, path, 0) != NULL);
}

long sys_fstatfs64(int fd, size_t size, struct statfs *buf)
{
	return fd_file(fd) ? fill_statfs(size, buf, fd_file(fd)->node != NULL) : -EBADF;
}
