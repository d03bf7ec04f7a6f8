struct msqid_ds {
	struct ipc_perm msg_perm;
	unsigned long __msg_stime_lo, __msg_stime_hi;
	unsigned long __msg_rtime_lo, __msg_rtime_hi;
	unsigned long __msg_ctime_lo, __msg_ctime_hi;
	unsigned long msg_cbytes;
	msgqnum_t msg_qnum;
	msglen_t msg_qbytes;
	pid_t msg_lspid, msg_lrpid;
	unsigned long __pad[2];
	time_t msg_stime, msg_rtime, msg_ctime;
};
