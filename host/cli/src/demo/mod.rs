//! `landauer demo`: the first impression.

mod data;
mod folder;
mod learn;
mod strips;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use landauer_core::{Concentration, DisorderModel};

use self::data::{Samples, energies, make};
use self::folder::DemoFolder;
use self::learn::{Learned, learn};
use self::strips::SolvedStrip;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::invocation;
use super::lock::LockArguments;
use super::output::Output;
use super::plot::{Conductances, concentration_scene, distribution_scene};
use crate::picture::{PictureError, write};
use landauer::StripSize;
use landauer_plot::Scene;

/// The strips of the demo: the paper's.
const SIZE: StripSize = match StripSize::new(40, 40) {
    Ok(size) => size,
    Err(_) => panic!("it has sites"),
};
/// The seed of all that is drawn.
const SEED: u64 = 1;
/// Samples of each of its two data sets.
const SAMPLES: u64 = 512;
/// The impurity concentration of the data set that P(G) is shown of.
const CONCENTRATION: f64 = 0.1;
/// Which of the strips is drawn: that of the same concentration.
const DRAWN: usize = 2;
/// The energies of its T(E).
const POINTS: i32 = 201;

/// A short tour: solve a few strips exactly, make small data sets, train a network, run it in
/// integers, draw figures
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  landauer demo
  landauer demo --output /tmp/first-look

The same command resumes what was interrupted, and redraws the pictures.")]
pub(super) struct DemoArguments {
    /// The folder for everything it makes: a new or empty one, or that of an earlier demo
    #[arg(long, short, value_name = "FOLDER", default_value = "landauer-demo")]
    output: PathBuf,
    #[command(flatten)]
    lock: LockArguments,
}

impl DemoArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let begin = Instant::now();
        let folder = DemoFolder::open(&self.output)?;
        output.text("1/5  Solving strips of 40 x 40 sites exactly, one core");
        let solved = strips::solve_all(SIZE, SEED)?;
        output.text(strips::table(&solved).to_string());
        output.text(strips::remarks(&solved));

        let uniform = folder.path("strips.zarr");
        let fixed = folder.path("strips-n10.zarr");
        output.text(format!(
            "\n2/5  {SAMPLES} strips of model II, n uniform in [0, 1), 11 energies each"
        ));
        let interrupt = Interrupt::listen();
        let watched = (&interrupt, self.lock.locking());
        let samples = Samples {
            number: SAMPLES,
            seed: SEED,
        };
        let strips = |concentration| (DisorderModel::II, concentration, SIZE);
        make(
            &uniform,
            strips(Concentration::Uniform),
            samples,
            watched,
            output,
        )?;
        output.text(format!(
            "3/5  {SAMPLES} strips of model II, n = 10 %, 11 energies each"
        ));
        let concentration = Concentration::Fixed(CONCENTRATION);
        make(&fixed, strips(concentration), samples, watched, output)?;

        output.text(
            "4/5  Training the paper's network for 3 x 3 sites of model I, making it an integer \
             model file, running that in landauer-core",
        );
        let began = Instant::now();
        let learned = learn(&folder, watched, output)?;
        output.text(learned.table().to_string());
        output.text(learned.remarks(began));

        output.text("\n5/5  Drawing");
        let pictures = draw(&folder, &solved, &learned, [&uniform, &fixed], output)?;
        let seconds = begin.elapsed().as_secs_f64();
        output.text(closing(&folder, seconds));
        let mut written = vec![uniform, fixed];
        written.extend(learned.written.iter().cloned());
        written.extend(pictures);
        output.json(&serde_json::json!({
            "folder": self.output.display().to_string(),
            "network": learned.json(),
            "strips": solved.iter().map(SolvedStrip::json).collect::<Vec<_>>(),
            "written": written.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "seconds": seconds,
        }));
        Ok(())
    }
}

/// Draws the pictures; gives their paths.
fn draw(
    folder: &DemoFolder,
    solved: &[SolvedStrip],
    learned: &Learned,
    [uniform, fixed]: [&Path; 2],
    output: &Output,
) -> Result<Vec<PathBuf>, Failure> {
    let mut scenes: Vec<(&str, Scene)> = Vec::new();
    if let Some(SolvedStrip { strip, .. }) = solved.get(DRAWN) {
        let half = POINTS / 2;
        let energies: Vec<f64> = (-half..=half)
            .map(|k| f64::from(k) / f64::from(2 * half))
            .collect();
        let solution = strip.solve(energies)?;
        scenes.push((
            "strip",
            strip.picture(&solution).draw().map_err(PictureError)?,
        ));
    }
    let distribution = distribution_scene(&Conductances::read(fixed)?, false)?;
    scenes.push(("p_of_g", distribution));
    let data = Conductances::read(uniform)?;
    for (name, logarithmic) in [("g_of_n", false), ("g_of_n_log", true)] {
        let scene = concentration_scene(&data, logarithmic, output)?;
        scenes.extend(scene.map(|scene| (name, scene)));
    }
    scenes.push(("network", learned.picture()?));
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

/// The files, and what to do next.
fn closing(folder: &DemoFolder, seconds: f64) -> String {
    let command = invocation::name();
    let folder = folder.display();
    format!(
        "
Done in {seconds:.0} s. In {folder}:
  strip.svg       one strip of model II between its leads, and its T(E)
  p_of_g.svg      P(G) at n = 10 %
  g_of_n.svg      conductance against impurity concentration; g_of_n_log.svg: the same, logarithmic
  network.svg     a network's predictions, in floats and in integers, beside the exact values
  strips.zarr      the data of g_of_n; strips-n10.zarr: the data of p_of_g
  small.zarr      the training data of the network in network/; small-test.zarr: its test data
  network.postcard  the network in integers, for landauer-core; network.json: its card
(each picture as .png too)

Next:
  {command} solve --disorder 2 --concentration 0.1 --samples 5 --bias 0.36
  {command} inspect {folder}/strips.zarr
  {command} generate --samples 1e4 --output data/m2.zarr
  {command} plot strip --disorder 1 --strength 2 --output strip.svg
  {command} inspect {folder}/network.postcard
  {command} evaluate {folder}/network --test-set {folder}/small-test.zarr
  pip install zarr && python -c \"import zarr; \\
    print(zarr.open_group('{folder}/strips.zarr', mode='r')['g_bar'][:5])\"
  {command} help"
    )
}
