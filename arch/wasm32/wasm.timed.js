globalThis.__T=[["script",performance.now()]];const __lap=(n)=>__T.push([n,performance.now()]);
// wasm.js: loads a dynamically linked program into V8; LOADER.md is its specification.
//
//   d8 --expose-wasm wasm.js -- main.wasm [library.wasm…] [-- argument…]
//   node wasm.js main.wasm [library.wasm…] [-- argument…]
//   <script src="wasm.js"></script>  await muslfall.load(["main.wasm", "musl.wasm"], { write })
//
// In a page, in a worker and as a module of node it is an object, muslfall:
//
//   compile(paths, options)          a promise of a Compiled: all is read, checked and compiled,
//                                    and what can be fetched and compiled at once is
//   instantiate(compiled, options)   a promise of an Instance: linked, with memory of its own;
//                                    any number of one Compiled
//   instance.run()                   runs it to its end; gives the exit status
//   load(paths, options)             all three; a promise of the exit status, 127 or 134 after
//                                    a failure, whose reason goes to write(2, …)
//
// `paths` are of the main module, then of libraries. compile and instantiate reject with a
// LoadError, whose `problems` are texts "MODULE: what is wrong". What `options` may have:
//
//   of compile      kernel   its path (default: kernel.wasm beside the module that needs it)
//                   strict   an unmet import is an error instead of a stub
//   of instantiate  args     the arguments after the program's own name
//                   env      ["NAME=VALUE"…]
//                   files    to read: { "/path": bytes… }; or { read(path), isDirectory(path),
//                            list(path) -> [{ name, directory }…] }, which answer at once
//                   dirs     [[path, guest]…]: which of their folders are seen, under which
//                            names (default, for files by path: [["/", "/"]])
//                   write    (fd, bytes): takes what goes to stdout, 1, and to stderr, 2
//                   input    (size): at most so many bytes of stdin; at the end, none
//                   stats    count system calls; instance.stats() has times and memory too; load
//                            writes them to stderr, or, if this is a function, calls it with them
//                   trace    write system calls to stderr, as strace does
//   of all          read     (path): a promise of a module's bytes, or of null
//                   locate   (path): the URL of it, where `read` is not given
//
// The chapters, in order: text, failures, the reader, generated modules, phases 1 to 6, system
// calls traced, the program, steps, a small libc, a small WASI, command line, hosts, the object
// muslfall. The linker does no I/O: it is a generator that yields what it wants done ({read},
// {compile: [bytes…]}, {instantiate, imports}), so that the same code serves hosts that answer
// at once and hosts that answer later.
//
// A host is { read(path) -> Uint8Array or null, write(fd, bytes), input(size) -> Uint8Array
// (empty at the end), wasi(settings, exit) or null, files: { read, isDirectory, list } for
// folders, now() in ms }; of a host that answers later, read gives a promise, and
// compile(bytes), if it is there, too.

"use strict";

