// The host d8, V8's shell: strings out, lines in, and no WASI.

import { utf8Decode, utf8DecodePart, utf8Encode } from "../text.mjs";

/** The d8 shell, from its globals: strings out, lines in. */
export function d8Host(shell) {
  const out = { 1: shell.write || ((text) => shell.print(text.replace(/\n$/, ""))), 2: null };
  const pending = { 1: [], 2: [] };
  let line = new Uint8Array(0);
  const emit = (fd, text) => {
    if (fd === 1) return out[1](text);
    // printErr ends its line: keep the last one until it is whole
    const lines = text.split("\n");
    pending[2] = [...utf8Encode(lines.pop()), ...pending[2]];
    lines.forEach((whole) => shell.printErr(whole));
  };
  const read = (path) => {
    try {
      return new Uint8Array(shell.readbuffer(path));
    } catch {
      return null; // d8 does not say why
    }
  };
  return {
    read,
    files: { read, isDirectory: () => null, list: null }, // d8 cannot tell
    write(fd, bytes) {
      const all = Uint8Array.from([...pending[fd], ...bytes]);
      const { text, used } = utf8DecodePart(all);
      pending[fd] = Array.from(all.subarray(used));
      emit(fd, text);
    },
    flush() {
      if (pending[1].length) emit(1, utf8Decode(Uint8Array.from(pending[1])));
      if (pending[2].length) shell.printErr(utf8Decode(Uint8Array.from(pending[2])));
    },
    input(size) {
      if (!line.length) {
        const text = shell.readline();
        if (text === undefined || text === null) return line;
        line = utf8Encode(text + "\n");
      }
      const part = line.subarray(0, size);
      line = line.subarray(part.length);
      return part;
    },
    now: () => (typeof performance === "object" ? performance.now() : Date.now()),
    wasi: null,
  };
}
