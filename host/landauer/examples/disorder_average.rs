//! A disorder average with error bars, and the localisation length: samples are drawn, solved and
//! forgotten, a few at a time. `cargo run --release -p landauer --example disorder_average`.

use landauer::statistics::{Localisation, MeanAndError, MeanLog};
use landauer::{
    Concentration, DisorderModel, Ensemble, EnsembleSource, Solver, StripSize, StripSource,
};

const WIDTH: usize = 5;
const SAMPLES: u64 = 400;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Model I of the paper: every on-site energy uniform in [-w/2, w/2].
    let model = DisorderModel::AndersonBox { strength: 4.0 };
    let mut means = Vec::new();
    println!("{:>6} {:>22} {:>20}", "length", "G/G0", "<ln G>");
    for (number, length) in [20, 40, 60, 80].into_iter().enumerate() {
        let size = StripSize::new(length, WIDTH)?;
        // Other samples at each length, so that the errors of the means are independent.
        let ensemble = Ensemble::new(model, Concentration::Uniform, number as u64)?;
        let mut samples = EnsembleSource::new(ensemble, size, 0..SAMPLES);
        let solver = Solver::builder(size)
            .tuned_for_workload(samples.workload())
            .build()?;

        let (mut g, mut ln_g) = (MeanAndError::default(), MeanAndError::default());
        for solution in solver.stream(&mut samples) {
            let solution = solution?;
            for sample in 0..solution.samples() {
                g.push(solution.transmissions()[sample]);
                // However small: the logarithm of what no f64 can hold is known too.
                ln_g.push(solution.ln_transmission(sample, 0).ok_or("a sample")?);
            }
        }
        let known = |statistics: &MeanAndError| statistics.mean().zip(statistics.standard_error());
        let ((g, g_error), (mean, error)) =
            (known(&g).ok_or("samples")?, known(&ln_g).ok_or("samples")?);
        println!("{length:>6} {g:>10.3e} +- {g_error:.1e} {mean:>10.3} +- {error:.3}");
        let length = length as f64;
        means.push(MeanLog {
            length,
            mean,
            error,
        });
    }
    let localisation = Localisation::fit(&means, None)?;
    println!(
        "localisation length: {:.2} +- {:.2} sites",
        localisation.length, localisation.error
    );
    assert!(localisation.length > 1.0 && localisation.length < 50.0);
    Ok(())
}
