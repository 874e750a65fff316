//! `landauer plot distribution`, `concentration` and `dataset`: the pictures of a data set.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::Failure;
use crate::input::open_dataset;
use crate::output::Output;
use crate::picture::{PendingPicture, PictureError};
use landauer::internal::files::make_folder;
use landauer::internal::{counted, memory};
use landauer::statistics::ConductanceHistogram;
use landauer::statistics::MeanAndError;
use landauer_plot::{ConcentrationPicture, DistributionPicture, Scene, thinning};

/// Draw P(G): the share of samples with a conductance in [G - 0.1, G + 0.1), for G and Ḡ
#[derive(Debug, Args)]
#[command(after_help = "\
The bins are [0, 0.2), [0.2, 0.4), ... in 2e²/h: each share is P at the middle of its bin.

Examples:
  landauer plot distribution data/m2.zarr --output p_of_g.svg
  landauer plot distribution data/m2.zarr --log --output p_of_g.png")]
pub(super) struct DistributionArguments {
    /// The data set's folder
    path: PathBuf,
    /// Logarithmic axis for P(G)
    #[arg(long)]
    log: bool,
    /// The picture's file, ending in .svg or .png
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Draw G and Ḡ against the impurity concentration n (disorder models II to IV)
#[derive(Debug, Args)]
#[command(after_help = "\
Up to 8000 samples are drawn, a dot each; of more, every second, third, ... The lines are medians of
all samples over up to 50 groups of neighbours in n.

Examples:
  landauer plot concentration data/m2.zarr --output g_of_n.svg
  landauer plot concentration data/m2.zarr --log --output g_of_n.png")]
pub(super) struct ConcentrationArguments {
    /// The data set's folder
    path: PathBuf,
    /// Logarithmic axis for the conductance, down to 1e-12: what is smaller is left out
    #[arg(long)]
    log: bool,
    /// The picture's file, ending in .svg or .png
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Draw all pictures of a data set: p_of_g and, for disorder models II to IV, g_of_n, each as SVG and PNG
#[derive(Debug, Args)]
#[command(after_help = "Example:
  landauer plot dataset data/m2.zarr --output figures")]
pub(super) struct DatasetArguments {
    /// The data set's folder
    path: PathBuf,
    /// Logarithmic axes for P(G) and the conductance
    #[arg(long)]
    log: bool,
    /// The folder for the pictures, made with its parents if missing
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

/// What the pictures of a data set show.
#[derive(Debug)]
pub(crate) struct Conductances {
    name: String,
    samples: usize,
    g: Option<Vec<f64>>,
    g_bar: Option<Vec<f64>>,
    concentration: Option<Vec<f64>>,
}

impl Conductances {
    /// Reads them from the data set at `path`, which must be complete.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let dataset = open_dataset(path, None)?;
        let samples = dataset.samples();
        // Three arrays, and as much again for sorting and drawing.
        let bytes = samples.saturating_mul(6 * size_of::<f64>() as u64);
        memory::require("drawing a data set of this size", bytes)?;
        let conductances = Self {
            name: path.file_name().unwrap_or_default().display().to_string(),
            samples: usize::try_from(samples).unwrap_or(usize::MAX),
            g: dataset.g()?,
            g_bar: dataset.g_bar()?,
            concentration: dataset.concentration()?,
        };
        if conductances.g.is_none() && conductances.g_bar.is_none() {
            return Err(Failure::usage(format!(
                "{} has neither g nor g_bar: its energies contain neither E = 0 nor a bias grid",
                path.display()
            )));
        }
        Ok(conductances)
    }

    /// The number of samples and the mean of each kind of conductance, as text.
    fn summary(&self) -> String {
        let mut words = vec![format!(
            "{}: {}",
            self.name,
            counted(self.samples, "sample")
        )];
        for (name, values) in [("G", &self.g), ("Ḡ", &self.g_bar)] {
            words.extend(mean(values.as_deref()).map(|mean| format!("mean {name} = {mean:.4} G0")));
        }
        words.join(", ")
    }

