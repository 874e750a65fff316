//! Averages of maps over disorder: closed forms of a clean strip, and the symmetries that disorder has on average.

use std::f64::consts::PI;

use landauer::maps::{Field, Mapper, MeanMaps};
use landauer::{Concentration, DisorderModel, Energies, Ensemble, EnsembleSource, StripSize};
use landauer_tests::tolerance;

fn means(model: DisorderModel, n: f64, size: StripSize, energy: f64, samples: u64) -> MeanMaps {
    let ensemble = Ensemble::new(model, Concentration::Fixed(n), 1).expect("an ensemble");
    let energies = Energies::new([energy]).expect("an energy");
    let mapper = Mapper::new(size, energies, &Field::ALL).expect("a mapper");
    let means = mapper.mean(&mut EnsembleSource::new(ensemble, size, 0..samples));
    means.expect("maps of all samples")
}

/// Without impurities the modes sin(qy) of the strip, q = πm/(W + 1), pass with the wave number k of E = −2 cos q − 2 cos k:
/// each brings sin²(qy) 2/(W + 1)/(2π sin k) to the density at each site, half of it from either lead, and
/// sin²(qy) 2/(W + 1) to the current. T is stationary.
#[test]
fn a_clean_strip_has_its_closed_forms_and_no_errors() {
    let (length, width) = (7, 5);
    let size = StripSize::new(length, width).expect("a size");
    for energy in [0.3, -1.7, 2.9] {
        let means = means(DisorderModel::II, 0.0, size, energy, 20);
        let side = (width + 1) as f64;
        let (mut modes, mut density, mut current) = (0.0, vec![0.0; width], vec![0.0; width]);
        for mode in 1..=width {
            let q = PI * mode as f64 / side;
            let cosine = -0.5 * energy - q.cos();
            if cosine.abs() < 1.0 {
                modes += 1.0;
                for row in 0..width {
                    let share = (q * (row + 1) as f64).sin().powi(2) * 2.0 / side;
                    density[row] += share / (2.0 * PI * (1.0 - cosine * cosine).sqrt());
                    current[row] += share;
                }
            }
        }
        let close = |found: f64, expected: f64, what: &str| {
            let largest = tolerance::CLEAN_MEAN_MAPS * (1.0 + expected.abs());
            assert!(
                (found - expected).abs() <= largest,
                "{what}, E = {energy}: {found}, not {expected}"
            );
        };
        close(means.transmissions()[0].mean().expect("a mean"), modes, "T");
        for field in Field::ALL {
            let found = means.field(field).expect("it was asked for");
            assert_eq!(found.len(), length * width);
            for (site, one) in found.iter().enumerate() {
                let row = site % width;
                let expected = match field {
                    Field::Ldos => density[row],
                    Field::Current => current[row],
                    Field::Gradient => 0.0,
                    _ => 0.5 * density[row],
                };
                assert_eq!(one.count(), 20);
                close(one.mean().unwrap_or(0.0), expected, field.name());
                close(one.standard_error().unwrap_or(0.0), 0.0, field.name());
            }
        }
    }
}

/// A strip upside down or from the other end is as likely as the strip itself: on average maps are their own images, those of
/// the states from the left are those from the right reversed, and the current of both together vanishes, so that its
/// magnitude is its own image, too.
#[test]
fn mean_maps_are_their_own_mirror_images_within_their_errors() {
    let (length, width) = (10, 8);
    let size = StripSize::new(length, width).expect("a size");
    let models = [
        (DisorderModel::AndersonBox { strength: 2.0 }, 0.0),
        (DisorderModel::II, 0.15),
    ];
    for (model, n) in models {
        let means = means(model, n, size, 0.3, 2000);
        for field in Field::ALL {
            let reversed = match field {
                Field::DensityLeft => Field::DensityRight,
                Field::DensityRight => Field::DensityLeft,
                other => other,
            };
            let of = |field| means.field(field).expect("it was asked for");
            let upside_down = |site: usize| site / width * width + width - 1 - site % width;
            let turned = |site: usize| (length - 1 - site / width) * width + site % width;
            let images: [(Field, &dyn Fn(usize) -> usize); 2] =
                [(field, &upside_down), (reversed, &turned)];
            for (number, (other, image)) in images.into_iter().enumerate() {
                let what = format!("{model}, {}, image {number}", field.name());
                let (mut squares, mut count) = (0.0, 0.0);
                for (site, one) in of(field).iter().enumerate() {
                    let other = of(other)[image(site)];
                    let error = f64::hypot(
                        one.standard_error().expect("an error"),
                        other.standard_error().expect("an error"),
                    );
                    let distance = one.mean().expect("a mean") - other.mean().expect("a mean");
                    let sigmas = distance.abs() / error;
                    assert!(
                        sigmas < tolerance::MEAN_MAP_SIGMAS,
                        "{what}, site {site}: {sigmas}"
                    );
                    squares += sigmas * sigmas;
                    count += 1.0;
                }
                // Errors that are too large would be seen, too.
                let spread: f64 = squares / count;
                let (least, most) = tolerance::MEAN_MAP_SPREAD;
                assert!((least..most).contains(&spread), "{what}: {spread}");
            }
        }
    }
}
