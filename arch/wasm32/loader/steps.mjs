// Steps: what the linker wants of its host. The linker does no I/O: it is a generator that yields
// { read: path, named }, { compile: [bytes…] } or { instantiate: module, imports }, and is given the answer.
// So the same code serves hosts that answer at once and hosts that answer later.

/** What an action gives, or fails with: { value } or { error }. */
function settle(action) {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}

export const settleLater = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

function perform(step, host) {
  if (step.read !== undefined) return host.read(step.read, step.named);
  if (step.compile) return step.compile.map((bytes) => settle(() => new WebAssembly.Module(bytes)));
  return new WebAssembly.Instance(step.instantiate, step.imports);
}

function performLater(step, host) {
  if (step.read !== undefined) return host.read(step.read, step.named);
  if (step.compile) {
    const compile = host.compile || ((bytes) => WebAssembly.compile(bytes));
    return Promise.all(step.compile.map((bytes) => settleLater(compile(bytes))));
  }
  return WebAssembly.instantiate(step.instantiate, step.imports);
}

export function drive(steps, host) {
  for (let next = steps.next(); ;) {
    if (next.done) return next.value;
    let answer;
    try {
      answer = perform(next.value, host);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
}

export async function driveLater(steps, host) {
  for (let next = steps.next(); ;) {
    if (next.done) return next.value;
    let answer;
    try {
      answer = await performLater(next.value, host);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
}
