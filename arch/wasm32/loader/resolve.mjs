// Phase 2, resolve: every import of every module is bound to what will be there, or is a problem.

import { beside, utf8Decode } from "./text.mjs";
import { NAME, reportProblems } from "./failures.mjs";
import { formatType, sameType } from "./types.mjs";
import { getParameters, leb, signedLeb, UNREACHABLE } from "./codegen.mjs";
import { exportOf, unitOf } from "./units.mjs";
import { isWasiCall } from "./wasi.mjs";
import { isSyscall, readOptional } from "./read.mjs";
import { checkCalls, checkKernel, checkMain, LIBC_CALLS, LOADER_CALLS } from "./check.mjs";
import { definition, findDatumFor, findFunctionFor, isWeak } from "./symbols.mjs";
import { functionEntry, tableEntry } from "./entries.mjs";
import { resolveCells } from "./cells.mjs";

/** A function of the thunk module; code(type index, program) is asked for after allocation. */
function addThunk(plan, type, code) {
  return plan.thunks.push({ type, code }) - 1;
}

function addTrampoline(plan, found) {
  const entry = functionEntry(plan, found);
  return addThunk(plan, found.type, (type, program) => [
    ...getParameters(found.type),
    0x41,
    ...signedLeb(program.places.get(entry)),
    0x11,
    ...leb(type),
    0,
  ]);
}

function addStub(plan, module, name, type) {
  const number = plan.stubs.push(`${module.name} called ${name}, which no module exports`) - 1;
  return addThunk(plan, type, () => [0x41, ...signedLeb(number), 0x10, 0, UNREACHABLE]);
}

/** The table entry of a function that nobody exports: one stub for all modules. */
function stubEntry(plan, name) {
  return tableEntry(plan, "stub:" + name, () => {
    const wanted = (kind) => (i) =>
      i.name === name && i.module === kind && (i.type || kind !== "env");
    const first = plan.modules.find((m) => m.imports.some(wanted("GOT.func")));
    const typed = plan.modules.flatMap((m) => m.imports).find(wanted("env"));
    const type = typed && typed.kind === "function" ? typed.type : { params: [], results: [] };
    return { thunk: addStub(plan, first, name, type) };
  });
}

/** The kernel's system call, or what counts it on the way there. */
function systemCall(program, name) {
  const { systemCalls, plan } = program;
  return systemCalls
    ? systemCalls[name.slice(-1)]
    : unitOf(program, plan.kernel).instance.exports[name];
}

// What every module may import of "env": its shape, and how it is had.
const WELL_KNOWN = new Map(
  Object.entries({
    memory: ["memory", (program) => program.memory],
    __indirect_function_table: ["table", (program) => program.table],
    __stack_pointer: ["mutable", (program) => program.stackPointer],
    __memory_base: ["immutable", (program, unit) => unit.memoryBase],
    __table_base: ["immutable", (program, unit) => unit.tableBase],
  }),
);

/** What resolves the imports of one module; `complain(what, key)` gathers problems. */
class Resolver {
  constructor(plan, module, problems) {
    this.plan = plan;
    this.module = module;
    this.problems = problems;
    this.complained = new Set();
  }

  complain(what, key = what) {
    if (this.complained.has(key)) return;
    this.complained.add(key);
    this.problems.push(`${this.module.name}: ${what}`);
  }

  /** Bind one import: value(program, unit) gives what the engine wants, once that exists. */
  bind(imported, value) {
    this.module.bindings.push({ imported, value });
  }

  resolve(imported) {
    const { module, name, kind, global } = imported;
    const slot = kind === "global" && global.type === "i32" && global.mutable;
    if (module === "env" && kind === "function") this.function(imported);
    else if (module === "env" && kind === "tag") this.tag(imported);
    else if (module === "GOT.mem" && slot) this.datum(imported);
    else if (module === "GOT.func" && slot) this.pointer(imported);
    else if (module === "env" && this.wellKnown(imported)) return;
    else if (module === "wasi_snapshot_preview1") {
      this.complain(`imports ${module}.${name}, which only the kernel may`);
    } else this.complain(`imports ${module}.${name}, which nothing provides`);
  }

  wellKnown(imported) {
    const { kind, global } = imported;
    const shape =
      kind !== "global"
        ? kind
        : global.type !== "i32"
          ? "other"
          : global.mutable
            ? "mutable"
            : "immutable";
    const found = WELL_KNOWN.get(imported.name);
    if (!found || found[0] !== shape) return false;
    this.bind(imported, found[1]);
    return true;
  }

  function(imported) {
    const { plan, module } = this;
    const found = findFunctionFor(plan, module, imported.name);
    if (!found) return this.missing(imported);
    if (!sameType(imported.type, found.type)) return this.mismatch(imported, found);
    if (!definition(plan, found)) return this.missing(imported);
    if (found.host) this.bind(imported, (program) => program.embedder.get(found.name).call);
    else if (found.module === plan.kernel && isSyscall(found.name)) {
      this.bind(imported, (program) => systemCall(program, found.name));
    } else if (found.module === plan.kernel || found.module.order < module.order) {
      this.bind(imported, exportOf(found.module, found.name));
    } else this.thunk(imported, addTrampoline(plan, found));
  }

