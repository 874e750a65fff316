//! Model files for the commands that read them, and `landauer inspect` of one.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use landauer_core::hybrid::HybridModel;
use landauer_core::hybrid::format::HYBRID_MAGIC;
use landauer_core::inference::format::MAGIC;
use landauer_core::inference::{Model, ModelError};
use landauer_core::{Concentration, DisorderModel};
use serde_json::json;

use super::failure::Failure;
use super::hybrid;
use super::output::Output;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::{self, hexadecimal};
use landauer::internal::memory::human;
use landauer_learn::export::ModelCard;
use landauer_learn::hybrid::HybridJson;
use landauer_learn::{MODEL_EXTENSION, ModelFile};

/// The variable that names a folder whose models come before the shipped ones.
const FOLDER_VARIABLE: &str = "LANDAUER_MODELS";

/// The bytes of a model file.
#[derive(Debug)]
pub(super) struct ModelBytes(ModelFile);

/// What is wrong with a model.
#[derive(Debug, thiserror::Error)]
enum BadModel {
    /// Nobody knows this name.
    #[error(
        "no model {name}: no such file, none of the models that come with landauer ({shipped}), and no \
         {name}.{MODEL_EXTENSION} in a folder named by the variable {FOLDER_VARIABLE}"
    )]
    Unknown { name: String, shipped: String },
    /// The file is not one, or damaged.
    #[error("{}: {problem}", path.display())]
    Damaged { path: PathBuf, problem: ModelError },
}

impl Categorised for BadModel {
    fn category(&self) -> Category {
        match self {
            Self::Unknown { .. } => Category::System,
            Self::Damaged { .. } => Category::Input,
        }
    }
}

impl ModelBytes {
    /// Reads a model file, or the model of this name that comes with landauer.
    pub(super) fn find(path: &Path) -> Result<Self, Failure> {
        let Some(name) = name(path) else {
            return Ok(Self(ModelFile::read(path)?));
        };
        let named = ModelFile::named(name, model_folder().as_deref())?;
        Ok(Self(named.ok_or_else(|| BadModel::Unknown {
            name: name.to_owned(),
            shipped: ModelFile::shipped_names().collect::<Vec<_>>().join(", "),
        })?))
    }

    /// The same where a path may also be something else: nothing if it is neither a model file nor a
    /// model's name.
    pub(super) fn find_if_any(path: &Path) -> Result<Option<Self>, Failure> {
        if is_model(path) {
            return Ok(Some(Self(ModelFile::read(path)?)));
        }
        let named = name(path).map(|name| ModelFile::named(name, model_folder().as_deref()));
        Ok(named.transpose()?.flatten().map(Self))
    }

    /// The file.
    pub(super) const fn file(&self) -> &ModelFile {
        &self.0
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The bytes, for as long as one likes.
    pub(super) fn to_bytes(&self) -> Cow<'static, [u8]> {
        self.0.to_bytes()
    }

    /// Where they are; of a shipped model, its name.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The model, every byte of it checked.
    pub(super) fn model(&self) -> Result<Model<'_>, Failure> {
        Model::parse(self.bytes()).map_err(|problem| self.damaged(problem))
    }

    /// Is it a hybrid, and no network?
    pub(super) fn is_hybrid(&self) -> bool {
        HybridModel::is_one(self.bytes())
    }

    /// The hybrid, every byte of it checked.
    pub(super) fn hybrid(&self) -> Result<HybridModel<'_>, Failure> {
        HybridModel::parse(self.bytes()).map_err(|problem| self.damaged(problem))
    }

    /// Something is wrong with the file.
    pub(super) fn damaged(&self, problem: ModelError) -> Failure {
        let path = self.path().to_owned();
        BadModel::Damaged { path, problem }.into()
    }

    /// The model card.
    pub(super) fn card(&self) -> Option<serde_json::Value> {
        let text = self.0.card().ok()??;
        serde_json::from_slice(&text).ok()
    }
}

/// The name of a model that shall stand at `output`: what was given, or that of the file. The file
/// has to end as models do, which `rule` says.
pub(super) fn model_name(
    output: &Path,
    given: Option<&str>,
    rule: &str,
) -> Result<String, Failure> {
    if output
        .extension()
        .is_none_or(|ending| ending != MODEL_EXTENSION)
    {
        let output = output.display();
        return Err(Failure::usage(format!("--output {output}: {rule}")));
    }
    let stem = output.file_stem().unwrap_or_default();
    Ok(given.map_or_else(|| stem.to_string_lossy().into_owned(), str::to_owned))
}

/// What stands beside a model and is not its card.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is no model's card, and would be lost: the card of {} has to stand there", path.display(),
    model.display()
)]
struct ForeignCard {
    path: PathBuf,
    model: PathBuf,
}

impl Categorised for ForeignCard {
    fn category(&self) -> Category {
        Category::Refused
    }
}

/// Makes sure that a model and its card can be written, before they are made; gives the card's path.
pub(super) fn require_place(model: &Path) -> Result<PathBuf, Failure> {
    let path = model.with_extension("json");
    if let Ok(text) = std::fs::read(&path) {
        let card: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
        let format = card.as_ref().and_then(|card| card["format"].as_str());
        if !format.is_some_and(|format| [ModelCard::FORMAT, HybridJson::FORMAT].contains(&format)) {
            let model = model.to_owned();
            return Err(ForeignCard { path, model }.into());
        }
    }
    files::require_writable(model)?;
    files::require_writable(&path)?;
    Ok(path)
}

/// The path as a name, which may be that of a model: there is nothing at this path, and it has no
/// folder or extension.
fn name(path: &Path) -> Option<&str> {
    let bare = path.components().count() == 1 && path.extension().is_none() && !path.exists();
    path.to_str().filter(|_| bare)
}

