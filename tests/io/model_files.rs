//! Model files that are cut, damaged, hostile or for another lattice: an error, never a panic.

use landauer_core::inference::format::{
    Activation, Axis, AxisLinear, CONSTANTS_ALIGNMENT, Conv2d, Curves, Dense, EncoderRule,
    FORMAT_VERSION, HEADER_LEN, Head, Layer, MAX_LAYERS, Mirrors, Nodes, Operator, Patterns,
    Product, Span, Tensor, WeightLayout, Weights,
};
use landauer_core::inference::{Fault, Model, ModelError, Target, WriteError};
use landauer_core::{Concentration, DisorderModel, Ensemble, Lattice};
use landauer_tests::networks::{self, Network};
use proptest::prelude::*;

/// CRC-32C, by another road than the core's.
fn mend(bytes: &mut [u8]) {
    let crc = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&bytes[..20]);
    digest.update(&bytes[24..]);
    let checksum = digest.finalize().to_le_bytes();
    bytes[20..24].copy_from_slice(&checksum);
}

/// The first random network with this many layers and this disorder, with a self-test.
fn sample_network(layers: usize, number: u8) -> Network {
    let network = (0..100_000)
        .map(networks::random)
        .find(|network| {
            let card = &network.card;
            let is_wide = card.length > 1 && card.width > 1;
            is_wide && network.layers.len() == layers && card.disorder.number() == Some(number)
        })
        .expect("there is one");
    networks::with_golden(network, 5, 6, |bytes| {
        let model = Model::parse(bytes).expect("a random network is valid");
        predict(&model, &lattice(&model, 5, 6)).expect("the lattice suits the model")
    })
}

fn lattice(model: &Model<'_>, seed: u64, sample: u64) -> Vec<f64> {
    let card = model.card();
    let ensemble = Ensemble::new(card.disorder, card.concentration, seed).expect("it was parsed");
    let mut onsite = vec![0.0; model.sites()];
    ensemble.sample(sample).fill_onsite(&mut onsite);
    onsite
}

fn predict(model: &Model<'_>, onsite: &[f64]) -> Result<Vec<i32>, ModelError> {
    let mut scratch = vec![0; model.scratch_len()];
    let mut outputs = vec![0; model.card().outputs.len()];
    let width = usize::from(model.card().width);
    model.predict_q16(onsite, width, &mut scratch, &mut outputs)?;
    Ok(outputs)
}

