// A program: phases 3 to 6 of a plan, on a host. A host is { read(path, named) -> Uint8Array, or
// a text that says why there is none, or null where that is not known; named: it was no user, but a
// module that names the file, so it is a regular one or none; write(fd, bytes), input(size) -> Uint8Array (empty at the end), wasi(settings, exit) or null,
// files: { read, isDirectory, list } for folders, now() in ms }; of a host that answers later, read
// gives a promise, and compile(bytes), if it is there, too.

import { escaped, utf8Encode } from "./text.mjs";
import { LOAD_FAILED, LoadError, NAME, TRAPPED, trapReason } from "./failures.mjs";
import { unwind } from "./codegen.mjs";
import { makeUnits } from "./units.mjs";
import { makeWasi } from "./wasi.mjs";
import { allocateAll, makeMemory } from "./allocate.mjs";
import { countedCalls } from "./trace.mjs";
import { instantiateAll, instantiateKernel, instantiateModule } from "./instantiate.mjs";
import { relocateAll } from "./relocate.mjs";
import { startProgram } from "./start.mjs";
import { framesOf, isAborted, tellStack, withFrames } from "./stack.mjs";
import { useSmallLibc } from "./libc/functions.mjs";
import { makePlan } from "./plan.mjs";

/** A program that is not loaded yet. Options: env (["NAME=VALUE"…]), dirs ([[host, guest]…]),
 *  wasi, stats, trace. `host` is described at the top of this file. */
export function makeProgram(path, args, options, host) {
  const program = {
    options,
    host,
    args: [path, ...args],
    env: options.env,
    plan: null,
    units: [],
    places: new Map(),
    added: [],
    thunkExports: null,
    tags: new Map(),
    embedder: new Map(),
    wasi: null,
    memory: null,
    table: null,
    stackPointer: null,
    allocate: null,
    systemCalls: null,
    names: null,
    tracer: null,
    status: null,
    began: host.now(),
    times: { load_ms: null, link_ms: null, run_ms: null },
    starting: null,
    ended: null,
    told: null,
    finish() {},
    complain: (text) => host.write(2, utf8Encode(`${NAME}: ${escaped(text)}\n`)),
    /** The phase of that name ends now. */
    lap(name) {
      const now = host.now();
      program.times[name] = Number((now - program.began).toFixed(3));
      program.began = now;
    },
    leave(status) {
      if (program.status === null) program.status = status & 255;
    },
    /** Leave from within a host function. */
    exit(status) {
      if ((status & 255) === TRAPPED && program.status === null)
        program.ended = endByAbort(program);
      program.leave(status);
      withFrames(unwind, 0);
    },
  };
  return program;
}

/** Phases 3 to 5, for a program with a plan. */
export function* link(program) {
  const { plan } = program;
  program.units = makeUnits(plan);
  if (plan.kernel || plan.command) program.wasi = wasiOf(program);
  if (plan.command) {
    program.memory = (yield* instantiateModule(program, plan.command)).exports.memory;
    return program.lap("link_ms");
  }
  if (!plan.libc) useSmallLibc(program);
  if (plan.kernel) yield* instantiateKernel(program);
  else makeMemory(program);
  allocateAll(program);
  yield* instantiateAll(program);
  relocateAll(program);
  program.lap("link_ms");
}

/** The host's WASI, or ours. */
function wasiOf({ host, options, args, env, exit }) {
  const settings = { args, env, dirs: options.dirs };
  const native = options.wasi === "js" ? null : host.wasi;
  return native ? native(settings, exit) : makeWasi(settings, exit, host);
}

/** Phase 6: run a linked program to its end. */
export function runToEnd(program) {
  try {
    program.leave(withFrames(() => startProgram(program)));
  } catch (error) {
    endByFailure(program, error);
  }
  program.lap("run_ms");
}

/** Tell of the end of a program: where it was, if that was not its own; gives the exit status. */
export function* tellEnd(program) {
  const { ended, options } = program;
  if (ended) {
    program.complain(ended.text);
    const { texts, ...told } = yield* tellStack(ended.frames, options.debug || [], ended.from);
    texts.forEach(program.complain);
    program.told = { reason: ended.reason, ...told };
  }
  if (program.tracer) program.tracer.finish();
  return program.status;
}

/** The end by abort, if it was called, as status 134 may be one that the program chose. */
function endByAbort(program) {
  const frames = framesOf(
    program,
    withFrames(() => new Error()),
  );
  return isAborted(frames) ? { text: "aborted", reason: "abort", frames, from: "abort" } : null;
}

/** Load, link and run; gives the exit status. Throws only what is a bug of the loader. */
export function* execute(program, paths) {
  try {
    program.plan = yield* makePlan(paths, program.options);
    program.lap("load_ms");
    yield* link(program);
  } catch (error) {
    endByFailure(program, error);
  }
  if (program.status === null) runToEnd(program);
  yield* tellEnd(program);
  if (program.options.stats) reportStats(program, program.options.stats);
  return program.status;
}

function endByFailure(program, error) {
  if (program.status !== null) return; // the program left by itself
  if (error instanceof LoadError) {
    error.problems.forEach(program.complain);
    return program.leave(LOAD_FAILED);
  }
  const reason = trapReason(error);
  if (reason === null) throw error;
  program.finish(true);
  program.ended = { text: "trap: " + reason, reason, frames: framesOf(program, error), from: null };
  program.leave(TRAPPED);
}

/** Times in ms (null: of a phase that was not reached), memory in bytes, calls by name. */
export function statsOf(program) {
  if (program.times.load_ms === null) program.lap("load_ms");
  return {
    ...program.times,
    memory_bytes: program.memory ? program.memory.buffer.byteLength : 0,
    trap: program.told,
    syscalls: countedCalls(program),
  };
}

function reportStats(program, report) {
  if (typeof report === "function") report(statsOf(program));
  else program.host.write(2, utf8Encode(JSON.stringify(statsOf(program)) + "\n"));
}
