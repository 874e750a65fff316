//! `landauer demo`: the first impression.

mod folder;
mod wires;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use landauer_core::{Concentration, DisorderModel, Ensemble, FERMI_ENERGY, PAPER_BIAS, bias_grid};

use self::folder::DemoFolder;
use self::wires::SolvedWire;
use super::failure::Failure;
use super::generate::Watch;
use super::interrupt::{Interrupt, Interrupted};
use super::output::Output;
use super::plot::{Conductances, concentration_scene, distribution_scene};
use crate::dataset::{DatasetConfig, Shard, default_chunk_samples, generate, recorded_solver};
use crate::ensemble::{StripSize, Strips, Wish, transmission_curve};
use crate::plotting::{Scene, write};

/// The wires of the demo: the paper's.
const SIZE: StripSize = StripSize {
    length: 40,
    width: 40,
};
/// The seed of all that is drawn.
const SEED: u64 = 1;
/// Samples of each of its two data sets.
const SAMPLES: u64 = 512;
/// The impurity concentration of the data set that P(G) is shown of.
const CONCENTRATION: f64 = 0.1;
/// Which of the wires is drawn: that of the same concentration.
const DRAWN: usize = 2;
/// The energies of its T(E).
const POINTS: i32 = 201;

/// Solve a few wires exactly, make two small data sets, draw pictures: a minute's tour
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer demo
  landauer demo --folder /tmp/first-look

Running it again resumes what was interrupted and draws the pictures anew.")]
pub(super) struct DemoArguments {
    /// The folder for what it makes; a new or empty one, or that of an earlier demo
    #[arg(long, value_name = "FOLDER", default_value = "landauer-demo")]
    folder: PathBuf,
}

impl DemoArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let begin = Instant::now();
        let folder = DemoFolder::open(&self.folder)?;
        output.text("1/4  Solving wires of 40 x 40 sites exactly, one core");
        let solved = wires::solve_all(SIZE, SEED)?;
        output.text(wires::table(&solved).to_string());
        output.text(wires::remarks(&solved));

        let uniform = folder.path("wires.zarr");
        let fixed = folder.path("wires-n10.zarr");
        output.text(format!(
            "\n2/4  {SAMPLES} wires of model II, n uniform in [0, 1), 11 energies each"
        ));
        let interrupt = Interrupt::listen();
        make(&uniform, Concentration::Uniform, &interrupt, output)?;
        output.text(format!(
            "3/4  {SAMPLES} wires of model II, n = 10 %, 11 energies each"
        ));
        make(
            &fixed,
            Concentration::Fixed(CONCENTRATION),
            &interrupt,
            output,
        )?;

        output.text("4/4  Drawing");
        let pictures = draw(&folder, &solved, &uniform, &fixed, output)?;
        let seconds = begin.elapsed().as_secs_f64();
        output.text(closing(&folder, seconds));
        let mut written = vec![uniform, fixed];
        written.extend(pictures);
        output.json(&serde_json::json!({
            "folder": self.folder.display().to_string(),
            "wires": solved.iter().map(SolvedWire::json).collect::<Vec<_>>(),
            "written": written.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "seconds": seconds,
        }));
        Ok(())
    }
}

/// E = 0 and the bias grid.
fn energies() -> Vec<f64> {
    let grid: [f64; 10] = bias_grid(PAPER_BIAS);
    let mut energies = vec![FERMI_ENERGY];
    energies.extend(grid);
    energies
}

