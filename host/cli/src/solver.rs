//! Which solver: `--solver` and `--precision`.

use clap::{Args, ValueEnum};

use landauer::{Method, Precision, SolverRequest};

/// Which solver.
#[derive(Debug, Args)]
pub(super) struct SolverArguments {
    /// Method
    #[arg(long, value_enum, default_value_t = SolverArgument::Auto)]
    solver: SolverArgument,
    /// Floating-point precision of the solver; what is written is always 64 bits [default: f64, or
    /// that of the work that is resumed]
    #[arg(long, value_enum)]
    precision: Option<PrecisionArgument>,
}

/// The solvers on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SolverArgument {
    /// The one that should be faster, or the one that began the work
    Auto,
    /// Nested dissection, many strips at a time: equally fast for any disorder
    Dissection,
    /// The scattering recursion of landauer-core: the fewer impurities, the faster
    Recursion,
    /// Multifrontal elimination, one large strip at a time on all threads, in f64 only
    Multifrontal,
}

/// Floating-point precision on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PrecisionArgument {
    /// 64 bits
    F64,
    /// 32 bits
    F32,
}

impl SolverArguments {
    /// The request.
    pub(super) fn request(&self) -> SolverRequest {
        SolverRequest {
            method: match self.solver {
                SolverArgument::Auto => None,
                SolverArgument::Dissection => Some(Method::Dissection),
                SolverArgument::Recursion => Some(Method::Recursion),
                SolverArgument::Multifrontal => Some(Method::Multifrontal),
            },
            precision: self.precision.map(|precision| match precision {
                PrecisionArgument::F64 => Precision::F64,
                PrecisionArgument::F32 => Precision::F32,
            }),
        }
    }
}