/// Whatever parses must also run.
fn parse_and_run(bytes: &[u8]) -> bool {
    let Ok(model) = Model::parse(bytes) else {
        return false;
    };
    assert!(model.largest_sums().all(|sum| sum < 1 << 31));
    // A damaged arena may be huge and still make sense.
    if model.scratch_len() < 1 << 20 && model.sites() < 1 << 12 {
        let onsite = lattice(&model, 1, 2);
        match predict(&model, &onsite) {
            Ok(_) | Err(ModelError::ImpurityCount { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let mut scratch = vec![0; model.scratch_len()];
        let mut onsite = vec![0.0_f32; model.sites()];
        let _ = model.self_test(&mut onsite, &mut scratch);
    }
    true
}

#[test]
fn a_whole_file_is_read_and_passes_its_self_test() {
    let network = sample_network(4, 2);
    let bytes = network.bytes();
    let model = Model::parse(&bytes).unwrap();
    assert_eq!(model.card(), &network.card);
    assert!(model.layers().eq(network.layers.iter().cloned()));
    assert_eq!(model.constants().as_bytes(), network.constants);
    assert_eq!(model.largest_sums().count(), 5);
    let mut scratch = vec![0; model.scratch_len()];
    let mut onsite = vec![0.0_f32; model.sites()];
    assert_eq!(model.self_test(&mut onsite, &mut scratch), Ok(()));
    let constants = bytes.len() - network.constants.len();
    assert_eq!(constants % CONSTANTS_ALIGNMENT, 0);
    // Anywhere in memory.
    for shift in 1..4 {
        let mut moved = vec![0; shift];
        moved.extend_from_slice(&bytes);
        let model = Model::parse(&moved[shift..]).unwrap();
        assert_eq!(model.self_test(&mut onsite, &mut scratch), Ok(()));
    }
}

#[test]
fn a_self_test_that_fails_says_where() {
    let mut network = sample_network(3, 3);
    let outputs = network.card.golden[0].outputs;
    let last = (outputs.offset + outputs.length - 4) as usize;
    network.constants[last] ^= 1;
    let bytes = network.bytes();
    let model = Model::parse(&bytes).unwrap();
    let mut scratch = vec![0; model.scratch_len()];
    let mut onsite = vec![0.0; model.sites()];
    let found = *predict(&model, &lattice(&model, 5, 6))
        .unwrap()
        .last()
        .unwrap();
    let error = ModelError::SelfTest {
        golden: 0,
        target: network.card.outputs.len() - 1,
        expected: found ^ 1,
        found,
    };
    assert_eq!(model.self_test(&mut onsite, &mut scratch), Err(error));
    let short = ModelError::LatticeSize {
        expected: [network.card.length, network.card.width].map(usize::from),
        sites: 0,
        width: usize::from(network.card.width),
    };
    assert_eq!(model.self_test::<f32>(&mut [], &mut scratch), Err(short));
}

#[test]
fn a_file_cut_anywhere_or_padded_is_refused() {
    let bytes = sample_network(4, 2).bytes();
    for length in 0..bytes.len() {
        let needed = if length < HEADER_LEN {
            HEADER_LEN
        } else {
            bytes.len()
        };
        let error = ModelError::Length {
            needed,
            found: length,
        };
        assert_eq!(Model::parse(&bytes[..length]).unwrap_err(), error);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let error = ModelError::Length {
        needed: bytes.len(),
        found: bytes.len() + 1,
    };
    assert_eq!(Model::parse(&longer).unwrap_err(), error);
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = sample_network(4, 2).bytes();
    for bit in 0..8 * bytes.len() {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = Model::parse(&damaged).unwrap_err();
        let fits = match bit / 8 {
            0..8 => error == ModelError::NotAModel,
            // Another version may be a known one.
            8..10 => matches!(
                error,
                ModelError::UnsupportedVersion { .. } | ModelError::Checksum { .. }
            ),
            12..20 => matches!(
                error,
                ModelError::Length { .. } | ModelError::Checksum { .. }
            ),
            _ => matches!(error, ModelError::Checksum { .. }),
        };
        assert!(fits, "bit {bit}: {error}");
    }
}

#[test]
fn every_flipped_byte_of_a_shipped_file_is_noticed() {
    let file = include_bytes!("../../models/paper-dnn-3x3.postcard");
    let mut damaged = file.to_vec();
    for place in 0..file.len() {
        damaged[place] ^= 1 << (place % 8);
        assert!(Model::parse(&damaged).is_err(), "{place}");
        damaged[place] = file[place];
    }
    assert!(Model::parse(&damaged).is_ok());
}

/// Each bit of several files flipped, and the checksum mended: what still parses runs.
#[test]
fn damage_behind_a_right_checksum_never_panics() {
    let (mut parsed, mut refused) = (0, 0);
    for (layers, number) in [(0, 1), (2, 2), (3, 3), (5, 4), (5, 1)] {
        let bytes = sample_network(layers, number).bytes();
        for bit in 0..8 * bytes.len() {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            mend(&mut damaged);
            if parse_and_run(&damaged) {
                parsed += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(parsed > 1000 && refused > 1000, "{parsed} {refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several bytes at once, cuts and insertions within, lengths and checksum put right.
    #[test]
    fn hostile_records_never_panic(
        seed in any::<u64>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        cut_length in 0_usize..9,
    ) {
        let network = networks::random(seed);
        let mut bytes = network.bytes();
        let records = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        for (place, value) in edits {
            let place = HEADER_LEN + place.index(records);
            bytes[place] = value;
        }
        let start = HEADER_LEN + cut.index(records);
        let end = (start + cut_length).min(HEADER_LEN + records);
        let padding_end = bytes.len() - network.constants.len();
        // What is cut out of the records comes back as padding in front of the constants.
        let removed = end - start;
        bytes[start..padding_end].rotate_left(removed);
        let kept = u32::try_from(records - removed).unwrap();
        bytes[12..16].copy_from_slice(&kept.to_le_bytes());
        let needed = (HEADER_LEN + kept as usize).next_multiple_of(16) + network.constants.len();
        bytes.drain(needed - network.constants.len()..padding_end);
        mend(&mut bytes);
        parse_and_run(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Model::parse(&bytes).is_err());
        if bytes.len() >= HEADER_LEN {
            bytes[..10].copy_from_slice(b"LANDAUER\x01\x00");
            let rest = u32::try_from(bytes.len() - HEADER_LEN).unwrap();
            bytes[12..16].copy_from_slice(&(rest - rest % 16).to_le_bytes());
            bytes[16..20].copy_from_slice(&[0; 4]);
            bytes.truncate(HEADER_LEN + (rest - rest % 16) as usize + 8);
            bytes.resize((HEADER_LEN + (rest - rest % 16) as usize).next_multiple_of(16), 0);
            mend(&mut bytes);
            prop_assert_eq!(Model::parse(&bytes).err().map(|e| matches!(e, ModelError::Length { .. })), Some(false));
        }
    }
}

#[test]
fn another_version_is_refused() {
    for version in [0, FORMAT_VERSION + 1, 0x0100, u16::MAX] {
        let mut bytes = sample_network(1, 2).bytes();
        bytes[8..10].copy_from_slice(&version.to_le_bytes());
        mend(&mut bytes);
        let error = ModelError::UnsupportedVersion { found: version };
        assert_eq!(Model::parse(&bytes).unwrap_err(), error);
    }
}

/// The first network with such a layer, its index, and the record behind it changed.
fn with_changed<T>(
    find: impl Fn(&mut Operator) -> Option<&mut T>,
    change: impl FnOnce(&mut T, &mut Tensor, &mut Vec<u8>),
) -> (Network, usize) {
    let found = (0..100_000).map(networks::random).find_map(|mut network| {
        let mut layers = network.layers.iter_mut();
        let index = layers.position(|layer| find(&mut layer.operator).is_some())?;
        Some((network, index))
    });
    let (mut network, index) = found.expect("there is one");
    let Layer { output, operator } = &mut network.layers[index];
    let record = find(operator).expect("it was found");
    change(record, output, &mut network.constants);
    (network, index)
}

#[track_caller]
fn refused_layer((network, layer): (Network, usize), fault: Fault) {
    let error = Model::parse(&network.bytes()).map(drop);
    assert_eq!(error, Err(ModelError::Layer { layer, fault }));
}

fn dense(operator: &mut Operator) -> Option<&mut Dense> {
    match operator {
        Operator::Dense(dense) if dense.weights.bits == 8 && is_plain(&dense.weights) => {
            Some(dense)
        }
        _ => None,
    }
}

fn is_plain(weights: &Weights) -> bool {
    weights.layout == WeightLayout::RowMajor
}

fn conv2d(operator: &mut Operator) -> Option<&mut Conv2d> {
    match operator {
        Operator::Conv2d(conv2d) if is_plain(&conv2d.weights) => Some(conv2d),
        _ => None,
    }
}

#[test]
fn hostile_tensors_are_refused() {
    let far = |tensor: &mut Tensor| tensor.offset = u32::MAX - 1;
    refused_layer(
        with_changed(dense, |_, output, _| far(output)),
        Fault::OutsideArena,
    );
    refused_layer(
        with_changed(dense, |dense, _, _| far(&mut dense.input)),
        Fault::OutsideArena,
    );
    refused_layer(
        with_changed(dense, |dense, _, _| {
            dense.input.channels = u16::MAX;
            dense.input.slices = u16::MAX;
            dense.input.rows = u16::MAX;
        }),
        Fault::OutsideArena,
    );
    refused_layer(
        with_changed(dense, |dense, _, _| dense.input.rows = 0),
        Fault::Empty,
    );
    for scale in [f32::NAN, f32::INFINITY, 0.0, -1.0] {
        refused_layer(
            with_changed(dense, |_, output, _| output.scale = scale),
            Fault::OutOfRange,
        );
    }
    refused_layer(
        with_changed(dense, |dense, output, _| {
            // One element, which the arena has room for wherever the input begins.
            output.offset = dense.input.offset;
            (output.channels, output.slices, output.rows) = (1, 1, 1);
        }),
        Fault::Overlap,
    );
    refused_layer(
        with_changed(dense, |dense, output, _| {
            dense.input = *output;
        }),
        Fault::ReadBeforeWritten,
    );
    refused_layer(
        // Of more than one row, or nothing changes.
        with_changed(
            |operator| {
                dense(operator)
                    .filter(|dense| dense.weights.data.length as usize > dense.input.shape().len())
            },
            |_, output, _| {
                output.slices = output.channels;
                output.channels = 1;
            },
        ),
        Fault::Shape,
    );
}

/// Has the axis an odd number of elements?
fn is_odd(layer: &AxisLinear) -> bool {
    let elements = match layer.axis {
        Axis::Slice => layer.input.slices,
        Axis::Row => layer.input.rows,
    };
    elements % 2 == 1
}

/// Eight zeros behind the constants.
fn zeros_of(constants: &mut Vec<u8>) -> Span {
    let start = constants.len().next_multiple_of(4);
    constants.resize(start + 8, 0);
    Span {
        offset: u32::try_from(start).unwrap(),
        length: 8,
    }
}

#[test]
fn hostile_lists_are_refused() {
    let spans = [
        (
            Span {
                offset: 2,
                length: 4,
            },
            Fault::Span,
        ),
        (
            Span {
                offset: u32::MAX - 3,
                length: u32::MAX,
            },
            Fault::Span,
        ),
        (
            Span {
                offset: 0,
                length: u32::MAX,
            },
            Fault::Span,
        ),
        (
            Span {
                offset: 0,
                length: 0,
            },
            Fault::ListLength,
        ),
    ];
    for (span, fault) in spans {
        refused_layer(
            with_changed(dense, |dense, _, _| dense.weights.data = span),
            fault,
        );
        refused_layer(
            with_changed(dense, |dense, _, _| {
                dense.requantise.multiplier = Curves::constants(1, span);
            }),
            fault,
        );
        refused_layer(
            with_changed(dense, |dense, _, _| dense.bias = Curves::constants(1, span)),
            fault,
        );
        refused_layer(
            with_changed(dense, |dense, _, _| {
                dense.requantise.activation = Activation::Table(span);
            }),
            fault,
        );
    }
    for bits in [0, 1, 4, 16, 255] {
        let fault = if bits == 4 {
            Fault::ListLength
        } else {
            Fault::Layout
        };
        let changed = with_changed(
            |operator| dense(operator).filter(|dense| dense.input.channels > 2),
            |dense, _, _| dense.weights.bits = bits,
        );
        refused_layer(changed, fault);
    }
    refused_layer(
        with_changed(conv2d, |conv2d, _, _| conv2d.weights.bits = 4),
        Fault::Layout,
    );
}

fn interleaved(operator: &mut Operator) -> Option<&mut Dense> {
    match operator {
        Operator::Dense(dense) if dense.weights.layout == WeightLayout::Interleaved => Some(dense),
        _ => None,
    }
}

/// One of an odd number of inputs, 8 bits, with rows that fill no block.
fn filled_up(operator: &mut Operator) -> Option<&mut Dense> {
    interleaved(operator).filter(|dense| {
        let inputs = dense.input.shape().len();
        dense.weights.bits == 8 && inputs % 4 == 1 && dense.weights.data.length >= 32
    })
}

fn patterns(operator: &mut Operator) -> Option<&mut Patterns> {
    match operator {
        Operator::Patterns(patterns) => Some(patterns),
        _ => None,
    }
}

#[test]
fn hostile_layouts_are_refused() {
    // Only dense layers and convolutions are interleaved.
    refused_layer(
        with_changed(
            |operator| match operator {
                Operator::AxisLinear(layer) => Some(layer),
                _ => None,
            },
            |layer, _, _| layer.weights.layout = WeightLayout::Interleaved,
        ),
        Fault::Layout,
    );
    // What fills rows up is zero: after the last input of row 0 come 3 weights of it.
    for place in 1..4 {
        refused_layer(
            with_changed(filled_up, |dense, _, constants| {
                let words = dense.input.shape().len() / 4;
                let data = dense.weights.data.offset as usize;
                constants[data + 16 * words + place] ^= 1;
            }),
            Fault::ListLength,
        );
    }
    // A block too many, or a byte too few.
    for length in [-1_i32, -16, 16] {
        refused_layer(
            with_changed(interleaved, |dense, _, constants| {
                let data = &mut dense.weights.data;
                data.length = data.length.checked_add_signed(length).expect("small");
                constants.resize(constants.len() + 16, 0);
            }),
            Fault::ListLength,
        );
    }
    // −128: 0 where the top bit is turned over, 128 where it is not.
    for (place, byte) in [(0, 0), (1, 0x80)] {
        refused_layer(
            with_changed(
                |operator| {
                    interleaved(operator)
                        .filter(|dense| dense.weights.bits == 8 && dense.input.shape().len() > 1)
                },
                |dense, _, constants| constants[dense.weights.data.offset as usize + place] = byte,
            ),
            Fault::Asymmetric,
        );
    }
    refused_layer(
        with_changed(patterns, |patterns, _, _| patterns.table.length -= 4),
        Fault::ListLength,
    );
    refused_layer(
        with_changed(patterns, |_, output, _| output.rows += 1),
        Fault::Shape,
    );
}

/// The sums of a table are bounded by the largest term of each place.
#[test]
fn tables_that_could_overflow_are_refused() {
    let set = |terms: [i32; 4]| {
        with_changed(
            |operator| patterns(operator).filter(|patterns| patterns.requantise.left == 0),
            move |patterns, output, constants| {
                let outputs = usize::from(output.channels);
                let table = patterns.table.offset as usize;
                constants[table..table + 4 * 64 * outputs].fill(0);
                for (place, term) in terms.into_iter().enumerate() {
                    let entry = table + 4 * (16 * place + 7) * outputs;
                    constants[entry..entry + 4].copy_from_slice(&term.to_le_bytes());
                }
            },
        )
    };
    let (inside, _) = set([i32::MAX - 6, -1, 2, -3]);
    assert_eq!(Model::parse(&inside.bytes()).map(drop), Ok(()));
    refused_layer(set([i32::MAX - 6, -1, 2, -4]), Fault::Accumulator);
}

#[test]
fn hostile_curves_are_refused() {
    let number = |curves| {
        with_changed(dense, move |dense: &mut Dense, _, _| {
            dense.requantise.multiplier.curves = curves;
        })
    };
    refused_layer(number(0), Fault::ListLength);
    refused_layer(number(u32::MAX), Fault::ListLength);
    let zeros = |change: fn(&mut Nodes)| {
        let lines = with_changed(dense, move |dense: &mut Dense, _, constants| {
            let mut nodes = Nodes {
                nodes: 2,
                step: 3,
                values: zeros_of(constants),
            };
            change(&mut nodes);
            dense.bias = Curves::lines(1, nodes);
        });
        let mixture = with_changed(dense, move |dense: &mut Dense, _, constants| {
            let values = zeros_of(constants);
            let mut nodes = Nodes {
                nodes: 2,
                step: 3,
                values,
            };
            change(&mut nodes);
            let coefficients = Span {
                length: 4,
                ..values
            };
            dense.bias = Curves::mixture(1, 1, coefficients, nodes);
        });
        [lines, mixture]
    };
    for changed in zeros(|nodes| nodes.nodes = 0) {
        refused_layer(changed, Fault::Empty);
    }
    for changed in zeros(|nodes| nodes.nodes = u16::MAX) {
        refused_layer(changed, Fault::ListLength);
    }
    for changed in zeros(|nodes| nodes.step = 16) {
        refused_layer(changed, Fault::OutOfRange);
    }
    for (terms, fault) in [
        (0, Fault::OutOfRange),
        (2, Fault::ListLength),
        (9, Fault::OutOfRange),
        (255, Fault::OutOfRange),
    ] {
        let changed = with_changed(dense, move |dense: &mut Dense, _, constants| {
            let values = zeros_of(constants);
            let basis = Nodes {
                nodes: 2,
                step: 0,
                values,
            };
            let coefficients = Span {
                length: 4,
                ..values
            };
            dense.bias = Curves::mixture(1, terms, coefficients, basis);
        });
        refused_layer(changed, fault);
    }
    // (2³¹ − 1)·2³¹/2³⁰: more than an i32.
    let changed = with_changed(dense, |dense: &mut Dense, _, constants| {
        let values = zeros_of(constants);
        let largest = [i32::MAX, i32::MIN].map(i32::to_le_bytes);
        constants[values.offset as usize..].copy_from_slice(largest.as_flattened());
        let basis = Nodes {
            nodes: 1,
            step: 0,
            values: Span {
                offset: values.offset + 4,
                length: 4,
            },
        };
        let coefficients = Span {
            length: 4,
            ..values
        };
        dense.bias = Curves::mixture(1, 1, coefficients, basis);
    });
    refused_layer(changed, Fault::OutOfRange);
}

#[test]
fn sums_that_could_overflow_are_refused() {
    let changed = |value: i32, left: u8| {
        with_changed(dense, |dense, _, constants| {
            let start = constants.len().next_multiple_of(4);
            constants.resize(start, 0);
            constants.extend(value.to_le_bytes());
            let span = Span {
                offset: u32::try_from(start).unwrap(),
                length: 4,
            };
            dense.bias = Curves::constants(1, span);
            dense.requantise.left = left;
        })
    };
    refused_layer(changed(i32::MIN, 0), Fault::Accumulator);
    refused_layer(changed(i32::MAX, 0), Fault::Accumulator);
    refused_layer(changed(1 << 20, 11), Fault::Accumulator);
    refused_layer(changed(1 << 20, 31), Fault::OutOfRange);
    refused_layer(changed(1 << 20, 255), Fault::OutOfRange);
    refused_layer(
        with_changed(dense, |dense, _, constants| {
            constants[dense.weights.data.offset as usize] = 0x80;
        }),
        Fault::Asymmetric,
    );
}

#[test]
fn hostile_windows_axes_and_pairs_are_refused() {
    for window in [0, 1, 2] {
        for hostile in [0, u16::MAX] {
            let changed = with_changed(conv2d, |conv2d, _, _| {
                let window = match window {
                    0 => &mut conv2d.window.kernel,
                    1 => &mut conv2d.window.stride,
                    _ => &mut conv2d.window.padding,
                };
                *window = [hostile; 2];
            });
            // No padding and the largest stride may be what the layer has, or fit.
            let parsed = Model::parse(&changed.0.bytes()).map(drop);
            let layer = changed.1;
            let refused = [Fault::Shape, Fault::ListLength]
                .map(|fault| Err(ModelError::Layer { layer, fault }));
            let harmless = hostile == 0 && window == 2 || hostile == u16::MAX && window == 1;
            let fits = refused.contains(&parsed) || harmless && parsed.is_ok();
            assert!(fits, "{window} {hostile}: {parsed:?}");
        }
    }
    refused_layer(
        with_changed(
            |operator| match operator {
                Operator::Product(product) => Some(product),
                _ => None,
            },
            |product: &mut Product, _, _| product.pairs[0].second = u16::MAX,
        ),
        Fault::OutOfRange,
    );
    refused_layer(
        with_changed(
            |operator| match operator {
                Operator::AxisLinear(layer) if is_odd(layer) => Some(layer),
                _ => None,
            },
            |layer: &mut AxisLinear, _, _| layer.folded = true,
        ),
        Fault::Shape,
    );
}

#[track_caller]
fn refused_card(change: impl FnOnce(&mut Network), error: ModelError) {
    let mut network = sample_network(2, 2);
    change(&mut network);
    assert_eq!(Model::parse(&network.bytes()).map(drop), Err(error));
}

#[test]
fn cards_that_make_no_sense_are_refused() {
    let card = ModelError::Card;
    refused_card(|n| n.card.name = "", card(Fault::Empty));
    refused_card(|n| n.card.length = 0, card(Fault::Empty));
    refused_card(|n| n.card.width = 0, card(Fault::Empty));
    refused_card(|n| n.card.outputs.clear(), card(Fault::Empty));
    refused_card(
        |n| n.card.outputs[0].target = Target::Transmission { energy: f64::NAN },
        card(Fault::Target),
    );
    refused_card(
        |n| n.card.concentration = Concentration::Fixed(1.5),
        card(Fault::Disorder),
    );
    refused_card(
        |n| n.card.disorder = DisorderModel::AndersonBox { strength: f64::NAN },
        card(Fault::Disorder),
    );
    refused_card(|n| n.card.counts = [2, 1], card(Fault::Disorder));
    refused_card(|n| n.card.counts[1] = u32::MAX, card(Fault::Disorder));
    refused_card(|n| n.card.mirrors = Mirrors::XYSign, card(Fault::Disorder));
    refused_card(
        |n| n.card.golden[0].outputs.length = 0,
        card(Fault::ListLength),
    );
    refused_card(|n| n.card.golden[0].outputs.offset = 1, card(Fault::Span));
    refused_card(
        |n| n.card.disorder = DisorderModel::III,
        ModelError::Encoder(Fault::ListLength),
    );
    refused_card(
        |n| n.card.encoder.rule = EncoderRule::Onsite { scale: 1.0 },
        ModelError::Encoder(Fault::Disorder),
    );
    refused_card(
        |n| {
            n.card.arena = u32::MAX;
            n.card.encoder.output.rows += 1;
        },
        ModelError::Encoder(Fault::Shape),
    );
    refused_card(
        |n| n.card.arena = 0,
        ModelError::Encoder(Fault::OutsideArena),
    );
    let head = ModelError::Head;
    refused_card(
        |n| n.card.head.input.offset = u32::MAX,
        head(Fault::OutsideArena),
    );
    refused_card(
        |n| {
            // A byte behind everything, which nobody writes.
            n.card.arena += 1;
            let Head { input, .. } = &mut n.card.head;
            [input.channels, input.slices, input.rows] = [1; 3];
            input.offset = n.card.arena - 1;
        },
        head(Fault::ReadBeforeWritten),
    );
    refused_card(|n| n.card.outputs[0].ceiling = -1, head(Fault::OutOfRange));
    refused_card(
        |n| n.card.outputs[0].ceiling = i32::MAX,
        head(Fault::OutOfRange),
    );
    refused_card(|n| n.card.outputs[0].shift = 0, head(Fault::OutOfRange));
    refused_card(|n| n.card.outputs[0].shift = 255, head(Fault::OutOfRange));
    refused_card(
        |n| n.card.head.centre = Curves::NONE,
        head(Fault::ListLength),
    );
}

#[test]
fn too_many_layers_are_neither_written_nor_read() {
    let mut network = sample_network(1, 2);
    let layer = network.layers[0].clone();
    network.layers = vec![layer; MAX_LAYERS + 1];
    let file = landauer_core::inference::format::ModelFile {
        card: &network.card,
        layers: &network.layers,
        constants: &network.constants,
    };
    assert_eq!(file.encoded_len(), Err(WriteError::TooLarge));
    // A header that claims more than there are.
    network.layers.truncate(1);
    let mut bytes = network.bytes();
    for (claimed, error) in [
        (u16::MAX, ModelError::Card(Fault::TooManyLayers)),
        (
            2,
            ModelError::Layer {
                layer: 1,
                fault: Fault::Malformed,
            },
        ),
        (
            0,
            ModelError::Layer {
                layer: 0,
                fault: Fault::Malformed,
            },
        ),
    ] {
        bytes[10..12].copy_from_slice(&claimed.to_le_bytes());
        mend(&mut bytes);
        assert_eq!(Model::parse(&bytes).map(drop), Err(error));
    }
}

#[test]
fn a_lattice_that_the_model_was_not_made_for_is_refused() {
    let mut network = sample_network(3, 3);
    network.card.golden.clear();
    let (length, width) = (network.card.length, network.card.width);
    let bytes = network.bytes();
    let model = Model::parse(&bytes).unwrap();
    let good = lattice(&model, 3, 4);
    let (sites, columns) = (model.sites(), usize::from(width));
    let mut scratch = vec![0; model.scratch_len()];
    let mut outputs = vec![0.0; network.card.outputs.len()];
    let mut run = |onsite: &[f64], width| model.predict(onsite, width, &mut scratch, &mut outputs);
    assert_eq!(run(&good, columns), Ok(()));

    let wrong_size = |sites, width| ModelError::LatticeSize {
        expected: [usize::from(length), columns],
        sites,
        width,
    };
    assert_eq!(
        run(&good[1..], columns),
        Err(wrong_size(sites - 1, columns))
    );
    assert_eq!(run(&[], columns), Err(wrong_size(0, columns)));
    assert_eq!(run(&good, 0), Err(wrong_size(sites, 0)));
    // Slices as rows.
    assert_eq!(run(&good, sites), Err(wrong_size(sites, sites)));

    // Models II, IV and I, noise, and what is no number.
    for energy in [5.0 / 3.0, 1e-300, -5.0, 2.499_999, f64::NAN, f64::INFINITY] {
        for site in [0, sites / 2, sites - 1] {
            let mut bad = good.clone();
            bad[site] = energy;
            let error = ModelError::UnknownOnsite {
                slice: site / columns,
                row: site % columns,
            };
            assert_eq!(run(&bad, columns), Err(error));
        }
    }
}

#[test]
fn counts_scratch_and_outputs_out_of_range_are_refused() {
    let mut network = sample_network(2, 2);
    network.card.counts = [1, 2];
    network.card.golden.clear();
    let bytes = network.bytes();
    let model = Model::parse(&bytes).unwrap();
    let width = usize::from(network.card.width);
    let mut onsite = vec![0.0_f32; model.sites()];
    let count = |onsite: &[f32]| model.count(onsite, width);
    let error = |found| ModelError::ImpurityCount {
        found,
        range: [1, 2],
    };
    assert_eq!(count(&onsite), Err(error(0)));
    for (site, expected) in [Ok(1), Ok(2), Err(error(3))].into_iter().enumerate() {
        onsite[site] = 5.0;
        assert_eq!(count(&onsite), expected);
    }
    onsite[0] = 0.0;
    let needed = model.scratch_len();
    let mut outputs = vec![0.0; network.card.outputs.len() + 1];
    let mut scratch = vec![0; needed];
    let found = needed - 1;
    let (places, more) = (outputs.len() - 1, outputs.len());
    assert_eq!(
        model.predict(&onsite, width, &mut scratch[1..], &mut outputs[1..]),
        Err(ModelError::ScratchTooShort { needed, found })
    );
    assert_eq!(
        model.predict(&onsite, width, &mut scratch, &mut outputs),
        Err(ModelError::OutputLength {
            needed: places,
            found: more
        })
    );
    assert_eq!(
        model.predict(&onsite, width, &mut scratch, &mut []),
        Err(ModelError::OutputLength {
            needed: places,
            found: 0
        })
    );
}

#[test]
fn lattices_of_a_known_size_are_the_same_lattices() {
    let network = (0..100_000)
        .map(networks::random)
        .find(|network| [network.card.length, network.card.width] == [5, 7])
        .unwrap();
    let bytes = network.bytes();
    let model = Model::parse(&bytes).unwrap();
    let ensemble = Ensemble::new(network.card.disorder, Concentration::Uniform, 8).unwrap();
    let known: Lattice<f32, 5, 7> = ensemble.sample(9).lattice();
    let mut scratch = vec![0; model.scratch_len()];
    let mut outputs = vec![[0.0; 2]; network.card.outputs.len()];
    let mut run = |onsite: Option<&[f32]>| {
        let mut found = vec![0.0; outputs.len()];
        match onsite {
            Some(onsite) => model.predict(onsite, 7, &mut scratch, &mut found),
            None => model.predict_lattice(&known, &mut scratch, &mut found),
        }
        .unwrap();
        found
    };
    let first = run(None);
    assert_eq!(first, run(Some(known.as_slice())));
    outputs.clear();
    let other: Lattice<f32, 7, 5> = Lattice::clean();
    let error = ModelError::LatticeSize {
        expected: [5, 7],
        sites: 35,
        width: 5,
    };
    let mut found = vec![0.0; first.len()];
    assert_eq!(
        model.predict_lattice(&other, &mut scratch, &mut found),
        Err(error)
    );
}

#[test]
fn the_writer_wants_the_exact_length() {
    let network = sample_network(1, 2);
    let file = landauer_core::inference::format::ModelFile {
        card: &network.card,
        layers: &network.layers,
        constants: &network.constants,
    };
    let needed = file.encoded_len().unwrap();
    for found in [0, HEADER_LEN, needed - 1, needed + 1] {
        let mut bytes = vec![0; found];
        let error = WriteError::Length { needed, found };
        assert_eq!(file.encode(&mut bytes), Err(error));
    }
}