var muslfall = (function () {
  const NAME = "wasm.js";
  const PAGE = 65536;
  const STACK = 1 << 20; // bytes, when there is no kernel
  const TABLE_LIMIT = 10000000; // entries; V8's own limit
  const LOAD_FAILED = 127;
  const TRAPPED = 134; // 128 + SIGABRT
  const USAGE = 2;
  const INTERNAL = 70; // EX_SOFTWARE of sysexits.h

  // ---------------------------------------------------------------- text
  // d8 has no TextDecoder.

  function utf8Encode(text) {
    const bytes = [];
    for (const character of text) {
      const c = character.codePointAt(0);
      if (c < 0x80) bytes.push(c);
      else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63));
      else if (c < 0x10000) bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
      else bytes.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    }
    return Uint8Array.from(bytes);
  }

  /** The length of the UTF-8 sequence that a first byte promises; 0 if it is none. */
  function sequenceLength(byte) {
    if (byte < 0x80) return 1;
    if (byte >= 0xc2 && byte < 0xe0) return 2;
    if (byte >= 0xe0 && byte < 0xf0) return 3;
    return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
  }

  /** Decode one sequence of `size` bytes; -1 if it is not well formed. */
  function decodeSequence(bytes, at, size) {
    if (size === 1) return bytes[at];
    let c = bytes[at] & (0xff >> (size + 1));
    for (let i = 1; i < size; i++) {
      if ((bytes[at + i] & 0xc0) !== 0x80) return -1;
      c = (c << 6) | (bytes[at + i] & 63);
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][size];
    return c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : c;
  }

  /** Decode UTF-8, bad bytes as U+FFFD; gives the text and how many bytes it took
   *  (an unfinished sequence at the end is left). */
  function utf8DecodePart(bytes) {
    const parts = [];
    let at = 0;
    while (at < bytes.length) {
      const size = sequenceLength(bytes[at]);
      if (at + size > bytes.length) break;
      const c = size ? decodeSequence(bytes, at, size) : -1;
      parts.push(c < 0 ? "\ufffd" : String.fromCodePoint(c));
      at += c < 0 ? 1 : size;
    }
    return { text: parts.join(""), used: at };
  }

  function utf8Decode(bytes) {
    const { text, used } = utf8DecodePart(bytes);
    return used === bytes.length ? text : text + "\ufffd";
  }

  const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
  const beside = (path, name) => path.slice(0, path.lastIndexOf("/") + 1) + name;

  // ---------------------------------------------------------------- failures

  /** The program cannot be loaded; `problems` are "MODULE: what is wrong". */
  class LoadError extends Error {
    constructor(problems) {
      super(problems.join("\n"));
      this.problems = problems;
    }
  }

  class UsageError extends Error {}

  function reportProblems(problems) {
    if (problems.length) throw new LoadError(problems);
  }

  // V8's words for a trap, and those of the core specification's tests.
  const TRAPS = [
    [/^unreachable/, "unreachable"],
    [/^(divide|remainder) by zero/, "integer divide by zero"],
    [/^divide result unrepresentable/, "integer overflow"],
    [/^float unrepresentable/, "invalid conversion to integer"],
    [/memory access out of bounds|data segment.* out of bounds/, "out of bounds memory access"],
    [/table index is out of bounds|table (access|initializer|element).*out of bounds|element segment.*out of bounds/,
      "out of bounds table access"],
    [/signature mismatch|null function/, "indirect call type mismatch"],
  ];

  /** Why wasm trapped, or null if `error` is no trap. */
  function trapReason(error) {
    if (error instanceof RangeError && /call stack/.test(error.message)) return "call stack exhausted";
    if (WebAssembly.Exception && error instanceof WebAssembly.Exception) return "uncaught exception";
    if (!(error instanceof WebAssembly.RuntimeError)) return null;
    const message = engineReason(error);
    const known = TRAPS.find(([pattern]) => pattern.test(message));
    return known ? known[1] : message;
  }

  /** The engine's message without the name of the function that it came from. */
  function engineReason(error) {
    return String(error.message).replace(/^WebAssembly\.\w+\(\): /, "");
  }

  // ---------------------------------------------------------------- reader

  const NOT_ASCII = /[^\x00-\x7f]/;
  const AT_ONCE = 8192; // bytes: as many arguments as any engine takes

  /** Bytes as text, one character for each. */
  function latinText(bytes) {
    const parts = [];
    for (let at = 0; at < bytes.length; at += AT_ONCE) {
      parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + AT_ONCE)));
    }
    return parts.join("");
  }

  class Corrupt extends Error {
    constructor(at, reason) {
      super(reason);
      this.at = at;
    }
  }

  /** A position in a part of a module's bytes, from `at` to `end`. */
  class Cursor {
    constructor(bytes, at, end) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
      this.letters = null;
    }
    fail(reason, at = this.at) {
      throw new Corrupt(at, reason);
    }
    get done() {
      return this.at === this.end;
    }
    byte() {
      if (this.at >= this.end) this.fail("unexpected end");
      return this.bytes[this.at++];
    }
    /** Skip a LEB128 number of at most `bits` bits. */
    skipNumber(bits) {
      const last = this.at + Math.ceil(bits / 7);
      while (this.byte() & 128) if (this.at === last) this.fail("number too long");
    }
    u32() {
      const start = this.at;
      let value = 0;
      if (start < this.end && this.bytes[start] < 128) return this.bytes[this.at++]; // most are small
      for (let unit = 1; unit <= 2 ** 28; unit *= 128) {
        const byte = this.byte();
        value += (byte & 127) * unit;
        if (byte < 128 && value <= 0xffffffff) return value;
      }
      return this.fail("number too large", start);
    }
    s32() {
      const start = this.at;
      let value = 0;
      for (let shift = 0; shift < 35; shift += 7) {
        const byte = this.byte();
        value |= (byte & 127) << shift;
        if (byte < 128) return shift < 28 ? (value << (25 - shift)) >> (25 - shift) : value;
      }
      return this.fail("number too large", start);
    }
    skip(size) {
      if (size > this.end - this.at) this.fail("unexpected end");
      this.at += size;
    }
    /** A cursor over the next `size` bytes, which this one skips. */
    part(size) {
      const start = this.at;
      this.skip(size);
      return new Cursor(this.bytes, start, this.at);
    }
    /** There are many names to come: have all that is left as text, from which they are cut. */
    spell() {
      this.letters = { start: this.at, text: latinText(this.bytes.subarray(this.at, this.end)) };
    }
    /** A name is at once what its bytes are if they are ASCII, as most are. */
    name() {
      const size = this.u32();
      const start = this.at;
      this.skip(size);
      const { letters } = this;
      const text = letters ? letters.text.slice(start - letters.start, this.at - letters.start)
        : latinText(this.bytes.subarray(start, this.at));
      return NOT_ASCII.test(text) ? this.wideText(start) : text;
    }
    wideText(start) {
      const parts = [];
      for (let at = start, size; at < this.at; at += size) {
        size = sequenceLength(this.bytes[at]);
        const c = size && at + size <= this.at ? decodeSequence(this.bytes.subarray(at, at + size), 0, size) : -1;
        if (c < 0) this.fail("a name that is not UTF-8", start);
        parts.push(String.fromCodePoint(c));
      }
      return parts.join("");
    }
    /** Read a vector; each element takes a byte at least, so a huge count ends soon. */
    vector(read) {
      const found = [];
      for (let count = this.u32(); count > 0; count--) found.push(read(this));
      return found;
    }
    finish() {
      if (!this.done) this.fail("unexpected content at the end of a section");
    }
  }

  const VALUE_TYPES = {
    i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b,
    funcref: 0x70, externref: 0x6f, exnref: 0x69,
  };
  const VALUE_TYPE_NAMES = new Map(Object.entries(VALUE_TYPES).map(([name, code]) => [code, name]));

  function readValueType(cursor) {
    const code = cursor.byte();
    const name = VALUE_TYPE_NAMES.get(code);
    if (!name) cursor.fail("unknown value type 0x" + code.toString(16), cursor.at - 1);
    return name;
  }

  function readFunctionType(cursor) {
    if (cursor.byte() !== 0x60) cursor.fail("unknown form of type", cursor.at - 1);
    return { params: cursor.vector(readValueType), results: cursor.vector(readValueType) };
  }

  function formatType(type) {
    return `(${type.params.join(", ")}) -> (${type.results.join(", ")})`;
  }

  const sameType = (a, b) => formatType(a) === formatType(b);

  /** A type from its text, e.g. "(i32, i64) -> ()". */
  function parseType(text) {
    const list = (inner) => inner.split(", ").filter(Boolean);
    const [, params, results] = /^\((.*)\) -> \((.*)\)$/.exec(text);
    return { params: list(params), results: list(results) };
  }

  function readLimits(cursor) {
    const flags = cursor.byte();
    if (flags > 7) cursor.fail("unknown limits", cursor.at - 1);
    const bits = flags & 4 ? 64 : 32;
    cursor.skipNumber(bits);
    if (flags & 1) cursor.skipNumber(bits);
    return { bits };
  }

  function readTableType(cursor) {
    return { element: readValueType(cursor), ...readLimits(cursor) };
  }

  function readGlobalType(cursor) {
    const type = readValueType(cursor);
    const mutable = cursor.byte();
    if (mutable > 1) cursor.fail("unknown mutability", cursor.at - 1);
    return { type, mutable: mutable === 1 };
  }

  const KINDS = ["function", "table", "memory", "global", "tag"];

  function readKind(cursor) {
    const kind = KINDS[cursor.byte()];
    if (!kind) cursor.fail("unknown kind", cursor.at - 1);
    return kind;
  }

  function readTypeIndex(cursor, module) {
    const type = module.types[cursor.u32()];
    if (!type) cursor.fail("no such type", cursor.at - 1);
    return type;
  }

  function readTag(cursor, module) {
    if (cursor.byte() !== 0) cursor.fail("unknown attribute of a tag", cursor.at - 1);
    return readTypeIndex(cursor, module);
  }

  function readImport(cursor, module) {
    const found = { module: cursor.name(), name: cursor.name(), kind: readKind(cursor) };
    if (found.kind === "function") module.functions.push((found.type = readTypeIndex(cursor, module)));
    else if (found.kind === "table") module.tables.push(readTableType(cursor));
    else if (found.kind === "memory") module.memories.push(readLimits(cursor));
    else if (found.kind === "global") module.globals.push((found.global = readGlobalType(cursor)));
    else module.tags.push((found.type = readTag(cursor, module)));
    if (found.kind === "function") module.importedFunctions.push(found);
    if (found.kind === "global") found.global.import = found;
    return found;
  }

  /** A constant expression: { base: global or null, offset } if it is i32.const,
   *  global.get or the sum of both; { function } for ref.func; else {}. */
  function readConstant(cursor, module) {
    const stack = [];
    for (;;) {
      const at = cursor.at;
      const code = cursor.byte();
      if (code === 0x0b) break;
      else if (code === 0x41) stack.push({ base: null, offset: cursor.s32() });
      else if (code === 0x23) stack.push({ base: readGlobalIndex(cursor, module), offset: 0 });
      else if (code === 0x6a) stack.push(addConstants(stack.pop(), stack.pop()));
      else if (code === 0xd2) stack.push({ function: cursor.u32() });
      else stack.push(skipConstant(cursor, code, at));
    }
    return stack.length === 1 ? stack[0] : {};
  }

  function readGlobalIndex(cursor, module) {
    const global = module.globals[cursor.u32()];
    if (!global) cursor.fail("no such global", cursor.at - 1);
    return global;
  }

  function addConstants(a, b) {
    if (!a || !b || a.offset === undefined || b.offset === undefined || (a.base && b.base)) return {};
    return { base: a.base || b.base, offset: (a.offset + b.offset) | 0 };
  }

  /** Skip an instruction whose value does not matter here. */
  function skipConstant(cursor, code, at) {
    if (code === 0x42) cursor.skipNumber(64); // i64.const
    else if (code === 0x43) cursor.skip(4); // f32.const
    else if (code === 0x44) cursor.skip(8); // f64.const
    else if (code === 0xd0) cursor.skipNumber(33); // ref.null
    else if (code === 0xfd) cursor.skip(17); // v128.const
    else if (![0x6b, 0x6c, 0x7c, 0x7d, 0x7e].includes(code)) {
      cursor.fail("unknown constant expression", at);
    }
    return {};
  }

  function readExports(cursor, module) {
    cursor.spell();
    for (let count = cursor.u32(); count > 0; count--) {
      const name = cursor.name();
      module.exports.set(name, { name, kind: readKind(cursor), index: cursor.u32() });
    }
  }

  function readFunctions(cursor, module) {
    const { types, functions } = module;
    for (let count = cursor.u32(); count > 0; count--) {
      const type = types[cursor.u32()];
      if (!type) cursor.fail("no such type", cursor.at - 1);
      functions.push(type);
    }
  }

  /** An element segment; what is active in table 0 goes to module.segments. */
  function readSegment(cursor, module) {
    const flags = cursor.u32();
    if (flags > 7) cursor.fail("unknown element segment", cursor.at - 1);
    const passive = flags & 1;
    const table = !passive && flags & 2 ? cursor.u32() : 0;
    const offset = passive ? {} : readConstant(cursor, module);
    const expressions = flags & 4;
    if (flags & 3) expressions ? readValueType(cursor) : cursor.byte();
    const functions = cursor.vector(() =>
      expressions ? readConstant(cursor, module).function : cursor.u32());
    if (!passive && table === 0) module.segments.push({ offset, functions });
  }

  /** dylink.0: subsections of which 1 is sizes, 2 needs, 4 import info; 3, export info, and
   *  5, where to look for needs, change nothing. */
  function readDylink0(cursor) {
    const dylink = { memorySize: 0, memoryAlign: 0, tableSize: 0, tableAlign: 0, needed: [], weak: new Set() };
    while (!cursor.done) {
      const kind = cursor.byte();
      const part = cursor.part(cursor.u32());
      if (kind === 1) readSizes(part, dylink);
      else if (kind === 2) dylink.needed = part.vector((c) => c.name());
      else if (kind === 3) part.vector((c) => [c.name(), c.u32()]);
      else if (kind === 4) readImportInfos(part, dylink);
      else if (kind === 5) part.vector((c) => c.name());
      else part.at = part.end;
      part.finish();
    }
    return dylink;
  }

  function readSizes(cursor, dylink) {
    for (const key of ["memorySize", "memoryAlign", "tableSize", "tableAlign"]) dylink[key] = cursor.u32();
    if (dylink.memoryAlign > 31 || dylink.tableAlign > 31) cursor.fail("alignment too large");
  }

  const BINDING_WEAK = 1; // tool-conventions' Linking.md: WASM_SYMBOL_BINDING_WEAK, mask 3

  function readImportInfos(cursor, dylink) {
    dylink.weak.clear();
    cursor.vector(() => {
      const key = cursor.name() + "\0" + cursor.name();
      if ((cursor.u32() & 3) === BINDING_WEAK) dylink.weak.add(key);
    });
  }

  /** The section that LLVM 13 writes. */
  function readOldDylink(cursor) {
    const dylink = { needed: [], weak: new Set() };
    readSizes(cursor, dylink);
    dylink.needed = cursor.vector((c) => c.name());
    return dylink;
  }

  function readCustom(cursor, module, first) {
    const name = cursor.name();
    if (name !== "dylink.0" && name !== "dylink") return;
    if (!first) {
      module.lateDylink = name;
      return;
    }
    module.dylink = name === "dylink" ? readOldDylink(cursor) : readDylink0(cursor);
    cursor.finish();
  }

  const SECTIONS = {
    1: (c, m) => (m.types = c.vector(readFunctionType)),
    2: (c, m) => (m.imports = c.vector((c) => readImport(c, m))),
    3: readFunctions,
    4: (c, m) => c.vector((c) => readTable(c, m)),
    5: (c, m) => (m.ownMemories = c.vector((c) => m.memories.push(readLimits(c))).length),
    6: (c, m) => c.vector((c) => m.globals.push({ ...readGlobalType(c), value: readConstant(c, m) })),
    7: readExports,
    9: (c, m) => c.vector((c) => readSegment(c, m)),
    13: (c, m) => c.vector((c) => m.tags.push(readTag(c, m))),
  };

  /** A table of its own; 0x40 0x00 begins one with an initial value. */
  function readTable(cursor, module) {
    const initialised = cursor.bytes[cursor.at] === 0x40;
    if (initialised) cursor.skip(2);
    module.tables.push(readTableType(cursor));
    if (initialised) readConstant(cursor, module);
  }

  /** Parse what a dynamic linker must know of a module. Throws Corrupt. */
  function parseModule(path, bytes) {
    const module = {
      path, name: baseName(path), bytes, dylink: null, lateDylink: null, types: [], imports: [],
      importedFunctions: [], functions: [], tables: [], memories: [], ownMemories: 0, globals: [], tags: [],
      exports: new Map(), segments: [], bindings: [], order: -1, compiled: null,
    };
    const cursor = new Cursor(bytes, 8, bytes.length);
    for (let first = true; !cursor.done; first = false) {
      const id = cursor.byte();
      if (id > 13) cursor.fail("unknown section " + id, cursor.at - 1);
      const section = cursor.part(cursor.u32());
      if (id === 0) readCustom(section, module, first);
      else if (SECTIONS[id]) {
        __lap("  to section "+id+path);SECTIONS[id](section, module);__lap("  section "+id+path);
        section.finish();
      }
    }
    checkExports(cursor, module);
    return module;
  }

  /** The types of all functions, tables, … of a module. */
  function spaceOf(module, kind) {
    return {
      function: module.functions, table: module.tables, memory: module.memories,
      global: module.globals, tag: module.tags,
    }[kind];
  }

  function checkExports(cursor, module) {
    const spaces = Object.fromEntries(KINDS.map((kind) => [kind, spaceOf(module, kind).length]));
    for (const { name, kind, index } of module.exports.values()) {
      if (index >= spaces[kind]) cursor.fail(`export ${name} of no such ${kind}`);
    }
  }

  const isWasm = (bytes) =>
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].every((byte, i) => bytes[i] === byte);

  // ---------------------------------------------------------------- generated modules
  // A call between two wasm modules never goes through JavaScript, so trampolines
  // and stubs are functions of small wasm modules written here.

  function leb(value) {
    const bytes = [];
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
    return [...bytes, value];
  }

  function signedLeb(value) {
    const bytes = [];
    for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
    return [...bytes, value & 127];
  }

  const vectorOf = (items) => [...leb(items.length), ...items.flat()];
  const nameOf = (text) => vectorOf([...utf8Encode(text)].map((byte) => [byte]));
  const section = (id, content) => [id, ...leb(content.length), ...content];

  function encodeType(type) {
    const list = (names) => vectorOf(names.map((name) => [VALUE_TYPES[name]]));
    return [0x60, ...list(type.params), ...list(type.results)];
  }

  const getParameters = (type) => type.params.flatMap((_, i) => [0x20, ...leb(i)]);
  const UNREACHABLE = 0x00;

  /** The bytes of a module that imports functions of the types `hosts` as "h"."0",
   *  "h"."1"…, if `table` also "h"."t", and exports `functions` ({type,
   *  code(type index) -> instructions}) as "0", "1"…. */
  function generateModule(hosts, table, functions) {
    const types = [...hosts, ...functions.map((f) => f.type)];
    const imports = hosts.map((_, i) => [...nameOf("h"), ...nameOf(String(i)), 0, ...leb(i)]);
    if (table) imports.push([...nameOf("h"), ...nameOf("t"), 1, 0x70, 0, 0]);
    const bodies = functions.map((f, i) => {
      const code = [0, ...f.code(hosts.length + i), 0x0b];
      return [...leb(code.length), ...code];
    });
    return Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...section(1, vectorOf(types.map(encodeType))),
      ...section(2, vectorOf(imports)),
      ...section(3, vectorOf(functions.map((_, i) => leb(hosts.length + i)))),
      ...section(7, vectorOf(functions.map((_, i) =>
        [...nameOf(String(i)), 0, ...leb(hosts.length + i)]))),
      ...section(10, vectorOf(bodies)),
    ]);
  }

  function* generated(hosts, table, functions) {
    const imports = { h: {} };
    hosts.forEach((host, i) => (imports.h[i] = host.call));
    if (table) imports.h.t = table;
    const bytes = generateModule(hosts.map((h) => h.type), Boolean(table), functions);
    const module = yield* compileOne(bytes);
    return (yield { instantiate: module, imports }).exports;
  }

  /** Wasm functions that call host functions: a table takes no others. */
  function* wrapHostFunctions(hosts) {
    const functions = hosts.map((host, i) => ({
      type: host.type,
      code: () => [...getParameters(host.type), 0x10, ...leb(i)],
    }));
    const exports = yield* generated(hosts, null, functions);
    return hosts.map((_, i) => exports[i]);
  }

  const COUNTED = 512; // system calls, the numbers from 0 on: Linux has fewer

  /** The bytes of a module between libc and kernel, to count system calls and to tell
   *  of them: it imports k.0 to k.6, exports 0 to 6 and a memory, counts, whose i32 at
   *  4n is how often call n was made. `traced`: it imports h.enter (number of
   *  arguments, call, six words) and h.leave (result). */
  function systemCallModule(traced) {
    const words = (n) => Array(n).fill("i32");
    const kinds = [0, 1, 2, 3, 4, 5, 6].map((n) => ({ params: words(n + 1), results: ["i32"] }));
    const hosts = traced ? { enter: words(8), leave: words(1) } : {};
    const types = [...kinds, ...Object.values(hosts).map((params) => ({ params, results: [] }))];
    const imports = [...kinds.map((_, n) => ["k", String(n)]), ...Object.keys(hosts).map((name) => ["h", name])];
    const bodies = kinds.map((_, n) => {
      const code = [0, ...systemCallCode(n, traced), 0x0b];
      return [...leb(code.length), ...code];
    });
    return Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...section(1, vectorOf(types.map(encodeType))),
      ...section(2, vectorOf(imports.map(([from, name], i) => [...nameOf(from), ...nameOf(name), 0, ...leb(i)]))),
      ...section(3, vectorOf(kinds.map((_, n) => leb(n)))),
      ...section(5, vectorOf([[0, 1]])),
      ...section(7, vectorOf([
        ...kinds.map((_, n) => [...nameOf(String(n)), 0, ...leb(imports.length + n)]),
        [...nameOf("counts"), 2, 0],
      ])),
      ...section(10, vectorOf(bodies)),
    ]);
  }

  function systemCallCode(n, traced) {
    const words = Array.from({ length: n + 1 }, (_, i) => [0x20, i]).flat();
    const place = [0x20, 0, 0x41, ...signedLeb(COUNTED - 1), 0x71, 0x41, 2, 0x74]; // (call & 511) << 2
    const count = [...place, ...place, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0]; // load, add 1, store
    const call = [...words, 0x10, n];
    if (!traced) return [...count, ...call];
    const padding = Array(6 - n).fill([0x41, 0]).flat();
    const enter = [0x41, n, ...words, ...padding, 0x10, 7];
    return [...count, ...enter, ...call, 0x22, 0, 0x10, 8, 0x20, 0];
  }

  /** Unwind the program from a host function: by a trap, which no catch_all of the
   *  program can stop, as it could an exception of JavaScript. */
  function unwind() {
    const trap = { type: { params: [], results: [] }, code: () => [UNREACHABLE] };
    const module = new WebAssembly.Module(generateModule([], false, [trap]));
    new WebAssembly.Instance(module, {}).exports[0]();
  }

  // ---------------------------------------------------------------- phase 1: read

  /** Read all modules, and the kernel: gives the program's modules in search order. */
  function* readModules(paths, options) {
    const problems = [];
    const modules = [];
    const asked = new Set();
    const queue = paths.map((path) => ({ path, by: null }));
    for (const path of paths) {
      if (asked.has(baseName(path))) problems.push(`${baseName(path)}: is given twice`);
      asked.add(baseName(path));
    }
    for (const { path, by } of queue) {
      __lap("before read");const bytes = yield { read: path };
      const form = path === paths[0] ? "main" : "library";
      const module = readModule(path, bytes, by, problems, form);
      if (!module) continue;
      if (form === "main" && isCommand(module)) return { command: module };
      modules.push(module);
      for (const need of module.dylink.needed) {
        if (asked.has(baseName(need))) continue;
        asked.add(baseName(need));
        queue.push({ path: beside(path, need), by: { module, need } });
      }
    }
    const kernel = yield* readKernel(modules, options, problems);
    reportProblems(problems);
    return { modules, kernel };
  }

  /** Parse one module, a "main", "library" or "kernel"; what is wrong with it goes to `problems`,
   *  and null comes back. */
  function readModule(path, bytes, by, problems, form) {
    const name = baseName(path);
    const complain = (what, where = name) => void problems.push(`${where}: ${what}`) || null;
    if (!bytes && by) return complain(`needs ${by.need}, which cannot be read`, by.module.name);
    if (!bytes) return complain("cannot be read");
    if (!isWasm(bytes)) return complain("is not a wasm module");
    let module;
    try {
      __lap("read "+path); module = parseModule(path, bytes); __lap("parse "+path);
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return complain(`is corrupt at byte ${error.at}: ${error.message}`);
    }
    if (module.dylink || form === "kernel" || (form === "main" && isCommand(module))) return module;
    if (module.lateDylink) return complain(`its ${module.lateDylink} section is not the first`);
    return complain("has no dylink.0 section, so it is not position independent");
  }

  /** Whether a module is a whole program for a WASI host, as musl-clang --static makes them. */
  function isCommand(module) {
    if (module.dylink || module.lateDylink || !hasFunction(module, "_start")) return false;
    return (module.exports.get("memory") || {}).kind === "memory" &&
      formatType(exportedType(module, "_start")) === "() -> ()";
  }

  const isSyscall = (name) => /^__syscall[0-6]$/.test(name);

  /** The kernel, if --kernel names one or a module's system calls need one; else null. */
  function* readKernel(modules, options, problems) {
    let path = options.kernel;
    const wants = (m) => m.imports.some(({ module, name, kind }) => module === "env" &&
      kind === "function" && isSyscall(name) && !modules.some((other) => hasFunction(other, name)));
    const user = path ? null : modules.find(wants);
    if (!path && !user) return null;
    if (!path) path = beside(user.path, "kernel.wasm");
    const bytes = yield { read: path };
    if (!bytes && user) {
      problems.push(`${user.name}: needs a kernel, and there is no kernel.wasm beside it`);
      return null;
    }
    return readModule(path, bytes, null, problems, "kernel");
  }

  /** Depth first over needs, later modules of the command line before earlier ones. */
  function loadOrder(modules, given) {
    const byName = new Map(modules.map((module) => [module.name, module]));
    const order = [];
    const seen = new Set();
    const visit = (module) => {
      if (seen.has(module)) return;
      seen.add(module);
      for (const need of module.dylink.needed) visit(byName.get(baseName(need)));
      module.order = order.push(module) - 1;
    };
    for (const path of given.slice().reverse()) visit(byName.get(baseName(path)));
    return order;
  }

  // ---------------------------------------------------------------- phase 2: resolve and check

  function hasFunction(module, name) {
    const found = module.exports.get(name);
    return found !== undefined && found.kind === "function";
  }

  const exportedType = (module, name) => module.functions[module.exports.get(name).index];

  /** The function NAME: { module, name, index, type } of the first module that exports
   *  it, or { host, name, type } of the embedder, or null. */
  function findFunction(plan, name) {
    if (!plan.found.has(name)) plan.found.set(name, searchFunction(plan, name));
    return plan.found.get(name);
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
  function definition(plan, found) {
    for (const passed = new Set(); found.module; ) {
      if (passed.has(found.name)) return null;
      passed.add(found.name);
      const imported = found.module.importedFunctions[found.index];
      const next = imported && imported.module === "env" && findFunction(plan, imported.name);
      if (!next) break;
      found = next;
    }
    return found;
  }

  /** The address of the datum NAME, as a function of the program, or null. */
  function findDatum(plan, name) {
    for (const module of plan.modules) {
      const found = module.exports.get(name);
      const global = found && found.kind === "global" ? module.globals[found.index] : null;
      if (!global || global.mutable || global.type !== "i32" || global.import) continue;
      if (global.value.base !== null || global.value.offset === undefined) continue;
      return (program) => (global.value.offset + unitOf(program, module).memoryBase) | 0;
    }
    return null;
  }

  function isWeak(module, imported) {
    const { weak } = module.dylink;
    return weak.has(imported.module + "\0" + imported.name) || weak.has("env\0" + imported.name);
  }

  /** The table entry of a function, one for each; allocation gives it its place in the table. */
  function tableEntry(plan, key, make) {
    if (!plan.entries.has(key)) plan.entries.set(key, make());
    return plan.entries.get(key);
  }

  function functionEntry(plan, found) {
    const target = definition(plan, found);
    if (!target) return null;
    const key = target.host ? "host:" + target.name : `${target.module.order}:${target.index}`;
    return tableEntry(plan, key, () => ({ target }));
  }

  /** A function of the thunk module; code(type index, program) is asked for after allocation. */
  function addThunk(plan, type, code) {
    return plan.thunks.push({ type, code }) - 1;
  }

  function addTrampoline(plan, found) {
    const entry = functionEntry(plan, found);
    return addThunk(plan, found.type, (type, program) =>
      [...getParameters(found.type), 0x41, ...signedLeb(program.places.get(entry)), 0x11, ...leb(type), 0]);
  }

  function addStub(plan, module, name, type) {
    const number = plan.stubs.push(`${module.name} called ${name}, which no module exports`) - 1;
    return addThunk(plan, type, () => [0x41, ...signedLeb(number), 0x10, 0, UNREACHABLE]);
  }

  /** The kernel's system call, or what counts it on the way there. */
  function systemCall(program, name) {
    const { systemCalls, plan } = program;
    return systemCalls ? systemCalls[name.slice(-1)] : unitOf(program, plan.kernel).instance.exports[name];
  }

  const exportOf = (module, name) => (program) => unitOf(program, module).instance.exports[name];

  // What every module may import of "env": its shape, and how it is had.
  const WELL_KNOWN = new Map(Object.entries({
    memory: ["memory", (program) => program.memory],
    __indirect_function_table: ["table", (program) => program.table],
    __stack_pointer: ["mutable", (program) => program.stackPointer],
    __memory_base: ["immutable", (program, unit) => unit.memoryBase],
    __table_base: ["immutable", (program, unit) => unit.tableBase],
  }));

  /** What resolves the imports of one module; `complain(what, key)` gathers problems. */
  class Resolver {
    constructor(plan, module, problems) {
      this.plan = plan;
      this.module = module;
      this.problems = problems;
      this.complained = new Set();
    }

    complain(what, key = what) {
      if (this.complained.has(key)) return;
      this.complained.add(key);
      this.problems.push(`${this.module.name}: ${what}`);
    }

    /** Bind one import: value(program, unit) gives what the engine wants, once that exists. */
    bind(imported, value) {
      this.module.bindings.push({ imported, value });
    }

    resolve(imported) {
      const { module, name, kind, global } = imported;
      const slot = kind === "global" && global.type === "i32" && global.mutable;
      if (module === "env" && kind === "function") this.function(imported);
      else if (module === "env" && kind === "tag") this.tag(imported);
      else if (module === "GOT.mem" && slot) this.datum(imported);
      else if (module === "GOT.func" && slot) this.pointer(imported);
      else if (module === "env" && this.wellKnown(imported)) return;
      else if (module === "wasi_snapshot_preview1") {
        this.complain(`imports ${module}.${name}, which only the kernel may`);
      } else this.complain(`imports ${module}.${name}, which nothing provides`);
    }

    wellKnown(imported) {
      const { kind, global } = imported;
      const shape = kind !== "global" ? kind
        : global.type !== "i32" ? "other" : global.mutable ? "mutable" : "immutable";
      const found = WELL_KNOWN.get(imported.name);
      if (!found || found[0] !== shape) return false;
      this.bind(imported, found[1]);
      return true;
    }

    function(imported) {
      const { plan, module } = this;
      const found = findFunction(plan, imported.name);
      if (!found) return this.missing(imported);
      if (!sameType(imported.type, found.type)) return this.mismatch(imported, found);
      if (!definition(plan, found)) return this.missing(imported);
      if (found.host) this.bind(imported, (program) => program.embedder.get(found.name).call);
      else if (found.module === plan.kernel && isSyscall(found.name)) {
        this.bind(imported, (program) => systemCall(program, found.name));
      } else if (found.module === plan.kernel || found.module.order < module.order) {
        this.bind(imported, exportOf(found.module, found.name));
      } else this.thunk(imported, addTrampoline(plan, found));
    }

    thunk(imported, number) {
      this.bind(imported, (program) => program.thunkExports[number]);
    }

    missing(imported) {
      const { plan, module } = this;
      if (plan.options.strict && !isWeak(module, imported)) return this.missingFunction(imported.name);
      this.thunk(imported, addStub(plan, module, imported.name, imported.type));
    }

    missingFunction(name) {
      this.complain(`${name}: no module exports this function`);
    }

    mismatch(imported, found) {
      const by = found.host ? NAME : found.module.name;
      const place = this.problems.length;
      this.complain(`imports ${imported.name} as ${formatType(imported.type)}, ` +
        `but ${by} exports it as ${formatType(found.type)}`);
      if (found.module && this.problems.length > place) {
        this.plan.mismatches.push({ place, path: found.module.path, name: imported.name });
      }
    }

    tag(imported) {
      const { plan, module } = this;
      const exporter = plan.modules.find((m) => (m.exports.get(imported.name) || {}).kind === "tag");
      if (!exporter) return this.bind(imported, (program) => sharedTag(program, imported));
      const type = exporter.tags[exporter.exports.get(imported.name).index];
      if (!sameType(type, imported.type)) this.mismatch(imported, { module: exporter, type });
      else if (exporter.order >= module.order) {
        this.complain(`imports the tag ${imported.name} of ${exporter.name}, which is instantiated after it`);
      } else this.bind(imported, exportOf(exporter, imported.name));
    }

    /** A GOT entry: a mutable global, whose value address(program) is written when all is in place. */
    got(imported, address) {
      this.bind(imported, (program, unit) => {
        const global = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
        unit.got.push({ global, address });
        return global;
      });
    }

    datum(imported) {
      const address = findDatum(this.plan, imported.name);
      if (address) this.got(imported, address);
      else if (isWeak(this.module, imported)) this.got(imported, () => 0);
      else this.complain(`${imported.name}: no module exports this datum`);
    }

    pointer(imported) {
      const { plan, module } = this;
      const found = findFunction(plan, imported.name);
      const known = found && functionEntry(plan, found);
      if (!known && isWeak(module, imported)) return this.got(imported, () => 0);
      if (!known && plan.options.strict) return this.missingFunction(imported.name);
      const entry = known || stubEntry(plan, imported.name);
      this.got(imported, (program) => program.places.get(entry));
    }
  }

  /** The table entry of a function that nobody exports: one stub for all modules. */
  function stubEntry(plan, name) {
    return tableEntry(plan, "stub:" + name, () => {
      const wanted = (kind) => (i) => i.name === name && i.module === kind && (i.type || kind !== "env");
      const first = plan.modules.find((m) => m.imports.some(wanted("GOT.func")));
      const typed = plan.modules.flatMap((m) => m.imports).find(wanted("env"));
      const type = typed && typed.kind === "function" ? typed.type : { params: [], results: [] };
      return { thunk: addStub(plan, first, name, type) };
    });
  }

  /** A tag that no module exports: one for each name. */
  function sharedTag(program, { name, type }) {
    if (!program.tags.has(name)) {
      program.tags.set(name, new WebAssembly.Tag({ parameters: type.params }));
    }
    return program.tags.get(name);
  }

  const MAIN_NAMES = ["__main_argc_argv", "main", "__main_void"];
  const MAIN_TYPE = /^\((i32(, i32){0,2})?\) -> \((i32)?\)$/;

  /** How the plan starts: { name, type } of the main module's entry point. */
  function findMain(main) {
    const name = [...MAIN_NAMES, "_start"].find((candidate) => hasFunction(main, candidate));
    return name ? { name, type: exportedType(main, name) } : null;
  }

  function checkMain(resolver) {
    const main = findMain(resolver.module);
    if (!main) return resolver.complain("exports no main");
    const type = formatType(main.type);
    const good = main.name === "_start" ? type === "() -> ()"
      : MAIN_TYPE.test(type);
    if (!good) resolver.complain(`exports ${main.name} as ${type}, which is no form of main`);
  }

  // What the loader itself calls, if a module exports it.
  const LOADER_CALLS = { __wasm_apply_data_relocs: "() -> ()", __wasm_call_ctors: "() -> ()" };
  const LIBC_CALLS = { __init_libc: "(i32, i32) -> ()", exit: "(i32) -> ()" };

  function checkCalls(resolver, calls) {
    for (const [name, wanted] of Object.entries(calls)) {
      if (!hasFunction(resolver.module, name)) continue;
      const type = formatType(exportedType(resolver.module, name));
      if (type !== wanted) resolver.complain(`exports ${name} as ${type}, but the loader calls it as ${wanted}`);
    }
  }

  const KERNEL_FUNCTIONS = {
    ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((n) =>
      ["__syscall" + n, formatType({ params: Array(n + 1).fill("i32"), results: ["i32"] })])),
    _initialize: "() -> ()",
    __kernel_alloc: "(i32, i32) -> (i32)",
    __kernel_free: "(i32, i32) -> ()",
    __kernel_start: "() -> (i32)",
  };

  function checkKernel(resolver) {
    const { module } = resolver;
    const kindOf = (name) => (module.exports.get(name) || {}).kind;
    const missing = (name) => resolver.complain(`exports no ${name}, which a kernel must`);
    const exported = (name, kind) => kindOf(name) === kind && spaceOf(module, kind)[module.exports.get(name).index];
    const memory = exported("memory", "memory");
    if (!memory || memory.bits !== 32) missing("memory");
    const table = exported("__indirect_function_table", "table");
    if (!table || table.bits !== 32 || table.element !== "funcref") missing("__indirect_function_table");
    const stack = exported("__stack_pointer", "global");
    if (!stack || !stack.mutable || stack.type !== "i32") missing("__stack_pointer");
    for (const [name, wanted] of Object.entries(KERNEL_FUNCTIONS)) {
      if (kindOf(name) !== "function") missing(name);
      else if (formatType(exportedType(module, name)) !== wanted) {
        resolver.complain(`exports ${name} as ${formatType(exportedType(module, name))}, but a kernel has it as ${wanted}`);
      }
    }
  }

  /** WASI for the kernel or a command, and nothing else. */
  function resolveWasi(plan, importer, problems) {
    const resolver = new Resolver(plan, importer, problems);
    for (const imported of importer.imports) {
      const { module, name, kind } = imported;
      const known = module === "wasi_snapshot_preview1" && kind === "function" && isWasiCall(name);
      if (known) resolver.bind(imported, (program) => program.wasi.imports[name]);
      else resolver.complain(`imports ${module}.${name}, which nothing provides`);
    }
    return resolver;
  }

  function resolveModule(plan, module, problems) {
    const resolver = new Resolver(plan, module, problems);
    for (const imported of module.imports) resolver.resolve(imported);
    if (module.ownMemories) resolver.complain("has a memory of its own; link it with --import-memory");
    if (module === plan.modules[0]) checkMain(resolver);
    checkCalls(resolver, LOADER_CALLS);
    if (module === plan.libc) checkCalls(resolver, LIBC_CALLS);
  }

  function* resolveAll(plan) {
    const problems = [];
    for (const module of plan.modules) resolveModule(plan, module, problems);
    if (plan.kernel) checkKernel(resolveWasi(plan, plan.kernel, problems));
    for (const { place, path, name } of plan.mismatches) {
      const line = yield* readPrototype(path, name);
      if (line) problems[place] += ` (${line})`;
    }
    reportProblems(problems);
  }

  const PROTOTYPES = "sysroot/share/muslfall/prototypes.txt"; // beside a libc: src/muslfall/prototypes.py

  /** What a header of the libc at `path` says of a function: "HEADER: DECLARATION", or undefined. */
  function* readPrototype(path, name) {
    const bytes = yield { read: beside(path, PROTOTYPES) };
    const lines = bytes ? utf8Decode(bytes).split("\n") : [];
    const found = lines.find((line) => line.startsWith(name + "\t"));
    return found && found.slice(name.length + 1);
  }

  /** Compile all modules, at the same time where the host answers later. */
  function* compileAll(plan) {
    const problems = [];
    const modules = plan.kernel ? [...plan.modules, plan.kernel] : plan.modules;
    const results = yield { compile: modules.map((module) => module.bytes) };
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
  function* makePlan(paths, options) {
    const { modules, kernel, command } = yield* readModules(paths, options);
    if (command) return yield* makeCommandPlan(paths, options, command);
    const plan = {
      paths, options, modules, kernel, order: loadOrder(modules, paths),
      libc: modules.find((module) => hasFunction(module, "__init_libc")) || null,
      embedder: new Map(), found: new Map(), entries: new Map(), thunks: [], stubs: [],
      mismatches: [], // { place: in the problems, path: of the exporter, name }
    };
    if (!plan.libc) plan.embedder = makeSmallLibc(null).functions;
    __lap("kernel parsed");yield* resolveAll(plan);__lap("resolve");
    yield* compileAll(plan);__lap("compileAll");
    return plan;
  }

  function* makeCommandPlan(paths, options, command) {
    const plan = { paths, options, modules: [command], kernel: null, order: [command], libc: null, command };
    const problems = [];
    command.order = 0;
    resolveWasi(plan, command, problems);
    reportProblems(problems);
    yield* compileAll(plan);
    return plan;
  }

  function* compileOne(bytes) {
    const [{ value, error }] = yield { compile: [bytes] };
    if (error) throw error;
    return value;
  }

  // ---------------------------------------------------------------- phase 3: allocate

  function alignUp(value, alignment) {
    return Math.ceil(value / alignment) * alignment;
  }

  /** Memory without a kernel: a bump allocator above the stack. Gives 0 when it is full. */
  function makeArena(memory) {
    let end = STACK;
    return function allocate(size, alignment) {
      const base = alignUp(end, alignment);
      const pages = Math.ceil((base + size) / PAGE) - memory.buffer.byteLength / PAGE;
      try {
        if (pages > 0) memory.grow(pages);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return 0;
      }
      end = base + size;
      return base;
    };
  }

  function* prepareMemory(program) {
    if (program.plan.kernel) {
      yield* instantiateKernel(program);
      return;
    }
    program.memory = new WebAssembly.Memory({ initial: STACK / PAGE });
    program.table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
    program.stackPointer = new WebAssembly.Global({ value: "i32", mutable: true }, STACK);
    program.allocate = makeArena(program.memory);
  }

  function* instantiateKernel(program) {
    const { plan: { kernel }, wasi } = program;
    __lap("inst kernel");const instance = yield* instantiateModule(program, kernel);
    const { exports } = instance;
    program.memory = exports.memory;
    program.table = exports.__indirect_function_table;
    program.stackPointer = exports.__stack_pointer;
    program.allocate = (size, alignment) => exports.__kernel_alloc(size, alignment) >>> 0;
    wasi.initialize(instance);__lap("kernel init");
  }

  function growTable(program, count) {
    if (program.table.length + count > TABLE_LIMIT) return false;
    try {
      program.table.grow(count);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
    return true;
  }

  /** What a program has of a module: { memoryBase, tableBase, slots, got, instance }. */
  const unitOf = (program, module) => program.units[module.order + 1];

  function makeUnits(plan) {
    const fresh = () => ({ memoryBase: 0, tableBase: 0, slots: new Map(), got: [], instance: null });
    return [fresh(), ...plan.order.map(fresh)]; // the kernel's, whose order is -1, comes first
  }

  function allocateModule(program, module) {
    const { memorySize, memoryAlign, tableSize, tableAlign } = module.dylink;
    const unit = unitOf(program, module);
    if (memorySize) {
      unit.memoryBase = program.allocate(memorySize, 2 ** memoryAlign);
      if (!unit.memoryBase) {
        reportProblems([`${module.name}: wants ${memorySize} bytes of memory, which cannot be had`]);
      }
    }
    unit.tableBase = alignUp(Math.max(1, program.table.length), 2 ** tableAlign);
    if (!growTable(program, unit.tableBase + tableSize - program.table.length)) {
      reportProblems([`${module.name}: wants ${tableSize} table entries, which cannot be had`]);
    }
    findSlots(module, unit);
  }

  /** Where the module's own element segments put its functions. */
  function findSlots(module, unit) {
    for (const { offset, functions } of module.segments) {
      const based = offset.base && offset.base.import && offset.base.import.name === "__table_base";
      if (offset.offset === undefined || (offset.base && !based)) continue;
      const start = offset.offset + (based ? unit.tableBase : 0);
      functions.forEach((index, i) => {
        if (!unit.slots.has(index)) unit.slots.set(index, start + i);
      });
    }
  }

  /** Give every function whose address somebody wants its table index. */
  function placeEntries(program) {
    const { plan, places } = program;
    const added = [];
    for (const entry of plan.entries.values()) {
      const own = entry.target && entry.target.module;
      const slot = own ? unitOf(program, own).slots.get(entry.target.index) : undefined;
      if (slot !== undefined) places.set(entry, slot);
      else added.push(entry);
    }
    const first = Math.max(1, program.table.length);
    if (added.length && !growTable(program, first + added.length - program.table.length)) {
      reportProblems([`${plan.modules[0].name}: wants ${added.length} table entries, which cannot be had`]);
    }
    added.forEach((entry, i) => places.set(entry, first + i));
    program.added = added;
  }

  function allocateAll(program) {
    __lap("alloc");const { kernel, order } = program.plan;
    if (kernel) findSlots(kernel, unitOf(program, kernel));
    for (const module of order) allocateModule(program, module);
    __lap("alloc modules");placeEntries(program);
  }

  // ---------------------------------------------------------------- phase 4: instantiate

  function* instantiateModule(program, module) {
    const unit = unitOf(program, module);
    const imports = {};
    for (const { imported, value } of module.bindings) {
      imports[imported.module] = imports[imported.module] || {};
      imports[imported.module][imported.name] = value(program, unit);
    }
    try {
      return (unit.instance = yield { instantiate: module.compiled, imports });
    } catch (error) {
      if (!(error instanceof WebAssembly.LinkError)) throw error;
      return reportProblems([`${module.name}: cannot be instantiated: ${engineReason(error)}`]);
    }
  }

  /** Trampolines and stubs; they read their table entries only when called. */
  function* instantiateThunks(program) {
    const { thunks, stubs } = program.plan;
    if (!thunks.length) return;
    const say = (number) => program.complain(stubs[number]);
    const hosts = stubs.length ? [{ type: parseType("(i32) -> ()"), call: say }] : [];
    const functions = thunks.map(({ type, code }) => ({ type, code: (index) => code(index, program) }));
    program.thunkExports = yield* generated(hosts, program.table, functions);
  }

  /** Fill the entries that the loader added for the functions that `wanted` picks. */
  function fillEntries(program, wanted, functionOf) {
    for (const entry of program.added.filter(wanted)) {
      program.table.set(program.places.get(entry), functionOf(entry));
    }
  }

  function* fillHostEntries(program) {
    const entries = program.added.filter((entry) => entry.target && entry.target.host);
    if (!entries.length) return;
    const functions = entries.map((entry) => program.embedder.get(entry.target.name));
    const wrapped = yield* wrapHostFunctions(functions);
    entries.forEach((entry, i) => program.table.set(program.places.get(entry), wrapped[i]));
  }

  function fillModuleEntries(program, module) {
    fillEntries(program, (entry) => entry.target && entry.target.module === module,
      (entry) => unitOf(program, module).instance.exports[entry.target.name]);
  }

  /** Have system calls counted, and a tracer told of them, if somebody wants to know. */
  function* interpose(program) {
    const { plan: { kernel }, options } = program;
    if (!kernel || !(options.stats || options.trace)) return;
    __lap("before names");program.names = yield* readNames(kernel.path);__lap("names");
    if (options.trace) program.tracer = new Tracer(program);
    const { exports } = unitOf(program, kernel).instance;
    const k = Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((n) => [n, exports["__syscall" + n]]));
    const h = {
      enter: (...words) => program.tracer.enter(...words),
      leave: (result) => program.tracer.leave(result),
    };
    const module = yield* compileOne(systemCallModule(options.trace));
    program.systemCalls = (yield { instantiate: module, imports: { k, h } }).exports;
  }

  function* instantiateAll(program) {
    yield* interpose(program);
    yield* instantiateThunks(program);
    fillEntries(program, (entry) => entry.thunk !== undefined, (entry) => program.thunkExports[entry.thunk]);
    yield* fillHostEntries(program);
    const { kernel, order } = program.plan;
    if (kernel) fillModuleEntries(program, kernel);
    for (const module of order) {
      yield* instantiateModule(program, module);
      fillModuleEntries(program, module);
    }
  }

  // ---------------------------------------------------------------- phases 5 and 6: relocate, start

  function callIfExported(program, module, name) {
    if (hasFunction(module, name)) unitOf(program, module).instance.exports[name]();
  }

  function relocateAll(program) {
    for (const { got } of program.units) {
      for (const { global, address } of got) global.value = address(program);
    }
    for (const module of program.plan.order) callIfExported(program, module, "__wasm_apply_data_relocs");
  }

  /** The start block that a kernel would make: argc, argv, 0, envp, 0, empty auxv. */
  function writeStartBlock(program) {
    const strings = [program.args, program.env].map((list) => list.map((text) => utf8Encode(text + "\0")));
    const words = 1 + strings[0].length + 1 + strings[1].length + 1 + 2;
    const size = strings.flat().reduce((sum, bytes) => sum + bytes.length, 4 * words);
    const block = program.allocate(size, 16);
    if (!block) reportProblems([`${program.plan.modules[0].name}: wants ${size} bytes of memory, which cannot be had`]);
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
    if (early) callIfExported(program, libc, "__wasm_call_ctors");
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
  function startProgram(program) {
    const { kernel, libc, command, modules: [main] } = program.plan;
    if (command) return program.wasi.start(unitOf(program, command).instance);
    const start = kernel ? unitOf(program, kernel).instance.exports.__kernel_start : () => writeStartBlock(program);
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

  // ---------------------------------------------------------------- system calls, traced
  // As strace writes them; src/muslfall/trace.py does the same.

  const HEADERS = "sysroot/include/bits/"; // beside the kernel: where numbers have names
  const SHOWN = 32; // bytes of a buffer, as by strace
  const PATH_MAX = 4096; // as in Linux
  const PATHS = { // which arguments are paths
    chdir: [0], faccessat: [1], faccessat2: [1], fchmodat: [1], fchownat: [1], fstatat64: [1],
    linkat: [1, 3], mkdirat: [1], mknodat: [1], newfstatat: [1], openat: [1], readlinkat: [1],
    renameat: [1, 3], renameat2: [1, 3], statfs64: [0], statx: [1], symlinkat: [0, 2],
    truncate64: [0], unlinkat: [1], utimensat: [1], utimensat_time64: [1],
  };
  // What a call writes: the argument that is a buffer or an array of iovec; its size follows.
  const BUFFERS = { write: 1, pwrite64: 1 };
  const VECTORS = { writev: 1, pwritev: 1 };
  const ESCAPES = { 10: "\\n", 9: "\\t", 13: "\\r", 34: '\\"', 92: "\\\\" };

  /** { calls, errors }: Maps from numbers to names, empty without the headers. */
  function* readNames(kernel) {
    const calls = yield* readDefined(beside(kernel, HEADERS + "syscall.h"), /#define __NR_(\w+)\s+(\d+)/g);
    const errors = yield* readDefined(beside(kernel, HEADERS + "errno.h"), /#define (E\w+)\s+(\d+)/g);
    return { calls, errors };
  }

  function* readDefined(path, pattern) {
    const bytes = yield { read: path };
    const found = new Map();
    for (const [, name, number] of bytes ? latinText(bytes).matchAll(pattern) : []) {
      if (!found.has(Number(number))) found.set(Number(number), name);
    }
    return found;
  }

  const callName = (names, number) => names.calls.get(number) || `syscall_${number}`;

  /** A C string literal; dots behind it if it is not the whole. */
  function quoted(bytes, whole) {
    const one = (byte) => ESCAPES[byte] || (byte >= 32 && byte < 127 ? String.fromCharCode(byte)
      : "\\" + byte.toString(8).padStart(3, "0"));
    return `"${Array.from(bytes, one).join("")}"${whole ? "" : "..."}`;
  }

  /** A signed word: small ones are numbers, others addresses or flags. */
  const wordText = (value) =>
    (value > -4096 && value < 65536 ? String(value) : "0x" + (value >>> 0).toString(16));

  /** Writes a line for each system call, when it returns. */
  class Tracer {
    constructor(program) {
      this.program = program;
      this.pending = [];
    }
    write(line) {
      this.program.host.write(2, utf8Encode(line + "\n"));
    }
    enter(count, number, ...words) {
      const name = callName(this.program.names, number);
      this.pending.push(`${name}(${this.words(name, words, count).join(", ")})`);
    }
    leave(result) {
      const { errors } = this.program.names;
      const failed = result > -4096 && result < 0;
      const said = failed ? "-1 " + (errors.get(-result) || `error ${-result}`) : wordText(result);
      this.write(`${this.pending.pop()} = ${said}`);
    }
    /** The program has ended: calls that did not return never will. */
    finish() {
      while (this.pending.length) this.write(`${this.pending.pop()} = ?`);
    }
    words(name, words, count) {
      const found = words.slice(0, count).map(wordText);
      const show = (place, text) => {
        if (place < count && words[place]) found[place] = text(words[place] >>> 0, words[place + 1] >>> 0);
      };
      for (const place of PATHS[name] || []) show(place, (at) => this.path(at));
      if (name in BUFFERS) show(BUFFERS[name], (at, size) => this.buffer(at, size));
      if (name in VECTORS) show(VECTORS[name], (at, length) => this.vector(at, length));
      return found;
    }
    /** What is in memory, less if it ends before. */
    bytes(at, size) {
      return new Uint8Array(this.program.memory.buffer).subarray(at, at + size);
    }
    path(at) {
      const bytes = this.bytes(at, PATH_MAX);
      const end = bytes.indexOf(0);
      return quoted(end < 0 ? bytes : bytes.subarray(0, end), end >= 0);
    }
    buffer(at, size) {
      return quoted(this.bytes(at, Math.min(size, SHOWN)), size <= SHOWN);
    }
    vector(at, length) {
      const bytes = Uint8Array.from(this.bytes(at, 8 * Math.min(length, SHOWN)));
      const view = new DataView(bytes.buffer);
      const items = Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => {
        const size = view.getUint32(8 * i + 4, true);
        return `{iov_base=${this.buffer(view.getUint32(8 * i, true), size)}, iov_len=${size}}`;
      });
      return `[${items.join(", ")}]`;
    }
  }

  /** How often each system call was made, by name. */
  function countedCalls({ systemCalls, names }) {
    if (!systemCalls) return {};
    const counts = Array.from(new Uint32Array(systemCalls.counts.buffer, 0, COUNTED), (count, n) => [n, count]);
    return Object.fromEntries(counts.filter(([, count]) => count).map(([n, count]) => [callName(names, n), count]));
  }

  // ---------------------------------------------------------------- the program

  /** A program that is not loaded yet. Options: env (["NAME=VALUE"…]), dirs ([[host, guest]…]),
   *  wasi, stats, trace. `host` is described at the top of this file. */
  function makeProgram(path, args, options, host) {
    const program = {
      options, host, args: [path, ...args], env: options.env, plan: null, units: [], places: new Map(),
      added: [], thunkExports: null, tags: new Map(), embedder: new Map(), wasi: null,
      memory: null, table: null, stackPointer: null, allocate: null,
      systemCalls: null, names: null, tracer: null, status: null, began: host.now(),
      times: { load_ms: null, link_ms: null, run_ms: null },
      finish() {},
      complain: (text) => host.write(2, utf8Encode(`${NAME}: ${text}\n`)),
      /** The phase of that name ends now. */
      lap(name) {
        const now = host.now();
        program.times[name] = Number((now - program.began).toFixed(3));
        program.began = now;
      },
      leave(status) {
        if (program.status === null) program.status = status & 255;
      },
      /** Leave from within a host function. */
      exit(status) {
        program.leave(status);
        unwind();
      },
    };
    return program;
  }

  /** Phases 3 to 5, for a program with a plan. */
  function* link(program) {
    const { plan } = program;
    program.units = makeUnits(plan);
    if (plan.kernel || plan.command) program.wasi = wasiOf(program);__lap("wasi");
    if (plan.command) {
      program.memory = (yield* instantiateModule(program, plan.command)).exports.memory;
      return program.lap("link_ms");
    }
    if (!plan.libc) useSmallLibc(program);
    yield* prepareMemory(program);
    allocateAll(program);__lap("allocate");
    yield* instantiateAll(program);__lap("instantiateAll");
    relocateAll(program);__lap("relocate");
    program.lap("link_ms");
  }

  /** The host's WASI, or ours. */
  function wasiOf({ host, options, args, env, exit }) {
    const settings = { args, env, dirs: options.dirs };
    const native = options.wasi === "js" ? null : host.wasi;
    return native ? native(settings, exit) : makeWasi(settings, exit, host);
  }

  /** Phase 6: run a linked program to its end; gives the exit status. */
  function runToEnd(program) {
    try {
      program.leave(startProgram(program));
    } catch (error) {
      endByFailure(program, error);
    }
    program.lap("run_ms");__lap("run");{let l=0;for(const [n,t] of __T){console.error(n.padEnd(60),t.toFixed(2),(t-l).toFixed(2));l=t}}
    if (program.tracer) program.tracer.finish();
    return program.status;
  }

  /** Load, link and run; gives the exit status. Throws only what is a bug of the loader. */
  function* execute(program, paths) {
    try {
      __lap("makeProgram");program.plan = yield* makePlan(paths, program.options);
      program.lap("load_ms");
      yield* link(program);
    } catch (error) {
      endByFailure(program, error);
    }
    if (program.status === null) runToEnd(program);
    else if (program.tracer) program.tracer.finish();
    if (program.options.stats) reportStats(program, program.options.stats);
    return program.status;
  }

  function endByFailure(program, error) {
    if (program.status !== null) return; // the program left by itself
    if (error instanceof LoadError) {
      error.problems.forEach(program.complain);
      return program.leave(LOAD_FAILED);
    }
    const reason = trapReason(error);
    if (reason === null) throw error;
    program.finish(true);
    program.complain("trap: " + reason);
    program.leave(TRAPPED);
  }

  /** Times in ms (null: of a phase that was not reached), memory in bytes, calls by name. */
  function statsOf(program) {
    if (program.times.load_ms === null) program.lap("load_ms");
    return {
      ...program.times,
      memory_bytes: program.memory ? program.memory.buffer.byteLength : 0,
      syscalls: countedCalls(program),
    };
  }

  function reportStats(program, report) {
    if (typeof report === "function") report(statsOf(program));
    else program.host.write(2, utf8Encode(JSON.stringify(statsOf(program)) + "\n"));
  }

  // How the steps that the linker yields are done at once, and how they are awaited.

  /** What an action gives, or fails with: { value } or { error }. */
  function settle(action) {
    try {
      return { value: action() };
    } catch (error) {
      return { error };
    }
  }

  const settleLater = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));

  function perform(step, host) {
    if (step.read !== undefined) return host.read(step.read);
    if (step.compile) return step.compile.map((bytes) => settle(() => {const m= new WebAssembly.Module(bytes); __lap("compile "+bytes.length); return m;}));
    {__lap("before inst");const m=new WebAssembly.Instance(step.instantiate, step.imports);__lap("inst");return m;}
  }

  function performLater(step, host) {
    if (step.read !== undefined) return host.read(step.read);
    if (step.compile) {
      const compile = host.compile || ((bytes) => WebAssembly.compile(bytes));
      return Promise.all(step.compile.map((bytes) => settleLater(compile(bytes))));
    }
    return WebAssembly.instantiate(step.instantiate, step.imports);
  }

  function drive(steps, host) {
    for (let next = steps.next(); ; ) {
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

  async function driveLater(steps, host) {
    for (let next = steps.next(); ; ) {
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

  // ---------------------------------------------------------------- a small libc
  // Serves a program that is loaded without a libc, as the prototype's wasm.js did.

  /** Memory as the small libc sees it; views are renewed when memory has grown. */
  class Heap {
    constructor(program) {
      this.program = program;
      this.bytes = new Uint8Array(0);
      this.view = null;
    }
    refresh() {
      const { buffer } = this.program.memory;
      if (this.bytes.buffer === buffer && this.view) return;
      this.bytes = new Uint8Array(buffer);
      this.view = new DataView(buffer);
    }
    get u8() {
      this.refresh();
      return this.bytes;
    }
    get data() {
      this.refresh();
      return this.view;
    }
    /** Where the string at `at` ends, at the latest after `limit` bytes. */
    end(at, limit = Infinity) {
      const { u8 } = this;
      const last = Math.min(u8.length, (at >>>= 0) + limit);
      for (let i = at; i < last; i++) if (u8[i] === 0) return i;
      if (last === u8.length) unwindOutOfBounds();
      return last;
    }
    string(at, limit) {
      return this.u8.subarray(at >>> 0, this.end(at, limit));
    }
  }

  function unwindOutOfBounds() {
    throw new WebAssembly.RuntimeError("memory access out of bounds");
  }

  // The decimal digits of floating point numbers are exact, by BigInt; a number is
  // { negative, special, mantissa, exponent }: mantissa * 2 ** exponent.

  function unpackDouble(value) {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return unpackFloat(view.getBigUint64(0), 11n, 52n);
  }

  /** Take IEEE 754's binary format apart: sign, `width` bits exponent, `size` bits fraction. */
  function unpackFloat(bits, width, size) {
    const fraction = bits & ((1n << size) - 1n);
    const most = (1n << width) - 1n;
    const biased = (bits >> size) & most;
    const negative = bits >> (size + width) === 1n;
    if (biased === most) return { negative, special: fraction ? "nan" : "inf" };
    const mantissa = biased ? fraction | (1n << size) : fraction;
    return { negative, special: null, mantissa, exponent: Number((biased || 1n) - (most >> 1n) - size) };
  }

  /** number * 10 ** power, rounded to an integer, half to even. */
  function scaled({ mantissa, exponent }, power) {
    let top = mantissa;
    let bottom = 1n;
    if (exponent >= 0) top <<= BigInt(exponent);
    else bottom <<= BigInt(-exponent);
    if (power >= 0) top *= 10n ** BigInt(power);
    else bottom *= 10n ** BigInt(-power);
    return divideHalfEven(top, bottom);
  }

  function divideHalfEven(top, bottom) {
    const quotient = top / bottom;
    const twice = 2n * (top % bottom);
    return twice > bottom || (twice === bottom && quotient & 1n) ? quotient + 1n : quotient;
  }

  function withPoint(digits, places, alternate) {
    if (!places) return digits + (alternate ? "." : "");
    return digits.slice(0, -places) + "." + digits.slice(-places);
  }

  function formatFixed(number, precision, alternate) {
    return withPoint(scaled(number, precision).toString().padStart(precision + 1, "0"), precision, alternate);
  }

  /** The digits of d.ddd, `precision` after the point, and the decimal exponent. */
  function exponentDigits(number, precision) {
    if (!number.mantissa) return { digits: "0".repeat(precision + 1), power: 0 };
    const bits = number.mantissa.toString(2).length - 1 + number.exponent;
    let power = Math.floor(bits * Math.LOG10E * Math.LN2);
    for (;;) {
      const digits = scaled(number, precision - power).toString();
      if (digits.length === precision + 1) return { digits, power };
      power += digits.length > precision + 1 ? 1 : -1;
    }
  }

  const exponentText = (power, least) =>
    (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(least, "0");

  function formatExponent(number, precision, alternate) {
    const { digits, power } = exponentDigits(number, precision);
    return withPoint(digits, precision, alternate) + "e" + exponentText(power, 2);
  }

  function formatGeneral(number, precision, alternate) {
    const significant = precision || 1;
    const { power } = exponentDigits(number, significant - 1);
    const fixed = power >= -4 && power < significant;
    const text = fixed ? formatFixed(number, significant - 1 - power, alternate)
      : formatExponent(number, significant - 1, alternate);
    return alternate ? text : text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
  }

  /** %a; `precision` hexadecimal digits, or as many as it takes if it is negative. */
  function formatHex({ mantissa, exponent }, precision, alternate) {
    if (!mantissa) return withPoint("0".repeat(Math.max(precision, 0) + 1), Math.max(precision, 0), alternate) + "p+0";
    const bits = mantissa.toString(2).length - 1;
    const digits = precision < 0 ? Math.ceil(bits / 4) : precision;
    const shift = BigInt(4 * digits - bits);
    const whole = shift >= 0n ? mantissa << shift : divideHalfEven(mantissa, 1n << -shift);
    let text = whole.toString(16).padStart(digits + 1, "0");
    if (precision < 0) text = text[0] + text.slice(1).replace(/0+$/, "");
    return withPoint(text, text.length - 1, alternate) + "p" + exponentText(bits + exponent, 1);
  }

  const FLOAT_FORMATS = { f: formatFixed, e: formatExponent, g: formatGeneral, a: formatHex };

  const LATIN = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const fromLatin = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

  // flags, width, precision, length, conversion
  const DIRECTIVE = /%([-+ 0#]*)(\*|\d+)?(?:\.(\*|-?\d*))?(hh|h|ll|l|j|z|t|L|q)?([\s\S])/g;

  /** printf's arguments: varargs lie in memory, each aligned to its size. */
  class Arguments {
    constructor(heap, at) {
      this.heap = heap;
      this.at = at >>> 0;
    }
    take(size) {
      const at = alignUp(this.at, size);
      this.at = at + size;
      return at;
    }
    word() {
      return this.heap.data.getInt32(this.take(4), true);
    }
    long() {
      return this.heap.data.getBigInt64(this.take(8), true);
    }
    double() {
      return unpackDouble(this.heap.data.getFloat64(this.take(8), true));
    }
    /** long double is IEEE 754's binary128. */
    quad() {
      const at = this.take(16);
      const half = (offset) => this.heap.data.getBigUint64(at + offset, true);
      return unpackFloat((half(8) << 64n) | half(0), 15n, 112n);
    }
    integer(length, signed) {
      const value = ["ll", "j", "q"].includes(length) ? this.long() : BigInt(this.word());
      const bits = { hh: 8, h: 16, ll: 64, j: 64, q: 64 }[length] || 32;
      return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    }
  }

  /** printf: the text, one character for each byte. */
  function format(heap, formatAt, argsAt) {
    const args = new Arguments(heap, argsAt);
    let total = 0;
    const source = LATIN(heap.string(formatAt));
    let last = 0;
    let out = "";
    for (const match of source.matchAll(DIRECTIVE)) {
      out += source.slice(last, match.index);
      last = match.index + match[0].length;
      total = out.length;
      out += formatOne(heap, readDirective(match, args), args, total);
    }
    return out + source.slice(last);
  }

  function readDirective([, flags, width, precision, length, conversion], args) {
    const number = (text) => (text === "*" ? args.word() : text ? Number(text) : 0);
    let columns = width === undefined ? 0 : number(width);
    let left = flags.includes("-");
    if (columns < 0) [left, columns] = [true, -columns];
    const places = precision === undefined ? -1 : number(precision);
    return { flags, left, width: columns, precision: Math.max(places, -1), length, conversion };
  }

  function formatOne(heap, spec, args, count) {
    const { conversion } = spec;
    if (conversion === "%") return "%";
    if ("diouxXp".includes(conversion)) return formatInteger(spec, args);
    if ("fega".includes(conversion.toLowerCase())) return formatFloat(spec, args);
    if (conversion === "c") return pad(spec, "", characterOf(spec, args.word()));
    if (conversion === "s") return pad(spec, "", stringOf(heap, spec, args.word()));
    if (conversion === "n") storeCount(heap, spec, args.word(), count);
    return "";
  }

  function characterOf(spec, value) {
    return spec.length === "l" ? LATIN(utf8Encode(String.fromCodePoint(value))) : String.fromCharCode(value & 255);
  }

  function stringOf(heap, { precision }, at) {
    const limit = precision < 0 ? Infinity : precision;
    return at ? LATIN(heap.string(at, limit)) : "(null)".slice(0, limit);
  }

  function storeCount(heap, { length }, at, count) {
    if (["ll", "j", "q"].includes(length)) heap.data.setBigInt64(at, BigInt(count), true);
    else if (length === "h") heap.data.setInt16(at, count, true);
    else if (length === "hh") heap.data.setInt8(at, count);
    else heap.data.setInt32(at, count, true);
  }

  /** Pad to the width; zeros go between prefix and digits. */
  function pad({ left, width }, prefix, body, zeros = false) {
    const missing = Math.max(0, width - prefix.length - body.length);
    if (left) return prefix + body + " ".repeat(missing);
    return zeros ? prefix + "0".repeat(missing) + body : " ".repeat(missing) + prefix + body;
  }

  function signOf(negative, flags) {
    return negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  }

  function formatInteger(spec, args) {
    const pointer = spec.conversion === "p"; // as musl: %#x, all digits if it has a precision
    const conversion = pointer ? "x" : spec.conversion;
    const flags = pointer ? spec.flags + "#" : spec.flags;
    const precision = pointer && spec.precision >= 0 ? Math.max(spec.precision, 8) : spec.precision;
    const signed = "di".includes(conversion);
    const value = args.integer(pointer ? "" : spec.length, signed);
    const base = { o: 8, x: 16, X: 16 }[conversion] || 10;
    let digits = (value < 0n ? -value : value).toString(base);
    if (conversion === "X") digits = digits.toUpperCase();
    if (!value && precision === 0) digits = "";
    digits = digits.padStart(precision, "0");
    if (conversion === "o" && flags.includes("#") && digits[0] !== "0") digits = "0" + digits;
    const hex = base === 16 && value && flags.includes("#") ? "0" + conversion : "";
    const prefix = signed ? signOf(value < 0n, flags) : hex;
    return pad(spec, prefix, digits, flags.includes("0") && precision < 0);
  }

  function formatFloat(spec, args) {
    const { flags, conversion } = spec;
    const kind = conversion.toLowerCase();
    const number = spec.length === "L" ? args.quad() : args.double();
    const precision = spec.precision < 0 && kind !== "a" ? 6 : spec.precision;
    const body = number.special || FLOAT_FORMATS[kind](number, precision, flags.includes("#"));
    const prefix = signOf(number.negative, flags) + (kind === "a" && !number.special ? "0x" : "");
    const text = pad(spec, prefix, body, flags.includes("0") && !number.special);
    return conversion === kind ? text : text.toUpperCase();
  }

  /** malloc: blocks of a power of two, one free list for each size. */
  class Blocks {
    constructor(heap, allocate) {
      this.heap = heap;
      this.allocate = allocate;
      this.sizes = new Map(); // address to the exponent of the block's size
      this.free = Array.from({ length: 32 }, () => []);
      this.from = 0;
      this.to = 0;
    }
    /** The exponent of the smallest block, at least 16 bytes, that holds `size`. */
    static exponent(size) {
      return Math.max(4, 32 - Math.clz32(Math.max(size, 1) - 1));
    }
    get(size) {
      if (size > 2 ** 31) return 0;
      const exponent = Blocks.exponent(size);
      const at = this.free[exponent].pop() || this.carve(2 ** exponent);
      if (at) this.sizes.set(at, exponent);
      return at;
    }
    carve(size) {
      if (this.to - this.from < size) {
        const fresh = this.allocate(Math.max(size, PAGE), 16);
        if (!fresh) return 0;
        if (fresh !== this.to) this.from = fresh;
        this.to = fresh + Math.max(size, PAGE);
      }
      this.from += size;
      return this.from - size;
    }
    give(at) {
      const exponent = this.sizes.get(at);
      if (exponent === undefined) return;
      this.sizes.delete(at);
      this.free[exponent].push(at);
    }
    resize(at, size) {
      if (!at) return this.get(size);
      const old = 2 ** (this.sizes.get(at) || 0);
      if (size <= old && size > old / 4) return at;
      const fresh = this.get(size);
      if (!fresh) return 0;
      this.heap.u8.copyWithin(fresh, at, at + Math.min(old, size));
      this.give(at);
      return fresh;
    }
  }

  /** The bytes that the program has printed and the host has not seen yet. */
  class Output {
    constructor(program) {
      this.program = program;
      this.parts = "";
    }
    print(text) {
      this.parts += text;
      if (this.parts.length > 4096 || text.includes("\n")) this.flush();
      return text.length;
    }
    flush() {
      if (this.parts) this.program.host.write(1, fromLatin(this.parts));
      this.parts = "";
    }
  }

  function roundHalfEven(x) {
    if (Math.abs(x) >= 2 ** 52 || x !== x) return x;
    const big = x < 0 || Object.is(x, -0) ? -(2 ** 52) : 2 ** 52;
    const rounded = x + big - big;
    return rounded === 0 && big < 0 ? -0 : rounded;
  }

  const roundHalfAway = (x) => {
    const whole = Math.trunc(x);
    return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
  };

  // Where C and JavaScript differ: 1 to any power, and -1 to an infinite one, are 1.
  const power = (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

  const MATH = {
    "d:d": {
      acos: Math.acos, acosh: Math.acosh, asin: Math.asin, asinh: Math.asinh, atan: Math.atan,
      atanh: Math.atanh, cbrt: Math.cbrt, ceil: Math.ceil, cos: Math.cos, cosh: Math.cosh,
      exp: Math.exp, exp2: (x) => 2 ** x, expm1: Math.expm1, fabs: Math.abs, floor: Math.floor,
      log: Math.log, log10: Math.log10, log1p: Math.log1p, log2: Math.log2,
      nearbyint: roundHalfEven, rint: roundHalfEven, round: roundHalfAway, sin: Math.sin,
      sinh: Math.sinh, sqrt: Math.sqrt, tan: Math.tan, tanh: Math.tanh, trunc: Math.trunc,
    },
    "dd:d": {
      atan2: Math.atan2, copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
      fdim: (x, y) => (x > y ? x - y : x !== x || y !== y ? NaN : 0),
      fmax: (x, y) => (x !== x ? y : y !== y ? x : Math.max(x, y)),
      fmin: (x, y) => (x !== x ? y : y !== y ? x : Math.min(x, y)),
      fmod: (x, y) => x % y, hypot: Math.hypot, pow: power,
    },
    "di:d": { ldexp: scaleByPower, scalbn: scaleByPower },
  };

  /** x * 2 ** n in steps that neither overflow nor round early. */
  function scaleByPower(x, n) {
    for (; n > 1023 && Math.abs(x) < Infinity; n -= 1023) x *= 2 ** 1023;
    for (; n < -969 && x !== 0; n += 969) x *= 2 ** -969;
    return x * 2 ** Math.max(-1074, Math.min(1023, n));
  }

  const LETTERS = { i: "i32", j: "i64", f: "f32", d: "f64" };

  /** A type from its letters, "ii:i" for (i32, i32) -> (i32). */
  function letterType(letters) {
    const [params, results] = letters.split(":").map((list) => [...list].map((letter) => LETTERS[letter]));
    return { params, results };
  }

  function useSmallLibc(program) {
    const { functions, finish } = makeSmallLibc(program);
    Object.assign(program, { embedder: functions, finish });
  }

  /** { functions, finish }: functions by name, { type, call }, and what ends the libc; of a
   *  program, which may be null where nothing is called. */
  function makeSmallLibc(program) {
    const functions = new Map();
    const heap = new Heap(program);
    const output = new Output(program);
    const blocks = new Blocks(heap, (size, alignment) => program.allocate(size, alignment));
    const atexit = [];
    const define = (letters, calls) => {
      const type = letterType(letters);
      for (const [name, call] of Object.entries(calls)) functions.set(name, { type, call });
    };
    const finish = (trapped) => {
      while (!trapped && atexit.length) program.table.get(atexit.pop())();
      output.flush();
    };
    for (const [letters, functions] of Object.entries(MATH)) defineMath(define, letters, functions);
    definePrinting(define, heap, output);
    defineMemory(define, heap, blocks);
    defineStrings(define, heap, blocks);
    defineCharacters(define);
    defineProcess(define, heap, program, atexit);
    return { functions, finish };
  }

  /** Each function for double, and with an f for float. */
  function defineMath(define, letters, functions) {
    define(letters, functions);
    define(letters.replace(/d/g, "f"),
      Object.fromEntries(Object.entries(functions).map(([name, call]) => [name + "f", call])));
  }

  function definePrinting(define, heap, output) {
    const store = (at, size, text) => {
      const kept = fromLatin(text.slice(0, Math.max(0, size - 1)));
      if (size) heap.u8.set(kept, at >>> 0);
      if (size) heap.u8[(at >>> 0) + kept.length] = 0;
      return text.length;
    };
    const printf = (at, args) => output.print(format(heap, at, args));
    const sprintf = (to, at, args) => store(to, Infinity, format(heap, at, args));
    const snprintf = (to, size, at, args) => store(to, size >>> 0, format(heap, at, args));
    define("i:i", {
      puts: (at) => output.print(LATIN(heap.string(at)) + "\n"),
      putchar: (c) => (output.print(String.fromCharCode(c & 255)), c & 255),
    });
    define("ii:i", { printf, vprintf: printf });
    define("iii:i", { sprintf, vsprintf: sprintf });
    define("iiii:i", { snprintf, vsnprintf: snprintf });
  }

  function defineMemory(define, heap, blocks) {
    const check = (at, size) => {
      if ((at >>> 0) + (size >>> 0) > heap.u8.length) unwindOutOfBounds();
      return at >>> 0;
    };
    const move = (to, from, size) => {
      const start = check(from, size);
      heap.u8.copyWithin(check(to, size), start, start + (size >>> 0));
      return to;
    };
    const compare = (a, b, size) => {
      [a, b, size] = [check(a, size), check(b, size), size >>> 0];
      for (let i = 0; i < size; i++) if (heap.bytes[a + i] !== heap.bytes[b + i]) return heap.bytes[a + i] - heap.bytes[b + i];
      return 0;
    };
    const fill = (at, value, size) => (heap.u8.fill(value, check(at, size), (at >>> 0) + (size >>> 0)), at);
    const find = (at, value, size) => {
      const found = heap.u8.subarray(check(at, size), (at >>> 0) + (size >>> 0)).indexOf(value & 255);
      return found < 0 ? 0 : at + found;
    };
    const clear = (count, size) => {
      const total = (count >>> 0) * (size >>> 0);
      const at = blocks.get(total);
      return at ? fill(at, 0, total) : 0;
    };
    define("i:i", { malloc: (size) => blocks.get(size >>> 0) });
    define("i:", { free: (at) => blocks.give(at >>> 0) });
    define("ii:i", { calloc: clear, realloc: (at, size) => blocks.resize(at >>> 0, size >>> 0) });
    define("iii:i", { memcpy: move, memmove: move, memcmp: compare, memset: fill, memchr: find });
  }

  function defineStrings(define, heap, blocks) {
    const length = (at) => heap.end(at) - (at >>> 0);
    const compare = (a, b, limit = 2 ** 32) => {
      const { u8 } = heap;
      [a, b] = [a >>> 0, b >>> 0];
      for (let i = 0; i < limit; i++) {
        if (a + i >= u8.length || b + i >= u8.length) unwindOutOfBounds();
        if (u8[a + i] !== u8[b + i] || !u8[a + i]) return u8[a + i] - u8[b + i];
      }
      return 0;
    };
    /** Copy the string at `from`, at most `limit` bytes of it, and a zero. */
    const copy = (to, from, limit) => {
      const text = heap.string(from, limit);
      if ((to >>> 0) + text.length >= heap.u8.length) unwindOutOfBounds();
      heap.u8.copyWithin(to >>> 0, text.byteOffset, text.byteOffset + text.length);
      heap.u8[(to >>> 0) + text.length] = 0;
      return to;
    };
    const copyPadded = (to, from, size) => {
      const text = Array.from(heap.string(from, size >>> 0));
      if ((to >>> 0) + (size >>> 0) > heap.u8.length) unwindOutOfBounds();
      heap.u8.fill(0, to >>> 0, (to >>> 0) + (size >>> 0)).set(text, to >>> 0);
      return to;
    };
    const character = (search) => (at, value) => {
      const text = heap.u8.subarray(at >>> 0, heap.end(at) + 1);
      const found = text[search](value & 255);
      return found < 0 ? 0 : at + found;
    };
    const substring = (at, wanted) => {
      const found = LATIN(heap.string(at)).indexOf(LATIN(heap.string(wanted)));
      return found < 0 ? 0 : at + found;
    };
    const duplicate = (at) => {
      const fresh = blocks.get(length(at) + 1);
      return fresh ? copy(fresh, at) : 0;
    };
    define("i:i", { strlen: length, strdup: duplicate });
    define("ii:i", {
      strcmp: (a, b) => compare(a, b), strcpy: (to, from) => copy(to, from),
      strcat: (to, from) => (copy(heap.end(to), from), to), strchr: character("indexOf"),
      strrchr: character("lastIndexOf"), strstr: substring, strnlen: (at, n) => heap.end(at, n >>> 0) - (at >>> 0),
    });
    define("iii:i", {
      strncmp: (a, b, limit) => compare(a, b, limit >>> 0), strncpy: copyPadded,
      strncat: (to, from, limit) => (copy(heap.end(to), from, limit >>> 0), to),
    });
  }

  function defineCharacters(define) {
    const classes = {
      isalnum: /[0-9A-Za-z]/, isalpha: /[A-Za-z]/, isdigit: /[0-9]/, islower: /[a-z]/, isprint: /[ -~]/,
      ispunct: /[!-/:-@[-`{-~]/, isspace: /[ \t-\r]/, isupper: /[A-Z]/, isxdigit: /[0-9A-Fa-f]/,
    };
    const test = (pattern) => (c) => Number(c >= 0 && c < 128 && pattern.test(String.fromCharCode(c)));
    define("i:i", Object.fromEntries(Object.entries(classes).map(([name, pattern]) => [name, test(pattern)])));
    define("i:i", {
      tolower: (c) => (c >= 65 && c <= 90 ? c + 32 : c),
      toupper: (c) => (c >= 97 && c <= 122 ? c - 32 : c),
    });
  }

  function defineProcess(define, heap, program, atexit) {
    let seed = 0n;
    // Knuth's 64-bit linear congruential generator (MMIX), as musl's rand.
    const rand = () => {
      seed = BigInt.asUintN(64, 6364136223846793005n * seed + 1n);
      return Number(seed >> 33n);
    };
    const number = (at) => {
      const found = /^[ \t-\r]*([-+]?\d+)/.exec(LATIN(heap.string(at)));
      return found ? Number(BigInt.asIntN(32, BigInt(found[1]))) : 0;
    };
    const leave = (status) => program.exit(status);
    const exit = (status) => {
      program.finish();
      leave(status);
    };
    define(":i", { rand });
    define("i:", { srand: (value) => void (seed = BigInt((value - 1) >>> 0)), exit, _Exit: leave, _exit: leave });
    define(":", { abort: () => (program.finish(true), program.exit(TRAPPED)) });
    define("i:i", {
      abs: (x) => Math.abs(x) | 0, labs: (x) => Math.abs(x) | 0, atoi: number, atol: number,
      atexit: (handler) => (atexit.push(handler), 0),
    });
  }

  // ---------------------------------------------------------------- a small WASI
  // For d8 and pages, which have none: standard streams, clocks, random bytes, and
  // files below the preopened directories, to read only.

  const ERRNO = {
    SUCCESS: 0, BADF: 8, FAULT: 21, INVAL: 28, IO: 29, ISDIR: 31, NOENT: 44, NOSYS: 52, NOTDIR: 54,
    ROFS: 69, SPIPE: 70, NOTCAPABLE: 76,
  };
  const FILETYPE = { CHARACTER_DEVICE: 2, DIRECTORY: 3, REGULAR_FILE: 4 };
  const ALL_RIGHTS = (1n << 30n) - 1n;
  const RIGHT_FD_WRITE = 1n << 6n;
  const OFLAGS = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 };

  // What this WASI does not do; the call exists and answers ENOSYS.
  const UNSUPPORTED = `fd_advise fd_allocate fd_datasync fd_fdstat_set_rights fd_filestat_set_size
    fd_filestat_set_times fd_pwrite fd_sync path_create_directory path_filestat_set_times
    path_link path_readlink path_remove_directory path_rename path_symlink path_unlink_file proc_raise
    sock_accept sock_recv sock_send sock_shutdown`.split(/\s+/);

  /** A path below a directory, without "." and ".."; null if it leaves the directory. */
  function resolvePath(path) {
    const parts = [];
    if (path.startsWith("/")) return null;
    for (const part of path.split("/")) {
      if (part === "..") {
        if (!parts.length) return null;
        parts.pop();
      } else if (part && part !== ".") parts.push(part);
    }
    return parts.join("/");
  }

  /** A dirent of preview 1 and its name, of { name, directory }, the i-th of its folder. */
  function directoryEntry({ name, directory }, i) {
    const text = utf8Encode(name);
    const bytes = new Uint8Array(24 + text.length);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(i + 1), true); // the next one's cookie
    view.setBigUint64(8, BigInt(i + 1), true); // an inode, which is never 0
    view.setUint32(16, text.length, true);
    view.setUint8(20, directory ? FILETYPE.DIRECTORY : FILETYPE.REGULAR_FILE);
    bytes.set(text, 24);
    return bytes;
  }

  class Wasi {
    constructor({ args, env, dirs }, exit, host) {
      Object.assign(this, { exit, host, memory: null });
      this.args = args.map((text) => utf8Encode(text + "\0"));
      this.env = env.map((text) => utf8Encode(text + "\0"));
      const stream = { type: FILETYPE.CHARACTER_DEVICE };
      this.files = new Map([[0, { ...stream }], [1, { ...stream }], [2, { ...stream }]]);
      dirs.forEach(([path, guest]) => this.open({ type: FILETYPE.DIRECTORY, path, guest: utf8Encode(guest) }));
    }

    open(file) {
      let fd = 0;
      while (this.files.has(fd)) fd++;
      this.files.set(fd, file);
      return fd;
    }

    get view() {
      return new DataView(this.memory.buffer);
    }

    bytes(at, size) {
      at >>>= 0;
      size >>>= 0;
      if (at + size > this.memory.buffer.byteLength) throw new RangeError("out of bounds");
      return new Uint8Array(this.memory.buffer, at, size);
    }

    setSize(at, value) {
      this.view.setUint32(at >>> 0, value, true);
      return ERRNO.SUCCESS;
    }

    setSizes(countAt, sizeAt, strings) {
      this.setSize(countAt, strings.length);
      return this.setSize(sizeAt, strings.reduce((sum, string) => sum + string.length, 0));
    }

    setStrings(pointersAt, at, strings) {
      for (const string of strings) {
        this.setSize(pointersAt, at);
        this.bytes(at, string.length).set(string);
        pointersAt += 4;
        at += string.length;
      }
      return ERRNO.SUCCESS;
    }

    /** The buffers that an array of iovecs names. */
    vectors(at, count) {
      return Array.from({ length: count }, (_, i) => {
        const view = this.view;
        return this.bytes(view.getUint32((at >>> 0) + 8 * i, true), view.getUint32((at >>> 0) + 8 * i + 4, true));
      });
    }

    args_sizes_get(countAt, sizeAt) {
      return this.setSizes(countAt, sizeAt, this.args);
    }
    args_get(pointersAt, at) {
      return this.setStrings(pointersAt, at, this.args);
    }
    environ_sizes_get(countAt, sizeAt) {
      return this.setSizes(countAt, sizeAt, this.env);
    }
    environ_get(pointersAt, at) {
      return this.setStrings(pointersAt, at, this.env);
    }

    /** Nanoseconds of a clock: 0 is the real time, the others count from the start. */
    clock(id) {
      return BigInt(Math.round((id === 0 ? Date.now() : this.host.now()) * 1e6));
    }
    clock_time_get(id, precision, at) {
      if (id < 0 || id > 3) return ERRNO.INVAL;
      this.view.setBigUint64(at >>> 0, this.clock(id), true);
      return ERRNO.SUCCESS;
    }
    clock_res_get(id, at) {
      if (id < 0 || id > 3) return ERRNO.INVAL;
      this.view.setBigUint64(at >>> 0, 1000000n, true);
      return ERRNO.SUCCESS;
    }

    random_get(at, size) {
      const bytes = this.bytes(at, size);
      // d8 has no source of entropy but Math.random.
      const strong = typeof crypto === "object" && crypto.getRandomValues;
      if (!strong) bytes.forEach((_, i) => (bytes[i] = Math.random() * 256));
      else for (let i = 0; i < bytes.length; i += PAGE) crypto.getRandomValues(bytes.subarray(i, i + PAGE));
      return ERRNO.SUCCESS;
    }

    proc_exit(status) {
      this.exit(status);
    }

    sched_yield() {
      return ERRNO.SUCCESS;
    }

    fd_write(fd, vectorsAt, count, writtenAt) {
      const file = this.files.get(fd);
      if (!file || file.type !== FILETYPE.CHARACTER_DEVICE || fd === 0) return ERRNO.BADF;
      let written = 0;
      for (const bytes of this.vectors(vectorsAt, count)) {
        if (bytes.length) this.host.write(fd, bytes);
        written += bytes.length;
      }
      return this.setSize(writtenAt, written);
    }

    fd_read(fd, vectorsAt, count, readAt) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      if (file.type === FILETYPE.DIRECTORY) return ERRNO.ISDIR;
      const source = file.content ? (size) => this.readFile(file, size) : (size) => this.host.input(size);
      return this.scatter(this.vectors(vectorsAt, count), source, readAt);
    }

    fd_pread(fd, vectorsAt, count, offset, readAt) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      if (!file.content) return ERRNO.SPIPE;
      const other = { content: file.content, offset: Number(offset) };
      return this.scatter(this.vectors(vectorsAt, count), (size) => this.readFile(other, size), readAt);
    }

    readFile(file, size) {
      const part = file.content.subarray(file.offset, file.offset + size);
      file.offset += part.length;
      return part;
    }

    scatter(buffers, source, readAt) {
      let total = 0;
      for (const buffer of buffers) {
        if (!buffer.length) continue;
        const part = source(buffer.length);
        buffer.set(part);
        total += part.length;
        if (part.length < buffer.length) break;
      }
      return this.setSize(readAt, total);
    }

    fd_close(fd) {
      return this.files.delete(fd) ? ERRNO.SUCCESS : ERRNO.BADF;
    }

    fd_renumber(from, to) {
      if (!this.files.has(from) || !this.files.has(to)) return ERRNO.BADF;
      this.files.set(to, this.files.get(from));
      if (from !== to) this.files.delete(from);
      return ERRNO.SUCCESS;
    }

    fd_seek(fd, offset, whence, at) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      if (!file.content) return ERRNO.SPIPE;
      const base = [0, file.offset, file.content.length][whence];
      if (base === undefined || base + Number(offset) < 0) return ERRNO.INVAL;
      file.offset = base + Number(offset);
      this.view.setBigUint64(at >>> 0, BigInt(file.offset), true);
      return ERRNO.SUCCESS;
    }

    fd_tell(fd, at) {
      return this.fd_seek(fd, 0n, 1, at);
    }

    fd_fdstat_get(fd, at) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      this.bytes(at, 24).fill(0);
      const view = this.view;
      view.setUint8(at >>> 0, file.type);
      view.setUint16((at >>> 0) + 2, file.flags || 0, true);
      view.setBigUint64((at >>> 0) + 8, ALL_RIGHTS, true);
      view.setBigUint64((at >>> 0) + 16, ALL_RIGHTS, true);
      return ERRNO.SUCCESS;
    }

    fd_fdstat_set_flags(fd, flags) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      file.flags = flags;
      return ERRNO.SUCCESS;
    }

    setFileStat(at, type, size) {
      this.bytes(at, 64).fill(0);
      const view = this.view;
      view.setUint8((at >>> 0) + 16, type);
      view.setBigUint64((at >>> 0) + 24, 1n, true);
      view.setBigUint64((at >>> 0) + 32, BigInt(size), true);
      return ERRNO.SUCCESS;
    }

    fd_filestat_get(fd, at) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      return this.setFileStat(at, file.type, file.content ? file.content.length : 0);
    }

    fd_prestat_get(fd, at) {
      const file = this.files.get(fd);
      if (!file || !file.guest) return ERRNO.BADF;
      this.setSize(at, 0); // the tag of a directory
      return this.setSize(at + 4, file.guest.length);
    }

    fd_prestat_dir_name(fd, at, size) {
      const file = this.files.get(fd);
      if (!file || !file.guest) return ERRNO.BADF;
      if (size >>> 0 < file.guest.length) return ERRNO.INVAL;
      this.bytes(at, file.guest.length).set(file.guest);
      return ERRNO.SUCCESS;
    }

    /** The file at a path below an open directory, or an errno. */
    find(fd, at, size) {
      const directory = this.files.get(fd);
      if (!directory) return ERRNO.BADF;
      if (directory.type !== FILETYPE.DIRECTORY) return ERRNO.NOTDIR;
      const below = resolvePath(utf8Decode(this.bytes(at, size)));
      if (below === null) return ERRNO.NOTCAPABLE;
      const path = below ? directory.path.replace(/\/*$/, "/") + below : directory.path;
      const { files } = this.host;
      if (below === "" || files.isDirectory(path)) return { type: FILETYPE.DIRECTORY, path };
      const content = files.read(path);
      if (content) return { type: FILETYPE.REGULAR_FILE, content, offset: 0 };
      return this.isBelowFile(directory.path, below) ? ERRNO.NOTDIR : ERRNO.NOENT;
    }

    /** Whether some directory of the path `below` is in fact a file. */
    isBelowFile(path, below) {
      const parts = below.split("/");
      return parts.some((_, i) =>
        i > 0 && this.host.files.read([path.replace(/\/*$/, ""), ...parts.slice(0, i)].join("/")));
    }

    /** Entries from number `cookie` on, the last one cut off where the buffer ends. */
    fd_readdir(fd, at, size, cookie, usedAt) {
      const file = this.files.get(fd);
      if (!file) return ERRNO.BADF;
      if (file.type !== FILETYPE.DIRECTORY) return ERRNO.NOTDIR;
      const names = this.host.files.list ? this.host.files.list(file.path) : null;
      if (!names) return ERRNO.NOSYS;
      const buffer = this.bytes(at, size);
      let used = 0;
      for (let i = Number(cookie); i < names.length && used < buffer.length; i++) {
        const entry = directoryEntry(names[i], i).subarray(0, buffer.length - used);
        buffer.set(entry, used);
        used += entry.length;
      }
      return this.setSize(usedAt, used);
    }

    path_filestat_get(fd, flags, pathAt, size, at) {
      const found = this.find(fd, pathAt, size);
      if (typeof found === "number") return found;
      return this.setFileStat(at, found.type, found.content ? found.content.length : 0);
    }

    path_open(fd, flags, pathAt, size, oflags, rights, inheriting, fdflags, at) {
      const found = this.find(fd, pathAt, size);
      const makes = oflags & (OFLAGS.CREAT | OFLAGS.TRUNC);
      const writes = oflags & OFLAGS.TRUNC || rights & RIGHT_FD_WRITE;
      if (found === ERRNO.NOENT && makes) return ERRNO.ROFS;
      if (typeof found === "number") return found;
      const directory = found.type === FILETYPE.DIRECTORY;
      if (oflags & OFLAGS.DIRECTORY && !directory) return ERRNO.NOTDIR;
      if (directory && (makes || writes)) return ERRNO.ISDIR;
      if (!directory && writes) return ERRNO.ROFS;
      return this.setSize(at, this.open({ ...found, flags: fdflags }));
    }

    /** Clocks only; file descriptors are always ready. */
    poll_oneoff(inAt, outAt, count, eventsAt) {
      if (!count) return ERRNO.INVAL;
      const wanted = Array.from({ length: count }, (_, i) => this.subscription((inAt >>> 0) + 48 * i));
      const soonest = Math.min(...wanted.map((event) => event.due));
      this.sleepUntil(soonest);
      const ready = wanted.filter((event) => event.due <= soonest);
      ready.forEach((event, i) => this.setEvent((outAt >>> 0) + 32 * i, event));
      return this.setSize(eventsAt, ready.length);
    }

    /** A subscription; `due` is when, by the host's clock in ms. */
    subscription(at) {
      const view = this.view;
      const event = { userdata: view.getBigUint64(at, true), tag: view.getUint8(at + 8), due: 0 };
      if (event.tag !== 0) return event;
      const timeout = Number(view.getBigUint64(at + 24, true)) / 1e6;
      const absolute = view.getUint16(at + 40, true) & 1;
      const offset = absolute && view.getUint32(at + 16, true) === 0 ? this.host.now() - Date.now() : 0;
      return { ...event, due: absolute ? timeout + offset : this.host.now() + timeout };
    }

    setEvent(at, { userdata, tag }) {
      this.bytes(at, 32).fill(0);
      this.view.setBigUint64(at, userdata, true);
      this.view.setUint8(at + 10, tag);
    }

    sleepUntil(due) {
      for (let left; (left = due - this.host.now()) > 0; ) {
        try {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
        } catch (error) {
          // a page's main thread may not wait; it spins
        }
      }
    }
  }

  const isWasiMethod = (name) => /^(args|environ|clock|random|sched|fd|path|poll)_/.test(name);

  /** Whether preview 1 has a function of that name. */
  function isWasiCall(name) {
    return UNSUPPORTED.includes(name) || name === "proc_exit" || (isWasiMethod(name) && name in Wasi.prototype);
  }

  /** The imports of a kernel or a command, and what to do with its instance. */
  function makeWasi(settings, exit, host) {
    const wasi = new Wasi(settings, exit, host);
    const imports = {};
    for (const name of UNSUPPORTED) imports[name] = () => ERRNO.NOSYS;
    for (const name of Object.getOwnPropertyNames(Wasi.prototype).filter(isWasiMethod)) {
      imports[name] = guarded(wasi, name);
    }
    imports.proc_exit = exit;
    return {
      imports,
      initialize(instance) {
        wasi.memory = instance.exports.memory;
        instance.exports._initialize();
      },
      start(instance) {
        wasi.memory = instance.exports.memory;
        instance.exports._start();
        return 0;
      },
    };
  }

  /** A pointer out of bounds is an errno, as in other WASIs. */
  function guarded(wasi, name) {
    return (...args) => {
      try {
        return wasi[name](...args);
      } catch (error) {
        if (error instanceof RangeError) return ERRNO.FAULT;
        throw error;
      }
    };
  }

  // ---------------------------------------------------------------- command line

  const HELP = `usage: ${NAME} [option…] main.wasm [library.wasm…] [-- argument…]
  --dir=HOST[::GUEST]  preopen the directory HOST under the name GUEST
  --env=NAME=VALUE     one environment variable
  --kernel=PATH        the kernel; default: kernel.wasm beside the module that needs it
  --strict             an unmet import is an error instead of a stub
  --stats              after the run, one JSON line on stderr: times in ms, memory in bytes, system calls
  --trace              each system call on stderr, as strace writes it
  --no-cache           nothing here: V8 compiles what is called, when it is called
  --wasi=js            the WASI of ${NAME} even where the host has one
`;

  /** Split the command line: { paths, args, options }. Throws UsageError. */
  function parseCommandLine(words, host) {
    const rest = words[0] === "--" ? words.slice(1) : words;
    const end = rest.indexOf("--");
    const own = end < 0 ? rest : rest.slice(0, end);
    const options = { strict: false, stats: false, trace: false, help: false, kernel: null, env: [], dirs: [], wasi: "host" };
    for (const word of own.filter((word) => word.startsWith("-"))) parseOption(word, options, host);
    const paths = own.filter((word) => !word.startsWith("-"));
    if (!paths.length && !options.help) throw new UsageError("no module to run; --help explains");
    return { paths, args: end < 0 ? [] : rest.slice(end + 1), options };
  }

  function parseOption(word, options, host) {
    const at = word.indexOf("=");
    const name = at < 0 ? word : word.slice(0, at);
    const value = at < 0 ? null : word.slice(at + 1);
    if (["--strict", "--stats", "--trace", "--help", "--no-cache"].includes(name) && value === null) options[name.slice(2)] = true;
    else if (name === "--kernel" && value) options.kernel = value;
    else if (name === "--wasi" && value === "js") options.wasi = value;
    else if (name === "--env" && value && value.indexOf("=") > 0) options.env.push(value);
    else if (name === "--dir" && value) options.dirs.push(parseDirectory(value, host));
    else throw new UsageError(`unknown option ${word}; --help explains`);
  }

  function parseDirectory(value, host) {
    const at = value.indexOf("::");
    const [path, guest] = at < 0 ? [value, value] : [value.slice(0, at), value.slice(at + 2)];
    if (host.files.isDirectory(path) === false) throw new UsageError(`--dir=${value}: no such directory`);
    return [path, guest];
  }

  /** Run a command line on a host that answers at once; gives the exit status. */
  function main(words, host) {
    try {
      __lap("main");const { paths, args, options } = parseCommandLine(words, host);__lap("parsed cl");
      if (options.help) return host.write(1, utf8Encode(HELP)) || 0;
      return drive(execute(makeProgram(paths[0], args, options, host), paths), host);
    } catch (error) {
      host.write(2, utf8Encode(`${NAME}: ${explain(error)}\n`));
      return error instanceof UsageError ? USAGE : INTERNAL;
    }
  }

  function explain(error) {
    return error instanceof UsageError ? error.message : `internal error: ${error && error.message}`;
  }

  // ---------------------------------------------------------------- hosts

  // The codes of errors for a path that leads to no file; the last: it holds a NUL.
  const UNREADABLE = [
    "ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "ENXIO", "ERR_INVALID_ARG_VALUE",
  ];

  /** node, from its module fs and a function that makes a WASI from its options. */
  function nodeHost({ fs, WASI }) {
    const read = (path) => attempt(() => viewOf(fs.readFileSync(path)), UNREADABLE);
    return {
      read,
      write: (fd, bytes) => writeFully(fs, fd, bytes),
      input: (size) => readSome(fs, size),
      files: {
        read,
        isDirectory: (path) => Boolean(attempt(() => fs.statSync(path).isDirectory(), UNREADABLE)),
        list: (path) => attempt(() => listFolder(fs, path), UNREADABLE),
      },
      now: () => performance.now(),
      wasi: (settings, exit) => nativeWasi(WASI, settings, exit),
    };
  }

  const viewOf = ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length);

  function listFolder(fs, path) {
    const entries = fs.readdirSync(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, directory: entry.isDirectory() }));
  }

  /** What `action` gives, or null if it fails with one of the `codes`. */
  function attempt(action, codes) {
    try {
      return action();
    } catch (error) {
      if (codes.includes(error.code)) return null;
      throw error;
    }
  }

  /** Write all bytes; a pipe that is full for now is tried again. */
  function writeFully(fs, fd, bytes) {
    for (let done = 0; done < bytes.length; ) {
      const count = attempt(() => fs.writeSync(fd, bytes, done), ["EAGAIN"]);
      if (count === null) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else done += count;
    }
  }

  function readSome(fs, size) {
    const bytes = new Uint8Array(size);
    for (;;) {
      const count = attempt(() => fs.readSync(0, bytes), ["EAGAIN", "EOF"]);
      if (count !== null) return bytes.subarray(0, count);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  /** node's own WASI, but proc_exit unwinds instead of ending node. */
  function nativeWasi(WASI, { args, env, dirs }, exit) {
    const wasi = WASI({
      version: "preview1",
      args,
      env: Object.fromEntries(env.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)])),
      preopens: Object.fromEntries(dirs.map(([path, guest]) => [guest, path])),
    });
    return {
      imports: { ...wasi.wasiImport, proc_exit: exit },
      initialize: (instance) => wasi.initialize(instance),
      start: (instance) => wasi.start(instance) | 0,
    };
  }

  /** The d8 shell, from its globals: strings out, lines in. */
  function d8Host(shell) {
    const out = { 1: shell.write || ((text) => shell.print(text.replace(/\n$/, ""))), 2: null };
    const pending = { 1: [], 2: [] };
    let line = new Uint8Array(0);
    const emit = (fd, text) => {
      if (fd === 1) return out[1](text);
      // printErr ends its line: keep the last one until it is whole
      const lines = text.split("\n");
      pending[2] = [...utf8Encode(lines.pop()), ...pending[2]];
      lines.forEach((whole) => shell.printErr(whole));
    };
    const read = (path) => {
      try {
        return new Uint8Array(shell.readbuffer(path));
      } catch (error) {
        return null; // d8 does not say why
      }
    };
    return {
      read,
      files: { read, isDirectory: () => null, list: null }, // d8 cannot tell
      write(fd, bytes) {
        const all = Uint8Array.from([...pending[fd], ...bytes]);
        const { text, used } = utf8DecodePart(all);
        pending[fd] = Array.from(all.subarray(used));
        emit(fd, text);
      },
      flush() {
        if (pending[1].length) emit(1, utf8Decode(Uint8Array.from(pending[1])));
        if (pending[2].length) shell.printErr(utf8Decode(Uint8Array.from(pending[2])));
      },
      input(size) {
        if (!line.length) {
          const text = shell.readline();
          if (text === undefined || text === null) return line;
          line = utf8Encode(text + "\n");
        }
        const part = line.subarray(0, size);
        line = line.subarray(part.length);
        return part;
      },
      now: () => (typeof performance === "object" ? performance.now() : Date.now()),
      wasi: null,
    };
  }

  /** Fetches modules from locate(path); what comes as application/wasm is compiled while it
   *  comes. */
  function makeFetcher(locate) {
    const compiled = new WeakMap();
    const streams = (answer) => WebAssembly.compileStreaming &&
      /^application\/wasm\b/.test(answer.headers.get("content-type"));
    return {
      async read(path) {
        const answer = await fetch(locate(path)).catch(() => null);
        if (!answer || !answer.ok) return null;
        const module = streams(answer) && settleLater(WebAssembly.compileStreaming(answer.clone()));
        const bytes = await answer.arrayBuffer().then((buffer) => new Uint8Array(buffer), () => null);
        if (bytes && module) compiled.set(bytes, module);
        return bytes;
      },
      async compile(bytes) {
        const { value, error } = (await compiled.get(bytes)) || { value: await WebAssembly.compile(bytes) };
        if (error) throw error;
        return value;
      },
    };
  }

  /** Files in memory, { "/path": bytes… }, as a host has folders. */
  function memoryFiles(contents) {
    const paths = Object.keys(contents).sort();
    const inside = (path) => path.replace(/\/*$/, "/");
    const isDirectory = (path) => paths.some((known) => known.startsWith(inside(path)));
    const list = (path) => {
      const below = paths.filter((known) => known.startsWith(inside(path)));
      const names = new Set(below.map((known) => known.slice(inside(path).length).split("/")[0]));
      return [...names].map((name) => ({ name, directory: isDirectory(inside(path) + name) }));
    };
    return { read: (path) => contents[path] || null, isDirectory, list };
  }

  // ---------------------------------------------------------------- the object muslfall
  // For pages, workers and node; the options are described at the top of this file.

  const SETTINGS = { strict: false, stats: false, trace: false, kernel: null, args: [], env: [], dirs: [] };
  const NO_INPUT = new Uint8Array(0);

  /** A page, or any host whose reads are promises; those of `paths` all begin at once. */
  function pageHost(options, paths) {
    const fetcher = makeFetcher(options.locate || ((path) => path));
    const read = options.read || fetcher.read;
    const begun = new Map(paths.map((path) => [path, settleLater(Promise.resolve(read(path)))]));
    const { files = {} } = options;
    return {
      compile: fetcher.compile,
      write: options.write || (() => {}),
      input: options.input || (() => NO_INPUT),
      files: typeof files.read === "function" ? files : memoryFiles(files),
      now: () => performance.now(),
      wasi: null,
      async read(path) {
        const { value, error } = (await begun.get(path)) || { value: await read(path) };
        if (error) throw error;
        return value;
      },
    };
  }

  /** A program that was read, checked and compiled; its instances share nothing but that. */
  class Compiled {
    constructor(plan, milliseconds) {
      this.plan = plan;
      this.milliseconds = milliseconds;
    }
    /** The modules' base names, in the order in which symbols are looked for; a kernel is last. */
    get modules() {
      const { modules, kernel } = this.plan;
      return [...modules, ...(kernel ? [kernel] : [])].map((module) => module.name);
    }
  }

  /** A linked program, which runs once. */
  class Instance {
    constructor(program) {
      this.program = program;
      this.started = false;
    }
    /** Run it to its end; gives the exit status, 134 after a trap. */
    run() {
      if (this.started) throw new Error("this instance has run; make another of its Compiled");
      this.started = true;
      return this.program.status === null ? runToEnd(this.program) : this.program.status;
    }
    /** { load_ms, link_ms, run_ms, memory_bytes, syscalls }, as --stats has them. */
    stats() {
      return statsOf(this.program);
    }
    /** What the main module exports. */
    get exports() {
      return unitOf(this.program, this.program.plan.modules[0]).instance.exports;
    }
    get memory() {
      return this.program.memory;
    }
  }

  async function compile(paths, options = {}) {
    const host = pageHost(options, paths);
    const began = host.now();
    const plan = await driveLater(makePlan(paths, makeSettings(options)), host);
    return new Compiled(plan, host.now() - began);
  }

  /** Options with their defaults, for a host that has no WASI. */
  function makeSettings(options) {
    const byPath = options.files && typeof options.files.read !== "function";
    return { ...SETTINGS, ...(byPath ? { dirs: [["/", "/"]] } : {}), ...options, wasi: "js" };
  }

  async function instantiate(compiled, options = {}) {
    const settings = makeSettings(options);
    const program = makeProgram(compiled.plan.paths[0], settings.args, settings, pageHost(options, []));
    program.plan = compiled.plan;
    program.times.load_ms = Number(compiled.milliseconds.toFixed(3));
    try {
      await driveLater(link(program), program.host);
    } catch (error) {
      if (program.status === null) throw error; // else the program left by itself
    }
    return new Instance(program);
  }

  function load(paths, options = {}) {
    const settings = makeSettings(options);
    const host = pageHost(options, paths);
    return driveLater(execute(makeProgram(paths[0], settings.args, settings, host), paths), host);
  }

  return {
    compile, instantiate, load, LoadError, // for everyone
    main, nodeHost, d8Host, parseModule, formatType, // for this file's own hosts and for tests
  };
})();

__lap("iife");
// Run, if this is the script that was asked for: node's main module, or d8, where
// the shim of muslfall offers `d8.node` = { fs, WASI() } for bytes and for WASI.
if (typeof module === "object" && typeof require === "function") {
  module.exports = muslfall;
  if (require.main === module) {
    const WASI = (options) => {
      const { emitWarning } = process;
      process.emitWarning = () => {}; // WASI is experimental, and a user of this knows
      try {
        return new (require("node:wasi").WASI)(options);
      } finally {
        process.emitWarning = emitWarning;
      }
    };
    process.on("exit",()=>console.error("exit",performance.now().toFixed(2),"0"));process.exit(muslfall.main(process.argv.slice(2), muslfall.nodeHost({ fs: require("fs"), WASI })));
  }
} else if (typeof readbuffer === "function" && typeof quit === "function") {
  const shim = typeof d8 === "object" && d8.node;
  const host = shim ? muslfall.nodeHost(shim)
    : muslfall.d8Host({ readbuffer, write: typeof write === "function" ? write : null, print, printErr, readline });
  const status = muslfall.main(Array.from(arguments), host);
  if (host.flush) host.flush();
  quit(status);
}
