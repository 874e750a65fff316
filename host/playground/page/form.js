// The form of presets: which strip it asks for, what a strip was drawn by, and what it refuses.

import { percent } from 'page/format.js';

const element = (id) => document.getElementById(id);
const number = (id) => element(id).valueAsNumber;

/** Shows the parameters that go with the preset. */
export function showParameters() {
  const preset = element('preset').value;
  for (const part of document.querySelectorAll('[data-for]')) {
    part.hidden = !part.dataset.for.split(' ').includes(preset);
  }
}

/** The inputs that count now become what a refused value goes back to. */
function accept(inputs) {
  for (const input of inputs) input.dataset.last = input.value;
}

/**
 * What is wrong with these inputs, in words; each that is wrong goes back to its last value. null if all are right.
 * Those that are hidden do not count.
 */
export function refusal(inputs) {
  const wrong = inputs.filter((input) => !input.closest('[hidden]') && !input.validity.valid);
  const words = wrong.map((input) => {
    const kind = input.step === '1' ? 'a whole number' : 'a number';
    input.value = input.dataset.last ?? input.defaultValue;
    return `${input.dataset.name} must be ${kind} from ${input.min} to ${input.max}; it is ${input.value} again`;
  });
  return wrong.length === 0 ? null : `${words.join('. ')}.`;
}

/** All inputs of the form. */
export const formInputs = () => [...element('preset-form').querySelectorAll('input')];

/** Sets the form to what a strip was drawn by. */
export function fillForm({ length, width }, { origin, preset }) {
  element('length').value = length;
  element('width').value = width;
  if (origin.kind === 'disorder') {
    element('preset').value = `model-${origin.model}`;
    element('seed').value = origin.seed;
    if (origin.model === 1) element('strength').value = origin.parameter;
    else element('concentration').value = Number((100 * origin.parameter).toPrecision(12));
  } else if (origin.kind === 'potential') {
    element('preset').value = 'potential';
    element('height').value = origin.height;
    element('radius').value = origin.radius;
    element('seed').value = origin.seed;
  } else {
    element('preset').value = preset?.name ?? 'clean';
    if (preset?.opening !== undefined) element('opening').value = preset.opening;
  }
  showParameters();
  accept(formInputs());
}

/** The question by which a shape with walls of 5 t is drawn. */
export const shapeRequest = ({ name, opening }, { length, width }) =>
  ({ do: 'shape', length, width, shape: { kind: name.replace('-', '_'), energy: 5, opening } });

/** The question by which the form's strip is drawn, and what a shape was made by: { request, preset }. */
export function formRequest(sample) {
  const name = element('preset').value;
  const size = { length: number('length'), width: number('width') };
  if (name === 'clean') return { request: { do: 'draw', ...size, origin: { kind: 'clean' } }, preset: { name } };
  if (name === 'potential') {
    const origin = { kind: 'potential', height: number('height'), radius: number('radius'), seed: number('seed') };
    return { request: { do: 'draw', ...size, origin }, preset: null };
  }
  if (name === 'point-contact' || name === 'slit') {
    const preset = { name, opening: Math.min(number('opening'), size.width) };
    return { request: shapeRequest(preset, size), preset };
  }
  const model = Number(name.slice('model-'.length));
  const parameter = model === 1 ? number('strength') : number('concentration') / 100;
  const origin = { kind: 'disorder', model, parameter, seed: number('seed'), sample };
  return { request: { do: 'draw', ...size, origin }, preset: null };
}

const NUMERALS = ['', 'I', 'II', 'III', 'IV'];

/** An ensemble in words. */
export function ensembleWords({ model, parameter, seed }) {
  const disorder = model === 1 ? `w = ${parameter} t` : `n = ${percent(parameter)}`;
  return `Model ${NUMERALS[model]}, ${disorder}, seed ${seed}`;
}

/** What a strip was drawn by, in words. */
export function originWords({ origin, preset, name }) {
  if (name) return name;
  if (origin.kind === 'disorder') return `${ensembleWords(origin)}, sample ${origin.sample}`;
  if (origin.kind === 'potential') {
    return `Smooth random potential within ±${origin.height} t, seed ${origin.seed}`;
  }
  if (preset?.name === 'point-contact') return `Point contact, opening ${preset.opening}`;
  if (preset?.name === 'slit') return `Wall with a slit of ${preset.opening}`;
  return 'Clean strip';
}

// What each example shows, and what to look at.
export const DEMOS = {
  'model-2': 'The networks were trained on such strips. Is best-g, the best of them, better than counting the impurities? The sentence under the '
    + 'table compares them. Below n = 50 %, drag the budget of hybrid-g to beat both.',
  'point-contact': 'Two wedges leave an opening, which carries about one mode for each open row. To the networks they are impurities in random '
    + 'places, and they miss what passes. Choose Current to see where it flows.',
  slit: 'A thin wall with a hole: the waves pass through the hole and spread behind it. To best-g and the paper’s CNN these are a few scattered '
    + 'impurities, and they let too much pass. Choose Density of states to see the waves.',
  clean: 'Nothing scatters: each mode of the lead carries 2e²/h, so that G is their number. Paint one impurity, and see what it costs.',
};
