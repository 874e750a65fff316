// The playground in a real browser: node tests/browser/run.mjs PAGE LANDAUER [FOLDER]
//
// PAGE is the built page, LANDAUER the program, FOLDER where screenshots go. Needs Debian's chromium, and playwright-core
// in .venv/browser; `bash tests/run browser` brings both. LANDAUER_ONLY, a regular expression, chooses tests by their names.
// The exit code says whether all went well.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Playground, start } from './browser.mjs';
import { firstBits, linked, npy } from './files.mjs';
import { frameRate, strokeTime } from './times.mjs';

const [page, landauer, pictures] = process.argv.slice(2);
if (!page || !landauer) throw new Error('node tests/browser/run.mjs PAGE LANDAUER [FOLDER]');
const address = pathToFileURL(path.resolve(page)).href;
const folder = mkdtempSync(path.join(tmpdir(), 'landauer-playground-'));
if (pictures) mkdirSync(pictures, { recursive: true });
const picture = (name) => pictures && path.join(pictures, `${name}.png`);

// Limits of the issue, in milliseconds, and what a machine that others use may take of them.
const LIMITS = { stroke: 50, strokeModel1: 120, large: 2000, firstPaint: 1000 };
const PATIENCE = Number(process.env.LANDAUER_PATIENCE ?? 4);

/** What the program says about a strip in a file. */
function commandLine(words) {
  return execFileSync(landauer, words, { encoding: 'utf8' });
}

/** T of the strip on the page by the program, as bits. */
async function referenceBits(playground) {
  const [strip, result] = ['strip.npy', 't.npy'].map((name) => path.join(folder, name));
  await playground.download(strip);
  commandLine(['solve', '--quiet', '--onsite', strip, '--solver', 'recursion', '--output', result]);
  return firstBits(result);
}

const measured = {};

