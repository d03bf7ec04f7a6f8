// A plan: phases 1 and 2, which all programs made of the same modules share.

import { engineReason, reportProblems } from "./failures.mjs";
import { hasFunction } from "./module.mjs";
import { loadOrder, readModules } from "./read.mjs";
import { openFunctions } from "./open.mjs";
import { resolveAll, resolveWasi } from "./resolve.mjs";
import { makeSmallLibc } from "./libc/functions.mjs";

/** Compile all modules, at the same time where the host answers later. */
function* compileAll(plan) {
  const problems = [];
  const modules = plan.kernel ? [...plan.modules, plan.kernel] : plan.modules;
  const results = yield {
    compile: modules.map((module) => (module.opened.length ? openFunctions(module) : module.bytes)),
  };
  modules.forEach((module, i) => {
    const { value, error } = results[i];
    module.compiled = value;
    if (error && !(error instanceof WebAssembly.CompileError)) throw error;
    if (error) problems.push(`${module.name}: cannot be compiled: ${engineReason(error)}`);
  });
  reportProblems(problems);
}

/** Phases 1 and 2: what is known of a program before memory is given to it, to be shared by
 *  all that are made of it. Options: strict, kernel. Throws LoadError. */
export function* makePlan(paths, options) {
  const { modules, kernel, command } = yield* readModules(paths, options);
  if (command) return yield* makeCommandPlan(paths, options, command);
  const plan = {
    paths,
    options,
    modules,
    kernel,
    order: loadOrder(modules, paths),
    libc: modules.find((module) => hasFunction(module, "__init_libc")) || null,
    embedder: new Map(),
    found: new Map(),
    entries: new Map(),
    thunks: [],
    stubs: [],
    mismatches: [], // { place: in the problems, path: of the exporter, name }
  };
  if (!plan.libc) plan.embedder = makeSmallLibc(null).functions;
  yield* resolveAll(plan);
  yield* compileAll(plan);
  return plan;
}

function* makeCommandPlan(paths, options, command) {
  const plan = {
    paths,
    options,
    modules: [command],
    kernel: null,
    order: [command],
    libc: null,
    command,
  };
  const problems = [];
  command.order = 0;
  resolveWasi(plan, command, problems);
  reportProblems(problems);
  yield* compileAll(plan);
  return plan;
}
