// The host page, a worker, or any whose reads are promises, and the steps that it is offered:
//
//   compile(paths, options)          a promise of a Compiled: all is read, checked and compiled,
//                                    and what can be fetched and compiled at once is
//   instantiate(compiled, options)   a promise of an Instance: linked, with memory of its own;
//                                    any number of one Compiled
//   instance.run()                   runs it to its end; gives the exit status
//   load(paths, options)             all three; a promise of the exit status, 127 or 134 after
//                                    a failure, whose reason goes to write(2, …)
//
// `paths` are of the main module, then of libraries. compile and instantiate reject with a
// LoadError, whose `problems` are texts "MODULE: what is wrong". What `options` may have:
//
//   of compile      kernel   its path (default: kernel.wasm beside the module that needs it)
//                   strict   an unmet import is an error instead of a stub
//   of instantiate  args     the arguments after the program's own name
//                   env      ["NAME=VALUE"…]
//                   files    to read: { "/path": bytes… }; or { read(path), isDirectory(path),
//                            list(path) -> [{ name, directory }…] }, which answer at once
//                   dirs     [[path, guest]…]: which of their folders are seen, under which
//                            names (default, for files by path: [["/", "/"]])
//                   write    (fd, bytes): takes what goes to stdout, 1, and to stderr, 2
//                   input    (size): at most so many bytes of stdin; at the end, none
//                   stats    count system calls; instance.stats() has times and memory too; load
//                            writes them to stderr, or, if this is a function, calls it with them
//                   debug    folders where unstripped twins of modules are, for the stack of a trap
//                   trace    write system calls to stderr, as strace does
//   of all          read     (path): a promise of a module's bytes, or of null
//                   locate   (path): the URL of it, where `read` is not given

import { unitOf } from "../units.mjs";
import { drive, driveLater, settleLater } from "../steps.mjs";
import { makePlan } from "../plan.mjs";
import { execute, link, makeProgram, runToEnd, statsOf, tellEnd } from "../program.mjs";

/** Fetches modules from locate(path); what comes as application/wasm is compiled while it
 *  comes. */
function makeFetcher(locate) {
  const compiled = new WeakMap();
  const streams = (answer) =>
    WebAssembly.compileStreaming && /^application\/wasm\b/.test(answer.headers.get("content-type"));
  return {
    async read(path) {
      const answer = await fetch(locate(path)).catch(() => null);
      if (!answer) return null;
      if (!answer.ok) return answer.status === 404 ? "no such file" : `HTTP ${answer.status}`;
      const module = streams(answer) && settleLater(WebAssembly.compileStreaming(answer.clone()));
      const bytes = await answer.arrayBuffer().then(
        (buffer) => new Uint8Array(buffer),
        () => null,
      );
      if (bytes && module) compiled.set(bytes, module);
      return bytes;
    },
    async compile(bytes) {
      const { value, error } = (await compiled.get(bytes)) || {
        value: await WebAssembly.compile(bytes),
      };
      if (error) throw error;
      return value;
    },
  };
}

/** Files in memory, { "/path": bytes… }, as a host has folders. */
export function memoryFiles(contents) {
  const paths = Object.keys(contents).sort();
  const inside = (path) => path.replace(/\/*$/, "/");
  const isDirectory = (path) => paths.some((known) => known.startsWith(inside(path)));
  const list = (path) => {
    const below = paths.filter((known) => known.startsWith(inside(path)));
    const names = new Set(below.map((known) => known.slice(inside(path).length).split("/")[0]));
    return [...names].map((name) => ({ name, directory: isDirectory(inside(path) + name) }));
  };
  return { read: (path) => contents[path] || null, isDirectory, list };
}

const SETTINGS = {
  strict: false,
  stats: false,
  trace: false,
  kernel: null,
  args: [],
  env: [],
  dirs: [],
};
const NO_INPUT = new Uint8Array(0);

/** A page, or any host whose reads are promises; those of `paths` all begin at once. */
function pageHost(options, paths) {
  const fetcher = makeFetcher(options.locate || ((path) => path));
  const read = options.read || fetcher.read;
  const begun = new Map(paths.map((path) => [path, settleLater(Promise.resolve(read(path)))]));
  const { files = {} } = options;
  return {
    compile: fetcher.compile,
    write: options.write || (() => {}),
    input: options.input || (() => NO_INPUT),
    files: typeof files.read === "function" ? files : memoryFiles(files),
    now: () => performance.now(),
    wasi: null,
    async read(path) {
      const { value, error } = (await begun.get(path)) || { value: await read(path) };
      if (error) throw error;
      return value;
    },
  };
}

/** A program that was read, checked and compiled; its instances share nothing but that. */
class Compiled {
  constructor(plan, milliseconds) {
    this.plan = plan;
    this.milliseconds = milliseconds;
  }
  /** The modules' base names, in the order in which symbols are looked for; a kernel is last. */
  get modules() {
    const { modules, kernel } = this.plan;
    return [...modules, ...(kernel ? [kernel] : [])].map((module) => module.name);
  }
}

/** A linked program, which runs once. */
class Instance {
  constructor(program) {
    this.program = program;
    this.started = false;
  }
  /** Run it to its end; gives the exit status, 134 after a trap. */
  run() {
    if (this.started) throw new Error("this instance has run; make another of its Compiled");
    this.started = true;
    if (this.program.status === null) runToEnd(this.program);
    return drive(tellEnd(this.program), { read: () => null }); // nothing can be read at once
  }
  /** { load_ms, link_ms, run_ms, memory_bytes, syscalls }, as --stats has them. */
  stats() {
    return statsOf(this.program);
  }
  /** What the main module exports. */
  get exports() {
    return unitOf(this.program, this.program.plan.modules[0]).instance.exports;
  }
  get memory() {
    return this.program.memory;
  }
}

export async function compile(paths, options = {}) {
  const host = pageHost(options, paths);
  const began = host.now();
  const plan = await driveLater(makePlan(paths, makeSettings(options)), host);
  return new Compiled(plan, host.now() - began);
}

/** Options with their defaults, for a host that has no WASI. */
function makeSettings(options) {
  const byPath = options.files && typeof options.files.read !== "function";
  return { ...SETTINGS, ...(byPath ? { dirs: [["/", "/"]] } : {}), ...options, wasi: "js" };
}

export async function instantiate(compiled, options = {}) {
  const settings = makeSettings(options);
  const program = makeProgram(
    compiled.plan.paths[0],
    settings.args,
    settings,
    pageHost(options, []),
  );
  program.plan = compiled.plan;
  program.times.load_ms = Number(compiled.milliseconds.toFixed(3));
  try {
    await driveLater(link(program), program.host);
  } catch (error) {
    if (program.status === null) throw error; // else the program left by itself
  }
  return new Instance(program);
}

export function load(paths, options = {}) {
  const settings = makeSettings(options);
  const host = pageHost(options, paths);
  return driveLater(execute(makeProgram(paths[0], settings.args, settings, host), paths), host);
}
