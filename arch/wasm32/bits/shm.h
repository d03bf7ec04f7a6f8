#define SHMLBA 4096

struct shmid_ds {
	struct ipc_perm shm_perm;
	size_t shm_segsz;
	unsigned long __shm_atime_lo, __shm_atime_hi;
	unsigned long __shm_dtime_lo, __shm_dtime_hi;
	unsigned long __shm_ctime_lo, __shm_ctime_hi;
	pid_t shm_cpid, shm_lpid;
	unsigned long shm_nattch;
	unsigned long __pad[3];
	time_t shm_atime, shm_dtime, shm_ctime;
};

struct shminfo {
	unsigned long shmmax, shmmin, shmmni, shmseg, shmall, __unused[4];
};

struct shm_info {
	int __used_ids;
	unsigned long shm_tot, shm_rss, shm_swp;
	unsigned long __swap_attempts, __swap_successes;
};
