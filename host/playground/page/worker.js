// The worker: WebAssembly, asked a little at a time, so that a new strip supersedes the old one within a frame.
//
// In:  { start: deflated bytes of the module }, { id, ask: request } (answered at once),
//      { strip, revision, whole } (whole: solved from the first slice on), { budget }, { ensemble: request or null }, { selfTest: true }, { map: { strip, kind, revision } }.
// Out: { ready }, { id, answer }, { revision, exact | timing | prediction | spectrum | failure | map }, { ensemble },
//      { selfTest }, { broken: message }.
//
// Maps are computed in one piece, by a worker of their own (engine.js), so that no stroke waits for them.
'use strict';

let wasm = null;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The answer of the playground (src/playground.rs) to a question. */
function ask(request) {
  const question = encoder.encode(JSON.stringify(request));
  const place = wasm.request(question.length);
  new Uint8Array(wasm.memory.buffer, place, question.length).set(question);
  const length = wasm.answer();
  const answer = new Uint8Array(wasm.memory.buffer, wasm.answer_place(), length);
  return JSON.parse(decoder.decode(answer));
}

async function start(deflated) {
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const { instance } = await WebAssembly.instantiate(await new Response(stream).arrayBuffer(), {});
  wasm = instance.exports;
  postMessage({ ready: ask({ do: 'about' }) });
}

// What a portion of work may take, in milliseconds: half a frame.
const PORTION = 8;
// Multiply-adds of a portion of each kind, adapted to the machine.
const work = { advance: 1_000_000, advance_spectrum: 1_000_000, advance_ensemble: 1_000_000 };

/** Asks for a portion of work; gives the answer and its time in milliseconds. */
function portion(kind) {
  const began = performance.now();
  const answer = ask({ do: kind, work: Math.round(work[kind]) });
  const time = performance.now() - began;
  const ratio = PORTION / Math.max(time, PORTION / 4);
  work[kind] = Math.min(Math.max(work[kind] * ratio, 200_000), 200_000_000);
  return [answer, time];
}

let budget = 1_000_000;
// The first solution has the browser compile the code: its time says little.
let cold = true;
// What is to be done for the strip at hand.
let job = null;
// The ensemble that is played: { next: time of the next report }.
let ensemble = null;
// The next part of the self-test, or null.
let selfTest = null;

const PREDICTORS = ['counting', 'paper-cnn-g', 'best-g', 'hybrid-g'];

function begin({ strip, revision, whole }) {
  const began = performance.now();
  const answer = ask({ do: 'begin', strip });
  const time = performance.now() - began;
  if (answer.error) {
    job = null;
    postMessage({ revision, failure: answer.error });
    return;
  }
  // The same strip once more takes no time to solve: what it took before says more.
  const known = answer.kept_slices === strip.length;
  const same = known && !whole && job?.exact && !job.timing;
  // A strip that was not painted is timed as one that nothing was known of: what it shares with the last one is chance.
  if (whole) ask({ do: 'restart' });
  job = {
    revision,
    length: strip.length,
    impurities: answer.impurities,
    kept: whole ? 0 : same ? job.kept : answer.kept_slices,
    exactTime: same ? job.exactTime : time,
    exact: false,
    // Whether the time of the solution is still to be taken, from a second one.
    timing: known && !whole && !same,
    predictors: [...PREDICTORS],
    points: [],
    spectrum: false,
  };
}

// Predictors that have run before: the first run reads the models and has the browser compile.
const warm = new Set();

function predict(predictor) {
  if (!warm.has(predictor)) {
    ask({ do: 'predict', predictor, budget });
    warm.add(predictor);
  }
  const began = performance.now();
  const answer = ask({ do: 'predict', predictor, budget });
  const time = performance.now() - began;
  postMessage({ revision: job.revision, prediction: { predictor, time, budget, ...answer } });
}

/** A portion of the exact solution; gives its answer, or null where there is none. */
function advance() {
  const [answer, time] = portion('advance');
  job.exactTime += time;
  if (!answer.error) return answer;
  postMessage({ revision: job.revision, failure: answer.error });
  job = null;
  return null;
}

