// The page: what the controls do, and where results go.

import { energyRange } from 'page/colour.js';
import { Comparison, NAMES, hybridNote } from 'page/compare.js';
import { Engine } from 'page/engine.js';
import { conductance, count, energy as shownEnergy, time } from 'page/format.js';
import { drawDistribution, drawSpectrum } from 'page/plots.js';
import { StripView, thumbnail } from 'page/strip.js';

const element = (id) => document.getElementById(id);

// What is known of the strip at hand.
const state = {
  revision: 0,
  // What the strip was drawn by (src/origin.rs), and that strip: painting leads away from it.
  origin: { kind: 'clean' },
  drawn: null,
  sample: 0,
  points: [],
  impurities: 0,
  hybrid: null,
  link: '',
  playing: false,
  // The brush's, in t: the last that was valid.
  energy: 5,
};

/** Says something to readers of the screen; a later text replaces it. */
function say(text) {
  element('live').textContent = text;
}

let messageTimer = 0;
/** Shows what went wrong; until the next action, if it is `lasting`. */
function complain(text, lasting = false) {
  const message = element('message');
  message.textContent = text;
  message.hidden = false;
  clearTimeout(messageTimer);
  if (!lasting) messageTimer = setTimeout(() => (message.hidden = true), 8000);
}

/** Runs an action whose errors the user shall see. */
function tried(action) {
  return async (...values) => {
    try {
      await action(...values);
    } catch (error) {
      complain(error.message);
    }
  };
}

const comparison = new Comparison({ rows: element('rows'), scale: element('scale'), verdict: element('verdict') });

const view = new StripView(element('strip'), {
  changed: () => stripChanged(),
  ended: () => showHistory(),
  say,
  brush: () => ({
    energy: state.energy,
    radius: Number(element('radius-brush').value),
    erases: document.querySelector('input[name="tool"]:checked').value === 'erase',
  }),
});

// Results.

const listeners = {
  broken: (text) => complain(`The page cannot compute here: ${text}`, true),
  failure: (text, revision) => {
    if (revision !== state.revision) return;
    element('g').textContent = 'unknown';
    complain(text);
  },
  exact: (exact, revision) => {
    if (revision !== state.revision) return;
    const { transmission, slices, length } = exact;
    state.impurities = exact.impurities;
    const progress = element('progress');
    // Only what takes long enough to be seen.
    progress.hidden = transmission !== null || exact.time < 100;
    progress.value = slices / length;
    if (!transmission) return;
    element('g').textContent = conductance(transmission.value, transmission.ln);
    element('echo').textContent = element('g').textContent;
    element('t').textContent = String(transmission.value);
    element('bits').textContent = `0x${transmission.bits}`;
    const from = exact.kept > 0 && exact.kept < length ? ` from x = ${exact.kept} on` : '';
    const fallback = transmission.fallback ? ', by a fallback solver' : '';
    element('g-note').textContent = `exact, in ${time(exact.time)}${from}${fallback}`;
    comparison.setExact(transmission, exact.time);
    if (performance.getEntriesByName('first G').length === 0) performance.mark('first G');
    document.body.dataset.solved = String(revision);
    sayConductance(transmission);
  },
  prediction: (prediction, revision) => {
    if (revision !== state.revision) return;
    comparison.setPrediction(prediction);
    if (prediction.predictor === 'hybrid-g') {
      state.hybrid = prediction;
      element('hybrid-note').textContent = hybridNote(prediction, state.impurities);
      view.mark(prediction.error || prediction.exact || prediction.stopped_at === null ? null : prediction.stopped_at);
      document.body.dataset.predicted = `${revision} ${prediction.budget}`;
    }
  },
  spectrum: (spectrum, revision) => {
    if (revision !== state.revision) return;
    if (spectrum.error) {
      element('spectrum-note').textContent = spectrum.error;
      return;
    }
    state.points.push(...spectrum.points);
    drawSoon();
    const known = `${state.points.length} of ${spectrum.energies} energies`;
    element('spectrum-note').textContent = spectrum.finished ? `${spectrum.energies} energies` : known;
    document.body.dataset.spectrum = spectrum.finished ? String(revision) : '';
  },
  ensemble: (ensemble) => {
    if (ensemble.error) {
      stopPlaying();
      complain(ensemble.error);
    } else if (state.playing) showEnsemble(ensemble);
  },
  selfTest: (outcome) => takeSelfTest(outcome),
};

