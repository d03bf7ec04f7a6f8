// Symbols: which module has the function or the datum of a name.

import { hasFunction } from "./module.mjs";
import { unitOf } from "./units.mjs";

/** The function NAME: { module, name, index, type } of the first module that exports
 *  it, or { host, name, type } of the embedder, or null. */
export function findFunction(plan, name) {
  if (!plan.found.has(name)) plan.found.set(name, searchFunction(plan, name));
  return plan.found.get(name);
}

/** The same for a module that imports it: its own, if that is bound. */
export function findFunctionFor(plan, module, name) {
  if (!isBound(module, name, "function", module.importedFunctions.length))
    return findFunction(plan, name);
  const { index } = module.exports.get(name);
  return { module, name, index, type: module.functions[index] };
}

/** Whether a module's own definition is what it finds, wherever it comes in search order. */
function isBound(module, name, kind, imported) {
  const found =
    module.dynamicList && !module.dynamicList.includes(name) && module.exports.get(name);
  return Boolean(found) && found.kind === kind && found.index >= imported;
}

/** The datum NAME for a module that imports it. */
export function findDatumFor(plan, module, name) {
  const address = isBound(module, name, "global", 0) && datumOf(module, name);
  return address ? { module, address } : findDatum(plan, name);
}

function searchFunction(plan, name) {
  const all = plan.kernel ? [...plan.modules, plan.kernel] : plan.modules;
  const module = all.find((m) => hasFunction(m, name));
  if (module) {
    const { index } = module.exports.get(name);
    return { module, name, index, type: module.functions[index] };
  }
  const host = plan.embedder.get(name);
  return host ? { host, name, type: host.type } : null;
}

/** The definition behind an export, which may be of an imported function; null if
 *  modules only pass it on to each other, in a circle. */
export function definition(plan, found) {
  for (const passed = new Set(); found.module;) {
    if (passed.has(found.name)) return null;
    passed.add(found.name);
    const imported = found.module.importedFunctions[found.index];
    const next =
      imported && imported.module === "env" && findFunctionFor(plan, found.module, imported.name);
    if (!next) break;
    found = next;
  }
  return found;
}

/** The datum NAME: { module, address(program) } of the first module that exports it, or null. */
export function findDatum(plan, name) {
  for (const module of plan.modules) {
    const address = datumOf(module, name);
    if (address) return { module, address };
  }
  return null;
}

/** The address of a module's own datum, as a function of the program, or null. */
export function datumOf(module, name) {
  const found = module.exports.get(name);
  const global = found && found.kind === "global" ? module.globals[found.index] : null;
  if (!global || global.mutable || global.type !== "i32" || global.import) return null;
  if (global.value.base !== null || global.value.offset === undefined) return null;
  return (program) => (global.value.offset + unitOf(program, module).memoryBase) | 0;
}

export function isWeak(module, imported) {
  const { weak } = module.dylink;
  return weak.has(imported.module + "\0" + imported.name) || weak.has("env\0" + imported.name);
}
