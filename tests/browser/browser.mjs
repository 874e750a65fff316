// A browser on a page: what is watched at all times, and what tests do with the page.

import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { chromium } = createRequire(`${path.resolve('.venv/browser')}/`)('playwright-core');

// Without these Chromium asks Google's hosts at every start.
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Debian's Chromium, with an empty profile: { context, close }. */
export async function start(options) {
  const profile = mkdtempSync(path.join(tmpdir(), 'landauer-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ARGUMENTS,
    acceptDownloads: true,
    ...options,
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** A page whose console and requests are watched. */
export class Playground {
  static async open(context, address) {
    const page = await context.newPage();
    const playground = new Playground(page, address);
    await page.goto(address);
    await playground.solved();
    return playground;
  }

  constructor(page, address) {
    this.page = page;
    this.problems = [];
    this.requests = [];
    const own = new URL(address);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const inside = ['data:', 'blob:'].includes(url.protocol) || (url.origin === own.origin && url.protocol === own.protocol);
      if (!inside) this.problems.push(`a request to ${url}`);
      this.requests.push(url.protocol);
    });
  }

  /** Waits until G of the strip at hand is there, and the hybrid's prediction or refusal. */
  async solved() {
    const done = () => {
      const { revision, solved, predicted } = document.body.dataset;
      return revision !== undefined && revision === solved && predicted?.split(' ')[0] === revision;
    };
    await this.page.waitForFunction(done, null, { timeout: 60_000 });
  }

  /** Does something that changes the strip, and waits until it is solved. */
  async change(action) {
    const before = await this.page.evaluate(() => document.body.dataset.revision);
    await action();
    await this.page.waitForFunction((revision) => document.body.dataset.revision !== revision, before, { timeout: 10_000 });
    await this.solved();
  }

  /** Draws a preset: { preset, id of an input: its value }. */
  async draw({ preset, ...inputs }) {
    await this.change(() => this.page.selectOption('#preset', preset));
    for (const [id, value] of Object.entries(inputs)) await this.page.fill(`#${id}`, String(value));
    await this.change(() => this.page.click('#preset-form button[type="submit"]'));
  }

  /** The middle of a site on the screen. */
  async site(x, y) {
    return this.page.evaluate(([column, row]) => {
      const canvas = document.getElementById('strip');
      const box = canvas.getBoundingClientRect();
      const length = Number(document.getElementById('length').value);
      const left = Math.max(2, Math.round(length * 0.1));
      const cell = box.width / (length + 2 * left);
      return [box.left + (left + column + 0.5) * cell, box.top + (row + 0.5) * cell];
    }, [x, y]);
  }

  /** Paints along a line of sites. */
  async paint(from, to, button = 'left') {
    await this.page.locator('#strip').scrollIntoViewIfNeeded();
    const [begin, end] = [await this.site(...from), await this.site(...to)];
    await this.change(async () => {
      await this.page.mouse.move(...begin);
      await this.page.mouse.down({ button });
      await this.page.mouse.move(...end, { steps: 4 });
      await this.page.mouse.up({ button });
    });
  }

  bits() {
    return this.page.textContent('#bits');
  }

  text(selector) {
    return this.page.textContent(selector);
  }

  /** What a row of the comparison shows: { value, error, time }. */
  row(by) {
    return this.page.evaluate((name) => {
      const row = document.querySelector(`tr[data-by="${name}"]`);
      const cell = (kind) => row.querySelector(`.${kind}`).textContent;
      return { value: cell('value'), error: cell('error'), time: cell('time') };
    }, by);
  }

  /** Opens a file of these bytes. */
  upload(name, buffer) {
    return this.page.setInputFiles('#upload', { name, mimeType: 'application/octet-stream', buffer });
  }

  /** Shows a kind of map; gives the time that it took in milliseconds. */
  async look(kind, outcome = kind) {
    await this.page.check(`input[name="show"][value="${kind}"]`);
    return this.mapped(outcome);
  }

  /** Waits for the map of the strip at hand; gives the time that it took in milliseconds. */
  async mapped(outcome) {
    const there = (kind) => document.body.dataset.mapped === `${document.body.dataset.revision} ${kind}`;
    await this.page.waitForFunction(there, outcome, { timeout: 30_000 });
    return Number(await this.page.evaluate(() => document.body.dataset.mapTime));
  }

  /** The picture of the strip, as text. */
  pixels() {
    return this.page.evaluate(() => document.getElementById('strip').toDataURL());
  }

  /** Downloads the strip to a file. */
  async download(file) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.click('#download')]);
    await download.saveAs(file);
  }
}
