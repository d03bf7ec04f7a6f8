// The command line: its options, and how it runs on a host that answers at once.

import { escaped, utf8Encode } from "./text.mjs";
import { INTERNAL, NAME, USAGE, UsageError } from "./failures.mjs";
import { drive } from "./steps.mjs";
import { execute, makeProgram } from "./program.mjs";

const HELP = `usage: ${NAME} [option…] main.wasm [library.wasm…] [-- argument…]
  --dir=HOST[::GUEST]  preopen the directory HOST under the name GUEST
  --env=NAME=VALUE     one environment variable
  --kernel=PATH        the kernel; default: kernel.wasm beside the module that needs it
  --debug=FOLDER       where unstripped twins of modules are, for the stack of a trap
  --strict             an unmet import is an error instead of a stub
  --stats              after the run, one JSON line on stderr: times in ms, memory in bytes, system calls
  --trace              each system call on stderr, as strace writes it
  --no-cache           nothing here: V8 compiles what is called, when it is called
  --wasi=js            the WASI of ${NAME} even where the host has one
`;

/** Split the command line: { paths, args, options }. Throws UsageError. */
export function parseCommandLine(words, host) {
  const rest = words[0] === "--" ? words.slice(1) : words;
  const end = rest.indexOf("--");
  const own = end < 0 ? rest : rest.slice(0, end);
  const options = {
    strict: false,
    stats: false,
    trace: false,
    help: false,
    kernel: null,
    env: [],
    dirs: [],
    debug: [],
    wasi: "host",
  };
  for (const word of own.filter((word) => word.startsWith("-"))) parseOption(word, options, host);
  const paths = own.filter((word) => !word.startsWith("-"));
  if (!paths.length && !options.help) throw new UsageError("no module to run; --help explains");
  return { paths, args: end < 0 ? [] : rest.slice(end + 1), options };
}

function parseOption(word, options, host) {
  const at = word.indexOf("=");
  const name = at < 0 ? word : word.slice(0, at);
  const value = at < 0 ? null : word.slice(at + 1);
  if (["--strict", "--stats", "--trace", "--help", "--no-cache"].includes(name) && value === null)
    options[name.slice(2)] = true;
  else if (name === "--kernel" && value) options.kernel = value;
  else if (name === "--debug" && value) options.debug.push(value);
  else if (name === "--wasi" && value === "js") options.wasi = value;
  else if (name === "--env" && value && value.indexOf("=") > 0) options.env.push(value);
  else if (name === "--dir" && value) options.dirs.push(parseDirectory(value, host));
  else throw new UsageError(`unknown option ${word}; --help explains`);
}

function parseDirectory(value, host) {
  const at = value.indexOf("::");
  const [path, guest] = at < 0 ? [value, value] : [value.slice(0, at), value.slice(at + 2)];
  if (host.files.isDirectory(path) === false)
    throw new UsageError(`--dir=${value}: no such directory`);
  return [path, guest];
}

/** Run a command line on a host that answers at once; gives the exit status. */
export function main(words, host) {
  try {
    const { paths, args, options } = parseCommandLine(words, host);
    if (options.help) return host.write(1, utf8Encode(HELP)) || 0;
    return drive(execute(makeProgram(paths[0], args, options, host), paths), host);
  } catch (error) {
    host.write(2, utf8Encode(`${NAME}: ${escaped(explain(error))}\n`));
    return error instanceof UsageError ? USAGE : INTERNAL;
  }
}

function explain(error) {
  return error instanceof UsageError ? error.message : `internal error: ${error && error.message}`;
}
