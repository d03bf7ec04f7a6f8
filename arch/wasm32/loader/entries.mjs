// Entries: the functions whose table index somebody wants, each once; allocation places them.

import { definition } from "./symbols.mjs";

/** The table entry of a function, one for each; allocation gives it its place in the table. */
export function tableEntry(plan, key, make) {
  if (!plan.entries.has(key)) plan.entries.set(key, make());
  return plan.entries.get(key);
}

/** The entry of what findFunction gave; null if modules only pass it on to each other. */
export function functionEntry(plan, found) {
  const target = definition(plan, found);
  if (!target) return null;
  const key = target.host ? "host:" + target.name : `${target.module.order}:${target.index}`;
  return tableEntry(plan, key, () => ({ target }));
}
