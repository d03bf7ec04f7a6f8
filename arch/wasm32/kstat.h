/* Layout of the kernel's (kernel/linux.h). Time has 64 bits here, so that
 * musl's fstatat asks for this, and does without statx. */
struct kstat {
	dev_t st_dev;
	ino_t st_ino;
	mode_t st_mode;
	nlink_t st_nlink;
	uid_t st_uid;
	gid_t st_gid;
	dev_t st_rdev;
	off_t st_size;
	blkcnt_t st_blocks;
	blksize_t st_blksize;
	int __pad;
	long long st_atime_sec;
	long st_atime_nsec;
	long long st_mtime_sec;
	long st_mtime_nsec;
	long long st_ctime_sec;
	long st_ctime_nsec;
};
