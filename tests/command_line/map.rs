//! `landauer map` as a user runs it: the library's maps in files, pictures, refusals, and nothing left behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use landauer::maps::{Field, Mapper, maps};
use landauer::{
    Concentration, DisorderModel, Energies, Ensemble, EnsembleSource, OnsiteEnergies, StripSize,
};
use landauer_tests::command::{Finished, landauer, run, signal};
use landauer_tests::npy;

/// Runs `landauer map` with these words in a folder.
fn map_in(folder: &Path, words: &str) -> Finished {
    let mut command = landauer(["map"]);
    command.args(words.split(' ')).current_dir(folder);
    command.output().expect("landauer can be started").into()
}

/// The bytes of a member of an archive that holds it uncompressed, as a `.npy` file.
fn member(archive: &[u8], name: &str) -> Vec<u8> {
    let long = |at: usize| {
        let bytes = archive[at..at + 8].try_into().expect("eight bytes");
        usize::try_from(u64::from_le_bytes(bytes)).expect("a small file")
    };
    // Entries of the directory: the name at 46, then the sizes and the place of the local header.
    let wanted = format!("{name}.npy");
    let found = (0..archive.len() - 46).find(|&at| {
        archive[at..].starts_with(b"PK\x01\x02")
            && archive[at + 46..].starts_with(wanted.as_bytes())
    });
    let extra = found.unwrap_or_else(|| panic!("no {name}")) + 46 + wanted.len();
    let (bytes, begin) = (long(extra + 4), long(extra + 20));
    archive[begin + 30 + wanted.len() + 20..][..bytes].to_vec()
}

/// Shape and values of an array in an archive.
fn array(folder: &Path, archive: &str, name: &str) -> (Vec<u64>, Vec<f64>) {
    let bytes = fs::read(folder.join(archive)).expect("an archive");
    let alone = folder.join("alone.npy");
    fs::write(&alone, member(&bytes, name)).expect("a file");
    let found = npy::read(&alone);
    fs::remove_file(alone).expect("a file");
    found
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn files_hold_the_library_s_maps_whatever_the_strips_come_from() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let size = StripSize::new(6, 4).expect("a size");
    let ensemble =
        Ensemble::new(DisorderModel::II, Concentration::Fixed(0.2), 3).expect("model II");
    let strips = OnsiteEnergies::draw(&ensemble, size, 2..5).expect("strips");
    fs::write(
        folder.join("w.npy"),
        npy::f64_array(&[3, 6, 4], strips.values()),
    )
    .expect("a file");
    let generate = "generate --disorder 2 --concentration 0.2 --seed 3 --length 6 --width 4 --samples 9 --output d.zarr";
    let mut command = landauer(generate.split(' '));
    command.current_dir(folder);
    let _ = Finished::from(command.output().expect("landauer can be started")).succeeded();

    let drawn =
        "--disorder 2 --concentration 0.2 --seed 3 --length 6 --width 4 --first 2 --samples 3";
    let energies = Energies::new([0.05, -0.7]).expect("energies");
    let mapper = Mapper::new(size, energies, &Field::ALL).expect("a mapper");
    let expected = mapper.map(&strips).expect("maps");
    let sources = [
        "--onsite w.npy",
        drawn,
        "--dataset d.zarr --first 2 --samples 3",
    ];
    for (number, source) in sources.iter().enumerate() {
        let more = "--energies 0.05,-0.7 --threads 1 --output";
        let _ = map_in(folder, &format!("{source} {more} {number}.npz")).succeeded();
        let found = |name: &str| array(folder, &format!("{number}.npz"), name);
        assert_eq!(found("energies"), (vec![2], vec![0.05, -0.7]));
        assert_eq!(found("onsite"), (vec![3, 6, 4], strips.values().to_vec()));
        let whole = |values: Option<&[f64]>| values.expect("it was asked for").to_vec();
        assert_eq!(
            found("transmission"),
            (vec![3, 2], expected.transmissions().to_vec())
        );
        for field in Field::ALL
            .into_iter()
            .filter(|&field| field != Field::Current)
        {
            let values = whole(expected.field(field));
            assert_eq!(found(field.name()), (vec![3, 2, 6, 4], values), "{source}");
        }
        assert_eq!(
            found("current_x"),
            (vec![3, 2, 5, 4], whole(expected.current_x()))
        );
        assert_eq!(
            found("current_y"),
            (vec![3, 2, 6, 3], whole(expected.current_y()))
        );
    }
    // The same samples of the same ensemble are the same bytes, on any number of threads.
    let bytes = |name: &str| fs::read(folder.join(name)).expect("a file");
    assert_eq!(bytes("1.npz"), bytes("2.npz"));
    let _ = map_in(
        folder,
        &format!("{drawn} --energies 0.05,-0.7 --threads 3 -o 3.npz"),
    )
    .succeeded();
    assert_eq!(bytes("1.npz"), bytes("3.npz"));
    // One field alone, by its name with a hyphen.
    let more = "--energy 0.05 --fields density-left --output one.npy";
    let _ = map_in(folder, &format!("--onsite w.npy {more}")).succeeded();
    let one = Mapper::new(
        size,
        Energies::new([0.05]).expect("an energy"),
        &[Field::DensityLeft],
    );
    let one = one.expect("a mapper").map(&strips).expect("maps");
    let values = one
        .field(Field::DensityLeft)
        .expect("it was asked for")
        .to_vec();
    assert_eq!(
        npy::read(&folder.join("one.npy")),
        (vec![3, 1, 6, 4], values)
    );
}