const tests = {
  async 'loads, and has the bits of x86-64'({ playground }) {
    const paint = await playground.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    measured['first paint (ms)'] = Math.round(paint);
    assert.ok(paint < LIMITS.firstPaint * PATIENCE, `first paint after ${paint} ms`);
    measured['first G (ms)'] = Math.round(await playground.page.evaluate(() => performance.getEntriesByName('first G')[0].startTime));
    await playground.page.waitForSelector('#self-test[data-passed]');
    const { passed, failed } = await playground.page.evaluate(() => ({ ...document.getElementById('self-test').dataset }));
    assert.deepEqual({ passed, failed }, { passed: '23', failed: '0' });
    assert.match(await playground.text('#self-test'), /T of 20 strips/);
  },

  async 'ten strips have the bits of the program'({ playground }) {
    const strips = [
      { preset: 'model-2', concentration: 10, seed: 1 },
      { preset: 'model-2', concentration: 40, seed: 2 },
      { preset: 'model-3', concentration: 20, seed: 3 },
      { preset: 'model-4', concentration: 3, seed: 4, length: 30, width: 50 },
      { preset: 'model-1', strength: 4, seed: 5, length: 40, width: 40 },
      { preset: 'potential', height: 1.5, radius: 4, seed: 6 },
      { preset: 'slit', opening: 6 },
      { preset: 'clean', length: 17, width: 5 },
      { preset: 'model-1', strength: 2, seed: 7, length: 80, width: 80 },
      { preset: 'point-contact', opening: 8, length: 40, width: 40 },
    ];
    const seen = new Set();
    for (const strip of strips) {
      await playground.draw(strip);
      const bits = await playground.bits();
      assert.equal(bits, await referenceBits(playground), JSON.stringify(strip));
      // What a drawn strip shares with the last one does not shorten its time.
      assert.doesNotMatch(await playground.text('#g-note'), /only from/);
      seen.add(bits);
    }
    assert.equal(seen.size, strips.length);
    const number = new DataView(new ArrayBuffer(8));
    number.setBigUint64(0, BigInt(await playground.bits()));
    assert.equal(Number(await playground.text('#t')), number.getFloat64(0));
    // The last one again, painted on.
    await playground.paint([3, 2], [30, 33]);
    const painted = await playground.bits();
    assert.ok(!seen.has(painted));
    assert.equal(painted, await referenceBits(playground));
  },

  async 'predictions are those of the program'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 7, seed: 11, length: 40, width: 40 });
    const strip = path.join(folder, 'strip.npy');
    await playground.download(strip);
    for (const network of ['best-g', 'paper-cnn-g']) {
      const found = JSON.parse(commandLine(['predict', '--network', network, '--onsite', strip, '--exact', '--json']));
      const { value } = await playground.row(network);
      assert.equal(Number(value), Number(found.targets[0].mean.toFixed(4)), network);
    }
    for (const by of ['counting', 'paper-cnn-g', 'best-g', 'hybrid-g']) {
      const { value, error, time } = await playground.row(by);
      const exact = Number((await playground.row('exact')).value);
      const sign = error.startsWith('−') ? -1 : 1;
      assert.ok(Math.abs(Number(value) - exact - sign * Number(error.replace(/[−+<]/, ''))) < 2e-4, `${by}: ${value}, ${error}`);
      assert.match(time, /ms$/);
    }
  },

  async 'a stroke is answered at once, and undone'({ playground }) {
    for (const [name, strip, limit] of [
      ['model II, n = 40 %', { preset: 'model-2', concentration: 40, seed: 1, length: 40, width: 40 }, LIMITS.stroke],
      ['model I', { preset: 'model-1', strength: 4, seed: 1 }, LIMITS.strokeModel1],
    ]) {
      await playground.draw(strip);
      // An energy that no site has, so that every stroke changes something.
      await playground.page.fill('#energy', '3.25');
      const before = await playground.bits();
      // In the first slices, from where all of the strip is solved again.
      const times = [];
      for (let row = 3; row < 23; row += 1) times.push(await strokeTime(playground, [0, row]));
      times.sort((a, b) => a - b);
      measured[`stroke to G, 40 x 40, ${name} (ms, median and largest of 20)`] = `${times[10].toFixed(1)}, ${times.at(-1).toFixed(1)}`;
      assert.ok(times[10] < limit * PATIENCE, `${name}: ${times[10]} ms`);
      for (let stroke = 0; stroke < times.length; stroke += 1) await playground.change(() => playground.page.click('#undo'));
      assert.equal(await playground.bits(), before);
      await playground.change(() => playground.page.click('#redo'));
      assert.notEqual(await playground.bits(), before);
    }
    await playground.page.fill('#energy', '5');
  },

  async 'whatever replaces a strip can be undone'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 10, seed: 1 });
    await playground.paint([2, 2], [9, 12]);
    const painted = await playground.bits();
    await playground.change(() => playground.page.click('#next-sample'));
    assert.match(await playground.text('#caption'), /^Model II, n = 10 %, seed 1, sample 1\. /);
    await playground.change(() => playground.page.click('[data-demo="slit"]'));
    await playground.change(() => playground.upload('tiny.npy', npy([2, 3], [0, 5, 0, 0, 0, 5])));
    assert.match(await playground.text('#caption'), /^tiny.npy\. 2 × 3 sites, 2 \(33\.3 %\) not 0/);
    for (let steps = 0; steps < 3; steps += 1) await playground.change(() => playground.page.click('#undo'));
    assert.equal(await playground.bits(), painted);
    assert.match(await playground.text('#caption'), /sample 0, painted on\./);
    // The text of an example is there as long as it holds.
    const example = () => playground.page.evaluate(() => [document.querySelectorAll('[data-demo][aria-pressed="true"]').length, document.getElementById('demo-text').textContent !== '']);
    assert.deepEqual(await example(), [0, false]);
    await playground.change(() => playground.page.click('#undo'));
    assert.deepEqual(await example(), [1, true]);
    await playground.change(() => playground.page.click('#redo'));
    assert.equal(await playground.page.inputValue('#preset'), 'model-2');
    for (let steps = 0; steps < 3; steps += 1) await playground.change(() => playground.page.click('#redo'));
    assert.equal(await playground.page.inputValue('#width'), '3');
  },

  async 'without impurities and without gaps nothing is judged, and the chart has numbers'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 0, seed: 1, length: 40, width: 40 });
    assert.match(await playground.text('#verdict'), /nothing to predict/);
    assert.equal(await playground.text('#demo-text'), '');
    // Few impurities are not none.
    await playground.draw({ preset: 'model-2', concentration: 0.1, seed: 1 });
    assert.equal(await playground.text('#typical'), 'at n = 0.5 %');
    await playground.draw({ preset: 'model-2', concentration: 80, seed: 1 });
    assert.match(await playground.text('#verdict'), /^Almost nothing passes/);
    await playground.draw({ preset: 'model-2', concentration: 100, seed: 1 });
    assert.match(await playground.text('#verdict'), /one barrier/);
    await playground.page.waitForFunction(() => document.body.dataset.spectrum === document.body.dataset.revision, null, { timeout: 60_000 });
    assert.deepEqual(playground.problems, []);
    await playground.draw({ preset: 'model-2', concentration: 20, seed: 1 });
    assert.match(await playground.text('#verdict'), /On 400 random strips like it \(n = 20 %\) best-g is off by 0\.\d\d on average, hardly better/);
  },

  async 'what is refused says so, and goes back'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 10, seed: 1, length: 40, width: 40 });
    const bits = await playground.bits();
    const revision = await playground.page.evaluate(() => document.body.dataset.revision);
    await playground.page.fill('#width', '99');
    await playground.page.click('#preset-form button[type="submit"]');
    assert.match(await playground.text('#message'), /^Nothing was drawn: width must be a whole number from 1 to 80; it is 40 again/);
    assert.equal(await playground.page.inputValue('#width'), '40');
    await playground.page.fill('#energy', '');
    await playground.page.locator('#strip').scrollIntoViewIfNeeded();
    const [x, y] = await playground.site(20, 20);
    await playground.page.mouse.click(x, y);
    assert.match(await playground.text('#message'), /^Nothing was painted: the energy to paint must be a number/);
    assert.equal(await playground.page.inputValue('#energy'), '5');
    assert.equal(await playground.page.evaluate(() => document.body.dataset.revision), revision);
    assert.equal(await playground.bits(), bits);
    await playground.change(() => playground.page.click('#next-sample'));
    assert.ok(await playground.page.isHidden('#message'));
  },

  async 'maps are drawn over the strip, in words too'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 10, seed: 1, length: 40, width: 40 });
    const seen = new Set([await playground.pixels()]);
    const times = [];
    for (const [kind, unit, words] of [
      ['ldos', /^(≥ )?0\.\d+ 1\/t$/, /density of states/],
      ['gradient', /2e²\/h per t$/, /on this site (raises|lowers) G by/],
      ['current', /2e²\/h$/, /current per voltage/],
    ]) {
      times.push(`${kind} ${(await playground.look(kind)).toFixed(1)}`);
      seen.add(await playground.pixels());
      assert.match(await playground.text('#high'), unit);
      const [x, y] = await playground.site(12, 5);
      await playground.page.mouse.move(x, y);
      assert.match(await playground.text('#at'), words);
    }
    assert.equal(seen.size, 4);
    measured['a map, 40 x 40, n = 10 % (ms)'] = times.join(', ');
    // A new stroke has a new map.
    await playground.paint([5, 5], [15, 25]);
    await playground.mapped('current');
    measured['frames a second with the current in motion'] = await frameRate(playground);
    seen.add(await playground.pixels());
    assert.equal(seen.size, 5);
    await playground.page.uncheck('#motion');
    seen.add(await playground.pixels());
    assert.equal(seen.size, 6);
    await playground.look('gradient');
    assert.ok(await playground.page.isVisible('#scale-bar'));
    await playground.change(() => playground.page.click('#clear'));
    await playground.mapped('refused');
    assert.match(await playground.text('#meaning'), /below 10⁻⁶/);
    assert.ok(await playground.page.isHidden('#scale-bar'));
    await playground.draw({ preset: 'model-1', strength: 4, seed: 9, length: 80, width: 80 });
    measured['a map, 80 x 80, model I (ms)'] = (await playground.mapped('gradient')).toFixed(0);
    await playground.page.check('input[name="show"][value="impurities"]');
    assert.equal(await playground.text('#meaning'), 'on-site energy');
    assert.ok(await playground.page.isVisible('#scale-bar'));
  },

  async 'large strips show progress and freeze nothing; a new stroke wins'({ playground }) {
    await playground.draw({ preset: 'model-1', strength: 4, seed: 9, length: 80, width: 80 });
    const frames = playground.page.evaluate(() => new Promise((resolve) => {
      const times = [];
      const began = performance.now();
      const frame = (now) => {
        times.push(now);
        if (now - began < 1500) requestAnimationFrame(frame);
        else resolve(times);
      };
      requestAnimationFrame(frame);
    }));
    const began = Date.now();
    await playground.paint([0, 1], [0, 60]);
    const time = Date.now() - began;
    const stamps = await frames;
    const gaps = stamps.slice(1).map((stamp, place) => stamp - stamps[place]).sort((a, b) => a - b);
    measured['80 x 80, model I, stroke to G (ms)'] = time;
    measured['frames a second while it is solved'] = Math.round((1000 * gaps.length) / (stamps.at(-1) - stamps[0]));
    measured['longest frame then (ms)'] = Math.round(gaps.at(-1));
    assert.ok(time < LIMITS.large * PATIENCE, `${time} ms`);
    assert.ok(gaps.at(-1) < 100 * PATIENCE, `a frame of ${gaps.at(-1)} ms`);
    assert.match(await playground.text('[data-refusal]'), /40 × 40/);
    assert.equal(await playground.page.locator('#rows tr:visible').count(), 2);
    assert.equal(await playground.bits(), await referenceBits(playground));
  },

  async 'the budget moves the hybrid from counting to exact'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 20, seed: 3, length: 40, width: 40 });
    const at = async (value) => {
      const before = await playground.page.evaluate(() => document.body.dataset.predicted);
      await playground.page.locator('#budget').fill(String(value));
      await playground.page.waitForFunction((old) => document.body.dataset.predicted !== old, before);
      return [await playground.row('hybrid-g'), await playground.text('#hybrid-note')];
    };
    const [none, noneNote] = await at(0);
    assert.match(noneNote, /no impurity/);
    const [, someNote] = await at(11);
    assert.match(someNote, /Solved \d+ of \d+ impurities exactly, up to x = \d+/);
    const [all, allNote] = await at(20);
    assert.match(allNote, /solved exactly/);
    assert.ok(Math.abs(Number(all.value) - Number((await playground.row('exact')).value)) < 2e-3);
    assert.notEqual(none.value, all.value);
    await at(11);
  },

  async 'the interval is said to hold for random strips only'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 5, seed: 1, length: 40, width: 40 });
    assert.doesNotMatch(await playground.text('#verdict'), /these are not random/);
    const typical = () => playground.page.locator('#rows td.wide').allTextContents();
    assert.deepEqual((await typical()).map((text) => /^(< )?0\.\d{3}$/.test(text)), [false, true, true, true, true]);
    await playground.draw({ preset: 'point-contact', opening: 10 });
    assert.match(await playground.text('#verdict'), /these are not random/);
    assert.deepEqual([...await typical(), await playground.text('#typical')], Array(6).fill(''));
    // Numbers of any length fit into the table.
    await playground.change(() => playground.page.click('[data-demo="slit"]'));
    const [table, panel] = await playground.page.evaluate(() => ['.results table', '.results'].map((one) => document.querySelector(one).getBoundingClientRect().right));
    assert.ok(table < panel, `${table} ${panel}`);
  },

  async 'T(E) is filled in, and is T at E = 0'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 5, seed: 2 });
    await playground.page.waitForFunction(() => document.body.dataset.spectrum === document.body.dataset.revision, null, { timeout: 60_000 });
    assert.equal(await playground.text('#spectrum-note'), '257 energies');
    const points = await playground.page.evaluate(() => document.querySelector('#spectrum .curve').getAttribute('d').split(/[ML]/).length - 1);
    assert.equal(points, 257);
  },

  async 'a link brings the same strip to another page'({ playground, context }) {
    await playground.draw({ preset: 'model-3', concentration: 12, seed: 5, length: 33, width: 21 });
    await playground.paint([4, 4], [20, 9]);
    await playground.page.waitForFunction(() => document.body.dataset.linked === document.body.dataset.revision);
    const link = playground.page.url();
    assert.match(link, /#v=1&size=33x21&disorder=3&n=0.12&seed=5&sample=0&edit=[^&]*&check=[0-9a-f]{8}$/);
    const begin = link.slice(0, link.indexOf('#'));
    assert.equal(link, begin + linked(link.slice(begin.length + 1, link.indexOf('&check='))));
    const other = await Playground.open(context, link);
    assert.equal(await other.bits(), await playground.bits());
    assert.equal(await other.page.inputValue('#preset'), 'model-3');
    const go = (hash) => other.page.evaluate((to) => (window.location.hash = to), hash);
    const good = linked('v=1&size=2x1&edit=5:0');
    await go(good);
    await other.page.waitForFunction(() => document.getElementById('length').value === '2');
    assert.match(await other.text('#caption'), /^Strip from a link\. 2 × 1 sites/);
    for (const [wrong, words] of [
      [linked('v=1&size=99x1'), /1 to 80/],
      ['#v=1&size=2x2', /^The end of this link is missing: copy all of it/],
      [good.slice(0, -1), /^This link is cut off, or was changed/],
      [good.replace('5:0', '5:1'), /^This link is cut off, or was changed/],
    ]) {
      await go(wrong);
      await other.page.waitForFunction((source) => new RegExp(source).test(document.getElementById('message').textContent), words.source);
      assert.ok(await other.page.isVisible('#message'));
      // The address is that of the strip on the screen again.
      await other.page.waitForFunction((hash) => window.location.hash === hash, good);
    }
    // A shape is one again.
    for (const [preset, words] of [['slit', 'Wall with a slit of 6'], ['point-contact', 'Point contact, opening 6']]) {
      await playground.draw({ preset, opening: 6, length: 17, width: 12 });
      await playground.page.waitForFunction(() => document.body.dataset.linked === document.body.dataset.revision);
      await go(new URL(playground.page.url()).hash);
      await other.page.waitForFunction((begin) => document.getElementById('caption').textContent.startsWith(begin), `${words}. 17 × 12`);
      assert.equal(await other.page.inputValue('#preset'), preset);
      assert.equal(await other.page.inputValue('#opening'), '6');
    }
    assert.deepEqual(other.problems, []);
    await other.page.close();
  },

  async 'files are opened, and what is none is refused'({ playground }) {
    const strip = path.join(folder, 'kept.npy');
    await playground.draw({ preset: 'potential', height: 2, radius: 2, seed: 8, length: 25, width: 31 });
    await playground.download(strip);
    const bits = await playground.bits();
    await playground.draw({ preset: 'clean' });
    await playground.change(() => playground.page.setInputFiles('#upload', strip));
    assert.equal(await playground.bits(), bits);
    await playground.upload('a.npy', Buffer.from('hello'));
    await playground.page.waitForFunction(() => /^a.npy was not opened: not a .npy file/.test(document.getElementById('message').textContent));
    // A strip that no solver can solve: nothing of the last one stays beside it.
    await playground.upload('huge.npy', npy([2, 2], [1e308, 1e308, 1e308, 1e308]));
    await playground.page.waitForFunction(() => document.body.dataset.failed === document.body.dataset.revision);
    assert.match(await playground.text('#message'), /^huge.npy: this strip cannot be solved/);
    assert.equal(await playground.text('#g'), 'unknown');
    assert.match(await playground.text('#g-note'), /^this strip cannot be solved/);
    for (const place of ['#verdict', '#hybrid-note', '#spectrum', '#echo']) assert.equal(await playground.text(place), '', place);
    for (const by of ['exact', 'best-g']) assert.deepEqual(await playground.row(by), { value: '', error: '', time: '' });
    await playground.change(() => playground.page.click('#undo'));
    assert.equal(await playground.bits(), bits);
    assert.ok(await playground.page.isHidden('#message'));
    // Two things may be worth a remark.
    await playground.change(() => playground.upload('two.npy', npy([2, 1, 2], [0, 1, 2, 3], '<i8')));
    assert.match(await playground.text('#message'), /^two.npy: It holds 2 strips.*numbers of species\?$/);
  },

  async 'an ensemble grows while one watches'({ playground }) {
    await playground.draw({ preset: 'model-2', concentration: 10, seed: 1, length: 40, width: 40 });
    await playground.page.click('#play');
    await playground.page.waitForFunction(() => Number(document.getElementById('ensemble-note').dataset.samples) > 40, null, { timeout: 60_000 });
    await playground.page.click('#play');
    const note = await playground.text('#ensemble-note');
    const [, samples, mean, error] = note.match(/(\d+) strips, ⟨G⟩ = ([\d.]+) ± ([\d.]+)/);
    const rate = note.match(/([\d.]+) strips a second/);
    measured['strips a second, 40 x 40, n = 10 %, with four predictions each'] = rate[1];
    const result = path.join(folder, 'g.npy');
    commandLine(['solve', '--quiet', '--disorder', '2', '--concentration', '0.1', '--seed', '1', '--samples', samples, '--output', result]);
    const bytes = readFileSync(result);
    const data = 10 + bytes.readUInt16LE(8);
    let sum = 0;
    for (let sample = 0; sample < Number(samples); sample += 1) sum += bytes.readDoubleLE(data + 8 * sample);
    assert.equal(Number(mean), Number((sum / Number(samples)).toFixed(4)));
    assert.ok(Number(error) > 0);
    assert.equal(await playground.page.locator('#ensemble-rows tr').count(), 4);
    // It follows the budget, which it names.
    await playground.page.click('#play');
    await playground.page.locator('#budget').fill('20');
    const words = (await playground.text('#budget-text')).replace(' multiply-adds', '');
    await playground.page.waitForFunction((budget) => document.querySelector('#ensemble-rows .hybrid-g small')?.textContent === `budget ${budget}`, words);
    await playground.page.click('#play');
    await playground.page.locator('#budget').fill('11');
  },

  async 'the keyboard suffices'({ playground }) {
    await playground.draw({ preset: 'clean', length: 40, width: 40 });
    await playground.page.evaluate(() => {
      document.activeElement.blur();
      window.spoken = [];
      const live = document.getElementById('live');
      new MutationObserver(() => window.spoken.push(live.textContent)).observe(live, { childList: true });
    });
    const spoken = () => playground.page.evaluate(() => window.spoken.filter((text) => !text.startsWith('G is')));
    for (let steps = 0; steps < 40; steps += 1) {
      await playground.page.keyboard.press('Tab');
      if (await playground.page.evaluate(() => document.activeElement.id === 'strip')) break;
    }
    assert.equal(await playground.page.evaluate(() => document.activeElement.id), 'strip');
    assert.equal(await playground.bits(), '0x4044000000000000');
    const { keyboard } = playground.page;
    await keyboard.press('ArrowLeft');
    await playground.change(() => keyboard.press('Space'));
    const one = await playground.bits();
    assert.notEqual(one, '0x4044000000000000');
    for (let steps = 0; steps < 5; steps += 1) await playground.change(() => keyboard.press('Shift+ArrowDown'));
    assert.match(await playground.text('#caption'), /painted on\. 40 × 40 sites, 6 \(0\.4 %\) not 0/);
    await playground.page.waitForFunction(() => /^G is \d.*best-g predicts \d/.test(document.getElementById('live').textContent));
    assert.deepEqual((await spoken()).slice(0, 3), ['x 20, y 20: 0 t', 'x 19, y 20: 0 t', 'x 19, y 20: 5 t']);
    for (let steps = 0; steps < 5; steps += 1) await playground.change(() => keyboard.press('Control+z'));
    assert.equal(await playground.bits(), one);
    for (let steps = 0; steps < 5; steps += 1) await keyboard.press('ArrowUp');
    await playground.change(() => keyboard.press('Delete'));
    assert.equal(await playground.bits(), '0x4044000000000000');
    for (const [key, place] of [['Home', 'x 0, y 20'], ['PageUp', 'x 0, y 10'], ['End', 'x 39, y 10']]) {
      const top = await playground.page.evaluate(() => window.scrollY);
      await keyboard.press(key);
      assert.equal((await spoken()).at(-1), `${place}: 0 t`);
      assert.equal(await playground.page.evaluate(() => window.scrollY), top);
    }
    // Everything that can be used has a name.
    const nameless = await playground.page.evaluate(() =>
      [...document.querySelectorAll('input, select, button, canvas[tabindex], svg[role]')]
        .filter((one) => !one.labels?.length && !one.getAttribute('aria-label') && !one.textContent.trim())
        .map((one) => one.id));
    assert.deepEqual(nameless, []);
  },
};

