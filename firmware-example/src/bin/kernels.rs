//! The DSP kernels against the portable ones, on the device, over random layers.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;
use firmware_example::networks::Aligned;
use firmware_example::{exit, fail};
use landauer_core::inference::kernels::{
    Dsp, Kernels, Portable, Ready4, Ready8, ReluRows, ready_len,
};
use landauer_core::inference::shape::Shape;
use landauer_core::inference::weights::Bits;

/// The most inputs and rows of a layer.
const INPUTS: usize = 150;
const ROWS: usize = 12;

/// Layers that are compared, each in 8 and in 4 bits.
const LAYERS: u32 = 4000;

#[entry]
fn main() -> ! {
    let mut random = Random(2020);
    let mut sparse = 0;
    for layer in 0..LAYERS {
        let inputs = 1 + random.below(INPUTS);
        let rows = 4 * (1 + random.below(ROWS / 4));
        let alive = random.below(5);
        let mut values = [0_i8; INPUTS];
        for value in &mut values[..inputs] {
            // All of them, or few.
            if alive == 0 || random.below(alive + 1) == 0 {
                *value = random.extreme(127);
            }
        }
        let values = &values[..inputs];
        sparse += u32::from(3 * values.iter().filter(|&&value| value == 0).count() > 2 * inputs);
        let both = [Bits::Eight, Bits::Four];
        let same = both
            .into_iter()
            .all(|bits| agree(&mut random, bits, values, rows));
        if !(same && patterns_agree(&mut random)) {
            hprintln!("layer {} differs: {} inputs, {} rows", layer, inputs, rows);
            fail();
        }
    }
    hprintln!(
        "{} random layers agree, {} of them with few inputs alive",
        LAYERS,
        sparse
    );
    exit()
}

/// Compares everything that works on interleaved weights.
fn agree(random: &mut Random, bits: Bits, values: &[i8], rows: usize) -> bool {
    let words = values.len().div_ceil(bits.in_word());
    let block = 16 * words;
    let mut weights = Aligned([0_u8; 16 * 38 * (ROWS / 4) + 1]);
    for byte in &mut weights.0 {
        // Every byte is a weight, or two: −128 does not overflow the kernels either.
        *byte = random.extreme(127).cast_unsigned() ^ [0x80, 0][random.below(2)];
    }
    let blocks = &weights.0[..block * (rows / 4)];
    let number =
        |random: &mut Random| (random.next().cast_signed() >> random.below(20)).to_le_bytes();
    let (mut bias, mut multipliers) = (Aligned([[0; 4]; ROWS]), Aligned([[0; 4]; ROWS]));
    for (bias, multiplier) in bias.0.iter_mut().zip(&mut multipliers.0) {
        (*bias, *multiplier) = (number(random), number(random));
    }
    let (bias, multipliers) = (&bias.0[..rows], &multipliers.0[..rows]);
    let step = 1 + random.below(3);
    let relu = ReluRows::new((blocks, block), bias, multipliers).expect("they fit");
    let output = |kernels: &dyn Fn(&mut [i8]) -> Option<()>| {
        let mut output = [-1; 3 * ROWS];
        kernels(&mut output).map(|()| output)
    };
    let mut rooms = [[[0_i8; 400]; 2]; 2];
    let [[a, b], [c, d]] = &mut rooms;
    let needed = ready_len(bits, values.len());
    let ([a, b], [c, d]) = (
        [&mut a[..needed], &mut b[..needed]],
        [&mut c[..needed], &mut d[..needed]],
    );
    // Sums of one block may lie anywhere.
    let first = &weights.0[random.below(2)..][..block];
    let same = match bits {
        Bits::Eight => {
            let portable = Ready8::new::<Portable>(values, a).expect("there is room");
            let dsp = Ready8::new::<Dsp>(values, b).expect("there is room");
            let expected = output(&|output| Portable::relu_8(&relu, &portable, step, output));
            Portable::four_rows_8(first, &portable) == Dsp::four_rows_8(first, &dsp)
                && expected.is_some()
                && expected == output(&|output| Dsp::relu_8(&relu, &dsp, step, output))
        }
        Bits::Four => {
            let portable = Ready4::new::<Portable>(values, c).expect("there is room");
            let dsp = Ready4::new::<Dsp>(values, d).expect("there is room");
            let expected = output(&|output| Portable::relu_4(&relu, &portable, step, output));
            Portable::four_rows_4(first, &portable) == Dsp::four_rows_4(first, &dsp)
                && expected.is_some()
                && expected == output(&|output| Dsp::relu_4(&relu, &dsp, step, output))
        }
    };
    let plain = &weights.0[random.below(4)..][..values.len()];
    let (acc, multiplier) = (random.next().cast_signed(), random.next().cast_signed());
    same && Portable::dot(plain, values) == Dsp::dot(plain, values)
        && Portable::round(acc, multiplier) == Dsp::round(acc, multiplier)
}

/// Compares a table of patterns, and windows of 2×2.
fn patterns_agree(random: &mut Random) -> bool {
    let shape = |channels, slices, rows| Shape {
        channels,
        slices,
        rows,
    };
    let input_shape = shape(1, 4 + random.below(9), 4 + random.below(9));
    let output_shape = shape(
        4 * (1 + random.below(2)),
        input_shape.slices / 4,
        input_shape.rows / 4,
    );
    let mut sites = [0_i8; 144];
    for site in &mut sites {
        *site = random.extreme(127);
    }
    let sites = &sites[..input_shape.len()];
    let mut table = Aligned([[0; 4]; 64 * 8]);
    for term in &mut table.0 {
        *term = (random.next().cast_signed() >> 3).to_le_bytes();
    }
    let table = &table.0[..64 * output_shape.channels];
    let multipliers = &table[..output_shape.channels];
    let run = |kernels: &dyn Fn(&mut [i8]) -> Option<()>| {
        let mut output = [0; 72];
        kernels(&mut output[..output_shape.len()]).map(|()| output)
    };
    let input = (input_shape, sites);
    let expected =
        run(&|output| Portable::relu_patterns(table, multipliers, input, (output_shape, output)));
    let found =
        run(&|output| Dsp::relu_patterns(table, multipliers, input, (output_shape, output)));
    let (first, line) = (random.below(8), input_shape.rows);
    let plane = random.below(60);
    let (mut a, mut b) = ([[0; 4]; 3], [[0; 4]; 3]);
    let windows = Portable::windows_2x2(sites, first, line, plane, &mut a);
    windows == Dsp::windows_2x2(sites, first, line, plane, &mut b)
        && (windows.is_none() || a == b)
        && expected.is_some()
        && expected == found
}

/// Marsaglia's xorshift (J. Stat. Softw. 8, 14, 2003).
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 8) as usize % bound
    }

    /// Often as large as it can be.
    fn extreme(&mut self, most: i8) -> i8 {
        match self.below(4) {
            0 => most,
            1 => -most,
            _ => (self.next() >> 24) as u8 as i8 % most,
        }
    }
}
