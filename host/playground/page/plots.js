// The two charts, and the marks of the comparison: SVG, made anew when their numbers change.

import { superscript } from 'page/format.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Round numbers from 0 to `most`, about `count` of them. */
function ticks(most, count) {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const found = [];
  for (let number = 0; number <= most * 1.0001; number += step) found.push(Number(number.toPrecision(12)));
  return found;
}

/** Axes of a chart: { from, to } along x, `most` along y, and the words beside them. */
function axes(root, frame, { from, to, xTicks, most, xTitle, yTitle }) {
  const x = (value) => frame.left + ((value - from) / (to - from)) * (frame.right - frame.left);
  const y = (value) => frame.bottom - (value / most) * (frame.bottom - frame.top);
  for (const tick of xTicks) {
    root.append(
      svg('line', { class: 'tick', x1: x(tick), x2: x(tick), y1: frame.bottom, y2: frame.bottom + 5 }),
      svg('text', { class: 'label', x: x(tick), y: frame.bottom + 18, 'text-anchor': 'middle' }, String(tick).replace('-', '−')),
    );
  }
  // Small numbers are short in units of a power of ten.
  const exponent = most < 0.02 ? Math.floor(Math.log10(most)) : 0;
  const unit = exponent === 0 ? '' : ` (10${superscript(exponent)})`;
  for (const tick of ticks(most, 5)) {
    const label = String(Number((tick / 10 ** exponent).toPrecision(6)));
    root.append(
      svg('line', { class: 'grid', x1: frame.left, x2: frame.right, y1: y(tick), y2: y(tick) }),
      svg('text', { class: 'label', x: frame.left - 7, y: y(tick) + 4, 'text-anchor': 'end' }, label),
    );
  }
  root.append(
    svg('line', { class: 'axis', x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom }),
    svg('text', { class: 'title', x: (frame.left + frame.right) / 2, y: frame.high - 4, 'text-anchor': 'middle' }, xTitle),
    svg('text', { class: 'title', transform: `translate(12 ${(frame.top + frame.bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, yTitle + unit),
  );
  return { x, y };
}

// Pixels: what leaves the picture goes no further, since SVG has no numbers of any size.
const FAR = 1e4;

function path(points) {
  const pixels = (number) => Math.min(Math.max(number, -FAR), FAR).toFixed(1);
  return points.map(([x, y], place) => `${place === 0 ? 'M' : 'L'}${pixels(x)} ${pixels(y)}`).join('');
}

/** Empties a chart and gives it its frame, in pixels of the screen, so that letters have their size on a phone too. */
function fresh(root) {
  const wide = Math.max(root.clientWidth || 560, 240);
  const high = Math.round(120 + wide / 4);
  root.replaceChildren();
  root.setAttribute('viewBox', `0 0 ${wide} ${high}`);
  root.style.aspectRatio = `${wide} / ${high}`;
  return { left: 46, right: wide - 12, top: 10, bottom: high - 40, high };
}

/**
 * T(E) as a line through its points, and the propagating modes as a staircase behind it. Gives their number where that
 * lies beyond the picture, and null where all of it is seen.
 */
export function drawSpectrum(root, points) {
  const frame = fresh(root);
  const sorted = [...points].sort((a, b) => a.energy - b.energy);
  const highest = sorted.reduce((best, point) => (point.transmission.value > best.transmission.value ? point : best));
  const peak = highest.transmission.value;
  const words = `Transmission T against energy E: at most ${Number(peak.toPrecision(3))}, at E = ${highest.energy} t`;
  root.setAttribute('aria-label', words);
  const modes = sorted.reduce((most, point) => Math.max(most, point.modes), 1);
  // Where little is transmitted the staircase leaves the picture.
  const most = peak > modes / 6 ? modes : Math.max(peak * 1.15, 1e-300);
  const xTicks = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
  const { x, y } = axes(root, frame, { from: -4, to: 4, xTicks, most, xTitle: 'Energy E (t)', yTitle: 'Transmission T' });
  const steps = [];
  sorted.forEach((point, place) => {
    const before = sorted[place - 1];
    if (before && before.modes !== point.modes) {
      const middle = x((before.energy + point.energy) / 2);
      steps.push([middle, y(before.modes)], [middle, y(point.modes)]);
    }
    steps.push([x(point.energy), y(point.modes)]);
  });
  const inside = { x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top };
  root.append(
    svg('clipPath', { id: 'spectrum-frame' }, svg('rect', inside)),
    svg('path', { class: 'modes', d: path(steps), 'clip-path': 'url(#spectrum-frame)' }),
    svg('line', { class: 'fermi', x1: x(0), x2: x(0), y1: frame.top, y2: frame.bottom }),
    svg('path', { class: 'curve', d: path(sorted.map((point) => [x(point.energy), y(point.transmission.value)])) }),
  );
  return modes > most ? modes : null;
}

// The width of a bin, in 2e²/h.
const BIN = 0.2;

/** The share of strips in bins of G: bars of the exact values, staircases of the predictions. */
export function drawDistribution(root, { shares, predictors }, shown) {
  const frame = fresh(root);
  const all = [shares, ...(predictors.Ok ?? []).filter((one) => shown.includes(one.predictor)).map((one) => one.shares)];
  const bins = Math.max(...all.map((one) => one.length), 5);
  const most = Math.max(...all.flat(), 0.05) * 1.05;
  const to = bins * BIN;
  const titles = { xTitle: `Conductance G (2e²/h), in bins of ${BIN}`, yTitle: 'Share of strips' };
  const { x, y } = axes(root, frame, { from: 0, to, xTicks: ticks(to, 6), most, ...titles });
  shares.forEach((share, bin) => {
    const [left, right] = [x(bin * BIN), x((bin + 1) * BIN)];
    if (share > 0) {
      root.append(svg('rect', { class: 'bar', x: left, width: Math.max(right - left - 0.5, 0.5), y: y(share), height: frame.bottom - y(share) }));
    }
  });
  for (const one of predictors.Ok ?? []) {
    if (!shown.includes(one.predictor)) continue;
    const steps = one.shares.flatMap((share, bin) => [[x(bin * BIN), y(share)], [x((bin + 1) * BIN), y(share)]]);
    steps.push([x(one.shares.length * BIN), y(0)]);
    root.append(svg('path', { class: `step ${one.predictor}`, d: path(steps) }));
  }
}

// A mark of its own for every row, so that colour is not needed.
const MARKS = {
  exact: 'M-1 -8V8H1V-8Z',
  counting: 'M-5 -5L5 5M-5 5L5 -5',
  'paper-cnn-g': 'M-5 -5H5V5H-5Z',
  'best-g': 'M0 -6L6 0L0 6L-6 0Z',
  'hybrid-g': 'M0 -6L6 5H-6Z',
};

const ROW = { wide: 220, high: 28 };

/** One row of the comparison: a value, its interval, and the exact value behind it, on an axis of this range. */
export function drawMark(root, name, { value, interval, exact, range: [from, to] }) {
  root.replaceChildren();
  root.setAttribute('viewBox', `0 0 ${ROW.wide} ${ROW.high}`);
  const x = (number) => 8 + ((number - from) / (to - from)) * (ROW.wide - 16);
  const middle = ROW.high / 2;
  root.append(svg('line', { class: 'axis', x1: 8, x2: ROW.wide - 8, y1: middle, y2: middle }));
  if (exact !== null) {
    root.append(svg('line', { class: 'exact-line', x1: x(exact), x2: x(exact), y1: 0, y2: ROW.high }));
  }
  if (interval) {
    root.append(svg('line', { class: `interval ${name}`, x1: x(interval[0]), x2: x(interval[1]), y1: middle, y2: middle }));
  }
  if (value !== null) {
    root.append(svg('path', { class: `mark ${name}`, d: MARKS[name], transform: `translate(${x(value)} ${middle})` }));
  }
}
