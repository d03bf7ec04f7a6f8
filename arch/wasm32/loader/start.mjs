// Phase 6, start: constructors, then main, then exit.

import { utf8Encode } from "./text.mjs";
import { reportProblems, unwindOutOfBounds } from "./failures.mjs";
import { hasFunction } from "./module.mjs";
import { writeCells } from "./cells.mjs";
import { callIfExported, unitOf } from "./units.mjs";
import { findMain } from "./check.mjs";

/** The start block that a kernel would make: argc, argv, 0, envp, 0, empty auxv. */
export function writeStartBlock(program) {
  const strings = [program.args, program.env].map((list) =>
    list.map((text) => utf8Encode(text + "\0")),
  );
  const words = 1 + strings[0].length + 1 + strings[1].length + 1 + 2;
  const size = strings.flat().reduce((sum, bytes) => sum + bytes.length, 4 * words);
  const block = program.allocate(size, 16);
  if (!block)
    reportProblems([
      `${program.plan.modules[0].name}: wants ${size} bytes of memory, which cannot be had`,
    ]);
  const view = new DataView(program.memory.buffer);
  const bytes = new Uint8Array(program.memory.buffer);
  view.setUint32(block, strings[0].length, true);
  let word = block + 4;
  let text = block + 4 * words;
  for (const list of strings) {
    for (const string of list) {
      view.setUint32(word, text, true);
      bytes.set(string, text);
      word += 4;
      text += string.length;
    }
    word += 4;
  }
  return block;
}

function constructAll(program, envp, name) {
  const { libc, order } = program.plan;
  const early = libc && !hasFunction(libc, "__wasm_apply_data_relocs");
  if (early) {
    callIfExported(program, libc, "__wasm_call_ctors");
    writeCells(program, libc);
  }
  if (libc) unitOf(program, libc).instance.exports.__init_libc(envp, name);
  for (const module of order) {
    if (!(early && module === libc)) callIfExported(program, module, "__wasm_call_ctors");
  }
}

function readWord(program, at) {
  const view = new DataView(program.memory.buffer);
  if (at + 4 > view.byteLength) unwindOutOfBounds();
  return view.getInt32(at, true);
}

/** Start a linked program; gives its status, unless it ends by itself. */
export function startProgram(program) {
  const {
    kernel,
    libc,
    command,
    modules: [main],
  } = program.plan;
  if (command) return program.wasi.start(unitOf(program, command).instance);
  const start = kernel
    ? unitOf(program, kernel).instance.exports.__kernel_start
    : () => writeStartBlock(program);
  const block = start() >>> 0;
  const argc = readWord(program, block);
  const argv = block + 4;
  const envp = argv + 4 * (argc + 1);
  constructAll(program, envp, readWord(program, argv));
  const status = unitOf(program, main).instance.exports[findMain(main).name](argc, argv, envp) | 0;
  if (libc && hasFunction(libc, "exit")) unitOf(program, libc).instance.exports.exit(status);
  program.finish();
  return status;
}
