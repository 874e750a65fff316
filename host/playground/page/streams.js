// The current in motion: short streaks that drift along it, on a canvas of their own over the strip.

// Sites a second where most flows.
const SPEED = 9;
// Places that a streak remembers, one a frame.
const TAIL = 12;
// Seconds that a streak lives.
const LIFE = [1.5, 4];

const between = ([from, to]) => from + Math.random() * (to - from);

export class Streams {
  /** `place()` gives { step, left } of the strip in pixels of `canvas`, which lies over it. */
  constructor(canvas, place) {
    Object.assign(this, { canvas, place });
    this.map = null;
    this.streaks = [];
    this.last = 0;
    this.running = false;
    document.addEventListener('visibilitychange', () => this.run());
  }

  /** Follows this scaled map of the current from now on; null for none. */
  follow(map) {
    const same = map && this.map && map.length === this.map.length && map.width === this.map.width;
    this.map = map;
    if (!map) {
      this.canvas.getContext('2d').clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.streaks = [];
      return;
    }
    const count = Math.round(Math.min(Math.max((map.length * map.width) / 4, 40), 500));
    if (!same) this.streaks = [];
    while (this.streaks.length < count) this.streaks.push(this.born({ age: Math.random() * LIFE[0] }));
    this.run();
  }

  run() {
    if (this.running || !this.map || document.hidden) return;
    this.running = true;
    this.last = performance.now();
    const frame = (now) => {
      if (!this.map || document.hidden) {
        this.running = false;
        return;
      }
      // After a pause nothing jumps.
      this.advance(Math.min((now - this.last) / 1000, 0.05));
      this.last = now;
      this.draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** A streak somewhere, more probably where more flows. */
  born({ age = 0 } = {}) {
    const { length, width, sites, most } = this.map;
    let at = [0, 0];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      at = [Math.random() * length, Math.random() * width];
      const here = sites[Math.floor(at[0]) * width + Math.floor(at[1])];
      if (Math.random() < Math.sqrt(here / most)) break;
    }
    return { at, tail: [], age, life: between(LIFE) };
  }

  /** The current at a place, between the sites around it. */
  flowAt([x, y]) {
    const { length, width, flow } = this.map;
    const cell = (place, sites) => {
      const shifted = Math.min(Math.max(place - 0.5, 0), sites - 1);
      const first = Math.min(Math.floor(shifted), Math.max(sites - 2, 0));
      return [first, Math.min(first + 1, sites - 1), shifted - first];
    };
    const [x0, x1, dx] = cell(x, length);
    const [y0, y1, dy] = cell(y, width);
    return flow.map((part) => {
      const above = part[x0 * width + y0] * (1 - dx) + part[x1 * width + y0] * dx;
      const below = part[x0 * width + y1] * (1 - dx) + part[x1 * width + y1] * dx;
      return above * (1 - dy) + below * dy;
    });
  }

  advance(seconds) {
    const { length, width, most } = this.map;
    this.streaks = this.streaks.map((streak) => {
      const flow = this.flowAt(streak.at);
      const strength = Math.hypot(...flow);
      // The square root, so that one sees motion where little flows too.
      const speed = strength > 0 ? (SPEED * Math.sqrt(Math.min(strength / most, 1))) / strength : 0;
      streak.tail.push(streak.at);
      if (streak.tail.length > TAIL) streak.tail.shift();
      streak.at = [streak.at[0] + flow[0] * speed * seconds, streak.at[1] + flow[1] * speed * seconds];
      streak.age += seconds;
      const [x, y] = streak.at;
      const inside = x >= 0 && x <= length && y >= 0 && y <= width;
      return inside && streak.age < streak.life ? streak : this.born();
    });
  }

  draw() {
    const context = this.canvas.getContext('2d');
    const { step, left } = this.place();
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.lineCap = 'round';
    for (const [ink, width] of [['rgb(0 0 0 / 70%)', 0.27], ['#fff', 0.13]]) {
      context.strokeStyle = ink;
      context.fillStyle = ink;
      context.lineWidth = Math.max(width * step, ink === '#fff' ? 1 : 2);
      context.beginPath();
      for (const { at, tail } of this.streaks) {
        const [first = at] = tail;
        context.moveTo(left + first[0] * step, first[1] * step);
        for (const [x, y] of tail) context.lineTo(left + x * step, y * step);
        context.lineTo(left + at[0] * step, at[1] * step);
      }
      context.stroke();
    }
  }
}