  thunk(imported, number) {
    this.bind(imported, (program) => program.thunkExports[number]);
  }

  missing(imported) {
    const { plan, module } = this;
    if (plan.options.strict && !isWeak(module, imported))
      return this.missingFunction(imported.name);
    this.thunk(imported, addStub(plan, module, imported.name, imported.type));
  }

  missingFunction(name) {
    this.complain(`${name}: no module exports this function`);
  }

  mismatch(imported, found, does = "imports") {
    const by = found.host ? NAME : found.module.name;
    const place = this.problems.length;
    this.complain(
      `${does} ${imported.name} as ${formatType(imported.type)}, ` +
        `but ${by} exports it as ${formatType(found.type)}`,
    );
    if (found.module && this.problems.length > place) {
      this.plan.mismatches.push({ place, path: found.module.path, name: imported.name });
    }
  }

  tag(imported) {
    const { plan, module } = this;
    const exporter = plan.modules.find((m) => (m.exports.get(imported.name) || {}).kind === "tag");
    if (!exporter) return this.bind(imported, (program) => sharedTag(program, imported));
    const type = exporter.tags[exporter.exports.get(imported.name).index];
    if (!sameType(type, imported.type)) this.mismatch(imported, { module: exporter, type });
    else if (exporter.order >= module.order) {
      this.complain(
        `imports the tag ${imported.name} of ${exporter.name}, which is instantiated after it`,
      );
    } else this.bind(imported, exportOf(exporter, imported.name));
  }

  /** A GOT entry: a mutable global, whose value address(program) is written when all is in place. */
  got(imported, address) {
    this.bind(imported, (program, unit) => {
      const global = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
      unit.got.push({ global, address });
      return global;
    });
  }

  datum(imported) {
    const found = findDatumFor(this.plan, this.module, imported.name);
    if (found) this.got(imported, found.address);
    else if (isWeak(this.module, imported)) this.got(imported, () => 0);
    else this.complain(`${imported.name}: no module exports this datum`);
  }

  pointer(imported) {
    const { plan, module } = this;
    const found = findFunctionFor(plan, module, imported.name);
    const known = found && functionEntry(plan, found);
    if (!known && isWeak(module, imported)) return this.got(imported, () => 0);
    if (!known && plan.options.strict) return this.missingFunction(imported.name);
    const entry = known || stubEntry(plan, imported.name);
    this.got(imported, (program) => program.places.get(entry));
  }
}

/** A tag that no module exports: one for each name. */
function sharedTag(program, { name, type }) {
  if (!program.tags.has(name)) {
    program.tags.set(name, new WebAssembly.Tag({ parameters: type.params }));
  }
  return program.tags.get(name);
}

/** WASI for the kernel or a command, and nothing else. */
export function resolveWasi(plan, importer, problems) {
  const resolver = new Resolver(plan, importer, problems);
  for (const imported of importer.imports) {
    const { module, name, kind } = imported;
    const known = module === "wasi_snapshot_preview1" && kind === "function" && isWasiCall(name);
    if (known) resolver.bind(imported, (program) => program.wasi.imports[name]);
    else resolver.complain(`imports ${module}.${name}, which nothing provides`);
  }
  return resolver;
}

function resolveModule(plan, module, problems) {
  const resolver = new Resolver(plan, module, problems);
  for (const imported of module.imports) resolver.resolve(imported);
  resolveCells(resolver);
  if (module.ownMemories)
    resolver.complain("has a memory of its own; link it with --import-memory");
  if (module === plan.modules[0]) checkMain(resolver);
  checkCalls(resolver, LOADER_CALLS);
  if (module === plan.libc) checkCalls(resolver, LIBC_CALLS);
}

export function* resolveAll(plan) {
  const problems = [];
  for (const module of plan.modules) resolveModule(plan, module, problems);
  if (plan.kernel) checkKernel(resolveWasi(plan, plan.kernel, problems));
  for (const { place, path, name } of plan.mismatches) {
    const line = yield* readPrototype(path, name);
    if (line) problems[place] += ` (${line})`;
  }
  reportProblems(problems);
}

const PROTOTYPES = "sysroot/share/muslfall/prototypes.txt"; // beside a libc: src/muslfall/prototypes.py

/** What a header of the libc at `path` says of a function: "HEADER: DECLARATION", or undefined. */
function* readPrototype(path, name) {
  const bytes = yield* readOptional(beside(path, PROTOTYPES));
  const lines = bytes ? utf8Decode(bytes).split("\n") : [];
  const found = lines.find((line) => line.startsWith(name + "\t"));
  return found && found.slice(name.length + 1);
}
