// The kernel under node's WASI, for kernel_hosts.py: one JSON request
// a line on fd 0, one JSON answer a line on fd 1.
//   node host.mjs KERNEL STDIN STDOUT STDERR ARGV ENV PREOPENS (the last three: JSON)
import fs from "node:fs";
import { WASI } from "node:wasi";

const [kernel, stdin, stdout, stderr, argv, env, preopens] = process.argv.slice(2);
const wasi = new WASI({
  version: "preview1",
  args: JSON.parse(argv),
  env: JSON.parse(env),
  preopens: JSON.parse(preopens),
  stdin: fs.openSync(stdin, "r"),
  stdout: fs.openSync(stdout, "a"),
  stderr: fs.openSync(stderr, "a"),
});

class Exit {
  constructor(status) {
    this.status = status;
  }
}

const imports = {
  ...wasi.wasiImport,
  proc_exit(status) {
    throw new Exit(status);
  },
};
const module = await WebAssembly.compile(fs.readFileSync(kernel));
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports });
wasi.initialize(instance);
const { exports } = instance;

const requests = {
  call: (name, ...args) => exports[name](...args) ?? null,
  read: (at, size) => Buffer.from(exports.memory.buffer, at, size).toString("hex"),
  write: (at, hex) => {
    new Uint8Array(exports.memory.buffer).set(Buffer.from(hex, "hex"), at);
  },
  size: () => exports.memory.buffer.byteLength,
};

function answer([what, ...args]) {
  try {
    return { value: requests[what](...args) ?? null };
  } catch (error) {
    if (error instanceof Exit) return { exit: error.status };
    return { error: String(error) };
  }
}

let rest = "";
const chunk = Buffer.alloc(1 << 16);
for (let n; (n = fs.readSync(0, chunk)) > 0;) {
  const lines = (rest + chunk.toString("latin1", 0, n)).split("\n");
  rest = lines.pop();
  for (const line of lines) fs.writeSync(1, JSON.stringify(answer(JSON.parse(line))) + "\n");
}
