//! What an experiment came to.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::profile::Profile;
use landauer_plot::Scene;

/// What an experiment came to.
#[derive(Debug)]
pub struct FigureReport {
    /// The figure.
    pub figure: Figure,
    /// How much was computed.
    pub profile: Profile,
    /// What is drawn.
    pub pictures: Vec<Picture>,
    /// The numbers behind it.
    pub tables: Vec<Table>,
    /// What the paper says, beside what we find.
    pub claims: Vec<Claim>,
    /// What was chosen where the paper is silent, and what else a reader should know.
    pub notes: Vec<String>,
}

/// A picture with the end of its file's name.
#[derive(Debug)]
pub struct Picture {
    /// What follows the figure's name: empty, or `_a`.
    pub suffix: String,
    /// The picture.
    pub scene: Scene,
}

impl Picture {
    pub(super) fn new(suffix: &str, scene: Scene) -> Self {
        Self {
            suffix: suffix.to_owned(),
            scene,
        }
    }
}

/// A table of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What follows the figure's name: empty, or `_a`.
    pub suffix: String,
    /// The columns, with their units.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(suffix: &str, header: &[&str]) -> Self {
        Self {
            suffix: suffix.to_owned(),
            header: header.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }

    /// As comma-separated values; no field holds a comma, a quote or a line break.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let row: Vec<String> = row.iter().map(|field| plain(field)).collect();
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{}", row.join(","));
        }
        text
    }
}

fn plain(field: &str) -> String {
    field.replace(['"', '\n', '\r'], " ").replace(',', ";")
}

/// Something that the paper says, beside what we find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// What it is about.
    pub what: String,
    /// The paper's value or words.
    pub paper: String,
    /// What counting impurities (model I: the constant) is worth; empty where that has no meaning.
    pub baseline: String,
    /// What we find, with its interval.
    pub ours: String,
    /// How they compare.
    pub verdict: Verdict,
}

impl Claim {
    /// A claim in words, which holds or does not.
    pub(super) fn words(what: &str, paper: &str, ours: String, holds: bool) -> Self {
        Self {
            what: what.to_owned(),
            paper: paper.to_owned(),
            baseline: String::new(),
            ours,
            verdict: if holds {
                Verdict::Agrees
            } else {
                Verdict::Differs
            },
        }
    }

    /// The same claim of networks that are smaller than the paper's in the quick profile: neither
    /// agreement nor disagreement says anything.
    pub(super) fn of_networks(self, profile: Profile) -> Self {
        let verdict = match (profile, self.verdict) {
            (Profile::Quick, Verdict::Agrees | Verdict::Better | Verdict::Differs) => {
                Verdict::Smaller
            }
            (_, verdict) => verdict,
        };
        Self { verdict, ..self }
    }

    /// A claim that nothing was computed for.
    pub(super) fn not_done(what: &str, paper: &str) -> Self {
        Self {
            what: what.to_owned(),
            paper: paper.to_owned(),
            baseline: String::new(),
            ours: String::new(),
            verdict: Verdict::NotDone,
        }
    }
}

/// How our number compares with the paper's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within a tenth of the paper's; or what it says in words holds.
    Agrees,
    /// A smaller error, by more than a tenth.
    Better,
    /// A larger error, by more than a tenth; or what it says in words does not hold.
    Differs,
    /// The paper has no such number.
    New,
    /// Not computed: it would have taken longer than was allowed.
    NotDone,
    /// With sizes smaller than the paper's, so that no agreement is to be expected.
    Smaller,
}

impl Verdict {
    /// Of an error beside the paper's: a tenth is what one digit of the paper and another seed
    /// make.
    #[must_use]
    pub fn of_error(paper: f64, ours: f64) -> Self {
        if ours < 0.9 * paper {
            Self::Better
        } else if ours <= 1.1 * paper {
            Self::Agrees
        } else {
            Self::Differs
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Better => "better",
            Self::Differs => "differs",
            Self::New => "not in the paper",
            Self::NotDone => "not done",
            Self::Smaller => "quick profile: not to be compared",
        }
    }
}

/// A piece of work and how long it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What was done.
    pub what: String,
    /// Seconds, on all threads; `None` of what was killed on the way and went on later.
    pub seconds: Option<f64>,
    /// Whether it had been done before: it took so long then.
    pub found: bool,
}

/// A training that was skipped because it would have taken too long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Which.
    pub what: String,
    /// Seconds that it was expected to take.
    pub seconds: f64,
}

impl Skipped {
    /// How long it was expected to take.
    #[must_use]
    pub fn expected(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_agreement() {
        assert_eq!(Verdict::of_error(0.1, 0.109), Verdict::Agrees);
        assert_eq!(Verdict::of_error(0.1, 0.111), Verdict::Differs);
        assert_eq!(Verdict::of_error(0.1, 0.089), Verdict::Better);
        assert_eq!(Verdict::of_error(0.1, f64::NAN), Verdict::Differs);
    }

    #[test]
    fn smaller_networks_neither_agree_nor_differ() {
        for holds in [false, true] {
            let claim = Claim::words("", "yes", String::new(), holds);
            let quick = claim.clone().of_networks(Profile::Quick);
            assert_eq!(quick.verdict, Verdict::Smaller);
            assert_eq!(claim.clone().of_networks(Profile::Paper), claim);
        }
        let none = Claim::not_done("", "yes").of_networks(Profile::Quick);
        assert_eq!(none.verdict, Verdict::NotDone);
    }

    #[test]
    fn fields_of_a_table_stay_apart() {
        let mut table = Table::new("_a", &["n (%)", "what"]);
        table.push(["1".to_owned(), "a, \"b\"\nc".to_owned()]);
        assert_eq!(table.csv(), "n (%),what\n1,a;  b  c\n");
    }
}
