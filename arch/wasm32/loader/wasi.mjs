// A small WASI, for d8 and pages, which have none: standard streams, clocks, random bytes, and
// files below the preopened directories, to read only.

import { utf8Decode, utf8Encode } from "./text.mjs";

const ERRNO = {
  SUCCESS: 0,
  BADF: 8,
  FAULT: 21,
  INVAL: 28,
  IO: 29,
  ISDIR: 31,
  NOENT: 44,
  NOSYS: 52,
  NOTDIR: 54,
  ROFS: 69,
  SPIPE: 70,
  NOTCAPABLE: 76,
};

const FILETYPE = { CHARACTER_DEVICE: 2, DIRECTORY: 3, REGULAR_FILE: 4 };
const ALL_RIGHTS = (1n << 30n) - 1n;
const RIGHT_FD_WRITE = 1n << 6n;
const OFLAGS = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 };
const ENTROPY_AT_ONCE = 65536; // bytes: the most that Web Crypto gives in one call

// What this WASI does not do; the call exists and answers ENOSYS.
const UNSUPPORTED = `fd_advise fd_allocate fd_datasync fd_fdstat_set_rights fd_filestat_set_size
    fd_filestat_set_times fd_pwrite fd_sync path_create_directory path_filestat_set_times
    path_link path_readlink path_remove_directory path_rename path_symlink path_unlink_file proc_raise
    sock_accept sock_recv sock_send sock_shutdown`.split(/\s+/);