let spokenTimer = 0;
/** Tells the conductance to readers of the screen, once painting rests. */
function sayConductance({ value, ln }) {
  clearTimeout(spokenTimer);
  spokenTimer = setTimeout(() => say(`G is ${conductance(value, ln)} times 2 e squared over h`), 600);
}

let drawing = false;
/** Draws T(E), at most once a frame. */
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (state.points.length > 1) drawSpectrum(element('spectrum'), state.points);
  });
}

const failures = [];
let passed = 0;
function takeSelfTest(outcome) {
  const place = element('self-test');
  if (!outcome.finished) {
    if (outcome.passed) passed += 1;
    else failures.push(`${outcome.name}: ${outcome.difference}`);
    return;
  }
  place.dataset.passed = String(passed);
  place.dataset.failed = String(failures.length);
  if (failures.length === 0) {
    place.textContent = `Self-test: all models’ own outputs and T of ${passed - 3} strips have the bits of an x86-64 machine here.`;
  } else {
    place.textContent = `Self-test FAILED, do not trust this browser’s numbers: ${failures.join('; ')}`;
  }
}

// The strip.

/** Is it just what its model draws, with impurities that the networks were trained on? */
function isRandom() {
  const { origin, drawn } = state;
  const ofModel2 = origin.kind === 'disorder' && origin.model === 2;
  return ofModel2 && drawn.every((energy, site) => energy === view.strip.onsite[site]);
}

/** The strip has been drawn anew or painted: everything about it is asked for again. */
function stripChanged() {
  state.revision += 1;
  state.points = [];
  comparison.reset(isRandom());
  document.body.dataset.revision = String(state.revision);
  const [low, high] = energyRange(view.strip.onsite);
  element('low').textContent = low === 0 ? '0' : `${shownEnergy(low)} t`;
  element('high').textContent = `${shownEnergy(high)} t`;
  const sites = view.strip.onsite.length;
  const impurities = view.strip.onsite.reduce((sum, energy) => sum + (energy === 0 ? 0 : 1), 0);
  const percent = ((100 * impurities) / sites).toFixed(1);
  element('impurities').textContent = `${impurities} of ${sites} sites are not 0 (${percent} %)`;
  engine.tell({ strip: view.content(), revision: state.revision });
  linkSoon();
}

/** Shows whether there is something to undo. */
function showHistory() {
  element('undo').disabled = view.done.length === 0;
  element('redo').disabled = view.undone.length === 0;
}

/** Shows a strip that the playground has drawn or read. */
function show({ strip, origin }) {
  state.origin = origin;
  state.drawn = strip.onsite;
  view.mark(null);
  view.show(strip);
  showHistory();
  fillForm(strip, origin);
  stripChanged();
}

// The form of presets.

/** Shows the parameters that go with the preset. */
function showParameters() {
  const preset = element('preset').value;
  for (const part of document.querySelectorAll('[data-for]')) {
    part.hidden = !part.dataset.for.split(' ').includes(preset);
  }
}

/** Sets the form to what a strip was drawn by. */
function fillForm({ length, width }, origin) {
  element('length').value = length;
  element('width').value = width;
  if (origin.kind === 'disorder') {
    element('preset').value = `model-${origin.model}`;
    element('seed').value = origin.seed;
    if (origin.model === 1) element('strength').value = origin.parameter;
    else element('concentration').value = Number((100 * origin.parameter).toPrecision(12));
    state.sample = origin.sample;
  } else if (origin.kind === 'potential') {
    element('preset').value = 'potential';
    element('height').value = origin.height;
    element('radius').value = origin.radius;
    element('seed').value = origin.seed;
  }
  showParameters();
}

const number = (id) => element(id).valueAsNumber;

