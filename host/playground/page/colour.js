// The colours of the figures (host/plot/src/palette.rs): viridis for on-site energies, Okabe and Ito's for curves.

// matplotlib's viridis (S. van der Walt and N. Smith, CC0) at nine equal steps.
const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
];

/** The colour of `share`, 0 to 1: dark to light. */
export function viridis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const part = place - below;
  const mix = VIRIDIS[below].map((from, channel) => Math.round(from + (VIRIDIS[below + 1][channel] - from) * part));
  return `rgb(${mix.join(',')})`;
}

/** The range of on-site energies, always with that of the leads, 0. */
export function energyRange(onsite) {
  let [low, high] = [0, 0];
  for (const energy of onsite) {
    low = Math.min(low, energy);
    high = Math.max(high, energy);
  }
  return [low, high];
}

/** The colour of an on-site energy: of 0 alone, the darkest. */
export function energyColour(energy, [low, high]) {
  return viridis(high > low ? (energy - low) / (high - low) : 0);
}
