// The table that compares the exact solution with the predictions.

import { conductance, count, decimals, percent, time } from 'page/format.js';
import { drawMark, svg } from 'page/plots.js';

export const NAMES = {
  exact: 'exact',
  counting: 'counting',
  'paper-cnn-g': 'paper’s CNN',
  'best-g': 'best-g',
  'hybrid-g': 'hybrid-g',
};

const TITLES = {
  exact: 'solves the Schrödinger equation slice by slice (scattering recursion)',
  counting: 'the median G of random strips with as many impurities, wherever they are',
  'paper-cnn-g': 'the convolutional network of Li, Lu and Zhai (2020); the bar is its 90 % interval, measured on random strips',
  'best-g': 'the best network of this project; the bar is its 90 % interval, measured on random strips',
  'hybrid-g': 'exact from the left until its budget is spent, then estimated',
};

const PREDICTORS = Object.keys(NAMES).filter((name) => name !== 'exact');

// Below this nobody can see an error.
const NOTHING = 1e-3;
// A network whose mean error is this share of counting's is hardly better.
const HARDLY = 0.85;

export class Comparison {
  constructor({ rows, scale, typical, verdict }) {
    Object.assign(this, { scale, typical, verdict });
    this.rows = new Map();
    this.exact = null;
    this.found = new Map();
    for (const name of Object.keys(NAMES)) {
      const row = document.createElement('tr');
      row.dataset.by = name;
      const head = document.createElement('th');
      head.scope = 'row';
      head.className = name;
      head.textContent = NAMES[name];
      head.title = TITLES[name];
      row.append(head);
      const cells = {};
      for (const kind of ['chart', 'value', 'error', 'time', 'wide']) {
        const cell = document.createElement('td');
        cell.className = kind;
        cells[kind] = cell;
        row.append(cell);
      }
      cells.picture = svg('svg', { 'aria-hidden': 'true' });
      cells.chart.append(cells.picture);
      rows.append(row);
      this.rows.set(name, { row, cells });
    }
    // Why there are no predictions: once for all of them.
    this.why = document.createElement('td');
    this.why.className = 'why';
    this.why.colSpan = 6;
    this.refusal = document.createElement('tr');
    this.refusal.dataset.refusal = '';
    this.refusal.hidden = true;
    this.refusal.append(this.why);
    rows.append(this.refusal);
  }

  /** Another strip: what was known holds no more, and stays on the screen until its successor is there. */
  reset({ random, impurities, sites }) {
    Object.assign(this, { random, impurities, sites });
    this.exact = null;
    this.found.clear();
  }

  /** Takes everything off the screen. */
  clear() {
    this.exact = null;
    this.found.clear();
    for (const { row, cells } of this.rows.values()) {
      row.hidden = false;
      cells.picture.replaceChildren();
      for (const kind of ['value', 'error', 'time', 'wide']) cells[kind].textContent = '';
    }
    this.refusal.hidden = true;
    this.scale.textContent = '…';
    this.typical.textContent = '';
    this.verdict.textContent = '';
  }

  /** The exact transmission is known: `timed` gives { time, from }, how long it took from which slice on. */
  setExact(transmission, timed) {
    this.exact = transmission.value;
    this.found.set('exact', { ...transmission, ...timed });
    this.show();
  }

  /** The time of the exact solution has been taken again. */
  setTime(timed) {
    const exact = this.found.get('exact');
    if (!exact) return;
    Object.assign(exact, timed);
    this.show();
  }

  /** A prediction is known, or why there is none. */
  setPrediction(prediction) {
    this.found.set(prediction.predictor, prediction);
    this.show();
  }

  /** A value that is shown, as text; an empty one where there is none. */
  text(name) {
    const found = this.found.get(name);
    return found && !found.error ? conductance(found.value, found.ln) : '';
  }

  /** The range that holds all values and intervals; it begins at 0 where that is near. */
  range() {
    const shown = [...this.found.values()].filter((found) => !found.error);
    const numbers = shown.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    if (!(high > 0)) return [0, 1];
    if (low === high) return [0, 1.25 * high];
    const room = 0.08 * (high - low);
    return [low < 0.35 * high ? 0 : low - room, high + room];
  }

  show() {
    const range = this.range();
    this.scale.textContent = range.map((end) => axisEnd(end, range)).join(' to ');
    for (const [name, { row, cells }] of this.rows) {
      const found = this.found.get(name);
      if (!found) continue;
      row.hidden = Boolean(found.error);
      if (found.error) continue;
      const { value, interval } = found;
      drawMark(cells.picture, name, { value, interval, exact: this.exact, range });
      cells.value.textContent = conductance(value, found.ln);
      cells.value.title = interval ? `90 % interval: ${conductance(interval[0])} to ${conductance(interval[1])}` : '';
      showTime(cells.time, found);
      // Measured on random strips, it says nothing of others.
      cells.wide.textContent = this.random && found.typical_error ? typicalError(found.typical_error) : '';
      cells.error.textContent = '';
      if (name !== 'exact' && this.exact !== null) cells.error.textContent = difference(value - this.exact);
    }
    const refused = PREDICTORS.map((name) => this.found.get(name)).find((found) => found?.error);
    this.refusal.hidden = !refused;
    if (refused) {
      this.why.textContent = `Nothing else here can take this strip: counting and the networks know ${refused.error}.`;
    }
    const typical = this.random ? this.found.get('best-g')?.typical_error : null;
    this.typical.textContent = typical ? `at n = ${percent(typical.concentration)}` : '';
    this.typical.parentElement.title = typical
      ? `The mean of |G predicted − G exact| on ${typical.strips} random strips with n = ${percent(typical.concentration)} impurities`
      : '';
    this.judge();
  }

