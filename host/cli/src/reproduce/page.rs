//! The page that shows all figures of a folder.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::HumanDuration;

use super::record::Record;
use crate::failure::Failure;
use landauer::failure::{Categorised, Category};
use landauer::internal::files::{ReadError, replace};
use landauer_paper::{Claim, Figure, Profile};

/// What the page is called, so that code hosts show it.
pub(super) const NAME: &str = "README.md";

/// The first line.
const TITLE: &str = "# The paper's figures, reproduced";

const HEAD: &str = "
K. Li, J. Lu, F. Zhai, *Neural networks for modeling electron transport properties of mesoscopic
systems*, Phys. Rev. B **102**, 064205 (2020). Written by `landauer reproduce`, which rewrites
this page with every figure. Conductances and errors (MAE) are in G0 = 2e²/h. Intervals in
parentheses are 95 % confidence intervals over the choice of test strips; another training seed may
differ by more, and ± gives the standard error of the mean over the seeds. *Counting* is the error of
predicting the median of G at the strip's number of impurities, pooled with neighbouring numbers where
samples are few (for model I, which has none: the constant median); skill is 1 − MAE / MAE of counting. A
number agrees if it lies within a tenth of the paper's; otherwise it is better or it differs. The rule
for each statement in words is given below its table.
";

/// A file of somebody else's stands where the page belongs.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is not a page that `landauer reproduce` has made, and would be lost: give another --output",
    path.display()
)]
struct Foreign {
    path: PathBuf,
}

impl Categorised for Foreign {
    fn category(&self) -> Category {
        Category::Refused
    }
}

/// Writes the page of this folder; not over one that somebody else has written.
pub(super) fn write(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(NAME);
    let existing = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        read => Some(read.map_err(|error| ReadError::new(&path, error))?),
    };
    if existing.is_some_and(|existing| !existing.starts_with(TITLE.as_bytes())) {
        return Err(Foreign { path }.into());
    }
    let mut records = Vec::new();
    for figure in Figure::ALL {
        records.extend(Record::read(folder, figure)?);
    }
    Ok(replace(&path, page(&records).as_bytes())?)
}

fn page(records: &[Record]) -> String {
    let mut text =
        format!("{TITLE}\n{HEAD}\n| figure | what it shows | profile |\n|---|---|---|\n");
    // Writing to a text cannot fail.
    for record in records {
        let name = record.figure.name();
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {} | {} |",
            record.title,
            record.profile.name()
        );
    }
    for record in records {
        let _ = write!(text, "\n{}", section(record));
    }
    text
}

fn section(record: &Record) -> String {
    let Record {
        figure,
        title,
        profile,
        pictures,
        tables,
        claims,
        notes,
        steps,
        skipped,
        ..
    } = record;
    let name = figure.name();
    let mut text = format!("## {name}\n\n{}.\n", capital(title));
    if !pictures.is_empty() {
        text.push('\n');
    }
    for stem in pictures {
        let _ = writeln!(
            text,
            "<img src=\"{stem}.png\" width=\"420\" alt=\"{stem}: {title}\">"
        );
    }
    if !claims.is_empty() {
        text += "\n| | the paper | counting | ours | |\n|---|---|---|---|---|\n";
    }
    for claim in claims {
        let Claim {
            what,
            paper,
            baseline,
            ours,
            verdict,
        } = claim;
        let cells = [what, paper, baseline, ours].map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} | {} |", cells.join(" | "), verdict.words());
    }
    for note in notes {
        let _ = writeln!(text, "\n{note}");
    }
    let command = format!("landauer reproduce {name}{}", flag(*profile));
    if !skipped.is_empty() {
        let _ = writeln!(
            text,
            "\nSkipped here, since each of these trainings should take longer than was allowed \
             (`{command}` does them, `{command} --device cuda` on a GPU):\n"
        );
    }
    for one in skipped {
        let duration = HumanDuration(one.expected());
        let _ = writeln!(text, "- {} (about {duration} on this CPU)", one.what);
    }
    if !tables.is_empty() {
        let links: Vec<String> = tables
            .iter()
            .map(|table| format!("[{table}]({table})"))
            .collect();
        let _ = writeln!(text, "\nNumbers: {}.", links.join(", "));
    }
    let seconds = |kind: &str| -> String {
        let steps = steps.iter().filter(|step| step.what.starts_with(kind));
        // The sum of nothing would be −0.
        let sum = steps.clone().filter_map(|step| step.seconds);
        let sum = sum.fold(0.0, |sum, seconds| sum + seconds);
        let least = if steps.clone().any(|step| step.seconds.is_none()) {
            "at least "
        } else {
            ""
        };
        format!("{least}{sum:.0} s")
    };
    let _ = writeln!(
        text,
        "\nRepeat it: `{command}`; {} of solving, {} of training.",
        seconds("solving"),
        seconds("training")
    );
    text
}

const fn flag(profile: Profile) -> &'static str {
    match profile {
        Profile::Quick => "",
        Profile::Paper => " --profile paper",
    }
}

/// With a capital letter in front.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use landauer_paper::{Skipped, Step, Verdict};

    #[test]
    fn a_section_shows_everything_that_is_known() {
        let record = Record {
            figure: Figure::Fig11,
            title: "the error".to_owned(),
            profile: Profile::Paper,
            version: String::new(),
            pictures: vec!["fig11".to_owned()],
            tables: vec!["fig11.csv".to_owned()],
            claims: vec![Claim {
                what: "MAE |".to_owned(),
                paper: "0.2".to_owned(),
                baseline: "0.17".to_owned(),
                ours: "0.19".to_owned(),
                verdict: Verdict::Agrees,
            }],
            notes: vec!["A note.".to_owned()],
            steps: vec![
                Step {
                    what: "solving a".to_owned(),
                    seconds: None,
                    found: true,
                },
                Step {
                    what: "solving b".to_owned(),
                    seconds: Some(3.0),
                    found: true,
                },
            ],
            skipped: vec![Skipped {
                what: "5 x 3000".to_owned(),
                seconds: 7200.0,
            }],
            seconds: 1.0,
        };
        let text = page(&[record]);
        for part in [
            "[fig11](#fig11)",
            "The error.",
            "<img src=\"fig11.png\"",
            "| MAE \\| | 0.2 | 0.17 | 0.19 | agrees |",
            "A note.",
            "- 5 x 3000 (about 2 hours on",
            "`landauer reproduce fig11 --profile paper --device cuda`",
            "[fig11.csv](fig11.csv)",
            "at least 3 s of solving, 0 s of training",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
