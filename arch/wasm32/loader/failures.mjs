// Failures: why a program cannot be loaded, why it trapped, and with which status that ends.

import { escaped } from "./text.mjs";

export const NAME = "wasm.js";
export const LOAD_FAILED = 127;
export const TRAPPED = 134; // 128 + SIGABRT
export const USAGE = 2;
export const INTERNAL = 70; // EX_SOFTWARE of sysexits.h

/** The program cannot be loaded; `problems` are "MODULE: what is wrong", escaped. */
export class LoadError extends Error {
  constructor(problems) {
    const lines = problems.map(escaped);
    super(lines.join("\n"));
    this.problems = lines;
  }
}

export class UsageError extends Error {}

export function reportProblems(problems) {
  if (problems.length) throw new LoadError(problems);
}

// V8's words for a trap, and those of the core specification's tests.
const TRAPS = [
  [/^unreachable/, "unreachable"],
  [/^(divide|remainder) by zero/, "integer divide by zero"],
  [/^divide result unrepresentable/, "integer overflow"],
  [/^float unrepresentable/, "invalid conversion to integer"],
  [/memory access out of bounds|data segment.* out of bounds/, "out of bounds memory access"],
  [
    /table index is out of bounds|table (access|initializer|element).*out of bounds|element segment.*out of bounds/,
    "out of bounds table access",
  ],
  [/signature mismatch|null function/, "indirect call type mismatch"],
];

/** Why wasm trapped, or null if `error` is no trap. */
export function trapReason(error) {
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "call stack exhausted";
  if (WebAssembly.Exception && error instanceof WebAssembly.Exception) return "uncaught exception";
  if (!(error instanceof WebAssembly.RuntimeError)) return null;
  const message = engineReason(error);
  const known = TRAPS.find(([pattern]) => pattern.test(message));
  return known ? known[1] : message;
}

/** The engine's message without the name of the function that it came from. */
export function engineReason(error) {
  return String(error.message).replace(/^WebAssembly\.\w+\(\): /, "");
}

export function unwindOutOfBounds() {
  throw new WebAssembly.RuntimeError("memory access out of bounds");
}
