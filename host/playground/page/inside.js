// Looking inside: how maps of a strip are scaled, coloured and told in words.

import { diverging, viridis } from 'page/colour.js';
import { decimals, energy as shown } from 'page/format.js';

/** What can be shown over the strip beside its on-site energies: names, units, and what the colours mean. */
export const MAPS = {
  ldos: {
    signed: false,
    unit: '1/t',
    meaning: 'Local density of states at E = 0: where electrons of this energy can be, coming from either lead.',
    words: (value) => `density of states ${decimals(value)} per t`,
  },
  current: {
    signed: false,
    unit: '× 2e²/h',
    meaning: 'Size of the current through each site per voltage between the leads; its parts along the strip add up to G in every column.',
    words: (value) => `current per voltage ${decimals(value)} × 2e²/h`,
  },
  gradient: {
    signed: true,
    unit: '× 2e²/h per t',
    meaning: 'What a site does to G: red where a higher on-site energy raises G, blue where it lowers G.',
    words: (value) => {
      const change = Math.abs(0.01 * value);
      const does = value < 0 ? 'lowers' : 'raises';
      return `0.01 t more on this site ${does} G by ${decimals(change)} × 2e²/h (slope ${decimals(value)} per t)`;
    },
  },
};

// This share of all sites is within the scale; a few sharp peaks would leave everything else dark.
const WITHIN = 0.99;

/** A map with its scale: `most` is the end of the colour bar, `clipped` says that some values are beyond it. */
export function scaled(map) {
  const sizes = Float64Array.from(map.sites, Math.abs).sort();
  const largest = sizes[sizes.length - 1];
  const within = sizes[Math.min(Math.floor(WITHIN * sizes.length), sizes.length - 1)];
  // A scale that leaves little out leaves nothing out.
  const most = within > 0.8 * largest || within === 0 ? largest : within;
  return { ...map, most, clipped: most < largest };
}

/** The colour of a value of a scaled map. */
export function mapColour({ kind, most }, value) {
  return MAPS[kind].signed ? diverging(0.5 + (0.5 * value) / most) : viridis(value / most);
}

/** The ends of the colour bar. */
export function mapEnds({ kind, most, clipped }) {
  const beyond = clipped ? '≥ ' : '';
  const end = `${beyond}${decimals(most)} ${MAPS[kind].unit}`;
  return MAPS[kind].signed ? [`${clipped ? '≤ ' : ''}${decimals(-most)}`, end] : ['0', end];
}

/** A site in words: where it is, its on-site energy, and what the map says of it. */
export function siteWords({ width, onsite }, [x, y], map) {
  const site = x * width + y;
  const begin = `x ${x}, y ${y}: ${shown(onsite[site])} t`;
  return map ? `${begin}; ${MAPS[map.kind].words(map.sites[site])}` : begin;
}

/** Marks the sites with an impurity, where they are few enough to be told apart. */
export function drawImpurities(context, { length, width, onsite }, { step, left }) {
  const impurities = onsite.reduce((sum, energy) => sum + (energy === 0 ? 0 : 1), 0);
  if (impurities > 0.7 * onsite.length) return;
  const size = Math.max(step * 0.3, 1);
  for (let x = 0; x < length; x += 1) {
    for (let y = 0; y < width; y += 1) {
      if (onsite[x * width + y] === 0) continue;
      const [across, down] = [left + (x + 0.5) * step, (y + 0.5) * step];
      context.fillStyle = '#000';
      context.fillRect(across - size / 2 - 0.5, down - size / 2 - 0.5, size + 1, size + 1);
      context.fillStyle = '#fff';
      context.fillRect(across - size / 2 + 0.5, down - size / 2 + 0.5, Math.max(size - 1, 0.5), Math.max(size - 1, 0.5));
    }
  }
}

/** Arrows along the current, one for a block of sites, longer where more flows. */
export function drawArrows(context, { length, width, flow }, { step, left }) {
  const block = Math.max(1, Math.ceil(Math.max(length, width) / 20));
  const arrows = [];
  for (let x = 0; x < length; x += block) {
    for (let y = 0; y < width; y += block) {
      const sum = [0, 0];
      const [columns, rows] = [Math.min(block, length - x), Math.min(block, width - y)];
      for (let dx = 0; dx < columns; dx += 1) {
        for (let dy = 0; dy < rows; dy += 1) {
          const site = (x + dx) * width + y + dy;
          sum[0] += flow[0][site];
          sum[1] += flow[1][site];
        }
      }
      arrows.push({ middle: [x + columns / 2, y + rows / 2], sum, strength: Math.hypot(...sum) });
    }
  }
  const strongest = arrows.reduce((most, { strength }) => Math.max(most, strength), 0);
  if (!(strongest > 0)) return;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const { middle, sum, strength } of arrows) {
    const share = Math.sqrt(strength / strongest);
    if (share < 0.15) continue;
    const reach = share * block * step * 0.95;
    const [across, down] = [left + middle[0] * step, middle[1] * step];
    context.save();
    context.translate(across, down);
    context.rotate(Math.atan2(sum[1], sum[0]));
    context.beginPath();
    context.moveTo(-reach / 2, 0);
    context.lineTo(reach / 2, 0);
    context.moveTo(reach / 2 - reach * 0.3, -reach * 0.22);
    context.lineTo(reach / 2, 0);
    context.lineTo(reach / 2 - reach * 0.3, reach * 0.22);
    for (const [ink, width] of [['#000', 0.16], ['#fff', 0.08]]) {
      context.strokeStyle = ink;
      context.lineWidth = Math.max(width * step * block, ink === '#fff' ? 1 : 2);
      context.stroke();
    }
    context.restore();
  }
}