/// Makes one of the data sets, or what is missing of it.
fn make(
    path: &Path,
    concentration: Concentration,
    interrupt: &Interrupt,
    output: &Output,
) -> Result<(), Failure> {
    let ensemble = Ensemble::new(DisorderModel::OneSpecies, concentration, SEED);
    let config = DatasetConfig {
        ensemble: ensemble.map_err(|error| Failure::usage(error.to_string()))?,
        size: SIZE,
        energies: energies(),
        bias: Some(PAPER_BIAS),
        chunk_samples: default_chunk_samples(SIZE),
    };
    let strips = Strips::of(&config.ensemble, SIZE);
    let there = recorded_solver(path);
    let choice = Wish::default().choose(&[strips], there.as_deref());
    let solver = choice.kind.solver(SIZE, &config.energies)?;
    let watch = Watch {
        bar: output.progress(0, "     generating"),
        interrupt: interrupt.clone(),
    };
    let begin = Instant::now();
    let made = generate(path, &config, SAMPLES, Shard::WHOLE, &*solver, &watch);
    watch.bar.finish_and_clear();
    let report = made.map_err(|error| {
        Failure::from(error).context("delete the demo's folder to begin it anew")
    })?;
    if report.stopped {
        let kept = "the same command goes on where it stopped".to_owned();
        return Err(Interrupted { kept }.into());
    }
    if report.samples_computed == 0 {
        output.text("     it is there already");
    } else {
        let seconds = begin.elapsed().as_secs_f64();
        let rate = report.samples_computed as f64 / seconds;
        let solver = choice.kind.identity();
        output.text(format!("     {seconds:.1} s, {rate:.0} wires/s ({solver})"));
    }
    Ok(())
}

/// Draws the pictures; gives their paths.
fn draw(
    folder: &DemoFolder,
    solved: &[SolvedWire],
    uniform: &Path,
    fixed: &Path,
    output: &Output,
) -> Result<Vec<PathBuf>, Failure> {
    let mut scenes: Vec<(&str, Scene)> = Vec::new();
    if let Some(SolvedWire { wire, .. }) = solved.get(DRAWN) {
        let half = POINTS / 2;
        let energies: Vec<f64> = (-half..=half)
            .map(|k| f64::from(k) / f64::from(2 * half))
            .collect();
        let curve = transmission_curve(wire.size, &wire.onsite, &energies)?;
        scenes.push(("strip", wire.picture(&energies, &curve).draw()?));
    }
    let distribution = distribution_scene(&Conductances::read(fixed)?, false)?;
    scenes.push(("p_of_g", distribution));
    let data = Conductances::read(uniform)?;
    for (name, logarithmic) in [("g_of_n", false), ("g_of_n_log", true)] {
        let scene = concentration_scene(&data, logarithmic, output)?;
        scenes.extend(scene.map(|scene| (name, scene)));
    }
    let mut written = Vec::new();
    for (name, scene) in &scenes {
        for ending in ["svg", "png"] {
            let path = folder.path(&format!("{name}.{ending}"));
            write(scene, &path)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// What there is now, and what to do next.
fn closing(folder: &DemoFolder, seconds: f64) -> String {
    let command = program();
    let folder = folder.display();
    format!(
        "
Done in {seconds:.0} s. In {folder}:
  strip.svg       one wire of model II between its leads, and its T(E)
  p_of_g.svg      P(G) at n = 10 %
  g_of_n.svg      conductance against impurity concentration; g_of_n_log.svg: the same, logarithmic
  wires.zarr      the data of g_of_n; wires-n10.zarr: the data of p_of_g
(each picture as .png too)

Next:
  {command} solve --model 2 --concentration 0.1 --samples 5 --bias 0.36
  {command} inspect {folder}/wires.zarr
  {command} generate --samples 10000 --output data/m2.zarr
  {command} plot strip --model 1 --strength 2 --output strip.svg
  pip install zarr && python -c \"import zarr; \\
    print(zarr.open_group('{folder}/wires.zarr', mode='r')['g_bar'][:5])\"
  {command} help"
    )
}

/// How this program was called, so that its examples can be pasted.
fn program() -> String {
    let called = env::args().next();
    let plain = called.filter(|name| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
        !name.is_empty() && name.chars().all(allowed)
    });
    plain.unwrap_or_else(|| "landauer".to_owned())
}
