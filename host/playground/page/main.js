// The page: what the controls do, and where results go.

import { energyRange } from 'page/colour.js';
import { Comparison, NAMES, hybridNote } from 'page/compare.js';
import { Engine, MapEngine } from 'page/engine.js';
import { Ensemble } from 'page/ensemble.js';
import { DEMOS, fillForm, formInputs, formRequest, originWords, refusal, showParameters } from 'page/form.js';
import { conductance, count, energy as shownEnergy, percent, time } from 'page/format.js';
import { MAPS, mapEnds, scaled } from 'page/inside.js';
import { drawSpectrum } from 'page/plots.js';
import { Share } from 'page/share.js';
import { Streams } from 'page/streams.js';
import { StripView } from 'page/strip.js';

const element = (id) => document.getElementById(id);

// What is known of the strip at hand; what it was drawn by is the view's context.
const state = {
  revision: 0,
  points: [],
  spectrumBegan: 0,
  impurities: 0,
  // Whether the next strip is solved from its first slice on, since it was not painted.
  whole: false,
  map: null,
  // What is shown over the strip: a kind of map (inside.js), or null for its on-site energies.
  look: null,
  budgets: [],
};

/** Says something to readers of the screen; a later text replaces it. */
function say(text) {
  element('live').textContent = text;
}

let messageTimer = 0;
/** Shows a message until the next action; as an `error`, or as a remark. */
function tell(text, { error = true, lasting = false } = {}) {
  const message = element('message');
  message.textContent = text;
  message.className = error ? 'error' : 'remark';
  message.hidden = false;
  clearTimeout(messageTimer);
  if (!lasting) messageTimer = setTimeout(hush, 12_000);
}

/** Takes the message away, since something else is being done. */
function hush() {
  element('message').hidden = true;
}

/** An action whose errors the user shall see. It takes older messages away, unless it is to `keep` them. */
function tried(action, { keep = false } = {}) {
  return async (...values) => {
    try {
      if (!keep) hush();
      await action(...values);
    } catch (error) {
      tell(error.message);
    }
  };
}

const comparison = new Comparison({
  rows: element('rows'),
  scale: element('scale'),
  typical: element('typical'),
  verdict: element('verdict'),
});

const view = new StripView(element('strip'), {
  changed: () => stripChanged(),
  ended: () => showHistory(),
  restored: (context) => {
    state.map = null;
    state.whole = true;
    streams.follow(null);
    fillForm(view.strip, context);
  },
  say,
  point: (words) => (element('at').textContent = words),
  reads: () => state.look !== null,
  brush: () => {
    const erases = document.querySelector('input[name="tool"]:checked').value === 'erase';
    const wrong = erases ? null : refusal([element('energy')]);
    if (wrong) {
      tell(`Nothing was painted: ${wrong}`);
      return null;
    }
    const energy = element('energy');
    energy.dataset.last = energy.value;
    return { energy: energy.valueAsNumber, radius: Number(element('radius-brush').value), erases };
  },
});
const streams = new Streams(element('streams'), () => view.place());

// Results.

/** How long the exact solution took, for the table. */
const timed = ({ time: taken, kept, length }) => ({ time: taken, from: kept < length ? kept : 0 });

