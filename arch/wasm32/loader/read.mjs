// Phase 1, read: all modules of a program and its kernel, in search order and in load order.

import { baseName, beside } from "./text.mjs";
import { reportProblems } from "./failures.mjs";
import { Corrupt, Unknown } from "./cursor.mjs";
import { formatType } from "./types.mjs";
import { exportedType, hasFunction, isComponent, isWasm, parseModule } from "./module.mjs";

/** Read all modules, and the kernel: gives the program's modules in search order. */
export function* readModules(paths, options) {
  const problems = [];
  const modules = [];
  const asked = new Set();
  const queue = paths.map((path) => ({ path, by: null }));
  for (const path of paths) {
    if (asked.has(baseName(path))) problems.push(`${baseName(path)}: is given twice`);
    asked.add(baseName(path));
  }
  for (const { path, by } of queue) {
    if (by && !isBaseName(by.need)) {
      problems.push(`${by.module.name}: needs ${by.need}, which is no base name`);
      continue;
    }
    const bytes = yield { read: path, named: Boolean(by) };
    const form = path === paths[0] ? "main" : "library";
    const module = readModule(path, bytes, by, problems, form);
    if (!module) continue;
    if (form === "main" && isCommand(module)) return { command: module };
    modules.push(module);
    for (const need of module.dylink.needed) {
      if (asked.has(need)) continue;
      asked.add(need);
      queue.push({ path: beside(path, need), by: { module, need } });
    }
  }
  const kernel = yield* readKernel(modules, options, problems);
  reportProblems(problems);
  return { modules, kernel };
}

/** Whether a need can only be of a file in the folder where it is looked for. */
const isBaseName = (need) => !/^\.{0,2}$|[/\0]/.test(need);

const NOT_KNOWN = "which this loader cannot read; compile and link it without";

const isMissing = (bytes) => !bytes || typeof bytes === "string";
const NOT_THERE = [null, "no such file"]; // the first of hosts that cannot tell

/** The bytes of a file that may be there or not, or null. */
export function* readOptional(path) {
  const bytes = yield { read: path, named: true };
  return isMissing(bytes) ? null : bytes;
}

/** Parse one module, a "main", "library" or "kernel", of its bytes or of why there are none, a
 *  text or null; what is wrong with it goes to `problems`, and null comes back. */
function readModule(path, bytes, by, problems, form) {
  const name = baseName(path);
  const complain = (what, where = name) => {
    problems.push(`${where}: ${what}`);
    return null;
  };
  if (isMissing(bytes)) {
    const failure = `cannot be read${bytes ? ": " + bytes : ""}`;
    return by ? complain(`needs ${by.need}, which ${failure}`, by.module.name) : complain(failure);
  }
  if (isComponent(bytes)) return complain("is a component; the loader takes core modules");
  if (!isWasm(bytes)) return complain("is not a wasm module");
  let module;
  try {
    module = parseModule(path, bytes);
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    if (error instanceof Unknown)
      return complain(`uses the proposal ${error.proposal}, ${NOT_KNOWN}`);
    return complain(`is corrupt at byte ${error.at}: ${error.message}`);
  }
  if (module.dylink || form === "kernel" || (form === "main" && isCommand(module))) return module;
  if (module.lateDylink) return complain(`its ${module.lateDylink} section is not the first`);
  return complain("has no dylink.0 section, so it is not position independent");
}

/** Whether a module is a whole program for a WASI host, as musl-clang --static makes them. */
export function isCommand(module) {
  if (module.dylink || module.lateDylink || !hasFunction(module, "_start")) return false;
  return (
    (module.exports.get("memory") || {}).kind === "memory" &&
    formatType(exportedType(module, "_start")) === "() -> ()"
  );
}

export const isSyscall = (name) => /^__syscall[0-6]$/.test(name);

/** The kernel, if --kernel names one or a module's system calls need one; else null. */
function* readKernel(modules, options, problems) {
  let path = options.kernel;
  const wants = (m) =>
    m.imports.some(
      ({ module, name, kind }) =>
        module === "env" &&
        kind === "function" &&
        isSyscall(name) &&
        !modules.some((other) => hasFunction(other, name)),
    );
  const user = path ? null : modules.find(wants);
  if (!path && !user) return null;
  if (!path) path = beside(user.path, "kernel.wasm");
  const bytes = yield { read: path, named: Boolean(user) };
  if (user && NOT_THERE.includes(bytes)) {
    problems.push(`${user.name}: needs a kernel, and there is no kernel.wasm beside it`);
    return null;
  }
  return readModule(path, bytes, null, problems, "kernel");
}

/** Depth first over needs, later modules of the command line before earlier ones. */
export function loadOrder(modules, given) {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const order = [];
  const seen = new Set();
  const visit = (module) => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const need of module.dylink.needed) visit(byName.get(baseName(need)));
    module.order = order.push(module) - 1;
  };
  for (const path of given.slice().reverse()) visit(byName.get(baseName(path)));
  return order;
}
