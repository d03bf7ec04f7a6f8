import assert from "node:assert/strict";
import { test } from "node:test";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import {
  countedCalls,
  quoted,
  readNames,
  Tracer,
  wordText,
} from "../../../arch/wasm32/loader/trace.mjs";
import { makeHost } from "../../kit/small_modules.mjs";

const names = {
  calls: new Map([
    [4, "write"],
    [5, "openat"],
    [6, "writev"],
  ]),
  errors: new Map([[2, "ENOENT"]]),
};

function tracer(content = "") {
  const host = makeHost();
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Uint8Array(memory.buffer).set(Buffer.from(content), 16);
  return { host, memory, tracer: new Tracer({ host, names, memory }) };
}

test("words and text", () => {
  assert.deepEqual([-4095, 65535, -4096, 65536].map(wordText), [
    "-4095",
    "65535",
    "0xfffff000",
    "0x10000",
  ]);
  assert.equal(quoted(Buffer.from('a"\\\n\x01'), true), '"a\\"\\\\\\n\\001"');
  assert.equal(quoted(Buffer.from("a"), false), '"a"...');
});

test("paths, buffers and errors of calls", () => {
  const { host, tracer: it } = tracer("some/path\0");
  it.enter(4, 5, -100, 16, 0, 0, 0, 0);
  it.leave(-2);
  it.enter(3, 4, 1, 16, 4, 0, 0, 0);
  it.leave(4);
  it.enter(0, 9, 0, 0, 0, 0, 0, 0);
  it.finish();
  assert.equal(
    host.said[2],
    'openat(-100, "some/path", 0, 0) = -1 ENOENT\nwrite(1, "some", 4) = 4\nsyscall_9() = ?\n',
  );
});

test("an array of buffers", () => {
  const { host, memory, tracer: it } = tracer("hello");
  new Uint32Array(memory.buffer).set([16, 2, 18, 3], 16);
  it.enter(3, 6, 1, 64, 2, 0, 0, 0);
  it.leave(5);
  assert.equal(
    host.said[2],
    'writev(1, [{iov_base="he", iov_len=2}, {iov_base="llo", iov_len=3}], 2) = 5\n',
  );
});

test("names are those of the headers beside the kernel", () => {
  const header = Buffer.from("#define __NR_read   63\n#define __NR_also 63\n");
  const { calls, errors } = drive(
    readNames("d/kernel.wasm"),
    makeHost({ "d/sysroot/include/bits/syscall.h": header }),
  );
  assert.deepEqual([[...calls], [...errors]], [[[63, "read"]], []]);
});

test("counts are by name", () => {
  const counts = new WebAssembly.Memory({ initial: 1 });
  new Uint32Array(counts.buffer).set([0, 3], 4);
  assert.deepEqual(countedCalls({ systemCalls: { counts }, names }), { openat: 3 });
  assert.deepEqual(countedCalls({ systemCalls: null, names }), {});
});
