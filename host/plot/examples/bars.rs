//! A bar chart of a table of times:
//! `cargo run --release -p landauer-plot --example bars -- TIMES.csv CHART.svg TITLE`.
//!
//! The table has a first line of headings, then a name and a number of milliseconds a line. Bars whose names
//! begin with "Landauer" are drawn in colour. The chart of the README is made by
//! `python3 tests/pages --chart`.

use std::path::Path;
use std::{env, fs};

use landauer_plot::{Bar, BarsPicture, PictureFormat};

/// Two significant digits, without an exponent.
fn milliseconds(value: f64) -> String {
    let decimals = if value < 0.1 {
        3
    } else if value < 1.0 {
        2
    } else {
        usize::from(value < 10.0)
    };
    format!("{value:.decimals$} ms")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [table, chart, title] = arguments.as_slice() else {
        return Err("the arguments are TIMES.csv CHART.svg TITLE".into());
    };
    let text = fs::read_to_string(table).map_err(|error| format!("{table}: {error}"))?;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let wrong = || {
            format!(
                "{table}, line {}: not a name and a number: {line}",
                number + 1
            )
        };
        let (name, value) = line.rsplit_once(',').ok_or_else(wrong)?;
        let value: f64 = value.trim().parse().map_err(|_| wrong())?;
        rows.push((name, value, milliseconds(value)));
    }
    let bars: Vec<Bar<'_>> = rows
        .iter()
        .map(|(name, value, text)| Bar {
            name,
            value: *value,
            text,
            emphasised: name.starts_with("Landauer"),
        })
        .collect();
    let picture = BarsPicture { title, bars: &bars }.draw()?;
    let chart = Path::new(chart);
    fs::write(chart, PictureFormat::of(chart)?.encode(&picture)?)?;
    println!("{} bars in {}", bars.len(), chart.display());
    Ok(())
}