    /// The same as JSON.
    fn json(&self, written: &[PathBuf]) -> serde_json::Value {
        let written: Vec<_> = written
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        serde_json::json!({
            "written": written,
            "samples": self.samples,
            "mean_g": mean(self.g.as_deref()),
            "mean_g_bar": mean(self.g_bar.as_deref()),
        })
    }

    fn tell(&self, output: &Output, written: &[PathBuf]) {
        let mut lines = vec![self.summary()];
        lines.extend(
            written
                .iter()
                .map(|path| format!("wrote {}", path.display())),
        );
        output.text(lines.join("\n"));
        output.json(&self.json(written));
    }
}

fn mean(values: Option<&[f64]>) -> Option<f64> {
    let statistics: MeanAndError = values?.iter().copied().collect();
    statistics.mean()
}

/// The figure of P(G).
pub(crate) fn distribution_scene(data: &Conductances, logarithmic: bool) -> Result<Scene, Failure> {
    let shares = |values: &Option<Vec<f64>>| {
        values
            .as_deref()
            .map(ConductanceHistogram::shares_of)
            .transpose()
    };
    let scene = DistributionPicture {
        name: &format!("P(G) of {}", data.name),
        g: shares(&data.g)?.as_deref(),
        g_bar: shares(&data.g_bar)?.as_deref(),
        logarithmic,
    }
    .draw()
    .map_err(PictureError)?;
    Ok(scene)
}

/// The figure of G against n; `None` for model I, which has no n.
pub(crate) fn concentration_scene(
    data: &Conductances,
    logarithmic: bool,
    output: &Output,
) -> Result<Option<Scene>, Failure> {
    let Some(concentration) = &data.concentration else {
        return Ok(None);
    };
    let name = format!("G against n of {}", data.name);
    let picture = ConcentrationPicture {
        name: &name,
        concentration,
        g: data.g.as_deref(),
        g_bar: data.g_bar.as_deref(),
        logarithmic,
    };
    let scene = picture.draw().map_err(PictureError)?;
    let (left_out, every) = (picture.left_out(), thinning(data.samples));
    if left_out > 0 {
        output.text(format!(
            "left out of the logarithmic picture: {} below 1e-12",
            counted(left_out, "conductance")
        ));
    }
    if every > 1 {
        output.text(format!("one sample in {every} is drawn as a dot"));
    }
    Ok(Some(scene))
}

impl DistributionArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let picture = PendingPicture::create(&self.output)?;
        let data = Conductances::read(&self.path)?;
        picture.finish(&distribution_scene(&data, self.log)?)?;
        data.tell(output, &[self.output]);
        Ok(())
    }
}

impl ConcentrationArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let picture = PendingPicture::create(&self.output)?;
        let data = Conductances::read(&self.path)?;
        let Some(scene) = concentration_scene(&data, self.log, output)? else {
            return Err(Failure::usage(format!(
                "{} is of disorder model I, which has no impurity concentration",
                self.path.display()
            )));
        };
        picture.finish(&scene)?;
        data.tell(output, &[self.output]);
        Ok(())
    }
}

impl DatasetArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let data = Conductances::read(&self.path)?;
        let mut scenes = vec![("p_of_g", distribution_scene(&data, self.log)?)];
        let against_n = concentration_scene(&data, self.log, output)?;
        scenes.extend(against_n.map(|scene| ("g_of_n", scene)));
        let folder = &self.output;
        make_folder(folder)?;
        let (mut begun, mut written) = (Vec::new(), Vec::new());
        for (name, scene) in &scenes {
            for ending in ["svg", "png"] {
                let path = folder.join(format!("{name}.{ending}"));
                begun.push((PendingPicture::create(&path)?, scene));
                written.push(path);
            }
        }
        for (picture, scene) in begun {
            picture.finish(scene)?;
        }
        data.tell(output, &written);
        Ok(())
    }
}