/** On a phone, in the dark, without motion: nothing is wider than the screen. */
async function looks() {
  for (const [name, options] of [
    ['desktop', { viewport: { width: 1280, height: 900 } }],
    ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }],
  ]) {
    const { context, close } = await start(options);
    const playground = await Playground.open(context, address);
    await playground.page.click('#play');
    await playground.page.waitForFunction(() => Number(document.getElementById('ensemble-note').dataset.samples) > 60, null, { timeout: 60_000 });
    await playground.page.click('#play');
    await playground.page.waitForSelector('#self-test[data-passed]');
    await playground.page.waitForFunction(() => document.body.dataset.spectrum === document.body.dataset.revision, null, { timeout: 60_000 });
    // Of what was asked for: a page that is too wide makes a phone's window wider.
    const screen = options.viewport.width;
    const wide = await playground.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= screen, `${name}: ${wide} of ${screen} pixels`);
    // With times as they are once the browser has compiled everything.
    for (const seed of [2, 1]) await playground.draw({ preset: 'model-2', concentration: 20, seed });
    if (picture(name)) await playground.page.screenshot({ path: picture(name), fullPage: true });
    if (name === 'phone') {
      const small = await playground.page.evaluate(() =>
        [...document.querySelectorAll('button, select')].filter((one) => one.offsetParent && one.offsetHeight < 32).map((one) => one.id));
      assert.deepEqual(small, []);
      const before = await playground.bits();
      const [x, y] = await playground.site(20, 20);
      await playground.page.locator('#strip').scrollIntoViewIfNeeded();
      const [tapX, tapY] = await playground.site(20, 20);
      await playground.change(() => playground.page.touchscreen.tap(tapX, tapY));
      const painted = await playground.bits();
      assert.notEqual(painted, before, `${x} ${y}`);
      // A swipe up scrolls the page and paints nothing.
      const top = await playground.page.evaluate(() => window.scrollY);
      const touch = await context.newCDPSession(playground.page);
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: tapX, y: tapY }] });
      for (let step = 1; step <= 12; step += 1) {
        await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: tapX, y: tapY - 10 * step }] });
        await playground.page.waitForTimeout(16);
      }
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await playground.page.waitForFunction((before) => window.scrollY > before, top);
      assert.equal(await playground.bits(), painted);
      // A tap on a map reads it and paints nothing.
      for (const kind of ['ldos', 'gradient']) {
        await playground.look(kind);
        await playground.page.evaluate(() => window.scrollTo(0, 0));
        await playground.page.locator('#strip').scrollIntoViewIfNeeded();
        const [readX, readY] = await playground.site(12, 7);
        await playground.page.touchscreen.tap(readX, readY);
        await playground.page.waitForFunction(() => /^x 12, y 7: .*; /.test(document.getElementById('at').textContent));
        assert.ok(await playground.page.isVisible('#at'));
        const tops = await playground.page.evaluate(() => ['low', 'bar', 'high'].map((id) => document.getElementById(id).getBoundingClientRect()).map(({ top, height }) => top + height / 2));
        assert.ok(Math.max(...tops) - Math.min(...tops) < 4, `the scale is in one line: ${tops}`);
        if (pictures) await playground.page.screenshot({ path: picture(`${name}-${kind}`) });
      }
      assert.equal(await playground.bits(), painted);
    } else {
      await playground.draw({ preset: 'point-contact', opening: 10 });
      // The picture of README.md and of the guide: host/figures/playground.png.
      if (name === 'desktop' && pictures) {
        await playground.look('current');
        await playground.page.waitForTimeout(1000);
        await playground.page.evaluate(() => window.scrollTo(0, 0));
        await playground.page.screenshot({ path: picture('playground'), clip: { x: 20, y: 0, width: 1240, height: 880 } });
        await playground.page.check('input[name="show"][value="impurities"]');
      }
      if (picture(`${name}-contact`)) await playground.page.screenshot({ path: picture(`${name}-contact`) });
      for (const kind of pictures ? ['ldos', 'current', 'gradient'] : []) {
        await playground.look(kind);
        await playground.page.waitForTimeout(700);
        await playground.page.screenshot({ path: picture(`${name}-${kind}`) });
      }
    }
    assert.deepEqual(playground.problems, [], name);
    await close();
  }
}

