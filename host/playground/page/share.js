// Links and files.

import { shapeRequest } from 'page/form.js';
import { count } from 'page/format.js';

const element = (id) => document.getElementById(id);

// A file of many strips of 80 x 80 sites is larger; the first is all that is shown.
const MAX_FILE = 4 << 20;

export class Share {
  /**
   * `ask(request)` asks the playground; `strip()` gives the strip at hand, `origin()` what it was drawn by, `revision()`
   * its number; `show(strip, context)` shows another; `say(text)` tells readers of the screen, `remark(text)` all;
   * `tried(action)` runs an action and shows what goes wrong.
   */
  constructor(hooks) {
    Object.assign(this, hooks);
    this.link = '';
    this.timer = 0;
    window.addEventListener('hashchange', () => {
      if (window.location.hash !== this.link) this.tried(() => this.follow(window.location.hash))();
    });
    element('copy').addEventListener('click', this.tried(() => this.copy()));
    element('download').addEventListener('click', this.tried(() => this.download()));
    element('upload').addEventListener('change', async (event) => {
      await this.tried((file) => this.open(file))(event.target.files[0]);
      event.target.value = '';
    });
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      this.tried((file) => this.open(file))(event.dataTransfer.files[0]);
    });
  }

  /** Puts the strip into the address, once painting rests. */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.tried(() => this.write(), { keep: true }), 250);
  }

  async write() {
    clearTimeout(this.timer);
    const [revision, strip] = [this.revision(), this.strip()];
    if (!strip) return;
    const { link } = await this.ask({ do: 'write_link', strip, origin: this.origin() });
    if (revision !== this.revision()) return;
    this.link = `#${link}`;
    window.history.replaceState(null, '', this.link);
    document.body.dataset.linked = String(revision);
  }

  /** Shows the strip of a link. Whatever comes of it, the address is that of the strip on the screen. */
  async follow(link) {
    try {
      const { strip, origin } = await this.ask({ do: 'read_link', link });
      const { length, width, onsite } = strip;
      if (origin.kind === 'clean' && onsite.some((energy) => energy !== 0)) {
        // Whether it was a shape, a file or painted is not in the link; a shape is recognized.
        const preset = await this.shapeOf(strip);
        this.show(strip, { origin, drawn: onsite, preset, name: preset ? null : 'Strip from a link' });
        return;
      }
      // What was painted over it is no sample of its disorder.
      const plain = await this.ask({ do: 'draw', length, width, origin });
      const preset = origin.kind === 'clean' ? { name: 'clean' } : null;
      this.show(strip, { origin, drawn: plain.strip.onsite, preset, name: null });
    } catch ({ message }) {
      throw new Error(`${message[0].toUpperCase()}${message.slice(1)}.`);
    } finally {
      this.soon();
    }
  }

  /** The shape that a strip is, site by site, as { name, opening }; null if it is none. */
  async shapeOf(strip) {
    const { length, width, onsite } = strip;
    const open = (_, x) => onsite.slice(x * width, (x + 1) * width).filter((energy) => energy === 0).length;
    const opening = Math.min(...Array.from({ length }, open));
    for (const preset of ['point-contact', 'slit'].map((name) => ({ name, opening }))) {
      const drawn = await this.ask(shapeRequest(preset, strip));
      if (drawn.strip.onsite.every((energy, site) => energy === onsite[site])) return preset;
    }
    return null;
  }

  async copy() {
    await this.write();
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      throw new Error('This browser does not let the page copy: the link is in its address bar.');
    }
    this.say('The link is copied');
    element('copy').textContent = 'Copied';
    setTimeout(() => (element('copy').textContent = 'Copy link'), 2000);
  }

  async download() {
    const { bytes } = await this.ask({ do: 'write_npy', strip: this.strip() });
    const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: 'application/octet-stream' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = 'strip.npy';
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async open(file) {
    if (!file) return;
    const { name } = file;
    if (file.size > MAX_FILE) {
      throw new Error(`${name} was not opened: it has ${count(file.size)} bytes, and at most 4 MiB are read.`);
    }
    let read;
    try {
      const bytes = Array.from(new Uint8Array(await file.arrayBuffer()));
      read = await this.ask({ do: 'read_npy', bytes });
    } catch (error) {
      throw new Error(`${name} was not opened: ${error.message}`);
    }
    this.show(read.strip, { origin: read.origin, drawn: read.strip.onsite, preset: null, name });
    const remarks = [];
    if (read.samples > 1) remarks.push(`It holds ${read.samples} strips: this is the first.`);
    if (read.may_be_species) {
      remarks.push('It holds whole numbers, which are taken as on-site energies in t. Are they numbers of species?');
    }
    if (remarks.length > 0) this.remark(`${name}: ${remarks.join(' ')}`);
  }
}