/** A path below a directory, without "." and ".."; null if it leaves the directory. */
export function resolvePath(path) {
  const parts = [];
  if (path.startsWith("/")) return null;
  for (const part of path.split("/")) {
    if (part === "..") {
      if (!parts.length) return null;
      parts.pop();
    } else if (part && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** A dirent of preview 1 and its name, of { name, directory }, the i-th of its folder. */
export function directoryEntry({ name, directory }, i) {
  const text = utf8Encode(name);
  const bytes = new Uint8Array(24 + text.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(i + 1), true); // the next one's cookie
  view.setBigUint64(8, BigInt(i + 1), true); // an inode, which is never 0
  view.setUint32(16, text.length, true);
  view.setUint8(20, directory ? FILETYPE.DIRECTORY : FILETYPE.REGULAR_FILE);
  bytes.set(text, 24);
  return bytes;
}

class Wasi {
  constructor({ args, env, dirs }, exit, host) {
    Object.assign(this, { exit, host, memory: null });
    this.args = args.map((text) => utf8Encode(text + "\0"));
    this.env = env.map((text) => utf8Encode(text + "\0"));
    const stream = { type: FILETYPE.CHARACTER_DEVICE };
    this.files = new Map([
      [0, { ...stream }],
      [1, { ...stream }],
      [2, { ...stream }],
    ]);
    dirs.forEach(([path, guest]) =>
      this.open({ type: FILETYPE.DIRECTORY, path, guest: utf8Encode(guest) }),
    );
  }

  open(file) {
    let fd = 0;
    while (this.files.has(fd)) fd++;
    this.files.set(fd, file);
    return fd;
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  bytes(at, size) {
    at >>>= 0;
    size >>>= 0;
    if (at + size > this.memory.buffer.byteLength) throw new RangeError("out of bounds");
    return new Uint8Array(this.memory.buffer, at, size);
  }

  setSize(at, value) {
    this.view.setUint32(at >>> 0, value, true);
    return ERRNO.SUCCESS;
  }

  setSizes(countAt, sizeAt, strings) {
    this.setSize(countAt, strings.length);
    return this.setSize(
      sizeAt,
      strings.reduce((sum, string) => sum + string.length, 0),
    );
  }

  setStrings(pointersAt, at, strings) {
    for (const string of strings) {
      this.setSize(pointersAt, at);
      this.bytes(at, string.length).set(string);
      pointersAt += 4;
      at += string.length;
    }
    return ERRNO.SUCCESS;
  }

  /** The buffers that an array of iovecs names. */
  vectors(at, count) {
    return Array.from({ length: count }, (_, i) => {
      const view = this.view;
      return this.bytes(
        view.getUint32((at >>> 0) + 8 * i, true),
        view.getUint32((at >>> 0) + 8 * i + 4, true),
      );
    });
  }

  args_sizes_get(countAt, sizeAt) {
    return this.setSizes(countAt, sizeAt, this.args);
  }
  args_get(pointersAt, at) {
    return this.setStrings(pointersAt, at, this.args);
  }
  environ_sizes_get(countAt, sizeAt) {
    return this.setSizes(countAt, sizeAt, this.env);
  }
  environ_get(pointersAt, at) {
    return this.setStrings(pointersAt, at, this.env);
  }

  /** Nanoseconds of a clock: 0 is the real time, the others count from the start. */
  clock(id) {
    return BigInt(Math.round((id === 0 ? Date.now() : this.host.now()) * 1e6));
  }
  clock_time_get(id, precision, at) {
    if (id < 0 || id > 3) return ERRNO.INVAL;
    this.view.setBigUint64(at >>> 0, this.clock(id), true);
    return ERRNO.SUCCESS;
  }
  clock_res_get(id, at) {
    if (id < 0 || id > 3) return ERRNO.INVAL;
    this.view.setBigUint64(at >>> 0, 1000000n, true);
    return ERRNO.SUCCESS;
  }

  random_get(at, size) {
    const bytes = this.bytes(at, size);
    // d8 has no source of entropy but Math.random.
    const strong = typeof crypto === "object" && crypto.getRandomValues;
    if (!strong) bytes.forEach((_, i) => (bytes[i] = Math.random() * 256));
    else
      for (let i = 0; i < bytes.length; i += ENTROPY_AT_ONCE)
        crypto.getRandomValues(bytes.subarray(i, i + ENTROPY_AT_ONCE));
    return ERRNO.SUCCESS;
  }

  proc_exit(status) {
    this.exit(status);
  }

  sched_yield() {
    return ERRNO.SUCCESS;
  }

  fd_write(fd, vectorsAt, count, writtenAt) {
    const file = this.files.get(fd);
    if (!file || file.type !== FILETYPE.CHARACTER_DEVICE || fd === 0) return ERRNO.BADF;
    let written = 0;
    for (const bytes of this.vectors(vectorsAt, count)) {
      if (bytes.length) this.host.write(fd, bytes);
      written += bytes.length;
    }
    return this.setSize(writtenAt, written);
  }

  fd_read(fd, vectorsAt, count, readAt) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    if (file.type === FILETYPE.DIRECTORY) return ERRNO.ISDIR;
    const source = file.content
      ? (size) => this.readFile(file, size)
      : (size) => this.host.input(size);
    return this.scatter(this.vectors(vectorsAt, count), source, readAt);
  }

  fd_pread(fd, vectorsAt, count, offset, readAt) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    if (!file.content) return ERRNO.SPIPE;
    const other = { content: file.content, offset: Number(offset) };
    return this.scatter(
      this.vectors(vectorsAt, count),
      (size) => this.readFile(other, size),
      readAt,
    );
  }

  readFile(file, size) {
    const part = file.content.subarray(file.offset, file.offset + size);
    file.offset += part.length;
    return part;
  }

  scatter(buffers, source, readAt) {
    let total = 0;
    for (const buffer of buffers) {
      if (!buffer.length) continue;
      const part = source(buffer.length);
      buffer.set(part);
      total += part.length;
      if (part.length < buffer.length) break;
    }
    return this.setSize(readAt, total);
  }

  fd_close(fd) {
    return this.files.delete(fd) ? ERRNO.SUCCESS : ERRNO.BADF;
  }

  fd_renumber(from, to) {
    if (!this.files.has(from) || !this.files.has(to)) return ERRNO.BADF;
    this.files.set(to, this.files.get(from));
    if (from !== to) this.files.delete(from);
    return ERRNO.SUCCESS;
  }

  fd_seek(fd, offset, whence, at) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    if (!file.content) return ERRNO.SPIPE;
    const base = [0, file.offset, file.content.length][whence];
    if (base === undefined || base + Number(offset) < 0) return ERRNO.INVAL;
    file.offset = base + Number(offset);
    this.view.setBigUint64(at >>> 0, BigInt(file.offset), true);
    return ERRNO.SUCCESS;
  }

  fd_tell(fd, at) {
    return this.fd_seek(fd, 0n, 1, at);
  }

  fd_fdstat_get(fd, at) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    this.bytes(at, 24).fill(0);
    const view = this.view;
    view.setUint8(at >>> 0, file.type);
    view.setUint16((at >>> 0) + 2, file.flags || 0, true);
    view.setBigUint64((at >>> 0) + 8, ALL_RIGHTS, true);
    view.setBigUint64((at >>> 0) + 16, ALL_RIGHTS, true);
    return ERRNO.SUCCESS;
  }

  fd_fdstat_set_flags(fd, flags) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    file.flags = flags;
    return ERRNO.SUCCESS;
  }

  setFileStat(at, type, size) {
    this.bytes(at, 64).fill(0);
    const view = this.view;
    view.setUint8((at >>> 0) + 16, type);
    view.setBigUint64((at >>> 0) + 24, 1n, true);
    view.setBigUint64((at >>> 0) + 32, BigInt(size), true);
    return ERRNO.SUCCESS;
  }

  fd_filestat_get(fd, at) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    return this.setFileStat(at, file.type, file.content ? file.content.length : 0);
  }

  fd_prestat_get(fd, at) {
    const file = this.files.get(fd);
    if (!file || !file.guest) return ERRNO.BADF;
    this.setSize(at, 0); // the tag of a directory
    return this.setSize(at + 4, file.guest.length);
  }

  fd_prestat_dir_name(fd, at, size) {
    const file = this.files.get(fd);
    if (!file || !file.guest) return ERRNO.BADF;
    if (size >>> 0 < file.guest.length) return ERRNO.INVAL;
    this.bytes(at, file.guest.length).set(file.guest);
    return ERRNO.SUCCESS;
  }

  /** The file at a path below an open directory, or an errno. */
  find(fd, at, size) {
    const directory = this.files.get(fd);
    if (!directory) return ERRNO.BADF;
    if (directory.type !== FILETYPE.DIRECTORY) return ERRNO.NOTDIR;
    const below = resolvePath(utf8Decode(this.bytes(at, size)));
    if (below === null) return ERRNO.NOTCAPABLE;
    const path = below ? directory.path.replace(/\/*$/, "/") + below : directory.path;
    const { files } = this.host;
    if (below === "" || files.isDirectory(path)) return { type: FILETYPE.DIRECTORY, path };
    const content = files.read(path);
    if (content) return { type: FILETYPE.REGULAR_FILE, content, offset: 0 };
    return this.isBelowFile(directory.path, below) ? ERRNO.NOTDIR : ERRNO.NOENT;
  }

  /** Whether some directory of the path `below` is in fact a file. */
  isBelowFile(path, below) {
    const parts = below.split("/");
    return parts.some(
      (_, i) =>
        i > 0 && this.host.files.read([path.replace(/\/*$/, ""), ...parts.slice(0, i)].join("/")),
    );
  }

  /** Entries from number `cookie` on, the last one cut off where the buffer ends. */
  fd_readdir(fd, at, size, cookie, usedAt) {
    const file = this.files.get(fd);
    if (!file) return ERRNO.BADF;
    if (file.type !== FILETYPE.DIRECTORY) return ERRNO.NOTDIR;
    const names = this.host.files.list ? this.host.files.list(file.path) : null;
    if (!names) return ERRNO.NOSYS;
    const buffer = this.bytes(at, size);
    let used = 0;
    for (let i = Number(cookie); i < names.length && used < buffer.length; i++) {
      const entry = directoryEntry(names[i], i).subarray(0, buffer.length - used);
      buffer.set(entry, used);
      used += entry.length;
    }
    return this.setSize(usedAt, used);
  }

  path_filestat_get(fd, flags, pathAt, size, at) {
    const found = this.find(fd, pathAt, size);
    if (typeof found === "number") return found;
    return this.setFileStat(at, found.type, found.content ? found.content.length : 0);
  }

  path_open(fd, flags, pathAt, size, oflags, rights, inheriting, fdflags, at) {
    const found = this.find(fd, pathAt, size);
    const makes = oflags & (OFLAGS.CREAT | OFLAGS.TRUNC);
    const writes = oflags & OFLAGS.TRUNC || rights & RIGHT_FD_WRITE;
    if (found === ERRNO.NOENT && makes) return ERRNO.ROFS;
    if (typeof found === "number") return found;
    const directory = found.type === FILETYPE.DIRECTORY;
    if (oflags & OFLAGS.DIRECTORY && !directory) return ERRNO.NOTDIR;
    if (directory && (makes || writes)) return ERRNO.ISDIR;
    if (!directory && writes) return ERRNO.ROFS;
    return this.setSize(at, this.open({ ...found, flags: fdflags }));
  }

  /** Clocks only; file descriptors are always ready. */
  poll_oneoff(inAt, outAt, count, eventsAt) {
    if (!count) return ERRNO.INVAL;
    const wanted = Array.from({ length: count }, (_, i) =>
      this.subscription((inAt >>> 0) + 48 * i),
    );
    const soonest = Math.min(...wanted.map((event) => event.due));
    this.sleepUntil(soonest);
    const ready = wanted.filter((event) => event.due <= soonest);
    ready.forEach((event, i) => this.setEvent((outAt >>> 0) + 32 * i, event));
    return this.setSize(eventsAt, ready.length);
  }

  /** A subscription; `due` is when, by the host's clock in ms. */
  subscription(at) {
    const view = this.view;
    const event = { userdata: view.getBigUint64(at, true), tag: view.getUint8(at + 8), due: 0 };
    if (event.tag !== 0) return event;
    const timeout = Number(view.getBigUint64(at + 24, true)) / 1e6;
    const absolute = view.getUint16(at + 40, true) & 1;
    const offset =
      absolute && view.getUint32(at + 16, true) === 0 ? this.host.now() - Date.now() : 0;
    return { ...event, due: absolute ? timeout + offset : this.host.now() + timeout };
  }

  setEvent(at, { userdata, tag }) {
    this.bytes(at, 32).fill(0);
    this.view.setBigUint64(at, userdata, true);
    this.view.setUint8(at + 10, tag);
  }

  sleepUntil(due) {
    for (let left; (left = due - this.host.now()) > 0;) {
      try {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
      } catch {
        // a page's main thread may not wait; it spins
      }
    }
  }
}

const isWasiMethod = (name) => /^(args|environ|clock|random|sched|fd|path|poll)_/.test(name);

/** Whether preview 1 has a function of that name. */
export function isWasiCall(name) {
  return (
    UNSUPPORTED.includes(name) ||
    name === "proc_exit" ||
    (isWasiMethod(name) && name in Wasi.prototype)
  );
}

/** The imports of a kernel or a command, and what to do with its instance. */
export function makeWasi(settings, exit, host) {
  const wasi = new Wasi(settings, exit, host);
  const imports = {};
  for (const name of UNSUPPORTED) imports[name] = () => ERRNO.NOSYS;
  for (const name of Object.getOwnPropertyNames(Wasi.prototype).filter(isWasiMethod)) {
    imports[name] = guarded(wasi, name);
  }
  imports.proc_exit = exit;
  return {
    imports,
    initialize(instance) {
      wasi.memory = instance.exports.memory;
      instance.exports._initialize();
    },
    start(instance) {
      wasi.memory = instance.exports.memory;
      instance.exports._start();
      return 0;
    },
  };
}

/** A pointer out of bounds is an errno, as in other WASIs. */
function guarded(wasi, name) {
  return (...args) => {
    try {
      return wasi[name](...args);
    } catch (error) {
      if (error instanceof RangeError) return ERRNO.FAULT;
      throw error;
    }
  };
}
