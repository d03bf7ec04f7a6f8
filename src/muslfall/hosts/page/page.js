// page.js: the page: lets a person choose a program and see what it does, and, when its address
// ends in #driven, does what its server has for it (src/muslfall/hosts/page_server.py).
//
// A program runs in a worker. The memory `shared` with it holds three words and room for input:
//   [0] 1 when what it wants to read is there   [1] how many bytes of it   [2] bytes of output seen

"use strict";

const [TURN, SIZE, SEEN, HEAD] = [0, 1, 2, 16];
const ROOM = 65536; // bytes of input at once
const KEPT = 400000; // characters of output that the page shows
const AT_ONCE = 1000; // pieces of output that are joined: some are of 1 KiB, none is above 1 MiB

const $ = (id) => document.getElementById(id);

// ---------------------------------------------------------------- running

/** A program in a worker. `job` is as worker.js has it; `sinks` has output(fd, bytes), which may
 *  give a promise, and input(size), a promise of bytes. */
class Run {
  constructor(job, sinks) {
    this.sinks = sinks;
    this.shared = new SharedArrayBuffer(HEAD + ROOM);
    this.words = new Int32Array(this.shared, 0, HEAD / 4);
    this.stats = null;
    this.waiting = []; // what was written and is not seen yet
    this.written = Promise.resolve();
    this.worker = new Worker("worker.js");
    this.end = new Promise((resolve) => (this.resolve = resolve));
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.finish({ failure: event.message || "its worker failed" });
    this.worker.postMessage({ ...job, shared: this.shared });
  }

  hear({ fd, bytes, want, stats, status, failure }) {
    const fail = (error) => this.finish({ failure: `its streams are lost: ${error.message}` });
    if (bytes) {
      this.waiting.push({ fd, bytes });
      if (this.waiting.length === 1)
        this.written = this.written.then(() => this.pass()).catch(fail);
    } else if (want !== undefined) this.answer(want).catch(fail);
    else if (stats) this.stats = stats;
    else this.finish({ status, failure });
  }

  /** Give to the sink what waits, as much at once as has come. */
  async pass() {
    while (this.waiting.length) {
      const { fd } = this.waiting[0];
      const last = this.waiting.findIndex((part) => part.fd !== fd);
      const parts = this.waiting.slice(0, Math.min(last < 0 ? Infinity : last, AT_ONCE));
      const bytes = joined(parts.map((part) => part.bytes));
      await this.sinks.output(fd, bytes);
      this.waiting.splice(0, parts.length);
      Atomics.add(this.words, SEEN, bytes.length);
      Atomics.notify(this.words, SEEN);
    }
  }

  async answer(want) {
    const bytes = await this.sinks.input(want);
    new Uint8Array(this.shared, HEAD).set(bytes);
    this.words[SIZE] = bytes.length;
    Atomics.store(this.words, TURN, 1);
    Atomics.notify(this.words, TURN);
  }

