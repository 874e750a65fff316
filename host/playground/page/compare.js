// The table that compares the exact solution with the predictions.

import { conductance, count, time } from 'page/format.js';
import { drawMark, svg } from 'page/plots.js';

export const NAMES = {
  exact: 'exact',
  counting: 'counting',
  'paper-cnn-g': 'paper’s CNN',
  'best-g': 'best-g',
  'hybrid-g': 'hybrid-g',
};

const TITLES = {
  exact: 'the scattering recursion',
  counting: 'the median of training strips with as many impurities',
  'paper-cnn-g': 'the convolutional network of Li, Lu and Zhai (2020)',
  'best-g': 'the best network of this project, with its 90 % interval',
  'hybrid-g': 'exact from the left until its budget ends, then guessed',
};

export class Comparison {
  constructor({ rows, scale, verdict }) {
    Object.assign(this, { scale, verdict });
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
      cells.why = document.createElement('td');
      cells.why.className = 'why';
      cells.why.colSpan = 5;
      rows.append(row);
      this.rows.set(name, { row, cells });
    }
  }

  /** Another strip: what was known holds no more. `random` says whether the networks' intervals hold. */
  reset(random) {
    this.random = random;
    this.exact = null;
    this.found.clear();
  }

  /** The exact transmission is known. */
  setExact(transmission, milliseconds) {
    this.exact = transmission.value;
    this.found.set('exact', { ...transmission, time: milliseconds });
    this.show();
  }

  /** A prediction is known, or why there is none. */
  setPrediction(prediction) {
    this.found.set(prediction.predictor, prediction);
    this.show();
  }

  /** The range that holds all values and intervals; it begins at 0 where that is near. */
  range() {
    const shown = [...this.found.values()].filter((found) => !found.error);
    const numbers = shown.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    if (high <= 0) return [0, 1];
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
      if (found.error) {
        if (!cells.why.isConnected) row.replaceChildren(row.firstChild, cells.why);
        cells.why.textContent = found.error;
        continue;
      }
      if (cells.why.isConnected) {
        row.replaceChildren(row.firstChild, cells.chart, cells.value, cells.error, cells.time, cells.wide);
      }
      const { value, interval } = found;
      drawMark(cells.picture, name, { value, interval, exact: this.exact, range });
      cells.value.textContent = conductance(value, found.ln);
      cells.value.title = interval ? `90 % interval: ${conductance(interval[0])} to ${conductance(interval[1])}` : '';
      cells.time.textContent = time(found.time);
      cells.wide.textContent = found.typical_error ? `±${found.typical_error.toFixed(3)}` : '';
      cells.error.textContent = '';
      if (name !== 'exact' && this.exact !== null) cells.error.textContent = difference(value - this.exact);
    }
    this.judge();
  }

  /** One sentence about the best network. */
  judge() {
    const best = this.found.get('best-g');
    const counting = this.found.get('counting');
    this.verdict.replaceChildren();
    if (this.exact === null || !best) return;
    if (best.error) {
      this.verdict.textContent = 'The exact solver takes any strip; the networks only what they were trained on.';
      return;
    }
    const error = Math.abs(best.value - this.exact);
    const [from, to] = best.interval;
    const inside = from <= this.exact && this.exact <= to;
    const words = [`best-g is off by ${conductance(error)}`];
    if (counting && !counting.error) {
      words.push(`, counting impurities by ${conductance(Math.abs(counting.value - this.exact))}`);
    }
    words.push(`. Its 90 % interval, ${conductance(from)} to ${conductance(to)}, `);
    this.verdict.append(words.join(''));
    const holds = document.createElement('span');
    holds.textContent = inside ? 'holds the exact value.' : 'misses the exact value.';
    if (!inside) holds.className = 'bad';
    this.verdict.append(holds);
    if (!this.random) {
      this.verdict.append(' But intervals are made for random strips, and this one is not random.');
    }
  }
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
  if (prediction.solved === 0) return `The budget covers no impurity: a function of their number alone.`;
  const of = `${prediction.solved} of ${impurities} impurities`;
  return `Solved ${of} exactly, up to x = ${prediction.stopped_at} (dashed line), with ${cost}; guessed the rest.`;
}
