// Numbers as the page shows them.

/** A conductance: four decimals, or a power of ten where those would be zeros. `ln` is its logarithm. */
export function conductance(value, ln) {
  if (value === 0 && ln !== null && ln !== undefined) {
    const exponent = ln / Math.LN10;
    const power = Math.floor(exponent);
    return `${(10 ** (exponent - power)).toFixed(2)} × 10${superscript(power)}`;
  }
  if (value === 0) return '0';
  if (Math.abs(value) >= 5e-4) return value.toFixed(4);
  const [mantissa, exponent] = value.toExponential(2).split('e');
  return `${mantissa} × 10${superscript(Number(exponent))}`;
}

/** A number in superscript digits. */
export function superscript(number) {
  const digits = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };
  return [...String(number)].map((digit) => digits[digit]).join('');
}

/** Milliseconds. Browsers give times to 0.1 ms. */
export function time(milliseconds) {
  if (milliseconds < 0.1) return '< 0.1 ms';
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A number with three digits, in powers of ten where it is small. */
export function decimals(value) {
  if (value === 0) return '0';
  const sign = value < 0 ? '−' : '';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(3)));
  const [mantissa, exponent] = size.toExponential(1).split('e');
  return `${sign}${mantissa} × 10${superscript(Number(exponent))}`;
}

/** A share in per cent, as short as it can be. */
export const percent = (share) => `${Number((100 * share).toPrecision(4))} %`;

/** A large whole number, with its prefix. */
export function count(number) {
  // From where k would have four digits.
  if (number >= 999_500) return `${Number((number / 1e6).toPrecision(3))} M`;
  if (number >= 1e4) return `${Number((number / 1e3).toPrecision(3))} k`;
  return String(number);
}

/** An energy in units of t, as short as it can be. */
export function energy(value) {
  return String(Number(value.toPrecision(4))).replace('-', '−');
}