const listeners = {
  broken: (text) => tell(`The page cannot compute here: ${text}`, { lasting: true }),
  failure: (text, revision) => {
    if (revision !== state.revision) return;
    forget('unknown');
    document.body.dataset.failed = String(revision);
    // The message goes; the reason stays.
    element('g-note').textContent = text;
    tell(view.context.name ? `${view.context.name}: ${text}` : `${text[0].toUpperCase()}${text.slice(1)}`);
  },
  exact: (exact, revision) => {
    if (revision !== state.revision) return;
    const { transmission, slices, length } = exact;
    state.impurities = exact.impurities;
    const progress = element('progress');
    // Only what takes long enough to be seen.
    progress.hidden = transmission !== null || exact.so_far < 100;
    progress.value = slices / length;
    if (!progress.hidden) element('g-note').textContent = `solving slice ${slices} of ${length} …`;
    if (!transmission) return;
    document.body.classList.remove('stale');
    element('g').textContent = conductance(transmission.value, transmission.ln);
    element('t').textContent = String(transmission.value);
    element('bits').textContent = `0x${transmission.bits}`;
    showExactNote(exact);
    comparison.setExact(transmission, timed(exact));
    showEcho();
    if (performance.getEntriesByName('first G').length === 0) performance.mark('first G');
    document.body.dataset.solved = String(revision);
    sayResults();
  },
  timing: ({ time: taken }, revision) => {
    if (revision !== state.revision) return;
    comparison.setTime({ time: taken, from: 0 });
    showExactNote({ time: taken, kept: 0, length: 1 });
    document.body.dataset.timed = String(revision);
  },
  prediction: (prediction, revision) => {
    if (revision !== state.revision) return;
    comparison.setPrediction(prediction);
    showEcho();
    if (prediction.predictor === 'hybrid-g') {
      element('hybrid-note').textContent = hybridNote(prediction, state.impurities);
      view.mark(prediction.error || prediction.exact || prediction.stopped_at === null ? null : prediction.stopped_at);
      document.body.dataset.predicted = `${revision} ${prediction.budget}`;
    }
    sayResults();
  },
  spectrum: (spectrum, revision) => {
    if (revision !== state.revision) return;
    if (spectrum.error) {
      element('spectrum-note').textContent = `No more of T(E): ${spectrum.error}`;
      return;
    }
    state.points.push(...spectrum.points);
    drawSoon();
    const [known, all] = [state.points.length, spectrum.energies];
    const seconds = ((performance.now() - state.spectrumBegan) / 1000) * (all / known - 1);
    const left = seconds > 3 ? `, about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} left` : '';
    element('spectrum-note').textContent = spectrum.finished ? `${all} energies` : `${known} of ${all} energies${left}`;
    document.body.dataset.spectrum = spectrum.finished ? String(revision) : '';
  },
  ensemble: (found) => {
    if (found.error) {
      ensemble.stop();
      tell(found.error);
    } else ensemble.show(found);
  },
  selfTest: (outcome) => takeSelfTest(outcome),
};

function showExactNote({ time: taken, kept, length, transmission }) {
  const fallback = transmission?.fallback ? ', by a fallback solver' : '';
  const from = kept > 0 && kept < length ? `: only from the first slice that changed, x = ${kept}` : '';
  element('g-note').textContent = taken === null ? `exact${fallback}` : `exact, in ${time(taken)}${from}${fallback}`;
}

/** A map has come. */
function takeMap(map, revision) {
  if (revision !== state.revision || map.kind !== state.look) return;
  const { length, width } = view.strip;
  state.map = map.error ? null : { ...scaled(map), length, width };
  showOverlay();
  element('meaning').textContent = map.error ? `No map here: ${map.error}.` : `${MAPS[map.kind].meaning} Small squares are impurities.`;
  document.body.dataset.mapped = `${revision} ${map.error ? 'refused' : map.kind}`;
  document.body.dataset.mapTime = String(map.time);
}

/** Asks for the map that is looked at, if one is. */
function wantMap() {
  const { look: kind, revision } = state;
  if (kind) element('meaning').textContent = view.strip.onsite.length > 3000 ? 'computing the map, some seconds …' : 'computing the map …';
  maps.want(kind && { strip: view.content(), kind, revision });
}

/** Takes all results off the screen; G is `words`. */
function forget(words) {
  document.body.classList.remove('stale');
  element('g').textContent = words;
  for (const id of ['t', 'bits']) element(id).textContent = '–';
  for (const id of ['g-note', 'hybrid-note', 'spectrum-note']) element(id).textContent = '';
  element('progress').hidden = true;
  comparison.clear();
  state.points = [];
  state.map = null;
  element('spectrum').replaceChildren();
  element('echo').replaceChildren();
  view.mark(null);
  showOverlay();
  if (state.look) element('meaning').textContent = '';
}

/** The results in short, below the strip on a narrow screen. */
function showEcho() {
  const cells = Object.entries(NAMES).map(([name, label]) => {
    const cell = document.createElement('span');
    const head = document.createElement('b');
    head.className = `name ${name}`;
    head.textContent = label.replace('paper’s ', '');
    cell.append(head, comparison.text(name) || '–');
    return cell;
  });
  element('echo').replaceChildren(...cells);
}

let spokenTimer = 0;
/** Tells the results to readers of the screen, once painting rests. */
function sayResults() {
  clearTimeout(spokenTimer);
  spokenTimer = setTimeout(() => {
    const exact = comparison.text('exact');
    if (!exact) return;
    const predictions = Object.keys(NAMES).slice(1).filter((name) => comparison.text(name));
    const words = predictions.map((name) => `${NAMES[name]} predicts ${comparison.text(name)}`);
    say([`G is ${exact} times 2 e squared over h`, ...words].join('; '));
  }, 600);
}