  /** End it; `end` is { status }, { failure } or { stopped: true }. */
  async finish(end) {
    this.worker.terminate();
    if (!end.failure) await this.written;
    this.resolve(end);
  }
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// ---------------------------------------------------------------- what is shown

/** The output, stdout and stderr in the order in which they came. */
class Screen {
  constructor(element) {
    this.element = element;
    this.clear();
  }
  clear() {
    this.element.textContent = "";
    this.decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
    this.length = 0;
  }
  write(fd, bytes) {
    this.append(this.decoders[fd].decode(bytes, { stream: true }), fd === 2 ? "err" : "out");
  }
  append(text, kind) {
    const follows =
      this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40;
    let last = this.element.lastElementChild;
    if (!last || last.className !== kind || last.textContent.length > 10000) {
      last = this.element.appendChild(document.createElement("span"));
      last.className = kind;
    }
    last.append(text.length > KEPT ? text.slice(-KEPT) : text);
    this.length += text.length;
    while (this.length > KEPT && this.element.firstElementChild !== last) {
      this.length -= this.element.firstElementChild.textContent.length;
      this.element.firstElementChild.remove();
    }
    if (follows) this.element.scrollTop = this.element.scrollHeight;
  }
}

const screen_ = new Screen($("output"));

function showStatus(text, kind) {
  $("status").textContent = text;
  $("status").className = kind;
}

function showBegin(paths, args) {
  screen_.clear();
  $("facts").hidden = true;
  const words = [...paths.slice(0, 1).map(baseName), ...args];
  $("command").textContent = words.map(quote).join(" ");
  document.title = `${words[0]} · muslfall`;
  showStatus("running", "busy");
}

const SIGNALS = {
  130: "interrupted",
  134: "trapped or aborted",
  137: "killed",
  139: "segmentation fault",
  143: "terminated",
};

function showEnd({ status, failure, stopped }, stats) {
  if (stopped) return showStatus("stopped", "bad");
  if (failure) {
    screen_.append(`${failure}\n`, "err");
    return showStatus("failed", "bad");
  }
  const known = status === 127 && stats && stats.run_ms === null ? "not loaded" : SIGNALS[status];
  showStatus(`status ${status}${known ? `, ${known}` : ""}`, status === 0 ? "good" : "bad");
  if (stats) showStats(stats);
}

const milliseconds = (value) => (value === null ? "–" : `${value.toFixed(1)} ms`);

function showStats(stats) {
  const phases = ["load", "link", "run"].map((name) => [name, stats[`${name}_ms`]]);
  const total = phases.reduce((sum, [, value]) => sum + (value || 0), 0);
  $("times").replaceChildren(
    ...phases.map(([name, value]) => {
      const part = make("span", "", name);
      part.style.flex = String((value || 0) / (total || 1));
      return part;
    }),
  );
  $("times").setAttribute(
    "aria-label",
    phases.map(([name, value]) => `${name} ${milliseconds(value)}`).join(", "),
  );
  const rows = phases.map(([name, value]) => [name, milliseconds(value), name]);
  rows.push(["together", milliseconds(total), ""]);
  rows.push(["memory", `${(stats.memory_bytes / 1048576).toFixed(1)} MiB`, ""]);
  $("phases").replaceChildren(
    ...rows.flatMap(([name, value, kind]) => [
      make("i", "", kind),
      make("dt", name),
      make("dd", value),
    ]),
  );
  showCalls(Object.entries(stats.syscalls).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  $("facts").hidden = false;
}

function showCalls(calls) {
  const most = Math.max(1, ...calls.map(([, count]) => count));
  const rows = calls.map(([name, count]) => {
    const row = make("tr");
    const meter = make("meter");
    Object.assign(meter, { max: most, value: count, title: `${name}: ${count}` });
    const middle = make("td");
    middle.append(meter);
    row.append(make("td", name), middle, make("td", String(count)));
    return row;
  });
  if (!rows.length) rows.push(make("tr"), make("td", "none"));
  $("calls").tBodies[0].replaceChildren(...rows);
}

function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);

// ---------------------------------------------------------------- driven by the server

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
}

async function doJob({ number, ...told }) {
  const address = `jobs/${number}`;
  showBegin(told.paths, told.args);
  const run = new Run(
    { ...told, folders: address },
    {
      output(fd, bytes) {
        screen_.write(fd, bytes);
        return post(`${address}/${fd}`, bytes);
      },
      async input(size) {
        const answer = await fetch(`${address}/stdin?size=${size}`);
        if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
        return new Uint8Array(await answer.arrayBuffer());
      },
    },
  );
  const end = await run.end;
  showEnd(end, run.stats);
  await post(
    `${address}/end`,
    JSON.stringify({ status: end.status || 0, failure: end.failure || "" }),
  );
}

async function beDriven() {
  $("form").hidden = true;
  $("form").parentElement.style.gridTemplateColumns = "minmax(0, 1fr)";
  fetch("alive").catch(() => {});
  for (;;) {
    const answer = await fetch("next");
    if (answer.status === 200) await doJob(await answer.json());
    else if (answer.status !== 204) return;
  }
}

// ---------------------------------------------------------------- driven by a person

let current = null; // the Run
const typed = { lines: [], ended: false, wake: null }; // what was typed and not read yet
const own = new Map(); // addresses of the user's modules, by name
const seen = {}; // files of the user's, by path

