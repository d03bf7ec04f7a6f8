struct semid_ds {
	struct ipc_perm sem_perm;
	unsigned long __sem_otime_lo, __sem_otime_hi;
	unsigned long __sem_ctime_lo, __sem_ctime_hi;
	unsigned short sem_nsems;
	unsigned short __sem_nsems_pad;
	long __pad[2];
	time_t sem_otime, sem_ctime;
};
