//! `landauer map`: what is inside strips, into a file and a picture.
//!
//! Arguments become a [`Plan`]; then the strips stream through the library's mapper, into a [file](files), into means over
//! all samples, and at last into a [`picture`].

mod files;
mod picture;
mod plan;

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::disorder::required_model_help;
use super::energies::EnergyArguments;
use super::failure::Failure;
use super::interrupt::{Interrupt, Interrupted};
use super::output::Output;
use super::outputs;
use super::parallel::ThreadArguments;
use super::picture::PendingPicture;
use super::solve::StripArguments;
use files::MapFile;
use landauer::Energies;
use landauer::internal::counted;
use landauer::maps::{Field, MapFallbacks, Mapper, Maps, MeanMaps};
use landauer::statistics::MeanAndError;
use landauer_core::Compact;
use landauer_plot::PictureWidth;
use plan::Plan;

/// Map what is inside strips: local density of states, current, and the derivative of T by every site
///
/// Densities are in 1/t, of one spin; the current is that of all states from the left lead, each mode
/// carrying 1, so that every cross-section sums to T; the gradient is dT/d(on-site energy), in 1/t.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("strips").required(true).args(["onsite", "dataset", "disorder", "species"])))]
#[command(group(ArgGroup::new("written").required(true).multiple(true).args(["output", "picture"])))]
#[command(mut_arg("energies", |energies| energies.visible_alias("energy").help(
    "Energies in units of t: a number, a list with commas, or a range with both ends [default: 0, unless \
     --energies-from gives some]"
)))]
#[command(mut_arg("disorder", |disorder| disorder.help(required_model_help())))]
#[command(mut_arg("dataset", |dataset| dataset.help("A data set of `landauer generate`: its strips are mapped")))]
#[command(mut_arg("samples", |samples| samples.help(
    "How many samples to map [default: 1 of a disorder model, all of a data set]"
)))]
#[command(after_help = "\
A .npz file holds the arrays energies [energy], onsite [sample, x, y], transmission [sample, energy],
the maps [sample, energy, x, y] (of the current, current_x with a slice less and current_y with a row
less), and config, a JSON text that says what they are of. A .npy file holds one map. With --average
it holds, instead of the maps and without onsite, means [energy, x, y] and their standard errors:
ldos and ldos_error, ..., current_magnitude of the current at a site, gradient_magnitude.

A picture shows one strip at one energy, or an average at one energy: unless --fields says otherwise,
the strip, the density of states, the current over the impurities, with equal parts of it between
neighbouring lines, and the gradient.

Examples:
  landauer map --onsite strip.npy --energy 0.05 --output maps.npz
  landauer map --disorder 2 --concentration 0.05 --energy 0.05 --picture maps.svg
  landauer map --disorder 2 --concentration 0.1 --samples 100 --fields gradient -o gradient.npy
  landauer map --dataset m2.zarr --first 1000 --samples 10 --fields ldos,current -o maps.npz
  landauer map --disorder 1 --strength 2 --samples 1e4 --average -o means.npz --picture means.png

All maps are exact to 1e-9 of the larger of 1 and their largest value. Files appear when the last
strip is mapped; after an error or Ctrl-C nothing is left.

Exit codes: 0 done; 1 no method finds the maps of a strip; 2 wrong usage; 3 invalid content of a file;
4 system error (I/O, disk, memory); 6 a damaged or incomplete data set; 130 stopped by Ctrl-C.")]
pub(super) struct MapArguments {
    #[command(flatten)]
    strips: StripArguments,
    #[command(flatten)]
    energies: EnergyArguments,
    /// Which maps: ldos, density_left, density_right, current, gradient [default: all in a file;
    /// ldos, current and gradient in a picture alone]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = parse_field)]
    fields: Vec<Field>,
    /// Average over the samples, with standard errors, instead of keeping their maps
    #[arg(long)]
    average: bool,
    /// The file for the maps: .npz, or .npy for one map
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Draw the maps into a file that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// How wide the picture is
    #[arg(long, value_enum, default_value_t = WidthArgument::Page, requires = "picture")]
    picture_width: WidthArgument,
    #[command(flatten)]
    threads: ThreadArguments,
}

/// The width of a picture on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum WidthArgument {
    /// One column of a journal, 3.4 inches (86 mm)
    Column,
    /// Two columns, 7 inches (178 mm)
    Page,
}

impl From<WidthArgument> for PictureWidth {
    fn from(width: WidthArgument) -> Self {
        match width {
            WidthArgument::Column => Self::Column,
            WidthArgument::Page => Self::Page,
        }
    }
}

fn parse_field(text: &str) -> Result<Field, String> {
    Field::named(&text.trim().replace('-', "_")).ok_or_else(|| {
        let names = Field::ALL.map(Field::name).join(", ");
        format!("there is no such map: the maps are {names}")
    })
}

/// What was found, as far as it is kept.
#[derive(Debug, Default)]
struct Found {
    /// T over all samples, `[energy]`.
    transmissions: Vec<MeanAndError>,
    fallbacks: MapFallbacks,
    /// For a picture: the strip and its maps, or the means.
    one: Option<(Vec<f64>, Maps)>,
    means: Option<MeanMaps>,
}