let drawing = false;
/** Draws T(E), at most once a frame. */
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (state.points.length < 2) return;
    const beyond = drawSpectrum(element('spectrum'), state.points);
    element('modes-beyond').textContent = beyond === null ? '' : `: up to ${beyond}, beyond this picture`;
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

/** Is it just what its rule draws? */
const isAsDrawn = () => view.context.drawn.every((energy, site) => energy === view.strip.onsite[site]);

/** Is it just what its model draws, with impurities that the networks were trained on? */
function isRandom() {
  const { origin } = view.context;
  return origin.kind === 'disorder' && origin.model === 2 && isAsDrawn();
}

// The size of strip that the networks know.
const SIDE = 40;

/** The example of which the text holds for this strip, or null. */
function example(impurities) {
  const { preset, origin, name } = view.context;
  const { length, width, onsite } = view.strip;
  if (name || !isAsDrawn()) return null;
  if (origin.kind === 'clean' && preset?.name === 'clean') return 'clean';
  // All others tell of networks, and of impurities with gaps between them.
  if (length !== SIDE || width !== SIDE || impurities === 0 || impurities === onsite.length) return null;
  if (origin.kind === 'disorder') return `model-${origin.model}`;
  return preset?.opening > 0 ? preset.name : null;
}

/** The strip has been drawn anew or painted: everything about it is asked for again. */
function stripChanged() {
  hush();
  state.revision += 1;
  state.points = [];
  state.spectrumBegan = performance.now();
  const { onsite } = view.strip;
  const impurities = onsite.reduce((sum, energy) => sum + (energy === 0 ? 0 : 1), 0);
  comparison.reset({ random: isRandom(), impurities, sites: onsite.length });
  // What is on the screen is of the strip before, and fades if its successor takes long.
  document.body.classList.add('stale');
  document.body.dataset.revision = String(state.revision);
  showCaption(impurities);
  if (!state.look) showEnergies();
  engine.tell({ strip: view.content(), revision: state.revision, whole: state.whole });
  state.whole = false;
  wantMap();
  share.soon();
}

function showCaption(impurities) {
  const { length, width, onsite } = view.strip;
  const painted = isAsDrawn() ? '' : ', painted on';
  const share = percent(Number((impurities / onsite.length).toFixed(3)));
  const sites = `${length} × ${width} sites, ${impurities} (${share}) not 0`;
  element('caption').textContent = `${originWords(view.context)}${painted}. ${sites}.`;
  const shown = example(impurities);
  for (const button of document.querySelectorAll('[data-demo]')) {
    button.setAttribute('aria-pressed', String(button.dataset.demo === shown));
  }
  element('demo-text').textContent = DEMOS[shown] ?? '';
}

/** The legend of on-site energies. */
function showEnergies() {
  if (!view.strip) return;
  element('scale-bar').hidden = false;
  const [low, high] = energyRange(view.strip.onsite);
  element('bar').className = 'bar';
  element('low').textContent = low === 0 ? '0' : `${shownEnergy(low)} t`;
  element('high').textContent = `${shownEnergy(high)} t`;
  element('meaning').textContent = 'on-site energy';
}

/** Shows whether there is something to undo. */
function showHistory() {
  element('undo').disabled = view.done.length === 0;
  element('redo').disabled = view.undone.length === 0;
}

/** Shows a strip that the playground has drawn or read. */
function show(strip, context) {
  comparison.clear();
  state.map = null;
  state.whole = true;
  streams.follow(null);
  view.show(strip, context);
  fillForm(strip, context);
  stripChanged();
}

// Looking inside.

const reduced = window.matchMedia('(prefers-reduced-motion: reduce)');
element('motion').checked = !reduced.matches;

/** Shows the map that is looked at, if it is there, and its legend. */
function showOverlay() {
  const { map } = state;
  const moving = map?.kind === 'current' && element('motion').checked;
  view.overlay(map ?? null, !moving);
  const [canvas, above] = [element('strip'), element('streams')];
  if (above.width !== canvas.width || above.height !== canvas.height) {
    Object.assign(above, { width: canvas.width, height: canvas.height });
  }
  streams.follow(moving ? map : null);
  if (!map) {
    // No colours are explained that are not there.
    element('scale-bar').hidden = state.look !== null;
    if (!state.look) showEnergies();
    return;
  }
  element('scale-bar').hidden = false;
  element('bar').className = MAPS[map.kind].signed ? 'bar signed' : 'bar';
  [element('low').textContent, element('high').textContent] = mapEnds(map);
}

