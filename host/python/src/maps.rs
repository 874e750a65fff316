//! Maps of the inside of strips.

use std::sync::Arc;

use landauer::failure::Category;
use landauer::maps::{Field, MapError, Mapper};
use landauer::{Energies, StripSize};
use numpy::{PyArray1, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::failure::Failure;
use crate::planned::Purpose;
use crate::process;
use crate::run;
use crate::solve::{checked, index_of};

/// What a mapper was made for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MapperPurpose {
    size: StripSize,
    energies: Energies,
    fields: Vec<Field>,
}

impl Purpose for MapperPurpose {
    fn size(&self) -> StripSize {
        self.size
    }

    fn energies(&self) -> &Energies {
        &self.energies
    }
}

/// Maps of some strips. Arrays are flat; their shapes follow from `samples`, the energies and the size.
#[pyclass(frozen, module = "landauer._landauer")]
pub(crate) struct Maps(landauer::maps::Maps);

#[pymethods]
impl Maps {
    /// `[sample, energy]`.
    fn transmissions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.transmissions())
    }

    /// A map of sites, `[sample, energy, slice, row]`, or none that was not asked for.
    fn field<'py>(
        &self,
        py: Python<'py>,
        name: &str,
    ) -> PyResult<Option<Bound<'py, PyArray1<f64>>>> {
        let values = match name {
            "current_x" => self.0.current_x(),
            "current_y" => self.0.current_y(),
            _ => self.0.field(field(name)?),
        };
        Ok(values.map(|values| PyArray1::from_slice(py, values)))
    }

    /// Mirrored, slice by slice.
    fn fallbacks(&self) -> [u64; 2] {
        let fallbacks = self.0.fallbacks();
        [fallbacks.mirrored, fallbacks.slices]
    }
}

fn field(name: &str) -> Result<Field, Failure> {
    Field::named(name).ok_or_else(|| {
        let names = Field::ALL.map(Field::name).join(", ");
        Failure::usage(format!("there is no map {name:?}: the maps are {names}"))
    })
}

/// Maps of strips `[sample, slice, row]`. `shape` is that of the leading axes, for messages.
#[pyfunction]
pub(crate) fn maps(
    py: Python<'_>,
    onsite: PyReadonlyArray3<'_, f64>,
    shape: Vec<usize>,
    energies: Vec<f64>,
    fields: Vec<String>,
    threads: Option<usize>,
) -> PyResult<Maps> {
    let &[_, length, width] = onsite.shape() else {
        return Err(Failure::usage("[sample, slice, row] is needed").into());
    };
    let size = StripSize::new(length, width).map_err(Failure::from)?;
    let energies = Energies::new(energies).map_err(Failure::from)?;
    let fields = fields.iter().map(|name| field(name));
    let fields: Vec<Field> = fields.collect::<Result<_, Failure>>()?;
    let pool = process::pool(py, threads)?;
    let purpose = MapperPurpose {
        size,
        energies,
        fields,
    };
    let kept = process::mappers(py, |planned| planned.find(&purpose));
    let is_new = kept.is_none();
    // A copy, so that Ctrl-C need not wait for the planning of a large strip.
    let strips: Vec<f64> = onsite.as_slice()?.to_vec();
    let (purpose, mapper, maps) = run::owned(py, &pool, None, move |watch| {
        let strips = checked(size, &strips, &shape)?;
        let mapper = match kept {
            Some(mapper) => mapper,
            None => Arc::new(Mapper::new(
                size,
                purpose.energies.clone(),
                &purpose.fields,
            )?),
        };
        let found = mapper.map_unless(&strips, &|| watch.is_stopped());
        let found = found.map_err(|error| match error {
            MapError::Lost { sample, energy } => {
                let index = index_of(sample, &shape).join(", ");
                let strip = if index.is_empty() {
                    "the strip".to_owned()
                } else {
                    format!("strip [{index}]")
                };
                Failure::new(
                    Category::Internal,
                    format!("{strip} at E = {energy}: no method finds its maps to 1e-9"),
                )
            }
            error => error.into(),
        })?;
        let maps = found.ok_or_else(Failure::stopped)?;
        Ok((purpose, mapper, maps))
    })?;
    if is_new {
        let dropped = process::mappers(py, |planned| planned.keep(purpose, mapper));
        py.detach(|| drop(dropped));
    }
    Ok(Maps(maps))
}
