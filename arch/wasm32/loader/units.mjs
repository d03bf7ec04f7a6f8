// Units: what a program has of each of its modules.

import { hasFunction } from "./module.mjs";

/** What a program has of a module: { memoryBase, tableBase, slots, got, instance }. */
export const unitOf = (program, module) => program.units[module.order + 1];

export function makeUnits(plan) {
  const fresh = () => ({ memoryBase: 0, tableBase: 0, slots: new Map(), got: [], instance: null });
  return [fresh(), ...plan.order.map(fresh)]; // the kernel's, whose order is -1, comes first
}

export const exportOf = (module, name) => (program) =>
  unitOf(program, module).instance.exports[name];

export function callIfExported(program, module, name) {
  if (hasFunction(module, name)) unitOf(program, module).instance.exports[name]();
}
