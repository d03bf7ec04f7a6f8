/* What WASI cannot keep of a host's file, kept for this process by its inode: until it
 * removes the file, since another may have the inode then. */
#include "kept.h"
#include "memory.h"
#include "time.h"

const struct kept_acts *kept_acts;
struct pipe **(*kept_fifo)(const struct wasi_filestat *file);

static struct kept {
	u64 dev, ino;
	u64 had[2], at[2];   /* where the host has had[i], it is at[i] */
	u32 mode;            /* 0: the host's */
	u8 timed, used;
	struct pipe *pipe;
	struct kept *next;
} *all; /* they stay where they are: a pipe knows its FIFO */

static struct kept *find(const struct wasi_filestat *file)
{
	for (struct kept *of = all; of; of = of->next)
		if (of->used && of->ino == file->ino && of->dev == file->dev) return of;
	return NULL;
}

static struct kept *unused(void)
{
	struct kept *new;

	for (struct kept *of = all; of; of = of->next) if (!of->used && !of->pipe) return of;
	new = memory_take(1);
	for (size_t i = 0; new && i < GRANULE / sizeof *new; i++) {
		new[i].next = all;
		all = &new[i];
	}
	return new ? all : NULL;
}

static void apply(const struct wasi_filestat *file, struct statx *out)
{
	struct kept *of = find(file);

	if (!of) return;
	if (of->mode) out->mode = (of->mode & S_IFMT ? of->mode & S_IFMT : out->mode & S_IFMT) | (of->mode & 07777);
	if (!of->timed) return;
	if (of->had[0] == file->atim) out->atime = time_moment(of->at[0]);
	if (of->had[1] == file->mtim) out->mtime = time_moment(of->at[1]);
}

static struct pipe **fifo(const struct wasi_filestat *file)
{
	struct kept *of = find(file);

	return of && (of->mode & S_IFMT) == S_IFIFO ? &of->pipe : NULL;
}

static void forget(const struct wasi_filestat *file)
{
	struct kept *of = find(file);

	if (of && file->nlink <= 1) of->used = 0;
}

static struct kept *of(const struct wasi_filestat *file)
{
	static const struct kept_acts acts = { apply, forget };
	struct kept *there = find(file);

	if (!there) there = unused();
	else return there;
	if (!there) return NULL;
	kept_acts = &acts;
	*there = (struct kept){ .dev = file->dev, .ino = file->ino, .used = 1, .next = there->next };
	return there;
}

long kept_mode(const struct wasi_filestat *file, mode_t mode)
{
	struct kept *there = of(file);

	if (!there) return -ENOMEM;
	if ((mode & S_IFMT) == S_IFIFO) kept_fifo = fifo;
	there->mode = mode & S_IFMT ? mode : (there->mode & S_IFMT) | mode | 0x10000; /* known, if 0 */
	return 0;
}

long kept_times(const struct wasi_filestat *file, const u64 at[2])
{
	struct kept *there = of(file);

	if (!there) return -ENOMEM;
	there->timed = 1;
	there->had[0] = file->atim, there->had[1] = file->mtim;
	there->at[0] = at[0], there->at[1] = at[1];
	return 0;
}