impl MapArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let inputs = [self.strips.path(), self.energies.file()];
        outputs::check(inputs.into_iter().flatten(), self.paths())?;
        let energies = match self.energies.read()? {
            Some(energies) => Energies::new(energies)?,
            None => Energies::default(),
        };
        let mut strips = self.strips.open(output)?;
        let plan = Plan::new(&strips, energies, self.fields(), self.average);
        if self.picture.is_some() {
            plan.require_picture()?;
        }
        // From here on Ctrl-C removes unfinished output.
        let interrupt = Interrupt::listen();
        let path = self.output.as_deref();
        let mut file = path.map(|path| MapFile::create(path, &plan)).transpose()?;
        let picture = self.picture.as_deref().map(PendingPicture::create);
        let picture = picture.transpose()?;
        let bar = output.progress(plan.samples, "Mapping");
        let stop = || interrupt.requested();
        let found = self.threads.run(|| {
            let mapper = Mapper::new(plan.size, plan.energies.clone(), &plan.fields)?;
            let mut means = plan.average.then(|| MeanMaps::new(&mapper)).transpose()?;
            let mut found = Found {
                transmissions: vec![MeanAndError::default(); plan.energies.count()],
                ..Found::default()
            };
            let mut stream = mapper.stream_unless(&mut strips, &stop);
            while let Some(maps) = stream.next() {
                let maps = maps?;
                let onsite = stream.strips().map_or(&[][..], |strips| strips.values());
                found.take(&maps);
                match (&mut means, &mut file) {
                    (Some(means), _) => means.push(&maps)?,
                    (None, Some(file)) => file.append(onsite, &maps)?,
                    (None, None) => {}
                }
                bar.inc((maps.transmissions().len() / plan.energies.count()) as u64);
                if picture.is_some() && means.is_none() {
                    // There is one strip.
                    found.one = Some((onsite.to_vec(), maps));
                }
            }
            found.means = means;
            Ok(found)
        })?;
        bar.finish_and_clear();
        if interrupt.requested() {
            let kept = "nothing was written; the same command starts again".to_owned();
            return Err(Interrupted { kept }.into());
        }
        if let (Some(means), Some(file)) = (&found.means, &mut file) {
            file.put_means(means)?;
        }
        let width = self.picture_width.into();
        let scene = match (&picture, &found.one, &found.means) {
            (Some(_), Some((onsite, maps)), _) => {
                Some(picture::of_one(&plan, onsite, maps, width)?)
            }
            (Some(_), None, Some(means)) => Some(picture::of_means(&plan, means, width)?),
            _ => None,
        };
        // A full disk shows before any of the files appears.
        if let Some(file) = &mut file {
            file.flush()?;
        }
        if let (Some(picture), Some(scene)) = (picture, &scene) {
            picture.finish(scene)?;
        }
        if let Some(file) = file {
            file.commit()?;
        }
        self.report(&plan, &found, output);
        Ok(())
    }

    /// The files to write, with the extensions that they may have.
    fn paths(&self) -> impl Iterator<Item = outputs::Named<'_>> {
        let all: [(_, _, &[&str]); 2] = [
            ("--output", self.output.as_deref(), &["npz", "npy"]),
            ("--picture", self.picture.as_deref(), &["svg", "png"]),
        ];
        all.into_iter()
            .filter_map(|(option, path, endings)| Some((option, path?, endings)))
    }

    /// The fields that were asked for, each once.
    fn fields(&self) -> Vec<Field> {
        let usual = if self.output.is_some() {
            &Field::ALL[..]
        } else {
            &picture::USUAL
        };
        let mut fields = Vec::new();
        let asked_for = if self.fields.is_empty() {
            usual
        } else {
            &self.fields
        };
        for &field in asked_for {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    fn report(&self, plan: &Plan, found: &Found, output: &Output) {
        let paths = [&self.output, &self.picture].into_iter().flatten();
        let written: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        let mut lines = vec![format!("{}: {}", plan.words(), plan.names().join(", "))];
        let energies = plan.energies.all().iter();
        for (&energy, t) in energies.zip(&found.transmissions).take(MAX_LINES) {
            let mean = t.mean().unwrap_or_default();
            let what = match t.standard_error() {
                Some(error) => format!("mean T = {mean:.6}, standard error {error:.6}"),
                None => format!("T = {mean:.6}"),
            };
            lines.push(format!("E = {} t: {what}", Compact(energy)));
        }
        if plan.energies.count() > MAX_LINES {
            lines.push("...".to_owned());
        }
        let MapFallbacks {
            mirrored, slices, ..
        } = found.fallbacks;
        if mirrored + slices > 0 {
            lines.push(format!(
                "{} computed another way: {mirrored} of a mirror image, {slices} slice by slice",
                counted(mirrored + slices, "map"),
            ));
        }
        lines.extend(written.iter().map(|path| format!("wrote {path}")));
        output.text(lines.join("\n"));
        let transmissions = found.transmissions.iter();
        let errors: Vec<_> = transmissions
            .clone()
            .map(MeanAndError::standard_error)
            .collect();
        let means: Vec<_> = transmissions.map(MeanAndError::mean).collect();
        output.json(&serde_json::json!({
            "written": written,
            "maps": plan.json(),
            "mean_transmission": means,
            "standard_error": errors,
            "fallbacks": { "mirrored": mirrored, "slices": slices },
        }));
    }
}

/// Energies whose T is printed.
const MAX_LINES: usize = 10;

impl Found {
    fn take(&mut self, maps: &Maps) {
        for of_sample in maps.transmissions().chunks(self.transmissions.len()) {
            for (statistics, &value) in self.transmissions.iter_mut().zip(of_sample) {
                statistics.push(value);
            }
        }
        self.fallbacks += maps.fallbacks();
    }
}
