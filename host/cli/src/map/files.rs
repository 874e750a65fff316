//! The file that maps are written to.

use std::ffi::OsStr;
use std::path::Path;

use landauer::WriteError;
use landauer::maps::{Field, Maps, MeanMaps};
use landauer::npy::{ArchiveWriter, ArrayInArchive, ArrayWriter};
use landauer::statistics::MeanAndError;

use super::plan::Plan;
use crate::failure::Failure;

/// A file in the making, which appears whole or not at all.
#[derive(Debug)]
pub(super) enum MapFile {
    /// One map.
    Array(ArrayWriter, Field),
    /// All maps, with what they are of.
    Archive(Archive),
}

/// A `.npz` in the making.
#[derive(Debug)]
pub(super) struct Archive {
    file: ArchiveWriter,
    /// Of an average: none.
    onsite: Option<ArrayInArchive>,
    transmission: ArrayInArchive,
    /// For each field one array, two of the current on bonds, and an array with its errors.
    maps: Vec<(Field, Vec<ArrayInArchive>)>,
    errors: Option<ArrayInArchive>,
}

impl MapFile {
    /// Begins the file that is asked for.
    pub(super) fn create(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let [length, width] = plan.size.sides().map(|side| side as u64);
        let energies = plan.energies.count() as u64;
        if path.extension() == Some(OsStr::new("npy")) {
            let single = match plan.fields[..] {
                _ if plan.average => Err("means and their errors".to_owned()),
                [Field::Current] => Err("the current, on two kinds of bonds".to_owned()),
                [field] => Ok(field),
                _ => Err(plan.names().join(", ")),
            };
            let field = single.map_err(|several| {
                Failure::usage(format!(
                    "--output {}: a .npy file holds one array, and these are several: {several}; use .npz, or one of \
                     --fields",
                    path.display()
                ))
            })?;
            let shape = [plan.samples, energies, length, width];
            return Ok(Self::Array(ArrayWriter::create(path, &shape)?, field));
        }
        let mut file = ArchiveWriter::create(path)?;
        let given = file.array("energies", &[energies])?;
        file.append(given, plan.energies.all())?;
        // Of an average there is one of everything, with its error.
        let (onsite, leading) = if plan.average {
            (None, vec![energies])
        } else {
            let strips = file.array("onsite", &[plan.samples, length, width])?;
            (Some(strips), vec![plan.samples, energies])
        };
        let transmission = file.array("transmission", &leading)?;
        let errors = if plan.average {
            Some(file.array("transmission_error", &leading)?)
        } else {
            None
        };
        let mut maps = Vec::new();
        for &field in &plan.fields {
            let mut arrays = Vec::new();
            let mut add = |name: &str, [length, width]: [u64; 2]| -> Result<(), WriteError> {
                let shape = [&leading[..], &[length, width]].concat();
                arrays.push(file.array(name, &shape)?);
                Ok(())
            };
            if plan.average {
                let name = field.mean_name();
                add(name, [length, width])?;
                add(&format!("{name}_error"), [length, width])?;
            } else if field == Field::Current {
                add("current_x", [length - 1, width])?;
                add("current_y", [length, width - 1])?;
            } else {
                add(field.name(), [length, width])?;
            }
            maps.push((field, arrays));
        }
        file.text("config", &plan.json().to_string())?;
        Ok(Self::Archive(Archive {
            file,
            onsite,
            transmission,
            maps,
            errors,
        }))
    }

    /// Appends the maps of some strips.
    pub(super) fn append(&mut self, onsite: &[f64], maps: &Maps) -> Result<(), WriteError> {
        match self {
            Self::Array(file, field) => file.append(maps.field(*field).unwrap_or_default()),
            Self::Archive(Archive {
                file,
                onsite: strips,
                transmission,
                maps: arrays,
                ..
            }) => {
                if let Some(strips) = strips {
                    file.append(*strips, onsite)?;
                }
                file.append(*transmission, maps.transmissions())?;
                for (field, arrays) in arrays {
                    let values = [maps.field(*field), maps.current_x(), maps.current_y()];
                    // Of the current there is none of sites, and of the others none on bonds.
                    let of_field = if *field == Field::Current {
                        &values[1..]
                    } else {
                        &values[..1]
                    };
                    for (&array, values) in arrays.iter().zip(of_field) {
                        file.append(array, values.unwrap_or_default())?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Puts in the means of all strips.
    pub(super) fn put_means(&mut self, means: &MeanMaps) -> Result<(), WriteError> {
        let Self::Archive(archive) = self else {
            return Ok(());
        };
        let file = &mut archive.file;
        let mut put = |array: ArrayInArchive, values: &[MeanAndError], of: Of| {
            let values: Vec<f64> = values.iter().map(|one| number(of(one))).collect();
            file.append(array, &values)
        };
        let (mean, error): (Of, Of) = (MeanAndError::mean, MeanAndError::standard_error);
        put(archive.transmission, means.transmissions(), mean)?;
        if let Some(errors) = archive.errors {
            put(errors, means.transmissions(), error)?;
        }
        for (field, arrays) in &archive.maps {
            let values = means.field(*field).unwrap_or_default();
            for (&array, of) in arrays.iter().zip([mean, error]) {
                put(array, values, of)?;
            }
        }
        Ok(())
    }

    /// Hands everything so far to the operating system, which notices a full disk.
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        match self {
            Self::Array(file, _) => file.flush(),
            Self::Archive(archive) => archive.file.flush(),
        }
    }

    /// Puts the file in its place.
    pub(super) fn commit(self) -> Result<(), WriteError> {
        match self {
            Self::Array(file, _) => file.commit(),
            Self::Archive(archive) => archive.file.commit(),
        }
    }
}

/// A number of a mean.
type Of = fn(&MeanAndError) -> Option<f64>;

/// A number, or NaN where there is none: the error of one sample.
fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}
