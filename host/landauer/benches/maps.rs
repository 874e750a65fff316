//! Maps of the inside against T alone, on one thread: `RAYON_NUM_THREADS=1 cargo bench -p landauer --bench maps`; and
//! what their guard does among many strips: `cargo bench -p landauer --bench maps -- 100000`.
//!
//! 40×40 sites, models II (n uniform in [0, 1)) and I (w = 4), E = 0 and 0.18. Times are the least of a
//! few, of one run, in which T and maps take turns. With a number of strips behind `--` half of them of each model are
//! mapped, and their mirror images too: printed are the fallbacks, and how far the maps of the two images are from each
//! other, against 1 + the largest value of the map, which is large where a resonance is sharp.

use std::time::Instant;

use landauer::internal::{BatchSolver, solve_all};
use landauer::maps::{Field, MapFallbacks, Mapper};
use landauer::{
    Concentration, DisorderModel, Energies, Ensemble, Method, OnsiteEnergies, Precision,
    SolverKind, StripSize,
};

const ENERGIES: [f64; 2] = [0.0, 0.18];
/// Strips that are timed together: full vectors, and so many that what is done once is little.
const STRIPS: u64 = 512;
/// Each time is the least of so many.
const REPEATS: usize = 5;
/// Strips whose maps are compared at a time.
const AT_A_TIME: u64 = 1024;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    // `cargo bench` adds `--bench`.
    let many: Option<u64> = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let size = StripSize::new(40, 40)?;
    let anderson = DisorderModel::AndersonBox { strength: 4.0 };
    let models = [
        (
            "model II",
            Ensemble::new(DisorderModel::II, Concentration::Uniform, 3)?,
        ),
        (
            "model I",
            Ensemble::new(anderson, Concentration::Uniform, 3)?,
        ),
    ];
    for (name, ensemble) in &models {
        for energy in ENERGIES {
            let what = format!("{name}, E = {energy}");
            match many {
                None => times(&what, ensemble, size, energy)?,
                Some(many) => guard(&what, ensemble, size, energy, many / 4)?,
            }
        }
    }
    Ok(())
}

fn times(what: &str, ensemble: &Ensemble, size: StripSize, energy: f64) -> Outcome {
    let strips = OnsiteEnergies::draw(ensemble, size, 0..STRIPS)?;
    let kind = SolverKind::new(Method::Dissection, Precision::F64);
    let solver: Box<dyn BatchSolver> = kind.solver(size, &[energy])?;
    let energies = Energies::new([energy])?;
    let mapper = |fields: &[Field]| Mapper::new(size, energies.clone(), fields);
    let mappers = [
        ("gradient", mapper(&[Field::Gradient])?),
        ("LDOS", mapper(&[Field::Ldos])?),
        ("current", mapper(&[Field::Current])?),
        ("all", mapper(&Field::ALL)?),
    ];
    let mut least = [f64::INFINITY; 5];
    for _ in 0..REPEATS {
        let begin = Instant::now();
        let t = solve_all(&*solver, strips.values())?.transmissions;
        least[0] = least[0].min(begin.elapsed().as_secs_f64());
        for ((_, mapper), least) in mappers.iter().zip(&mut least[1..]) {
            let begin = Instant::now();
            let maps = mapper.map(&strips)?;
            *least = least.min(begin.elapsed().as_secs_f64());
            let apart = maps
                .transmissions()
                .iter()
                .zip(&t)
                .map(|(one, other)| (one - other).abs());
            assert!(apart.fold(0.0, f64::max) < 1e-9, "T");
        }
    }
    let micro = least.map(|seconds| 1e6 * seconds / STRIPS as f64);
    print!("{what}: T {:.1} µs", micro[0]);
    for ((name, _), micros) in mappers.iter().zip(&micro[1..]) {
        print!(", {name} {micros:.0} µs ({:.2} times T)", micros / micro[0]);
    }
    println!();
    Ok(())
}

fn guard(what: &str, ensemble: &Ensemble, size: StripSize, energy: f64, strips: u64) -> Outcome {
    let mapper = Mapper::new(size, Energies::new([energy])?, &Field::ALL)?;
    let sites = size.sites();
    let mut fallbacks = MapFallbacks::default();
    let compared = [
        (Field::Ldos, Field::Ldos),
        (Field::DensityLeft, Field::DensityRight),
        (Field::Gradient, Field::Gradient),
    ];
    let mut apart = compared.map(|_| Vec::new());
    for begin in (0..strips).step_by(usize::try_from(AT_A_TIME)?) {
        let range = begin..strips.min(begin + AT_A_TIME);
        let strips = OnsiteEnergies::draw(ensemble, size, range)?;
        let turned = |values: &[f64]| -> Vec<f64> {
            let strips = values.chunks_exact(sites);
            strips
                .flat_map(|strip| strip.iter().rev().copied())
                .collect()
        };
        let images = OnsiteEnergies::new(size, turned(strips.values()))?;
        let [maps, of_images] = [mapper.map(&strips)?, mapper.map(&images)?];
        for found in [&maps, &of_images] {
            fallbacks += found.fallbacks();
        }
        for ((field, image), apart) in compared.iter().zip(&mut apart) {
            let found = maps.field(*field).unwrap_or_default();
            let other = turned(of_images.field(*image).unwrap_or_default());
            let both = found.chunks_exact(sites).zip(other.chunks_exact(sites));
            apart.extend(both.map(|(one, other)| {
                let largest = one
                    .iter()
                    .fold(0.0_f64, |most, value| most.max(value.abs()));
                let apart = one
                    .iter()
                    .zip(other)
                    .map(|(one, other)| (one - other).abs());
                (apart.fold(0.0, f64::max) / (1.0 + largest), largest)
            }));
        }
    }
    println!("{what}: {strips} strips and their images, {fallbacks:?}");
    for ((field, _), mut apart) in compared.into_iter().zip(apart) {
        apart.sort_by(|one, other| one.0.total_cmp(&other.0));
        let at = |of_1000: usize| apart[(apart.len() - 1) * of_1000 / 1000];
        let [(median, _), (most, _), (worst, largest)] = [500, 999, 1000].map(at);
        println!(
            "  {field:?}: median {median:.1e}, 999 of 1000 within {most:.1e}, worst {worst:.1e}, \
             where the largest value is {largest:.1e}"
        );
    }
    Ok(())
}