/** The question by which the form's strip is drawn. */
function drawRequest() {
  const preset = element('preset').value;
  const size = { length: number('length'), width: number('width') };
  if (preset === 'clean') return { do: 'draw', ...size, origin: { kind: 'clean' } };
  if (preset === 'potential') {
    const origin = { kind: 'potential', height: number('height'), radius: number('radius'), seed: number('seed') };
    return { do: 'draw', ...size, origin };
  }
  if (preset === 'point-contact' || preset === 'slit') {
    const opening = Math.min(number('opening'), size.width);
    return { do: 'shape', ...size, shape: { kind: preset.replace('-', '_'), energy: 5, opening } };
  }
  const model = Number(preset.slice('model-'.length));
  const parameter = model === 1 ? number('strength') : number('concentration') / 100;
  return { do: 'draw', ...size, origin: { kind: 'disorder', model, parameter, seed: number('seed'), sample: state.sample } };
}

const drawForm = tried(async () => {
  if (!element('preset-form').reportValidity()) return;
  const preset = element('preset').value;
  show(await engine.ask(drawRequest()));
  // A shape is painted on a clean strip; the form goes on showing which.
  element('preset').value = preset;
  showParameters();
  stopPlaying();
});

element('preset-form').addEventListener('submit', (event) => {
  event.preventDefault();
  state.sample = 0;
  drawForm();
});
element('preset').addEventListener('change', () => {
  showParameters();
  state.sample = 0;
  drawForm();
});
element('next-sample').addEventListener('click', () => {
  state.sample += 1;
  drawForm();
});
element('energy').addEventListener('input', ({ target }) => {
  if (target.validity.valid) state.energy = target.valueAsNumber;
});
for (const id of ['undo', 'redo', 'clear']) element(id).addEventListener('click', () => view[id]());
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches('input[type="number"]')) return;
  const key = event.key.toLowerCase();
  if (key === 'z' || key === 'y') {
    event.preventDefault();
    if (key === 'y' || event.shiftKey) view.redo();
    else view.undo();
  }
});

// The budget of the hybrid: from what its head costs to what covers almost every strip.

const BUDGETS = [449, 5_000_000];
function budget() {
  const share = number('budget') / 100;
  const rough = BUDGETS[0] * (BUDGETS[1] / BUDGETS[0]) ** share;
  return Math.max(Math.round(Number(rough.toPrecision(2))), BUDGETS[0]);
}
function showBudget() {
  const text = `${count(budget())} multiply-adds`;
  element('budget-text').textContent = text;
  element('budget').setAttribute('aria-valuetext', text);
}
element('budget').addEventListener('input', () => {
  showBudget();
  engine.tell({ budget: budget() });
});

// The ensemble.

const reduced = window.matchMedia('(prefers-reduced-motion: reduce)');

function stopPlaying() {
  if (!state.playing) return;
  state.playing = false;
  element('play').textContent = 'Play';
  element('play').setAttribute('aria-pressed', 'false');
  engine.tell({ ensemble: null });
}

element('play').addEventListener('click', () => {
  if (state.playing) {
    stopPlaying();
    return;
  }
  const request = drawRequest();
  if (!element('preset-form').reportValidity()) return;
  if (request.origin?.kind !== 'disorder') {
    complain('Choose one of the models I to IV: an ensemble is made of random strips.');
    return;
  }
  state.playing = true;
  element('play').textContent = 'Stop';
  element('play').setAttribute('aria-pressed', 'true');
  const { length, width, origin } = request;
  engine.tell({ ensemble: { length, width, origin: { ...origin, sample: 0 }, budget: budget() } });
});