/// A folder whose models come before the shipped ones.
pub(super) fn model_folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from)
}

/// Is it a file that begins like a model?
fn is_model(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [0; MAGIC.len()];
    let file = files::open(path);
    let read = file.map(|mut file| file.read_exact(&mut begin));
    path.is_file()
        && (matches!(read, Ok(Ok(()))) && [MAGIC, HYBRID_MAGIC].contains(&begin)
            || path
                .extension()
                .is_some_and(|ending| ending == MODEL_EXTENSION))
}

/// Says what a model file holds, and runs its self-test.
pub(super) fn inspect(bytes: &ModelBytes, output: &Output) -> Result<(), Failure> {
    if bytes.is_hybrid() {
        return hybrid::inspect(bytes, output);
    }
    let model = bytes.model()?;
    let mut onsite = vec![0.0_f64; model.sites()];
    let mut scratch = vec![0; model.scratch_len()];
    let tested = model.self_test(&mut onsite, &mut scratch);
    tested.map_err(|error| bytes.damaged(error))?;
    output.text(text(bytes, &model));
    output.json(&report(bytes, &model));
    Ok(())
}

fn shape(tensor: &landauer_core::inference::format::Tensor) -> String {
    let (channels, slices, rows) = (tensor.channels, tensor.slices, tensor.rows);
    format!("{channels} x {slices} x {rows}")
}

/// The disorder model, and how strong it is.
pub(super) fn concentration(disorder: DisorderModel, concentration: Concentration) -> String {
    match concentration {
        _ if !disorder.has_impurities() => disorder.to_string(),
        Concentration::Fixed(n) => format!("{disorder}, concentration {n}"),
        Concentration::Uniform => format!("{disorder}, concentration uniform in [0, 1)"),
    }
}

fn text(bytes: &ModelBytes, model: &Model<'_>) -> String {
    let card = model.card();
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<12}{value}");
    };
    line("model", card.name.to_owned());
    line("written by", format!("landauer {}", card.crate_version));
    line("strips", format!("{} x {} sites", card.length, card.width));
    line("disorder", concentration(card.disorder, card.concentration));
    let [least, most] = card.counts;
    line("impurities", format!("{least} to {most}"));
    let targets: Vec<String> = model.targets().map(|target| target.to_string()).collect();
    line("predicts", targets.join(", "));
    line("mirrors", format!("{} passes", card.mirrors.passes()));
    line(
        "flash",
        format!("{} (the file)", human(bytes.bytes().len() as u64)),
    );
    line("RAM", format!("{} bytes of scratch", model.scratch_len()));
    line("MAC", format!("{} a prediction", model.macs()));
    line(
        "self-test",
        format!("passed, {} golden samples", card.golden.len()),
    );
    let hash = hexadecimal(&card.data_hash);
    line("data hash", hash);
    if let Some(metrics) = bytes.card().and_then(|card| card.get("targets").cloned()) {
        for target in metrics.as_array().into_iter().flatten() {
            let name = target.get("target").and_then(|name| name.as_str());
            let mae = target
                .get("integer_mae")
                .and_then(serde_json::Value::as_f64);
            if let (Some(name), Some(mae)) = (name, mae) {
                line("MAE", format!("{name}: {mae:.4} G0 on its test set"));
            }
        }
    }
    let _ = writeln!(
        text,
        "\n{:<12}{:<16}{:>10}{:>12}{:>9}",
        "layer", "output", "MAC", "scale", "sum <"
    );
    let _ = writeln!(
        text,
        "{:<12}{:<16}{:>10}{:>12.3e}{:>9}",
        "Encoder",
        shape(&card.encoder.output),
        "",
        card.encoder.output.scale,
        ""
    );
    let bounds: Vec<u64> = model.largest_sums().collect();
    for (layer, bound) in model.layers().zip(&bounds) {
        let _ = writeln!(
            text,
            "{:<12}{:<16}{:>10}{:>12.3e}{:>9}",
            layer.operator.name(),
            shape(&layer.output),
            layer.macs(),
            layer.output.scale,
            power(*bound)
        );
    }
    let _ = write!(
        text,
        "{:<12}{:<16}{:>10}{:>12}{:>9}",
        "Head",
        format!("{} outputs", card.outputs.len()),
        "",
        "",
        bounds.last().copied().map(power).unwrap_or_default()
    );
    text
}

/// The power of two that is larger than a bound.
fn power(bound: u64) -> String {
    format!("2^{}", u64::BITS - bound.leading_zeros())
}

fn report(bytes: &ModelBytes, model: &Model<'_>) -> serde_json::Value {
    let card = model.card();
    let layers = model
        .layers()
        .zip(model.largest_sums())
        .map(|(layer, bound)| {
            let tensor = layer.output;
            json!({
                "operator": layer.operator.name(),
                "output": [tensor.channels, tensor.slices, tensor.rows],
                "mac": layer.macs(),
                "scale": tensor.scale,
                "largest_sum": bound,
            })
        });
    let layers: Vec<_> = layers.collect();
    let targets: Vec<String> = model.targets().map(|target| target.to_string()).collect();
    let hash = hexadecimal(&card.data_hash);
    json!({
        "path": bytes.path().display().to_string(),
        "name": card.name,
        "crate_version": card.crate_version,
        "length": card.length,
        "width": card.width,
        "disorder": card.disorder.number(),
        "counts": card.counts,
        "targets": targets,
        "passes": card.mirrors.passes(),
        "flash_bytes": bytes.bytes().len(),
        "ram_bytes": model.scratch_len(),
        "mac": model.macs(),
        "golden": card.golden.len(),
        "self_test": "passed",
        "data_hash": hash,
        "layers": layers,
        "card": bytes.card(),
    })
}
