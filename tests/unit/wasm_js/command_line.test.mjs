import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../arch/wasm32/loader/failures.mjs";
import { main, parseCommandLine } from "../../../arch/wasm32/loader/command_line.mjs";
import { mainGiving, makeHost } from "../../kit/small_modules.mjs";

const parse = (...words) => parseCommandLine(words, makeHost());

test("options stand anywhere before the arguments", () => {
  const { paths, args, options } = parse(
    "--",
    "a.wasm",
    "--strict",
    "b.wasm",
    "--env=A=b=c",
    "--dir=folder::/",
    "--",
    "--trace",
    "--",
  );
  assert.deepEqual(
    [paths, args],
    [
      ["a.wasm", "b.wasm"],
      ["--trace", "--"],
    ],
  );
  assert.deepEqual(
    [options.strict, options.trace, options.env, options.dirs],
    [true, false, ["A=b=c"], [["folder", "/"]]],
  );
});

test("what is no option, or has no value, is a usage error", () => {
  for (const word of ["--frob", "--strict=1", "--env=A", "--env==b", "--kernel=", "--wasi=host"]) {
    assert.throws(
      () => parse("m", word),
      (error) => error instanceof UsageError && error.message.includes(word),
    );
  }
  assert.throws(() => parse("m", "--dir=gone"), /--dir=gone: no such directory/);
  assert.throws(() => parse("--strict"), /no module to run/);
});

test("statuses: the program's, of a usage error, of help, of a bug", () => {
  const host = makeHost({ m: mainGiving(9) });
  assert.deepEqual([main(["m"], host), main(["--frob"], host), main(["--help"], host)], [9, 2, 0]);
  assert.match(host.said[1], /^usage: wasm\.js /);
  const broken = { ...makeHost(), read: () => assert.fail("a bug") };
  assert.equal(main(["m"], broken), 70);
  assert.equal(broken.said[2], "wasm.js: internal error: a bug\n");
});
