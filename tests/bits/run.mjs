// Runs the WebAssembly module that is given: node tests/bits/run.mjs MODULE
// It imports nothing; a panic is a trap, which ends Node with an error.
import { readFile } from 'node:fs/promises';

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
instance.exports.main(0, 0);