for (const choice of document.querySelectorAll('input[name="show"]')) {
  choice.addEventListener('change', () => {
    state.look = choice.value === 'impurities' ? null : choice.value;
    state.map = null;
    element('motion-label').hidden = state.look !== 'current';
    document.body.classList.toggle('inside', state.look !== null);
    showOverlay();
    if (view.strip) wantMap();
  });
}
element('motion').addEventListener('change', () => showOverlay());
new ResizeObserver(() => showOverlay()).observe(element('strip'));

// The form of presets.

/** Draws what the form says, of a disorder model this sample. */
const draw = tried(async (sample) => {
  const wrong = refusal(formInputs());
  if (wrong) throw new Error(`Nothing was drawn: ${wrong}`);
  const { request, preset } = formRequest(sample);
  const { strip, origin } = await engine.ask(request);
  show(strip, { origin, drawn: strip.onsite, preset, name: null });
});

element('preset-form').addEventListener('submit', (event) => {
  event.preventDefault();
  draw(0);
});
element('preset-form').addEventListener('input', () => follow());
element('preset').addEventListener('change', () => {
  showParameters();
  draw(0);
  follow();
});
element('next-sample').addEventListener('click', () => draw(view.context.origin.kind === 'disorder' ? view.context.origin.sample + 1 : 0));
for (const button of document.querySelectorAll('[data-demo]')) {
  button.addEventListener('click', () => {
    ensemble.stop();
    const values = { preset: button.dataset.demo, concentration: 20, opening: 10, seed: 1, length: 40, width: 40 };
    for (const [id, value] of Object.entries(values)) element(id).value = value;
    showParameters();
    draw(0);
  });
}
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

// The budget of the hybrid: one of those at which its error has been measured.

const budget = () => state.budgets[element('budget').valueAsNumber];
function showBudget() {
  const text = `${count(budget())} multiply-adds`;
  element('budget-text').textContent = text;
  element('budget').setAttribute('aria-valuetext', text);
}
element('budget').addEventListener('input', () => {
  showBudget();
  engine.tell({ budget: budget() });
  follow();
});

// The ensemble.

/** What the form's disorder makes an ensemble of; null if it makes none. */
function ensembleRequest() {
  const { request } = formRequest(0);
  if (request.origin?.kind !== 'disorder') return null;
  const { length, width, origin } = request;
  return { length, width, origin, budget: budget() };
}

element('play').addEventListener('click', tried(() => {
  if (ensemble.playing) {
    ensemble.stop();
    return;
  }
  const wrong = refusal(formInputs());
  if (wrong) throw new Error(`Nothing is played: ${wrong}`);
  const request = ensembleRequest();
  if (!request) throw new Error('Choose one of the models I to IV: an ensemble is made of random strips.');
  ensemble.start(request);
}));

/** What is played follows the form. */
function follow() {
  if (!ensemble.playing || formInputs().some((input) => !input.closest('[hidden]') && !input.validity.valid)) return;
  const request = ensembleRequest();
  if (!request) ensemble.stop();
  else if (JSON.stringify(request) !== JSON.stringify(ensemble.playing)) ensemble.start(request);
}

// Begin.

const text = (id) => element(id).textContent.trim();
const engine = new Engine(text('worker'), text('module'), listeners);
const maps = new MapEngine(text('worker'), text('module'), { map: takeMap, broken: listeners.broken });
const ensemble = new Ensemble((message) => engine.tell(message));
const share = new Share({
  ask: (request) => engine.ask(request),
  strip: () => view.strip && view.content(),
  origin: () => view.context.origin,
  revision: () => state.revision,
  show,
  say,
  remark: (words) => tell(words, { error: false }),
  tried,
});

async function begin() {
  const { budgets } = await engine.ready;
  state.budgets = budgets;
  element('budget').max = budgets.length - 1;
  showBudget();
  await engine.tell({ budget: budget() });
  if (window.location.hash) {
    try {
      await share.follow(window.location.hash);
    } catch (error) {
      // The page begins without it.
      await draw(0);
      tell(error.message);
    }
  } else await draw(0);
  await engine.tell({ selfTest: true });
}
// What keeps the page from computing has been said by the engine.
begin().catch(() => {});
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view.draw());
new ResizeObserver(drawSoon).observe(element('spectrum').parentElement);