function showEnsemble(ensemble) {
  element('ensemble-results').hidden = false;
  const { samples, mean, standard_error: error, seconds, last, predictors } = ensemble;
  const spread = error === null ? '' : ` ± ${error.toFixed(4)}`;
  const average = mean === null ? 'too small to show' : `${conductance(mean)}${spread}`;
  const rate = (samples / Math.max(seconds, 0.001)).toFixed(samples > 20 * seconds ? 0 : 1);
  element('ensemble-note').textContent = `${samples} strips, ⟨G⟩ = ${average} × 2e²/h; ${rate} strips a second.`;
  element('ensemble-note').dataset.samples = samples;
  const distribution = element('distribution');
  distribution.setAttribute('aria-label', `Distribution of the conductance of ${samples} strips, mean ${average}`);
  drawDistribution(distribution, ensemble, ['paper-cnn-g', 'best-g']);
  if (last && (!reduced.matches || samples % 50 === 1)) {
    element('thumbnail').hidden = false;
    thumbnail(element('thumbnail'), last);
  }
  const rows = (predictors.Ok ?? []).map((one) => {
    const row = document.createElement('tr');
    const head = document.createElement('th');
    head.scope = 'row';
    head.className = one.predictor;
    head.textContent = NAMES[one.predictor];
    const mae = document.createElement('td');
    const uncertain = one.standard_error === null ? '' : ` ± ${one.standard_error.toFixed(4)}`;
    mae.textContent = `${one.mean_absolute_error.toFixed(4)}${uncertain}`;
    const within = document.createElement('td');
    within.textContent = one.within_interval === null ? '' : `${(100 * one.within_interval).toFixed(1)} %`;
    row.append(head, mae, within);
    return row;
  });
  if (predictors.Err) {
    const row = document.createElement('tr');
    const why = document.createElement('td');
    why.className = 'why';
    why.colSpan = 3;
    why.textContent = predictors.Err;
    row.append(why);
    rows.push(row);
  }
  element('ensemble-rows').replaceChildren(...rows);
}

// Links and files.

let linkTimer = 0;
/** Puts the strip into the address, once painting rests. */
function linkSoon() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(tried(writeLink), 250);
}

async function writeLink() {
  clearTimeout(linkTimer);
  const { revision } = state;
  const { link } = await engine.ask({ do: 'write_link', strip: view.content(), origin: state.origin });
  if (revision !== state.revision) return;
  state.link = `#${link}`;
  window.history.replaceState(null, '', state.link);
  document.body.dataset.linked = String(revision);
}

async function readLink(link) {
  show(await engine.ask({ do: 'read_link', link }));
}

window.addEventListener('hashchange', () => {
  if (window.location.hash && window.location.hash !== state.link) tried(readLink)(window.location.hash);
});

element('copy').addEventListener(
  'click',
  tried(async () => {
    await writeLink();
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      say('The link is copied');
      element('copy').textContent = 'Copied';
      setTimeout(() => (element('copy').textContent = 'Copy link'), 2000);
    } catch {
      throw new Error('This browser does not let the page copy: the link is in its address bar.');
    }
  }),
);

element('download').addEventListener(
  'click',
  tried(async () => {
    const { bytes } = await engine.ask({ do: 'write_npy', strip: view.content() });
    const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: 'application/octet-stream' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = 'strip.npy';
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }),
);

// A file of many strips of 80 x 80 sites is larger; the first is all that is shown.
const MAX_FILE = 4 << 20;

const openFile = tried(async (file) => {
  if (!file) return;
  if (file.size > MAX_FILE) throw new Error(`${file.name} has ${count(file.size)} bytes: at most 4 MiB are read`);
  const bytes = Array.from(new Uint8Array(await file.arrayBuffer()));
  const read = await engine.ask({ do: 'read_npy', bytes });
  show(read);
  if (read.samples > 1) complain(`The file holds ${read.samples} strips: this is the first.`);
  else if (read.may_be_species) complain('Are these numbers of species? They are taken as on-site energies in t.');
});

element('upload').addEventListener('change', async (event) => {
  await openFile(event.target.files[0]);
  event.target.value = '';
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  openFile(event.dataTransfer.files[0]);
});

// Begin.

const text = (id) => element(id).textContent.trim();
const engine = new Engine(text('worker'), text('module'), listeners);
showBudget();
engine.tell({ budget: budget() });
const start = window.location.hash ? tried(readLink)(window.location.hash) : drawForm();
start.then(async () => {
  // A link that leads nowhere has said so; the page begins without it.
  if (!view.strip) await drawForm();
  await engine.tell({ selfTest: true });
}, () => {});
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.draw());
new ResizeObserver(drawSoon).observe(element('spectrum').parentElement);
