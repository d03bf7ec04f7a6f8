// Phase 2, check: whether main, the kernel, and what the loader itself calls have the right types.

import { formatType } from "./types.mjs";
import { exportedType, hasFunction, spaceOf } from "./module.mjs";

export const MAIN_NAMES = ["__main_argc_argv", "main", "__main_void"];
const MAIN_TYPE = /^\((i32(, i32){0,2})?\) -> \((i32)?\)$/;

/** How the plan starts: { name, type } of the main module's entry point. */
export function findMain(main) {
  const name = [...MAIN_NAMES, "_start"].find((candidate) => hasFunction(main, candidate));
  return name ? { name, type: exportedType(main, name) } : null;
}

export function checkMain(resolver) {
  const main = findMain(resolver.module);
  if (!main) return resolver.complain("exports no main");
  const type = formatType(main.type);
  const good = main.name === "_start" ? type === "() -> ()" : MAIN_TYPE.test(type);
  if (!good) resolver.complain(`exports ${main.name} as ${type}, which is no form of main`);
}

// What the loader itself calls, if a module exports it.
export const LOADER_CALLS = { __wasm_apply_data_relocs: "() -> ()", __wasm_call_ctors: "() -> ()" };

export const LIBC_CALLS = { __init_libc: "(i32, i32) -> ()", exit: "(i32) -> ()" };

export function checkCalls(resolver, calls) {
  for (const [name, wanted] of Object.entries(calls)) {
    if (!hasFunction(resolver.module, name)) continue;
    const type = formatType(exportedType(resolver.module, name));
    if (type !== wanted)
      resolver.complain(`exports ${name} as ${type}, but the loader calls it as ${wanted}`);
  }
}

const KERNEL_FUNCTIONS = {
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6].map((n) => [
      "__syscall" + n,
      formatType({ params: Array(n + 1).fill("i32"), results: ["i32"] }),
    ]),
  ),
  _initialize: "() -> ()",
  __kernel_alloc: "(i32, i32) -> (i32)",
  __kernel_free: "(i32, i32) -> ()",
  __kernel_start: "() -> (i32)",
};

export function checkKernel(resolver) {
  const { module } = resolver;
  const kindOf = (name) => (module.exports.get(name) || {}).kind;
  const missing = (name) => resolver.complain(`exports no ${name}, which a kernel must`);
  const exported = (name, kind) =>
    kindOf(name) === kind && spaceOf(module, kind)[module.exports.get(name).index];
  const memory = exported("memory", "memory");
  if (!memory || memory.bits !== 32) missing("memory");
  const table = exported("__indirect_function_table", "table");
  if (!table || table.bits !== 32 || table.element !== "funcref")
    missing("__indirect_function_table");
  const stack = exported("__stack_pointer", "global");
  if (!stack || !stack.mutable || stack.type !== "i32") missing("__stack_pointer");
  for (const [name, wanted] of Object.entries(KERNEL_FUNCTIONS)) {
    if (kindOf(name) !== "function") missing(name);
    else if (formatType(exportedType(module, name)) !== wanted) {
      resolver.complain(
        `exports ${name} as ${formatType(exportedType(module, name))}, but a kernel has it as ${wanted}`,
      );
    }
  }
}
