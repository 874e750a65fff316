//! Released versions of the model format are frozen: files that were written once are read, predict the
//! same bits and are written again to the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use landauer_core::Ensemble;
use landauer_core::inference::Model;
use landauer_core::inference::format::{Layer, ModelFile};
use landauer_tests::format_features::{VERSIONS, features};

/// Of each version, the first one first, the CRC-32C of all files in the order of their names, `outputs.txt`
/// among them. None may ever change: whatever a later version of the format is, its files are others.
const FROZEN: [u32; VERSIONS.len()] = [0xd7e7_ca10, 0x8653_eb81];

/// The versions.
fn versions() -> impl Iterator<Item = usize> {
    1..=FROZEN.len()
}

fn folder(version: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("reference/models-v{version}"))
}

/// The files by their names.
fn files(version: usize) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder(version)).expect("it is committed");
    let files = entries.map(|entry| {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("a file").to_string_lossy();
        (name.into_owned(), std::fs::read(&path).expect("a file"))
    });
    files.collect()
}

fn models(version: usize) -> BTreeMap<String, Vec<u8>> {
    let files = files(version).into_iter();
    let models = files.filter_map(|(name, bytes)| {
        let name = name.strip_suffix(".postcard")?;
        Some((name.to_owned(), bytes))
    });
    models.collect()
}

fn crc(parts: impl IntoIterator<Item = Vec<u8>>) -> u32 {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    let mut digest = crc.digest();
    for part in parts {
        digest.update(&part);
    }
    digest.finalize()
}

#[test]
fn nobody_has_touched_the_files() {
    for (version, frozen) in versions().zip(FROZEN) {
        let found = crc(files(version).into_values());
        assert_eq!(found, frozen, "version {version}: {found:#010x}");
    }
}

#[test]
fn they_use_all_of_their_version() {
    for version in versions() {
        let mut found = BTreeSet::new();
        for (name, bytes) in models(version) {
            assert_eq!(usize::from(bytes[8]), version, "{name}");
            found.extend(features(&Model::parse(&bytes).expect("it is sound")));
        }
        let all: BTreeSet<&str> = VERSIONS[version - 1].iter().copied().collect();
        assert!(found.is_superset(&all), "missing: {:?}", &all - &found);
    }
}

#[test]
fn they_are_written_again_to_the_same_bytes() {
    for (name, bytes) in versions().flat_map(models) {
        let model = Model::parse(&bytes).expect("it is sound");
        let layers: Vec<Layer> = model.layers().collect();
        let file = ModelFile {
            card: model.card(),
            layers: &layers,
            constants: model.constants().as_bytes(),
        };
        let mut again = vec![0; file.encoded_len().expect("it was read")];
        file.encode(&mut again).expect("it has the length");
        assert!(again == bytes, "{name}");
    }
}

#[test]
fn they_predict_the_same_bits() {
    versions().for_each(predict_the_same_bits);
}

fn predict_the_same_bits(version: usize) {
    let models = models(version);
    let outputs =
        std::fs::read_to_string(folder(version).join("outputs.txt")).expect("it is committed");
    let mut seen = BTreeSet::new();
    for line in outputs.lines() {
        let mut words = line.split(' ');
        let name = words.next().expect("a name");
        let mut number = || words.next().expect("a number").parse().expect("a number");
        let [seed, sample] = [number(), number()];
        let arena = words.next().expect("a checksum");
        let expected: Vec<i32> = words.map(|word| word.parse().expect("a number")).collect();

        let model = Model::parse(&models[name]).expect("it is sound");
        let card = model.card();
        let ensemble =
            Ensemble::new(card.disorder, card.concentration, seed).expect("it was parsed");
        let mut onsite = vec![0.0; model.sites()];
        ensemble.sample(sample).fill_onsite(&mut onsite);
        let mut scratch = vec![-128_i8; model.scratch_len()];
        let mut found = vec![0; card.outputs.len()];
        let width = usize::from(card.width);
        let predicted = model.predict_q16(&onsite, width, &mut scratch, &mut found);
        assert_eq!(predicted, Ok(()), "{line}");
        assert_eq!(found, expected, "{line}");
        scratch.truncate(card.arena as usize);
        let written = scratch.into_iter().map(i8::cast_unsigned).collect();
        assert_eq!(format!("{:08x}", crc([written])), arena, "{line}");
        seen.insert(name);
    }
    assert!(seen.into_iter().eq(models.keys()));
}

#[test]
fn they_pass_their_self_tests() {
    for (name, bytes) in versions().flat_map(models) {
        let model = Model::parse(&bytes).expect("it is sound");
        assert!(!model.card().golden.is_empty());
        let mut onsite = vec![0.0_f32; model.sites()];
        let mut scratch = vec![0; model.scratch_len()];
        assert_eq!(model.self_test(&mut onsite, &mut scratch), Ok(()), "{name}");
    }
}
