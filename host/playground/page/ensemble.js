// Many strips: an ensemble that plays, and what is known of it so far.

import { NAMES } from 'page/compare.js';
import { ensembleWords } from 'page/form.js';
import { conductance, count } from 'page/format.js';
import { drawDistribution } from 'page/plots.js';
import { thumbnail } from 'page/strip.js';

const element = (id) => document.getElementById(id);
const reduced = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Ensemble {
  /** `tell(message)` tells the worker something. */
  constructor(tell) {
    this.tell = tell;
    // The question that is being played: { length, width, origin, budget }; null if nothing is.
    this.playing = null;
  }

  start(request) {
    this.playing = request;
    element('play').textContent = 'Stop';
    element('play').setAttribute('aria-pressed', 'true');
    element('ensemble-note').textContent = `${this.words()}: solving the first strip …`;
    element('ensemble-note').dataset.samples = 0;
    this.tell({ ensemble: request });
  }

  stop() {
    if (!this.playing) return;
    this.playing = null;
    element('play').textContent = 'Play';
    element('play').setAttribute('aria-pressed', 'false');
    this.tell({ ensemble: null });
  }

  /** What is played, in words. */
  words() {
    const { length, width, origin } = this.playing;
    return `${ensembleWords(origin)}, ${length} × ${width} sites, E = 0`;
  }

  /** Shows what is known so far. */
  show(ensemble) {
    if (!this.playing) return;
    element('ensemble-results').hidden = false;
    const { samples, mean, standard_error: error, seconds, last, predictors } = ensemble;
    const spread = error === null ? '' : ` ± ${error.toFixed(4)}`;
    const average = mean === null ? 'too small to show' : `${conductance(mean)}${spread}`;
    const rate = (samples / Math.max(seconds, 0.001)).toFixed(samples > 20 * seconds ? 0 : 1);
    const strips = samples === 1 ? '1 strip' : `${samples} strips`;
    element('ensemble-note').textContent = `${this.words()}: ${strips}, ⟨G⟩ = ${average} × 2e²/h; ${rate} strips a second.`;
    element('ensemble-note').dataset.samples = samples;
    const distribution = element('distribution');
    distribution.setAttribute('aria-label', `Distribution of the conductance of ${strips}, mean ${average}`);
    drawDistribution(distribution, ensemble, ['paper-cnn-g', 'best-g']);
    if (last && (!reduced.matches || samples % 50 === 1)) {
      element('thumbnail').hidden = false;
      thumbnail(element('thumbnail'), last);
    }
    const rows = predictors.Err ? [refusalRow(predictors.Err)] : predictors.Ok.map((one) => predictorRow(one, this.playing.budget));
    element('ensemble-rows').replaceChildren(...rows);
  }
}

function predictorRow(one, budget) {
  const row = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.className = one.predictor;
  head.textContent = NAMES[one.predictor];
  if (one.predictor === 'hybrid-g') {
    const spent = document.createElement('small');
    spent.textContent = `budget ${count(budget)}`;
    spent.title = `${count(budget)} multiply-adds a strip`;
    head.append(spent);
  }
  const mae = document.createElement('td');
  const uncertain = one.standard_error === null ? '' : ` ± ${one.standard_error.toFixed(4)}`;
  mae.textContent = `${one.mean_absolute_error.toFixed(4)}${uncertain}`;
  const within = document.createElement('td');
  within.textContent = one.within_interval === null ? '' : `${(100 * one.within_interval).toFixed(1)} %`;
  row.append(head, mae, within);
  return row;
}

function refusalRow(reason) {
  const row = document.createElement('tr');
  const why = document.createElement('td');
  why.className = 'why';
  why.colSpan = 3;
  why.textContent = `No predictions: counting and the networks know ${reason}.`;
  row.append(why);
  return row;
}
