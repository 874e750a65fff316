// The colours of the figures (host/plot/src/palette.rs): viridis for what is not negative, blue over white to red for what
// has a sign, Okabe and Ito's for curves. Readers with any colour vision can tell them apart.

// matplotlib's viridis (S. van der Walt and N. Smith, CC0) at nine equal steps.
const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
];

// C. Brewer's RdBu in the order blue, white, red (colorbrewer2.org, Apache License 2.0) at 11 equal steps.
const BLUE_WHITE_RED = [
  [5, 48, 97], [33, 102, 172], [67, 147, 195], [146, 197, 222], [209, 229, 240], [247, 247, 247],
  [253, 219, 199], [244, 165, 130], [214, 96, 77], [178, 24, 43], [103, 0, 31],
];

/** The colour of `share`, 0 to 1, on a scale of equal steps. */
function along(steps, share) {
  const place = Math.min(Math.max(share, 0), 1) * (steps.length - 1);
  const below = Math.min(Math.floor(place), steps.length - 2);
  const part = place - below;
  const mix = steps[below].map((from, channel) => Math.round(from + (steps[below + 1][channel] - from) * part));
  return `rgb(${mix.join(',')})`;
}

/** Dark to light. */
export const viridis = (share) => along(VIRIDIS, share);

/** Dark blue, over white at one half, to dark red. */
export const diverging = (share) => along(BLUE_WHITE_RED, share);

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
