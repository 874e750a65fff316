// The strip between its leads: drawn on a canvas, painted with mouse, finger or keys.

import { energyColour, energyRange } from 'page/colour.js';
import { energy as shown } from 'page/format.js';

// Strokes that can be undone.
const MAX_UNDO = 200;

/** Columns that a lead takes beside the strip. */
function leadColumns(length) {
  return Math.max(2, Math.round(length * 0.1));
}

/** The sites on a straight line between two sites, both included. */
function line([x0, y0], [x1, y1]) {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  return Array.from({ length: steps + 1 }, (_, step) => [
    Math.round(x0 + ((x1 - x0) * step) / steps),
    Math.round(y0 + ((y1 - y0) * step) / steps),
  ]);
}

export class StripView {
  /**
   * `changed()` is called when on-site energies have changed, `ended()` when a stroke has ended, which can be undone
   * then; `say(text)` tells what the cursor is at, `brush()` gives { energy, radius, erases }.
   */
  constructor(canvas, { changed, ended, say, brush }) {
    Object.assign(this, { canvas, changed, ended, say, brush });
    this.strip = null;
    this.undone = [];
    this.done = [];
    this.stroke = null;
    this.cursor = [0, 0];
    this.stop = null;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.drag(event));
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, () => this.lift());
    }
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('keydown', (event) => this.key(event));
    for (const name of ['focus', 'blur']) canvas.addEventListener(name, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  /** Shows another strip: { length, width, onsite }. What was painted before cannot come back. */
  show(strip) {
    this.strip = { ...strip, onsite: Float64Array.from(strip.onsite) };
    this.undone = [];
    this.done = [];
    this.stroke = null;
    this.cursor = [Math.floor(strip.length / 2), Math.floor(strip.width / 2)];
    this.draw();
  }

  /** The strip as the playground takes it. */
  content() {
    const { length, width, onsite } = this.strip;
    return { length, width, onsite: Array.from(onsite) };
  }

  /** Marks where a hybrid stopped: after this slice. null for no mark. */
  mark(slice) {
    if (slice === this.stop) return;
    this.stop = slice;
    this.draw();
  }

  // Painting.

  /** Sets the sites under the brush; true if one has changed. */
  paint([x, y], erases) {
    const { length, width, onsite } = this.strip;
    const { energy, radius } = this.brush();
    const value = erases ? 0 : energy;
    let changed = false;
    const from = -Math.floor((radius - 1) / 2);
    for (let dx = from; dx < from + radius; dx += 1) {
      for (let dy = from; dy < from + radius; dy += 1) {
        const [column, row] = [x + dx, y + dy];
        if (column < 0 || column >= length || row < 0 || row >= width) continue;
        const site = column * width + row;
        if (onsite[site] === value) continue;
        if (!this.stroke.has(site)) this.stroke.set(site, onsite[site]);
        onsite[site] = value;
        changed = true;
      }
    }
    return changed;
  }

  begin() {
    this.stroke = new Map();
  }

  /** Ends a stroke, which can be undone from now on. */
  end() {
    if (this.stroke && this.stroke.size > 0) {
      this.done.push(this.stroke);
      if (this.done.length > MAX_UNDO) this.done.shift();
      this.undone = [];
    }
    this.stroke = null;
    this.ended();
  }

  /** Sets all sites to 0, as one stroke. */
  clear() {
    this.begin();
    this.strip.onsite.forEach((energy, site) => {
      if (energy !== 0) this.stroke.set(site, energy);
    });
    this.strip.onsite.fill(0);
    this.end();
    this.draw();
    this.changed();
  }

  undo() {
    this.exchange(this.done, this.undone);
  }

  redo() {
    this.exchange(this.undone, this.done);
  }

  exchange(from, to) {
    const stroke = from.pop();
    if (!stroke) return;
    const back = new Map();
    for (const [site, energy] of stroke) {
      back.set(site, this.strip.onsite[site]);
      this.strip.onsite[site] = energy;
    }
    to.push(back);
    this.draw();
    this.ended();
    this.changed();
  }

  // Mouse and finger.

  press(event) {
    if (!this.strip || (event.button !== 0 && event.button !== 2)) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.begin();
    this.erases = event.button === 2 || event.shiftKey || this.brush().erases;
    this.at = this.site(event);
    this.cursor = this.inside(this.at);
    if (this.paint(this.at, this.erases)) this.changed();
    this.draw();
  }

  drag(event) {
    if (!this.stroke) return;
    const to = this.site(event);
    let changed = false;
    for (const site of line(this.at, to)) changed = this.paint(site, this.erases) || changed;
    this.at = to;
    this.cursor = this.inside(to);
    if (changed) {
      this.draw();
      this.changed();
    }
  }

  lift() {
    if (this.stroke) this.end();
  }

  /** The site under the pointer, which may lie outside. */
  site(event) {
    const box = this.canvas.getBoundingClientRect();
    const { cell, left } = this.layout(box.width);
    return [Math.floor((event.clientX - box.left) / cell - left), Math.floor((event.clientY - box.top) / cell)];
  }

  inside([x, y]) {
    const { length, width } = this.strip;
    return [Math.min(Math.max(x, 0), length - 1), Math.min(Math.max(y, 0), width - 1)];
  }

  // Keys.

  key(event) {
    if (!this.strip) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    const [x, y] = this.cursor;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) {
      event.preventDefault();
      this.cursor = this.inside([x + move[0], y + move[1]]);
      if (event.shiftKey) this.paintCursor(this.brush().erases);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      const here = this.strip.onsite[x * this.strip.width + y];
      this.paintCursor(this.brush().erases || here === this.brush().energy);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.paintCursor(true);
    } else return;
    this.draw();
    this.sayCursor();
  }

  paintCursor(erases) {
    this.begin();
    const changed = this.paint(this.cursor, erases);
    this.end();
    if (changed) this.changed();
  }

  sayCursor() {
    const [x, y] = this.cursor;
    this.say(`x ${x}, y ${y}: ${shown(this.strip.onsite[x * this.strip.width + y])} t`);
  }

  // Drawing.

  /** The size of a site in CSS pixels, and the columns of a lead, on a canvas of this width. */
  layout(available) {
    const { length } = this.strip;
    const left = leadColumns(length);
    return { cell: available / (length + 2 * left), left };
  }

  draw() {
    if (!this.strip) return;
    const { length, width, onsite } = this.strip;
    const room = this.canvas.parentElement.clientWidth;
    const highest = Math.max(240, Math.min(560, window.innerHeight * 0.7));
    const columns = length + 2 * leadColumns(length);
    const cell = Math.max(Math.min(room / columns, highest / width, 40), 1);
    const [across, down] = [cell * columns, cell * width];
    const scale = window.devicePixelRatio || 1;
    this.canvas.style.width = `${across}px`;
    this.canvas.style.height = `${down}px`;
    this.canvas.width = Math.round(across * scale);
    this.canvas.height = Math.round(down * scale);
    const context = this.canvas.getContext('2d');
    const step = this.canvas.width / columns;
    const left = leadColumns(length) * step;
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    context.fillStyle = colour('--lead');
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const range = energyRange(onsite);
    const edge = (number) => Math.round(number * step);
    for (let x = 0; x < length; x += 1) {
      for (let y = 0; y < width; y += 1) {
        context.fillStyle = energyColour(onsite[x * width + y], range);
        const [l, r, t, b] = [left + edge(x), left + edge(x + 1), edge(y), edge(y + 1)];
        context.fillRect(Math.round(l), t, Math.round(r) - Math.round(l), b - t);
      }
    }
    this.drawLeads(context, { step, left, scale, colour });
    if (this.stop !== null) this.drawStop(context, { step, left, scale, colour });
    if (document.activeElement === this.canvas) {
      const [x, y] = this.cursor;
      context.lineWidth = 2 * scale;
      for (const [ink, grow] of [['#000', 2], ['#fff', 0]]) {
        context.strokeStyle = ink;
        const more = grow * scale;
        context.strokeRect(left + x * step - more, y * step - more, step + 2 * more, step + 2 * more);
      }
    }
  }

  drawLeads(context, { left, scale, colour }) {
    const { canvas } = this;
    context.fillStyle = colour('--muted');
    const size = Math.min(13 * scale, left * 0.6);
    context.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    if (canvas.height > size * 6) {
      for (const [x, words] of [[left / 2, 'left lead'], [canvas.width - left / 2, 'right lead']]) {
        context.save();
        context.translate(x, canvas.height / 2);
        context.rotate(-Math.PI / 2);
        context.fillText(words, 0, 0);
        context.restore();
      }
    }
  }

  drawStop(context, { step, left, scale, colour }) {
    const { canvas } = this;
    const x = left + (this.stop + 1) * step;
    const right = canvas.width - left;
    if (x >= right) return;
    context.fillStyle = colour('--veil');
    context.fillRect(x, 0, right - x, canvas.height);
    context.lineWidth = 3 * scale;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, canvas.height);
    context.strokeStyle = '#fff';
    context.stroke();
    context.setLineDash([8 * scale, 6 * scale]);
    context.strokeStyle = colour('--stop');
    context.stroke();
    context.setLineDash([]);
  }
}

/** Draws a strip as a small picture, one pixel a site. */
export function thumbnail(canvas, { length, width, onsite }) {
  canvas.width = length;
  canvas.height = width;
  const context = canvas.getContext('2d');
  const range = energyRange(onsite);
  for (let x = 0; x < length; x += 1) {
    for (let y = 0; y < width; y += 1) {
      context.fillStyle = energyColour(onsite[x * width + y], range);
      context.fillRect(x, y, 1, 1);
    }
  }
}
