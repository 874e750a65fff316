//! `landauer inspect --plan`: what it says of a plan holds together, and is the plan that solves.

use landauer::StripSize;
use landauer::internal::dissection::Plan;
use landauer_tests::command::{Finished, run};
use serde_json::Value;

fn plan(size: &str, more: &[&str]) -> Finished {
    let mut words = vec!["inspect", "--plan", size];
    words.extend(more);
    run(words)
}

/// A count somewhere in a JSON object.
fn count(json: &Value, pointer: &str) -> usize {
    let found = json.pointer(pointer).and_then(Value::as_u64);
    let found = found.unwrap_or_else(|| panic!("no {pointer} in {json:#}"));
    usize::try_from(found).expect("a count")
}

fn array<'j>(json: &'j Value, name: &str) -> &'j [Value] {
    json[name].as_array().map_or(&[], Vec::as_slice)
}

/// The lines of the drawing.
fn drawing(text: &str) -> Vec<&str> {
    let lines = text.lines().rev();
    let mut lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    lines.reverse();
    lines
}

#[test]
fn every_site_of_the_interior_is_eliminated_once_or_left_over() {
    for (length, width, energy) in [
        (40, 40, "0"),
        (40, 40, "0.18"),
        (3, 3, "0"),
        (5, 5, "-0.18"),
        (2, 4, "0"),
        (9, 1, "0.5"),
        (30, 7, "0"),
        (4, 50, "-3.99"),
    ] {
        let size = format!("{length}x{width}");
        let found = plan(&size, &["--energy", energy, "--json"]).succeeded();
        assert!(found.stderr.is_empty(), "{found:?}");
        let json = found.json();
        let mut seen = vec![0; length * width];
        for front in array(&json, "elimination") {
            for site in array(front, "sites") {
                seen[usize::try_from(site.as_u64().expect("a site")).expect("a site")] += 1;
            }
            assert!(count(front, "/level") < count(&json, "/levels"));
        }
        let (left, rest) = seen.split_at(width);
        let (interior, right) = rest.split_at((length - 2) * width);
        assert!(left.iter().chain(right).all(|&times| times == 0), "{size}");
        assert!(interior.iter().all(|&times| times <= 1), "{size}");
        let spared = interior.iter().filter(|&&times| times == 0).count();
        assert_eq!(spared, count(&json, "/left_over"), "{size}");

        // Shapes are a summary of the fronts.
        let fronts = count(&json, "/fronts");
        assert_eq!(array(&json, "elimination").len(), fronts);
        let shapes = array(&json, "shapes");
        let sum: usize = shapes.iter().map(|shape| count(shape, "/count")).sum();
        assert_eq!(sum, fronts);
        let adds: f64 = shapes
            .iter()
            .filter_map(|shape| shape["multiply_adds"].as_f64())
            .sum();
        let interior = json["multiply_adds"]["interior"].as_f64().expect("a count");
        assert!((adds - interior).abs() <= 1e-9 * interior, "{size}");

        // And it is the plan that is solved by.
        let strip = StripSize::new(length, width).unwrap();
        let summary = Plan::new(strip, energy.parse().expect("a number")).summary();
        assert_eq!(summary.fronts, fronts);
        assert_eq!(summary.interior_fma, interior);
        for (bytes, precision) in [(8, "f64"), (4, "f32")] {
            let samples = count(&json, &format!("/workspace/{precision}/samples_at_a_time"));
            assert_eq!(
                count(&json, &format!("/workspace/{precision}/bytes")),
                samples * bytes * summary.workspace
            );
        }
    }
}

#[test]
fn the_drawing_shows_each_site() {
    let text = plan("12x7", &[]).succeeded().stdout;
    let json = plan("12x7", &["--json"]).succeeded().json();
    let mut expected = vec![['*'; 12]; 7];
    for front in array(&json, "elimination") {
        let level = u32::try_from(count(front, "/level")).expect("a level");
        for site in array(front, "sites") {
            let site = usize::try_from(site.as_u64().expect("a site")).expect("a site");
            expected[site % 7][site / 7] = char::from_digit(level, 36).expect("a digit");
        }
    }
    for row in &mut expected {
        (row[0], row[11]) = ('|', '|');
    }
    let expected: Vec<String> = expected.iter().map(|row| row.iter().collect()).collect();
    assert_eq!(drawing(&text), expected, "{text}");
}

#[test]
fn it_fits_a_terminal() {
    for size in ["40x40", "3x3", "2x5", "120x90"] {
        let text = plan(size, &["--energy", "0.18"]).succeeded().stdout;
        let long = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{size}");
        for words in ["multiply-adds", "workspace", "f32", "left over", "modes"] {
            assert!(text.contains(words), "no `{words}` in {text}");
        }
    }
    let text = plan("120x90", &[]).succeeded().stdout;
    assert!(
        text.contains("(the first 78 of 120 slices and 60 of 90 rows)"),
        "{text}"
    );
    assert_eq!(drawing(&text).len(), 60);
    let quiet = plan("4x4", &["--quiet"]).succeeded();
    assert!(quiet.stdout.is_empty());
    let closed = plan("5x5", &["--energy", "-4.5"]).succeeded().stdout;
    assert!(closed.contains("0 of 5 propagate: T = 0"), "{closed}");
}

#[test]
fn a_plan_and_a_data_set_exclude_each_other() {
    let _ = run(["inspect", "d.zarr", "--plan", "4x4"]).failed(2, &["cannot be used with"]);
    let _ = run(["inspect", "d.zarr", "--energy", "0"]).failed(2, &["cannot be used with"]);
    let _ = run(["inspect", "--energy", "0"]).failed(2, &["--plan"]);
    let _ = run(["inspect"]).failed(2, &["<PATH>"]);
}

#[test]
fn what_has_no_plan_is_refused_with_a_reason() {
    for (size, reason) in [
        ("40", "such as 40x40"),
        ("40x", "such as 40x40"),
        ("4.5x3", "such as 40x40"),
        ("0x4", "at least 1"),
        ("4x0", "at least 1"),
        ("1x4", "one slice"),
        ("9999999999x9999999999", "no memory"),
    ] {
        let _ = plan(size, &[]).failed(2, &[reason]);
    }
    let _ = plan("4x4", &["--energy", "nan"]).failed(2, &["finite"]);
    let _ = plan("4x4", &["--energy", "inf"]).failed(2, &["finite"]);
    let huge = plan("99999x99999", &["--json"]).failed(4, &["making this plan needs"]);
    assert_eq!(huge.json()["kind"], "system");
}