/** `landauer playground` serves the same page on this machine only, until Ctrl-C. */
async function served() {
  const server = spawn(landauer, ['playground', '--page', page, '--no-open', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const line = await new Promise((resolve, reject) => {
      server.stdout.once('data', (data) => resolve(String(data)));
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const [url] = line.match(/http:\/\/127\.0\.0\.1:\d+\//);
    const { context, close } = await start({ viewport: { width: 1280, height: 900 } });
    const playground = await Playground.open(context, url);
    const fromDisk = await Playground.open(context, address);
    assert.equal(await playground.bits(), await fromDisk.bits());
    assert.deepEqual(playground.problems, []);
    await close();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    assert.equal(await ended, 0);
  } finally {
    server.kill('SIGKILL');
  }
}

let failed = 0;
const only = new RegExp(process.env.LANDAUER_ONLY ?? '');
async function run(name, test) {
  if (!only.test(name)) return;
  const began = Date.now();
  try {
    await test();
    console.log(`passed in ${((Date.now() - began) / 1000).toFixed(1)} s: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}

const { context, close } = await start({ viewport: { width: 1280, height: 900 } });
const playground = await Playground.open(context, address);
for (const [name, test] of Object.entries(tests)) await run(name, () => test({ playground, context }));
await run('the console is silent, and nothing is asked of any other host', async () => {
  assert.deepEqual(playground.problems, []);
  assert.ok(playground.requests.every((protocol) => ['file:', 'data:', 'blob:'].includes(protocol)));
});
await close();
await run('desktop, dark, phone', looks);
await run('landauer playground', served);
rmSync(folder, { recursive: true });
measured['page (bytes)'] = readFileSync(page).length;
for (const [what, number] of Object.entries(measured)) console.log(`${what}: ${number}`);
process.exit(failed);
