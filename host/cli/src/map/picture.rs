//! Pictures of maps.

use landauer::maps::{Field, Maps, MeanMaps};
use landauer::statistics::MeanAndError;
use landauer_core::Compact;
use landauer_plot::{MapPanel, MapsPicture, PictureWidth, Scene};

use super::plan::Plan;
use crate::failure::Failure;
use crate::picture::PictureError;

/// What a picture shows unless something else is asked for.
pub(super) const USUAL: [Field; 3] = [Field::Ldos, Field::Current, Field::Gradient];

/// The fields that are drawn: those that were asked for, and the usual ones of all.
fn drawn(plan: &Plan) -> Vec<Field> {
    if plan.fields.len() == Field::ALL.len() {
        return USUAL.to_vec();
    }
    plan.fields.clone()
}

/// The name of a field, and its unit.
const fn title(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Ldos => ("LDOS", "1/t"),
        Field::DensityLeft => ("LDOS, left", "1/t"),
        Field::DensityRight => ("LDOS, right", "1/t"),
        Field::Current => ("Current |J|", ""),
        Field::Gradient => ("dG/dε", "G₀/t"),
        // No map is without a name.
        _ => ("", ""),
    }
}

/// The picture of one strip at one energy: its on-site energies `[slice, row]`, and its maps.
pub(super) fn of_one(
    plan: &Plan,
    onsite: &[f64],
    maps: &Maps,
    picture: PictureWidth,
) -> Result<Scene, Failure> {
    let magnitude = maps.current_magnitude().unwrap_or_default();
    let mut panels = vec![MapPanel::Onsite(onsite)];
    for field in drawn(plan) {
        let (name, unit) = title(field);
        let values = maps.field(field).unwrap_or_default();
        panels.push(match field {
            Field::Current => MapPanel::Current {
                name,
                along: maps.current_x().unwrap_or_default(),
                across: maps.current_y().unwrap_or_default(),
                magnitude: &magnitude,
                onsite,
            },
            Field::Gradient => MapPanel::Signed { name, unit, values },
            _ => MapPanel::Density { name, unit, values },
        });
    }
    let transmission = maps.transmissions().first().copied().unwrap_or_default();
    let name = format!(
        "{}, E = {} t, T = {}",
        plan.name(),
        Compact(plan.energies.all()[0]),
        short(transmission)
    );
    draw(plan, &name, &panels, picture)
}

/// The picture of means at one energy.
pub(super) fn of_means(
    plan: &Plan,
    means: &MeanMaps,
    picture: PictureWidth,
) -> Result<Scene, Failure> {
    let drawn = drawn(plan);
    let values: Vec<Vec<f64>> = drawn
        .iter()
        .map(|&field| {
            let means = means.field(field).unwrap_or_default().iter();
            // What is too small for a number has the colour of zero.
            means.map(|one| one.mean().unwrap_or_default()).collect()
        })
        .collect();
    let names: Vec<String> = drawn
        .iter()
        .map(|&field| match title(field) {
            (name, _) if matches!(field, Field::Gradient) => format!("⟨|{name}|⟩"),
            _ if matches!(field, Field::Current) => "⟨|J|⟩".to_owned(),
            (name, _) => format!("⟨{name}⟩"),
        })
        .collect();
    let panels: Vec<MapPanel<'_>> = drawn
        .iter()
        .zip(&values)
        .zip(&names)
        .map(|((&field, values), name)| {
            let (_, unit) = title(field);
            MapPanel::Density { name, unit, values }
        })
        .collect();
    let mean = means.transmissions().first().and_then(MeanAndError::mean);
    let name = format!(
        "{}, E = {} t, ⟨T⟩ = {}",
        plan.name(),
        Compact(plan.energies.all()[0]),
        short(mean.unwrap_or_default())
    );
    draw(plan, &name, &panels, picture)
}

fn draw(
    plan: &Plan,
    name: &str,
    panels: &[MapPanel<'_>],
    picture: PictureWidth,
) -> Result<Scene, Failure> {
    let picture = MapsPicture {
        name,
        length: plan.size.length(),
        width: plan.size.width(),
        picture,
        panels,
    };
    Ok(picture.draw().map_err(PictureError)?)
}

/// A transmission in a few digits.
fn short(value: f64) -> String {
    if value >= 1e-3 || value == 0.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.1e}")
    }
}