/** Words as a shell splits them: blanks, quotes, backslashes. */
function splitWords(text) {
  const words = [];
  const pattern = /\s*((?:[^\s'"\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+)/gy;
  for (let match; (match = pattern.exec(text));) {
    words.push(
      match[1].replace(
        /\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"/g,
        (_, one, single, double) =>
          one !== undefined
            ? one
            : single !== undefined
              ? single
              : double.replace(/\\([\s\S])/g, "$1"),
      ),
    );
  }
  return words;
}

function chosenModules() {
  const libraries = [...$("libraries").querySelectorAll("input:checked")].map(
    (input) => input.value,
  );
  const program = $("program").value;
  return [program, ...libraries.filter((path) => path !== program)];
}

function jobOfForm() {
  return {
    paths: chosenModules(),
    args: splitWords($("args").value),
    env: $("env")
      .value.split("\n")
      .map((line) => line.trim())
      .filter((line) => line.indexOf("=") > 0),
    files: seen,
    modules: Object.fromEntries(own),
    strict: $("strict").checked,
    trace: $("trace").checked,
    report: true,
  };
}

/** What is read: the text given beforehand, or else what is typed meanwhile. */
function makeInput(text) {
  let rest = new TextEncoder().encode(text);
  const given = rest.length > 0;
  return async (size) => {
    while (!given && !rest.length && !typed.ended && !typed.lines.length) {
      $("typed").hidden = false;
      $("line").focus();
      await new Promise((resolve) => (typed.wake = resolve));
    }
    if (!rest.length && typed.lines.length && !given)
      rest = new TextEncoder().encode(typed.lines.shift());
    const part = rest.subarray(0, size);
    rest = rest.subarray(part.length);
    return part;
  };
}

function type(text) {
  if (text === null) typed.ended = true;
  else {
    typed.lines.push(text);
    screen_.append(text, "in");
  }
  if (typed.wake) typed.wake();
}

async function runForm() {
  const job = jobOfForm();
  if (!job.paths[0]) return showStatus("choose a program", "bad");
  Object.assign(typed, { lines: [], ended: false, wake: null });
  showBegin(job.paths, job.args);
  [$("run").disabled, $("stop").disabled] = [true, false];
  current = new Run(job, {
    output: (fd, bytes) => screen_.write(fd, bytes),
    input: makeInput($("stdin").value),
  });
  const end = await current.end;
  showEnd(end, current.stats);
  current = null;
  [$("run").disabled, $("stop").disabled] = [false, true];
  $("typed").hidden = true;
}

function addOption(path, name) {
  const option = make("option", name);
  option.value = path;
  $("program").append(option);
}

function addLibrary(path, name, checked) {
  const label = make("label");
  const box = make("input");
  Object.assign(box, { type: "checkbox", value: path, checked });
  label.append(box, name);
  $("libraries").append(label);
}

function takeModules(files) {
  for (const file of files) {
    if (!own.has(file.name)) {
      addOption(file.name, `${file.name} (yours)`);
      addLibrary(file.name, `${file.name} (yours)`, false);
    }
    own.set(file.name, URL.createObjectURL(new Blob([file], { type: "application/wasm" })));
  }
  if (files.length) $("program").value = files[0].name;
}

async function takeFiles(files) {
  for (const file of files) seen[`/${file.name}`] = new Uint8Array(await file.arrayBuffer());
  $("files-list").textContent = Object.keys(seen).sort().join(", ") || "none";
}

/** Let files be chosen by the input, or dropped on what is around it. */
function acceptFiles(input, take) {
  const area = input.closest(".drop");
  input.addEventListener("change", () => take([...input.files]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    area.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.toggle("over", name === "dragover");
      if (name === "drop") take([...event.dataTransfer.files]);
    });
  }
}

async function beUsed() {
  const { programs, libraries } = await (await fetch("programs")).json();
  for (const path of programs) addOption(path, baseName(path));
  for (const path of libraries) addLibrary(path, baseName(path), true);
  acceptFiles($("modules"), takeModules);
  acceptFiles($("files"), takeFiles);
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    $("result").scrollIntoView({ block: "nearest" }); // on a narrow screen it is below
    if (!current) runForm();
  });
  $("stop").addEventListener("click", () => current && current.finish({ stopped: true }));
  $("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    type(`${$("line").value}\n`);
    $("line").value = "";
  });
  $("eof").addEventListener("click", () => type(null));
  if (location.hash === "#run") runForm();
}

if (location.hash === "#driven") beDriven();
else beUsed().catch((error) => showStatus(error.message, "bad"));
