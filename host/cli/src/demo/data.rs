//! The demo's data sets.

use std::path::Path;
use std::time::Instant;

use landauer_core::{Concentration, DisorderModel, Ensemble, FERMI_ENERGY, PAPER_BIAS};

use crate::failure::Failure;
use crate::generate::Watch;
use crate::interrupt::{Interrupt, Interrupted};
use crate::output::Output;
use landauer::StripSize;
use landauer::dataset::{DatasetConfig, Generation, default_chunk_samples, with_bias_grid};
use landauer::work::{Locking, WorkOptions};

/// Which strips of an ensemble.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples {
    pub(super) number: u64,
    pub(super) seed: u64,
}

/// E = 0 and the bias grid.
pub(super) fn energies() -> Vec<f64> {
    with_bias_grid(vec![FERMI_ENERGY], PAPER_BIAS)
}

/// Makes one of the data sets, or what is missing of it.
pub(super) fn make(
    path: &Path,
    (model, concentration, size): (DisorderModel, Concentration, StripSize),
    samples: Samples,
    (interrupt, locking): (&Interrupt, Locking),
    output: &Output,
) -> Result<(), Failure> {
    let ensemble = Ensemble::new(model, concentration, samples.seed);
    let config = DatasetConfig {
        ensemble: ensemble.map_err(|error| Failure::usage(error.to_string()))?,
        size,
        energies: energies(),
        bias: Some(PAPER_BIAS),
        chunk_samples: default_chunk_samples(size),
    };
    let watch = Watch {
        bar: output.progress(0, "     generating"),
        interrupt: interrupt.clone(),
    };
    let begin = Instant::now();
    let options = WorkOptions::new(samples.number).locking(locking);
    let made = Generation::new(path, &config, options)
        .and_then(|generation| Ok((generation.choice(), generation.run(&watch)?)));
    watch.bar.finish_and_clear();
    let (choice, report) = made.map_err(|error| {
        Failure::from(error).context("delete the demo's folder to start from scratch")
    })?;
    if report.stopped {
        let kept = "the same command resumes".to_owned();
        return Err(Interrupted { kept }.into());
    }
    if report.samples_computed == 0 {
        output.text("     found");
    } else {
        let seconds = begin.elapsed().as_secs_f64();
        let rate = report.samples_computed as f64 / seconds;
        let solver = choice.kind.identity();
        output.text(format!(
            "     {seconds:.1} s, {rate:.0} strips/s ({solver})"
        ));
    }
    Ok(())
}