/** A map of a strip, which is solved first. */
function map({ strip, kind, revision }) {
  const began = performance.now();
  const solved = [{ do: 'begin', strip }, { do: 'advance', work: Number.MAX_SAFE_INTEGER }].map(ask);
  const answer = solved.find(({ error }) => error) ?? ask({ do: 'map', kind });
  postMessage({ revision, map: { ...answer, kind, time: performance.now() - began } });
}

/** One portion of what is most urgent; false if there is nothing to do. */
function step() {
  if (job && !job.exact) {
    const answer = advance();
    if (!answer) return true;
    const { kept, impurities, length, exactTime } = job;
    job.exact = answer.transmission !== null;
    if (job.exact && cold) {
      cold = false;
      job.timing = true;
    }
    const time = job.timing ? null : exactTime;
    const exact = { kept, impurities, length, slices: answer.slices, time, so_far: exactTime, transmission: answer.transmission };
    postMessage({ revision: job.revision, exact });
    return true;
  }
  if (job && job.predictors.length > 0) {
    predict(job.predictors.shift());
    return true;
  }
  if (job?.timing) {
    if (job.timing === true) {
      ask({ do: 'restart' });
      Object.assign(job, { timing: 'again', exactTime: 0 });
    }
    const answer = advance();
    if (answer && answer.transmission !== null) {
      job.timing = false;
      postMessage({ revision: job.revision, timing: { time: job.exactTime } });
    }
    return true;
  }
  if (selfTest !== null) {
    const outcome = ask({ do: 'self_test', part: selfTest });
    selfTest = outcome.error ? null : selfTest + 1;
    postMessage({ selfTest: outcome.error ? { finished: true } : outcome });
    return true;
  }
  // T(E) and an ensemble take turns.
  const both = job && !job.spectrum && ensemble;
  if (job && !job.spectrum && !(both && ensemble.turn)) {
    if (both) ensemble.turn = true;
    const [answer] = portion('advance_spectrum');
    if (answer.error) {
      job.spectrum = true;
      postMessage({ revision: job.revision, spectrum: { error: answer.error } });
      return true;
    }
    job.points.push(...answer.points);
    job.spectrum = answer.finished;
    if (answer.points.length > 0) {
      const { energies, finished } = answer;
      postMessage({ revision: job.revision, spectrum: { points: answer.points, energies, finished } });
    }
    return true;
  }
  if (ensemble) {
    ensemble.turn = false;
    const [answer] = portion('advance_ensemble');
    if (answer.error) {
      ensemble = null;
      postMessage({ ensemble: { error: answer.error } });
    } else if (answer.state && performance.now() >= ensemble.next) {
      ensemble.next = performance.now() + 50;
      const seconds = (performance.now() - ensemble.began) / 1000;
      postMessage({ ensemble: { ...answer.state, seconds } });
    }
    return true;
  }
  return false;
}

// Between two portions the browser delivers what has arrived.
const channel = new MessageChannel();
let running = false;
channel.port1.onmessage = () => {
  try {
    running = step();
    if (running) channel.port2.postMessage(null);
  } catch (error) {
    running = false;
    postMessage({ broken: String(error) });
  }
};

function run() {
  if (running || wasm === null) return;
  running = true;
  channel.port2.postMessage(null);
}

onmessage = async ({ data }) => {
  try {
    if (data.start) await start(data.start);
    if (data.ask) postMessage({ id: data.id, answer: ask(data.ask) });
    if (data.strip) begin(data);
    if (data.budget) {
      budget = data.budget;
      if (job && !job.predictors.includes('hybrid-g')) job.predictors.unshift('hybrid-g');
    }
    if (data.map) map(data.map);
    if (data.selfTest) selfTest = 0;
    if (data.ensemble !== undefined) {
      ensemble = null;
      if (data.ensemble) {
        const answer = ask({ do: 'begin_ensemble', ...data.ensemble });
        if (answer.error) postMessage({ ensemble: { error: answer.error } });
        else ensemble = { began: performance.now(), next: 0, turn: false };
      }
    }
    run();
  } catch (error) {
    postMessage({ broken: String(error) });
  }
};