  /** What the numbers say, in a sentence or two. */
  judge() {
    const best = this.found.get('best-g');
    const counting = this.found.get('counting');
    this.verdict.replaceChildren();
    if (this.exact === null || !best) return;
    if (best.error || !counting || counting.error) return;
    const exact = conductance(this.exact, this.found.get('exact').ln);
    if (this.impurities === 0) {
      this.verdict.textContent = `Without impurities every mode of the lead passes: G = ${exact}, and there is nothing to predict.`;
      return;
    }
    if (this.impurities === this.sites) {
      const words = `Every site has 5 t: one barrier, and E = 0 lies below its band. G = ${exact}, which the networks call 0.`;
      this.verdict.textContent = words;
      return;
    }
    const errors = PREDICTORS.map((name) => this.found.get(name)).filter((found) => found && !found.error);
    if (errors.every(({ value }) => Math.abs(value - this.exact) < NOTHING)) {
      this.verdict.textContent = 'Almost nothing passes, and every row says so: to tell them apart, take fewer impurities.';
      return;
    }
    const paper = this.found.get('paper-cnn-g');
    const others = errors.filter((found) => found !== paper);
    if (Math.max(this.exact, ...others.map(({ value }) => Math.abs(value))) < NOTHING && paper?.value >= NOTHING) {
      const words = `Almost nothing passes: only the ${NAMES['paper-cnn-g']} sees conductance where there is none, ${conductance(paper.value)}.`;
      this.verdict.textContent = words;
      return;
    }
    const [from, to] = best.interval;
    const inside = from <= this.exact && this.exact <= to;
    const off = (found) => conductance(Math.abs(found.value - this.exact));
    const words = `Here best-g is off by ${off(best)}, and counting the impurities by ${off(counting)}. `;
    const interval = `best-g’s 90 % interval, ${rounded(from)} to ${rounded(to)}, `;
    const holds = document.createElement('span');
    holds.textContent = inside ? 'holds the exact value.' : 'misses the exact value.';
    if (!inside) holds.className = 'bad';
    if (this.random) {
      this.verdict.append(words, typicalWords(best, counting), interval, holds);
    } else {
      this.verdict.append(words, interval, holds, ' It is made for impurities in random places, and these are not random.');
    }
  }
}

/** A typical error as the table shows it. */
const typicalError = ({ error }) => (error < 0.5 * NOTHING ? '< 0.001' : error.toFixed(3));

/** A conductance in a sentence: two decimals, more where those would be zeros. */
const rounded = (value) => (Math.abs(value) < 0.01 ? decimals(value) : value.toFixed(2).replace('-', '−'));

/** How the best network compares with counting on many random strips. */
function typicalWords({ typical_error: best }, { typical_error: counting }) {
  if (!best || !counting || counting.error < NOTHING) return '';
  const ratio = best.error / counting.error;
  const than = ratio < HARDLY ? 'better than' : ratio < 1 ? 'hardly better than' : 'no better than';
  const strips = `On ${best.strips} random strips like it (n = ${percent(best.concentration)})`;
  return `${strips} best-g is off by ${rounded(best.error)} on average, ${than} counting: ${rounded(counting.error)}. `;
}

/** How long it took; of the exact solution also from which slice on, if not from the first. */
function showTime(cell, { time: milliseconds, from }) {
  cell.textContent = milliseconds === null ? '…' : time(milliseconds);
  if (milliseconds === null || !from) return;
  const part = document.createElement('small');
  part.textContent = `from x = ${from}`;
  cell.append(part);
}

/** An end of the axis, with as many digits as tell both ends apart. */
function axisEnd(value, [from, to]) {
  const digits = Math.max(0, Math.ceil(1 - Math.log10(to - from)));
  return digits > 4 ? conductance(value) : String(Number(value.toFixed(digits)));
}

/** A signed difference. */
function difference(value) {
  if (value === 0) return '0';
  if (Math.abs(value) < 5e-5) return '< 0.0001';
  return `${value > 0 ? '+' : '−'}${conductance(Math.abs(value))}`;
}

/** What the hybrid did with its budget, in words. */
export function hybridNote(prediction, impurities) {
  if (!prediction || prediction.error) return '';
  const cost = `${count(prediction.multiply_adds)} multiply-adds`;
  if (prediction.exact) return `The budget covers the whole strip: solved exactly with ${cost}.`;
  if (prediction.solved === 0) return 'The budget covers no impurity: estimated from their number alone.';
  const of = `${prediction.solved} of ${impurities} impurities`;
  return `Solved ${of} exactly, up to x = ${prediction.stopped_at} (dashed line), with ${cost}; estimated the rest.`;
}
