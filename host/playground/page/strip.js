// The strip between its leads: drawn on a canvas, painted with mouse, finger or keys.

import { energyColour, energyRange } from 'page/colour.js';
import { drawArrows, drawImpurities, mapColour, siteWords } from 'page/inside.js';

// Steps that can be undone.
const MAX_UNDO = 200;
// A finger that rests so long (milliseconds) paints in every direction: before, a swipe up or down scrolls the page.
const HOLD = 300;
// Sites that Page Up and Page Down move.
const PAGE = 10;

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
   * `changed()` is called when on-site energies have changed, `ended()` when a step has ended, which can be undone
   * then, `restored(context)` when undoing brings another strip with what was shown with it; `say(text)` tells what the
   * cursor is at, `point(words)` what mouse or finger is at; `reads()` says that a
   * finger reads a map and does not paint; `brush()` gives { energy, radius, erases }, null for none.
   */
  constructor(canvas, { changed, ended, restored, say, point, reads, brush }) {
    Object.assign(this, { canvas, changed, ended, restored, say, point, reads, brush });
    this.strip = null;
    this.context = null;
    // Steps: the energies that a stroke has painted over, by site, or { strip, context } that another has replaced.
    this.undone = [];
    this.done = [];
    this.stroke = null;
    this.cursor = [0, 0];
    // The site that mouse or finger is at, or null.
    this.pointed = null;
    this.stop = null;
    this.map = null;
    this.arrows = false;
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.drag(event));
    canvas.addEventListener('pointerup', () => this.lift());
    canvas.addEventListener('pointercancel', () => this.takeBack());
    canvas.addEventListener('pointerleave', (event) => {
      // A finger leaves whenever it is lifted: what it has read stays.
      if (event.pointerType !== 'touch') this.pointAt(null);
    });
    canvas.addEventListener('touchmove', (event) => this.held && event.preventDefault(), { passive: false });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('focus', () => {
      this.draw();
      if (canvas.matches(':focus-visible')) this.sayCursor();
    });
    canvas.addEventListener('blur', () => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas.closest('.canvas-box'));
  }

  /** Shows another strip: { length, width, onsite }, and remembers `context` with it. This can be undone. */
  show(strip, context) {
    if (this.strip) this.remember({ strip: this.strip, context: this.context });
    this.replace({ strip: { ...strip, onsite: Float64Array.from(strip.onsite) }, context });
    this.ended();
  }

  replace({ strip, context }) {
    this.strip = strip;
    this.context = context;
    this.stroke = null;
    this.stop = null;
    this.map = null;
    this.cursor = [Math.floor(strip.length / 2), Math.floor(strip.width / 2)];
    this.pointAt(null);
    this.draw();
  }

  /** A new step, which can be undone; what was undone before cannot come back. */
  remember(step) {
    this.done.push(step);
    if (this.done.length > MAX_UNDO) this.done.shift();
    this.undone = [];
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

  /** Shows a scaled map (inside.js) instead of on-site energies, of the current with or without arrows. null for none. */
  overlay(map, arrows) {
    if (map === null && this.map === null) return;
    this.map = map;
    this.arrows = arrows;
    this.pointAt(this.pointed);
    this.draw();
  }

  // Painting.

  /** Sets the sites under the brush; true if one has changed. */
  paint([x, y], erases) {
    const { length, width, onsite } = this.strip;
    const { energy, radius } = this.using;
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

  /** Begins a stroke, if there is something to paint with. */
  begin() {
    this.using = this.brush();
    if (!this.using) return false;
    this.stroke = new Map();
    return true;
  }

  /** Ends a stroke, which can be undone from now on. */
  end() {
    if (this.stroke && this.stroke.size > 0) this.remember(this.stroke);
    this.stroke = null;
    this.ended();
  }

  /** Sets all sites to 0, as one stroke. */
  clear() {
    this.stroke = new Map();
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
    const step = from.pop();
    if (!step) return;
    if (step instanceof Map) {
      to.push(this.putBack(step));
    } else {
      to.push({ strip: this.strip, context: this.context });
      this.replace(step);
      this.restored(step.context);
    }
    this.draw();
    this.ended();
    this.changed();
  }

  /** Gives the sites of a stroke these energies; returns those they had. */
  putBack(stroke) {
    const back = new Map();
    for (const [site, energy] of stroke) {
      back.set(site, this.strip.onsite[site]);
      this.strip.onsite[site] = energy;
    }
    return back;
  }

  // Mouse and finger.

  press(event) {
    if (!this.strip || (event.button !== 0 && event.button !== 2)) return;
    const touch = event.pointerType === 'touch';
    // A finger may be about to scroll the page: the browser decides, and takes the pointer away if so.
    if (!touch) event.preventDefault();
    if (touch && this.reads()) {
      this.read(event);
      return;
    }
    if (!this.begin()) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.erases = event.button === 2 || event.shiftKey || this.using.erases;
    this.at = this.site(event);
    this.cursor = this.inside(this.at);
    clearTimeout(this.holding);
    if (touch) {
      this.held = false;
      this.waits = true;
      this.holding = setTimeout(() => {
        this.held = true;
        this.paintFirst();
      }, HOLD);
    } else this.paintFirst();
  }

  /** Paints where the pointer was pressed. */
  paintFirst() {
    if (!this.stroke) return;
    this.waits = false;
    if (this.paint(this.at, this.erases)) this.changed();
    this.draw();
  }

  drag(event) {
    if (!this.stroke) {
      if (event.pointerType !== 'touch') this.pointAt(this.site(event));
      else if (this.reads()) this.read(event);
      return;
    }
    const to = this.site(event);
    if (this.waits) {
      if (to[0] === this.at[0] && to[1] === this.at[1]) return;
      this.paintFirst();
    }
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
    clearTimeout(this.holding);
    if (!this.stroke) return;
    if (this.waits) this.paintFirst();
    this.held = false;
    this.end();
  }

  /** The browser has taken the pointer, to scroll: what it has painted on its way was not meant. */
  takeBack() {
    clearTimeout(this.holding);
    this.held = false;
    if (!this.stroke) return;
    const painted = this.stroke.size > 0;
    this.putBack(this.stroke);
    this.stroke = null;
    this.draw();
    if (painted) this.changed();
  }

  /** A finger reads a site, which the cursor marks. */
  read(event) {
    if (!this.strip) return;
    const site = this.site(event);
    this.pointAt(site);
    this.canvas.focus({ preventScroll: true });
    this.cursor = this.inside(site);
    this.draw();
  }

  /** Tells what mouse or finger is at; null for nothing. */
  pointAt(site) {
    this.pointed = site;
    if (!this.strip) return;
    const { length, width } = this.strip;
    const [x, y] = site ?? [-1, -1];
    const inside = x >= 0 && x < length && y >= 0 && y < width;
    this.point(inside ? siteWords(this.strip, [x, y], this.map) : '');
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
    const { length, width } = this.strip;
    const [x, y] = this.cursor;
    const moves = {
      ArrowLeft: [x - 1, y], ArrowRight: [x + 1, y], ArrowUp: [x, y - 1], ArrowDown: [x, y + 1],
      Home: [0, y], End: [length - 1, y], PageUp: [x, y - PAGE], PageDown: [x, y + PAGE],
    };
    const to = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (to) {
      event.preventDefault();
      this.cursor = this.inside(to);
      if (event.shiftKey) this.paintCursor([x, y]);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      const here = this.strip.onsite[x * width + y];
      this.paintCursor(this.cursor, (using) => using.erases || here === using.energy);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.paintCursor(this.cursor, () => true);
    } else return;
    this.draw();
    this.sayCursor();
  }

  /** Paints from a site to the cursor, as one stroke. */
  paintCursor(from, erases = (using) => using.erases) {
    if (!this.begin()) return;
    let changed = false;
    const sites = line(from, this.cursor);
    // Where one comes from has been painted, or not, as it was wanted.
    for (const site of sites.length > 1 ? sites.slice(1) : sites) {
      changed = this.paint(site, erases(this.using)) || changed;
    }
    this.end();
    if (changed) this.changed();
  }

  sayCursor() {
    if (this.strip) this.say(siteWords(this.strip, this.cursor, this.map));
  }

  // Drawing.

  /** The size of a site in CSS pixels, and the columns of a lead, on a canvas of this width. */
  layout(available) {
    const { length } = this.strip;
    const left = leadColumns(length);
    return { cell: available / (length + 2 * left), left };
  }

  /** The size of a site and the beginning of the strip, in pixels of the canvas. */
  place() {
    const { length } = this.strip;
    const step = this.canvas.width / (length + 2 * leadColumns(length));
    return { step, left: leadColumns(length) * step };
  }

  draw() {
    if (!this.strip) return;
    const { length, width, onsite } = this.strip;
    const room = this.canvas.closest('.canvas-box').clientWidth;
    const highest = Math.max(240, Math.min(460, window.innerHeight * (window.innerWidth > 560 ? 0.5 : 0.4)));
    const columns = length + 2 * leadColumns(length);
    const cell = Math.max(Math.min(room / columns, highest / width, 40), 1);
    const [across, down] = [cell * columns, cell * width];
    const scale = window.devicePixelRatio || 1;
    this.canvas.style.width = `${across}px`;
    this.canvas.style.height = `${down}px`;
    this.canvas.width = Math.round(across * scale);
    this.canvas.height = Math.round(down * scale);
    const context = this.canvas.getContext('2d');
    const { step, left } = this.place();
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    context.fillStyle = colour('--lead');
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const range = energyRange(onsite);
    const { map } = this;
    const cellColour = map
      ? (site) => mapColour(map, map.sites[site])
      : (site) => energyColour(onsite[site], range);
    const edge = (number) => Math.round(number * step);
    for (let x = 0; x < length; x += 1) {
      for (let y = 0; y < width; y += 1) {
        context.fillStyle = cellColour(x * width + y);
        const [l, r, t, b] = [left + edge(x), left + edge(x + 1), edge(y), edge(y + 1)];
        context.fillRect(Math.round(l), t, Math.round(r) - Math.round(l), b - t);
      }
    }
    this.drawLeads(context, { step, left, scale, colour });
    if (map) drawImpurities(context, this.strip, { step, left });
    if (map?.kind === 'current' && this.arrows) drawArrows(context, map, { step, left });
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
    // A map is not veiled: its colours are numbers.
    if (!this.map) {
      context.fillStyle = colour('--veil');
      context.fillRect(x, 0, Math.max(right - x, 0), canvas.height);
    }
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
