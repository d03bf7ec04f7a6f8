// The host node: its modules fs and wasi.

// Why a path leads to no file, by the error's code; the last: it holds a NUL.
const UNREADABLE = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "it is a directory",
  EACCES: "no permission",
  EPERM: "no permission",
  ELOOP: "too many links",
  ENAMETOOLONG: "its name is too long",
  ENXIO: "it is no regular file",
  ERR_INVALID_ARG_VALUE: "no such file",
};
const UNREADABLE_CODES = Object.keys(UNREADABLE);
export const LARGEST = 2 ** 30; // bytes of a module: V8 takes none that is larger
const PIECE = 65536; // bytes read at once of what has no size, such as a pipe

/** node, from its module fs and a function that makes a WASI from its options. */
export function nodeHost({ fs, WASI }) {
  return {
    read: (path, named) => readModuleFile(fs, path, named),
    write: (fd, bytes) => writeFully(fs, fd, bytes),
    input: (size) => readSome(fs, size),
    files: {
      read: (path) => attempt(() => viewOf(fs.readFileSync(path)), UNREADABLE_CODES),
      isDirectory: (path) =>
        Boolean(attempt(() => fs.statSync(path).isDirectory(), UNREADABLE_CODES)),
      list: (path) => attempt(() => listFolder(fs, path), UNREADABLE_CODES),
    },
    now: () => performance.now(),
    wasi: (settings, exit) => nativeWasi(WASI, settings, exit),
  };
}

const viewOf = ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length);

/** The bytes of a file, or a text that says why there are none. */
function readModuleFile(fs, path, named) {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  let fd = null;
  try {
    fd = fs.openSync(path, named ? O_RDONLY | O_NONBLOCK : O_RDONLY); // to open a FIFO may wait
    return readOpen(fs, fd, named);
  } catch (error) {
    return UNREADABLE[error.code] || error.code || error.message;
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

function readOpen(fs, fd, named) {
  const status = fs.fstatSync(fd);
  if (named && !status.isFile() && !status.isDirectory()) return "it is no regular file";
  const parts = [];
  for (let size = 0; status.size <= LARGEST && size <= LARGEST;) {
    const room = Math.max(status.size - size, 0) + 1; // one more than there is, to see the end
    const bytes = new Uint8Array(Math.min(Math.max(room, PIECE), LARGEST + 1 - size));
    const count = fs.readSync(fd, bytes);
    if (count === 0) return piecesJoined(parts, size);
    parts.push(bytes.subarray(0, count));
    size += count;
  }
  return "it has more than 1 GiB";
}

function piecesJoined(parts, size) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function listFolder(fs, path) {
  const entries = fs.readdirSync(path, { withFileTypes: true });
  return entries.map((entry) => ({ name: entry.name, directory: entry.isDirectory() }));
}

/** What `action` gives, or null if it fails with one of the `codes`. */
function attempt(action, codes) {
  try {
    return action();
  } catch (error) {
    if (codes.includes(error.code)) return null;
    throw error;
  }
}

/** Write all bytes; a pipe that is full for now is tried again. */
function writeFully(fs, fd, bytes) {
  for (let done = 0; done < bytes.length;) {
    const count = attempt(() => fs.writeSync(fd, bytes, done), ["EAGAIN"]);
    if (count === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    else done += count;
  }
}

function readSome(fs, size) {
  const bytes = new Uint8Array(size);
  for (;;) {
    const count = attempt(() => fs.readSync(0, bytes), ["EAGAIN", "EOF"]);
    if (count !== null) return bytes.subarray(0, count);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** node's own WASI, but proc_exit unwinds instead of ending node. */
function nativeWasi(WASI, { args, env, dirs }, exit) {
  const wasi = WASI({
    version: "preview1",
    args,
    env: Object.fromEntries(
      env.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]),
    ),
    preopens: Object.fromEntries(dirs.map(([path, guest]) => [guest, path])),
  });
  return {
    imports: { ...wasi.wasiImport, proc_exit: exit },
    initialize: (instance) => wasi.initialize(instance),
    start: (instance) => wasi.start(instance) | 0,
  };
}
