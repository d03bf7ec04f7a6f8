// worker.js: runs one program by wasm.js, in a thread of its own: the page lives on meanwhile.
//
// The page sends one job:
//   paths, args, env, dirs, kernel, strict, stats, trace: as wasm.js has them
//   modules    { path: address… } of those that the user gave; others are at module?path=…
//   files      { "/path": bytes… } to be seen by the program; or
//   folders    the address of file?path=… and folder?path=…, which the page's server answers
//   shared     memory, by which the page answers (see page.js)
// and is sent { fd, bytes } for what the program writes, { want } when it reads, { stats },
// and at the end { status } or { failure }.

"use strict";

importScripts("wasm.js");

const [TURN, SIZE, SEEN, HEAD] = [0, 1, 2, 16];
const PIECE = 1 << 20; // bytes that are sent at once
const AHEAD = 4 << 20; // bytes that the page may be behind

/** What the program writes, no faster than the page takes it. */
function makeWriter(words) {
  let sent = 0;
  return (fd, bytes) => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.slice(at, at + PIECE);
      sent = (sent + piece.length) | 0;
      postMessage({ fd, bytes: piece }, [piece.buffer]);
      for (let seen; ((sent - (seen = Atomics.load(words, SEEN))) | 0) > AHEAD;) {
        Atomics.wait(words, SEEN, seen);
      }
    }
  };
}

/** What the program reads: asks the page, and waits. */
function makeReader(words, room) {
  return (size) => {
    Atomics.store(words, TURN, 0);
    postMessage({ want: Math.min(size, room.length) });
    Atomics.wait(words, TURN, 0);
    return room.slice(0, words[SIZE]);
  };
}

/** Folders of the server's machine, for wasm.js. */
function serverFiles(address) {
  const get = (what, path) => {
    const request = new XMLHttpRequest();
    request.open("GET", `${address}/${what}?path=${encodeURIComponent(path)}`, false);
    request.responseType = "arraybuffer";
    request.send();
    return request.status === 200 ? new Uint8Array(request.response) : null;
  };
  const list = (path) => {
    const found = get("folder", path);
    return found && JSON.parse(new TextDecoder().decode(found));
  };
  return { read: (path) => get("file", path), isDirectory: (path) => list(path) !== null, list };
}

function optionsOf(job) {
  const words = new Int32Array(job.shared, 0, HEAD / 4);
  const stats = job.report ? (stats) => postMessage({ stats }) : job.stats;
  const given = job.modules || {};
  return {
    ...job,
    stats,
    files: job.folders ? serverFiles(job.folders) : job.files,
    write: makeWriter(words),
    input: makeReader(words, new Uint8Array(job.shared, HEAD)),
    locate: (path) => given[path] || `module?path=${encodeURIComponent(path)}`,
  };
}

onmessage = async ({ data: job }) => {
  try {
    postMessage({ status: await muslfall.load(job.paths, optionsOf(job)) });
  } catch (error) {
    postMessage({ failure: `internal error: ${error && error.message}` });
  }
};