#[test]
fn averages_are_the_library_s_with_their_errors() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let words =
        "--disorder 1 --strength 2 --length 5 --width 4 --samples 200 --energy 0.3 --average";
    let finished = map_in(folder, &format!("{words} --json -o m.npz --picture m.svg")).succeeded();
    let size = StripSize::new(5, 4).expect("a size");
    let model = DisorderModel::AndersonBox { strength: 2.0 };
    let ensemble = Ensemble::new(model, Concentration::Uniform, 1).expect("model I");
    let energies = Energies::new([0.3]).expect("an energy");
    let mapper = Mapper::new(size, energies, &Field::ALL).expect("a mapper");
    let means = mapper
        .mean(&mut EnsembleSource::new(ensemble, size, 0..200))
        .expect("means");
    for field in Field::ALL {
        let sums = means.field(field).expect("it was asked for");
        let name = field.mean_name();
        let mean: Vec<f64> = sums.iter().filter_map(|one| one.mean()).collect();
        assert_eq!(array(folder, "m.npz", name), (vec![1, 5, 4], mean));
        let error: Vec<f64> = sums.iter().filter_map(|one| one.standard_error()).collect();
        assert_eq!(
            array(folder, "m.npz", &format!("{name}_error")),
            (vec![1, 5, 4], error)
        );
    }
    let t = means.transmissions()[0].mean().expect("a mean");
    assert_eq!(finished.json()["mean_transmission"][0], t);
    assert!(
        fs::read_to_string(folder.join("m.svg"))
            .expect("a picture")
            .contains("⟨|dG/dε|⟩")
    );
}

#[test]
fn a_picture_shows_one_strip_and_equal_numbers_are_equal_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let words = "--disorder 2 --concentration 0.1 --length 12 --width 9 --energy 0.05";
    for name in ["a.svg", "b.svg", "a.png"] {
        let _ = map_in(folder, &format!("{words} --picture {name}")).succeeded();
    }
    let read = |name: &str| fs::read(folder.join(name)).expect("a picture");
    assert_eq!(read("a.svg"), read("b.svg"));
    assert!(read("a.png").starts_with(b"\x89PNG"));
    let size = StripSize::new(12, 9).expect("a size");
    let ensemble =
        Ensemble::new(DisorderModel::II, Concentration::Fixed(0.1), 1).expect("model II");
    let strip = OnsiteEnergies::draw(&ensemble, size, 0..1).expect("a strip");
    let t = maps(&strip, 0.05).expect("maps").transmissions()[0];
    let text = String::from_utf8(read("a.svg")).expect("text");
    for words in [
        &*format!("T = {t:.3}"),
        "LDOS (1/t)",
        "Current |J|",
        "dG/dε (G₀/t)",
    ] {
        assert!(text.contains(words), "no {words}");
    }
}

#[test]
fn what_cannot_be_mapped_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    fs::write(folder.join("w.npy"), npy::f64_array(&[2, 3, 2], &[0.5; 12])).expect("a file");
    fs::write(
        folder.join("flat.npy"),
        npy::f64_array(&[1, 1, 3], &[0.5; 3]),
    )
    .expect("a file");
    fs::write(
        folder.join("nan.npy"),
        npy::f64_array(&[3, 2], &[f64::NAN; 6]),
    )
    .expect("a file");
    let before = names(folder);
    for (words, code, told) in [
        ("--onsite w.npy", 2, &["--output"][..]),
        ("--output m.npz", 2, &["--onsite"]),
        (
            "--onsite w.npy -o w.npy --fields ldos",
            2,
            &["would overwrite an input"],
        ),
        (
            "--onsite w.npy -o m.npz --fields ldos,charge",
            2,
            &["charge", "density_left"],
        ),
        ("--onsite w.npy -o m.csv", 2, &[".npz or .npy"]),
        ("--onsite w.npy -o m.npy", 2, &["one array", ".npz"]),
        (
            "--onsite w.npy -o m.npy --fields current",
            2,
            &["two kinds of bonds"],
        ),
        (
            "--onsite w.npy -o m.npy --fields ldos --average",
            2,
            &["errors"],
        ),
        ("--onsite w.npy -o m.npz --energy nan", 2, &["nan"]),
        (
            "--onsite w.npy -o m.npz --picture m.svg",
            2,
            &["one strip", "2 strips"],
        ),
        (
            "--onsite w.npy --average --energies 0,1 --picture m.svg",
            2,
            &["one energy"],
        ),
        (
            "--onsite w.npy -o m.npz --picture m.pdf",
            2,
            &[".svg or .png"],
        ),
        ("--onsite flat.npy --picture m.svg", 2, &["one slice"]),
        ("--onsite flat.npy --average -o m.npz", 3, &["one slice"]),
        ("--onsite nan.npy -o m.npz", 3, &["NaN"]),
        (
            "--disorder 2 -o nowhere/m.npz",
            4,
            &["nowhere does not exist"],
        ),
        (
            "--disorder 2 --length 30000 --width 30000 --fields ldos -o m.npz",
            4,
            &["of memory"],
        ),
    ] {
        let _ = map_in(folder, words).failed(code, told);
        assert_eq!(names(folder), before, "{words}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let words = "map --disorder 2 --concentration 0.1 --samples 1e6 --threads 1 --output maps.npz --fields ldos";
    let mut command = landauer(words.split(' '));
    command
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("landauer can be started");
    // The file in the making says that the work has begun.
    for _ in 0..6000 {
        if !names(folder.path()).is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(
        names(folder.path())
            .iter()
            .all(|name| name.ends_with(".partial"))
    );
    signal(&child, "-INT");
    let finished = Finished::from(child.wait_with_output().expect("a process that ends"));
    let _ = finished.failed(130, &["stopped", "nothing was written"]);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn help_names_every_map() {
    let help = run(["map", "--help"]).succeeded().stdout;
    for field in Field::ALL {
        assert!(help.contains(field.name()), "{}", field.name());
    }
}
