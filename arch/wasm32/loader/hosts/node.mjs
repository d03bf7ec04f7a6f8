// The host node: its modules fs and wasi.

// The codes of errors for a path that leads to no file; the last: it holds a NUL.
const UNREADABLE = [
  "ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "ENXIO", "ERR_INVALID_ARG_VALUE",
];

/** node, from its module fs and a function that makes a WASI from its options. */
export function nodeHost({ fs, WASI }) {
  const read = (path) => attempt(() => viewOf(fs.readFileSync(path)), UNREADABLE);
  return {
    read,
    write: (fd, bytes) => writeFully(fs, fd, bytes),
    input: (size) => readSome(fs, size),
    files: {
      read,
      isDirectory: (path) => Boolean(attempt(() => fs.statSync(path).isDirectory(), UNREADABLE)),
      list: (path) => attempt(() => listFolder(fs, path), UNREADABLE),
    },
    now: () => performance.now(),
    wasi: (settings, exit) => nativeWasi(WASI, settings, exit),
  };
}

const viewOf = ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length);

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
  for (let done = 0; done < bytes.length; ) {
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
    env: Object.fromEntries(env.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)])),
    preopens: Object.fromEntries(dirs.map(([path, guest]) => [guest, path])),
  });
  return {
    imports: { ...wasi.wasiImport, proc_exit: exit },
    initialize: (instance) => wasi.initialize(instance),
    start: (instance) => wasi.start(instance) | 0,
  };
}
