// Phase 4, instantiate: the kernel, trampolines and stubs, then the modules in load order.

import { engineReason, reportProblems } from "./failures.mjs";
import { parseType } from "./types.mjs";
import { compileOne, generated, systemCallModule, wrapHostFunctions } from "./codegen.mjs";
import { unitOf } from "./units.mjs";
import { useKernel } from "./allocate.mjs";
import { readNames, Tracer } from "./trace.mjs";

export function* instantiateModule(program, module) {
  const unit = unitOf(program, module);
  const imports = {};
  for (const { imported, value } of module.bindings) {
    imports[imported.module] = imports[imported.module] || {};
    imports[imported.module][imported.name] = value(program, unit);
  }
  try {
    program.starting = module;
    unit.instance = yield { instantiate: module.compiled, imports };
    program.starting = null;
    return unit.instance;
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    return reportProblems([`${module.name}: cannot be instantiated: ${engineReason(error)}`]);
  }
}

export function* instantiateKernel(program) {
  const instance = yield* instantiateModule(program, program.plan.kernel);
  useKernel(program, instance);
  program.wasi.initialize(instance);
}

/** Trampolines and stubs; they read their table entries only when called. */
function* instantiateThunks(program) {
  const { thunks, stubs } = program.plan;
  if (!thunks.length) return;
  const say = (number) => program.complain(stubs[number]);
  const hosts = stubs.length ? [{ type: parseType("(i32) -> ()"), call: say }] : [];
  const functions = thunks.map(({ type, code }) => ({
    type,
    code: (index) => code(index, program),
  }));
  program.thunkExports = yield* generated(hosts, program.table, functions);
}

/** Fill the entries that the loader added for the functions that `wanted` picks. */
function fillEntries(program, wanted, functionOf) {
  for (const entry of program.added.filter(wanted)) {
    program.table.set(program.places.get(entry), functionOf(entry));
  }
}

function* fillHostEntries(program) {
  const entries = program.added.filter((entry) => entry.target && entry.target.host);
  if (!entries.length) return;
  const functions = entries.map((entry) => program.embedder.get(entry.target.name));
  const wrapped = yield* wrapHostFunctions(functions);
  entries.forEach((entry, i) => program.table.set(program.places.get(entry), wrapped[i]));
}

function fillModuleEntries(program, module) {
  fillEntries(
    program,
    (entry) => entry.target && entry.target.module === module,
    (entry) => unitOf(program, module).instance.exports[entry.target.name],
  );
}

/** Have system calls counted, and a tracer told of them, if somebody wants to know. */
function* interpose(program) {
  const {
    plan: { kernel },
    options,
  } = program;
  if (!kernel || !(options.stats || options.trace)) return;
  program.names = yield* readNames(kernel.path);
  if (options.trace) program.tracer = new Tracer(program);
  const { exports } = unitOf(program, kernel).instance;
  const k = Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((n) => [n, exports["__syscall" + n]]));
  const h = {
    enter: (...words) => program.tracer.enter(...words),
    leave: (result) => program.tracer.leave(result),
  };
  const module = yield* compileOne(systemCallModule(options.trace));
  program.systemCalls = (yield { instantiate: module, imports: { k, h } }).exports;
}

export function* instantiateAll(program) {
  yield* interpose(program);
  yield* instantiateThunks(program);
  fillEntries(
    program,
    (entry) => entry.thunk !== undefined,
    (entry) => program.thunkExports[entry.thunk],
  );
  yield* fillHostEntries(program);
  const { kernel, order } = program.plan;
  if (kernel) fillModuleEntries(program, kernel);
  for (const module of order) {
    yield* instantiateModule(program, module);
    fillModuleEntries(program, module);
  }
}
