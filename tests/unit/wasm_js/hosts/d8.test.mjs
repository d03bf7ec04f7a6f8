import assert from "node:assert/strict";
import { test } from "node:test";
import { d8Host } from "../../../../arch/wasm32/loader/hosts/d8.mjs";

function shell(rest = {}) {
  const told = { out: "", err: [] };
  const globals = {
    told,
    write: (text) => void (told.out += text),
    print: (text) => void (told.out += text + "\n"),
    printErr: (text) => told.err.push(text),
    readline: () => null,
    readbuffer: () => new ArrayBuffer(2),
    ...rest,
  };
  return { told, host: d8Host(globals) };
}

test("characters are whole, however they are written", () => {
  const { told, host } = shell();
  for (const byte of Buffer.from("é€")) host.write(1, Uint8Array.of(byte));
  assert.equal(told.out, "é€");
  host.write(1, Uint8Array.of(0xe2));
  host.flush();
  assert.equal(told.out, "é€\ufffd");
});

test("stderr leaves by the line, as printErr ends one", () => {
  const { told, host } = shell();
  host.write(2, Buffer.from("one\ntw"));
  host.write(2, Buffer.from("o\nthree"));
  assert.deepEqual(told.err, ["one", "two"]);
  host.flush();
  assert.deepEqual(told.err, ["one", "two", "three"]);
});

test("a shell without write prints", () => {
  const { told, host } = shell({ write: null });
  host.write(1, Buffer.from("line\n"));
  assert.equal(told.out, "line\n");
});

test("lines come in, in parts, until there are no more", () => {
  const lines = ["abc", ""];
  const { host } = shell({ readline: () => lines.shift() });
  const input = (size) => Buffer.from(host.input(size)).toString();
  assert.deepEqual([input(2), input(5), input(5), input(5)], ["ab", "c\n", "\n", ""]);
});

test("what cannot be read is null", () => {
  const readbuffer = () => {
    throw new Error("Error reading file");
  };
  assert.equal(shell({ readbuffer }).host.read("a"), null);
  assert.equal(shell().host.read("a").length, 2);
  assert.equal(shell().host.files.isDirectory("a"), null);
});
