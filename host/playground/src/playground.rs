//! What the page asks, and what it is told: JSON in, JSON out.

use landauer::StripError;
use landauer::npy::{OnsiteArray, strip_to_bytes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    BUDGETS, EnsembleRun, Exact, Inside, MAX_SIDE, MapKind, Origin, Predictor, Predictors, Shape,
    Spectrum, Strip, link, self_test,
};

/// The energy at which G is taken: the band centre, in units of t.
const FERMI_ENERGY: f64 = 0.0;

/// A question. `work` is a number of multiply-adds, by which a page sets how long an answer may take.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    /// What there is.
    About {},
    /// A strip that is drawn by a rule.
    Draw {
        length: usize,
        width: usize,
        origin: Origin,
    },
    /// A strip with walls.
    Shape {
        length: usize,
        width: usize,
        shape: Shape,
    },
    ReadLink {
        link: String,
    },
    WriteLink {
        strip: Strip,
        origin: Origin,
    },
    /// The strip in the bytes of a `.npy` file.
    ReadNpy {
        bytes: Vec<u8>,
    },
    WriteNpy {
        strip: Strip,
    },
    /// From now on this strip is solved and predicted.
    Begin {
        strip: Strip,
    },
    /// Goes on solving it at E = 0.
    Advance {
        work: u64,
    },
    /// Solves it from the first slice on, whatever is known of it.
    Restart {},
    /// A map of it, once it is solved.
    Map {
        kind: MapKind,
    },
    /// Goes on with its T(E).
    AdvanceSpectrum {
        work: u64,
    },
    Predict {
        predictor: Predictor,
        budget: u64,
    },
    BeginEnsemble {
        length: usize,
        width: usize,
        origin: Origin,
        budget: u64,
    },
    AdvanceEnsemble {
        work: u64,
    },
    SelfTest {
        part: usize,
    },
}

/// A question that is not answered: what is wrong, in words.
type Refusal = Box<dyn std::error::Error>;

/// The state of a page: the strip at hand, its T(E), an ensemble.
///
/// # Example
/// ```
/// use landauer_playground::Playground;
/// let mut playground = Playground::default();
/// let mut ask = |request: &str| playground.answer(request);
/// ask(r#"{"do":"begin","strip":{"length":1,"width":2,"onsite":[0,0]}}"#);
/// let answer = ask(r#"{"do":"advance","work":1000}"#);
/// assert!(answer.contains(r#""value":2.0"#) && answer.contains("4000000000000000"));
/// assert!(ask("solve it").contains("error"));
/// ```
#[derive(Debug)]
pub struct Playground {
    exact: Exact,
    inside: Inside,
    spectrum: Option<Spectrum>,
    ensemble: Option<EnsembleRun>,
    predictors: Option<Predictors>,
}

impl Default for Playground {
    fn default() -> Self {
        Self {
            exact: Exact::new(FERMI_ENERGY),
            inside: Inside::new(FERMI_ENERGY),
            spectrum: None,
            ensemble: None,
            predictors: None,
        }
    }
}

impl Playground {
    /// Answers a question, both JSON; what cannot be answered has `error`, in words.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = match serde_json::from_str(request) {
            Ok(request) => self.respond(request),
            Err(error) => Err(error.into()),
        };
        let answer = answer.unwrap_or_else(|refusal| json!({ "error": refusal.to_string() }));
        answer.to_string()
    }

    fn respond(&mut self, request: Request) -> Result<Value, Refusal> {
        match request {
            Request::About {} => Ok(json!({
                "version": env!("CARGO_PKG_VERSION"),
                "max_side": MAX_SIDE,
                "budgets": BUDGETS,
                "predictors": Predictor::ALL,
                "self_test_parts": self_test::PARTS,
            })),
            Request::Draw {
                length,
                width,
                origin,
            } => drawn(&origin.draw(length, width)?, origin),
            Request::Shape {
                length,
                width,
                shape,
            } => drawn(&shape.draw(length, width)?, Origin::Clean {}),
            Request::ReadLink { link } => {
                let (strip, origin) = link::read(&link)?;
                drawn(&strip, origin)
            }
            Request::WriteLink { strip, origin } => {
                Ok(json!({ "link": link::write(&strip, origin)? }))
            }
            Request::ReadNpy { bytes } => read_npy(&bytes),
            Request::WriteNpy { strip } => {
                let bytes = strip_to_bytes(strip.size(), strip.onsite());
                Ok(json!({ "bytes": bytes.unwrap_or_default() }))
            }
            Request::Begin { strip } => {
                self.spectrum = None;
                let impurities = strip.impurities();
                let kept = self.exact.begin(strip)?;
                Ok(json!({ "kept_slices": kept, "impurities": impurities }))
            }
            Request::Advance { work } => {
                let unsolvable =
                    |error: StripError| format!("this strip cannot be solved: {}", error.fault);
                let transmission = self.exact.advance(work).map_err(unsolvable)?;
                let slices = self.exact.slices();
                Ok(json!({ "slices": slices, "transmission": transmission }))
            }
            Request::Restart {} => {
                self.exact.restart();
                Ok(json!({}))
            }
            Request::Map { kind } => {
                let (Some(strip), Some(found)) = (self.exact.strip(), self.exact.transmission())
                else {
                    return Err("no strip has been solved yet".into());
                };
                let map = self.inside.map(strip, kind, found.value)?;
                Ok(serde_json::to_value(map)?)
            }
            Request::AdvanceSpectrum { work } => self.advance_spectrum(work),
            Request::Predict { predictor, budget } => {
                let Some(strip) = self.exact.strip() else {
                    return Err("no strip has been given yet".into());
                };
                let predictors = predictors(&mut self.predictors)?;
                Ok(serde_json::to_value(
                    predictors.predict(predictor, strip, budget)?,
                )?)
            }
            Request::BeginEnsemble {
                length,
                width,
                origin,
                budget,
            } => {
                self.ensemble = Some(EnsembleRun::new(origin, length, width, budget)?);
                Ok(json!({}))
            }
            Request::AdvanceEnsemble { work } => {
                let Some(ensemble) = &mut self.ensemble else {
                    return Err("no ensemble has been begun".into());
                };
                let predictors = predictors(&mut self.predictors)?;
                let finished = ensemble.advance(work, predictors)?;
                let state = finished.then(|| ensemble.state());
                Ok(json!({ "state": state }))
            }
            Request::SelfTest { part } => {
                let outcome = self_test::run(part);
                Ok(serde_json::to_value(
                    outcome.ok_or("the self-test has no such part")?,
                )?)
            }
        }
    }

    fn advance_spectrum(&mut self, work: u64) -> Result<Value, Refusal> {
        if self.spectrum.is_none() {
            let strip = self.exact.strip().ok_or("no strip has been given yet")?;
            self.spectrum = Some(Spectrum::new(strip.clone())?);
        }
        let Some(spectrum) = &mut self.spectrum else {
            return Err("there is no spectrum".into());
        };
        Ok(json!({
            "points": spectrum.advance(work)?,
            "energies": spectrum.energies(),
            "finished": spectrum.is_finished(),
        }))
    }
}

/// The predictors, made when they are first needed.
fn predictors(made: &mut Option<Predictors>) -> Result<&mut Predictors, Refusal> {
    if made.is_none() {
        *made = Some(Predictors::new()?);
    }
    made.as_mut()
        .ok_or_else(|| "there are no predictors".into())
}

/// What a page gets of a strip.
#[derive(Serialize)]
struct Drawn<'s> {
    strip: &'s Strip,
    origin: Origin,
}

fn drawn(strip: &Strip, origin: Origin) -> Result<Value, Refusal> {
    Ok(serde_json::to_value(Drawn { strip, origin })?)
}

/// Whole numbers of a `.npy` file up to this one may be those of species.
const LARGEST_SPECIES: f64 = 3.0;

fn read_npy(bytes: &[u8]) -> Result<Value, Refusal> {
    let array = OnsiteArray::parse(bytes)?;
    let [length, width] = array.size().sides();
    // Its size first: a larger strip is not read.
    crate::strip::checked_size(length, width)?;
    let strip = Strip::new(length, width, array.sample(0)?)?;
    let mut onsite = strip.onsite().iter();
    let species = array.element().is_integer()
        && onsite.all(|energy| (0.0..=LARGEST_SPECIES).contains(energy))
        && strip.impurities() > 0;
    Ok(json!({
        "strip": strip,
        "origin": Origin::Clean {},
        "samples": array.samples(),
        "may_be_species": species,
    }))
}

#[cfg(test)]
mod tests {
    use landauer::internal::RecursionSolver;

    use super::*;

    fn ask(playground: &mut Playground, request: &Value) -> Value {
        serde_json::from_str(&playground.answer(&request.to_string())).unwrap()
    }

    fn solve(playground: &mut Playground, strip: &Value, work: u64) -> (u64, String) {
        let begun = ask(playground, &json!({ "do": "begin", "strip": strip }));
        let kept = begun["kept_slices"].as_u64().unwrap();
        loop {
            let answer = ask(playground, &json!({ "do": "advance", "work": work }));
            assert_eq!(answer.get("error"), None);
            if let Some(bits) = answer["transmission"]["bits"].as_str() {
                return (kept, bits.to_owned());
            }
        }
    }

    #[test]
    fn a_painted_strip_is_solved_from_the_painted_slice_with_the_solvers_bits() {
        let mut playground = Playground::default();
        let draw = json!({ "do": "draw", "length": 30, "width": 20, "origin":
            { "kind": "disorder", "model": 2, "parameter": 0.2, "seed": 3, "sample": 0 } });
        let drawn = ask(&mut playground, &draw);
        let mut strip = drawn["strip"].clone();
        let expected = |strip: &Value| {
            let strip: Strip = serde_json::from_value(strip.clone()).unwrap();
            let solver = RecursionSolver::<f64>::new(strip.size(), &[0.0]).unwrap();
            let t = solver.transmission(strip.onsite(), 0).unwrap();
            format!("{:016x}", t.to_bits())
        };
        for (work, site, energy, kept) in [
            (1, None, 0.0, 0),
            (100_000, Some(29 * 20 + 3), -2.0, 29),
            (1, Some(17 * 20), 5.0, 17),
            (u64::MAX, Some(17 * 20), 5.0, 30),
            (1000, Some(0), 1e5, 0),
            (1000, Some(1), f64::MIN_POSITIVE, 0),
        ] {
            if let Some(site) = site {
                // Whatever stood there, it is another energy now, but for the one that is repeated.
                strip["onsite"][site] = json!(energy);
            }
            let (found, bits) = solve(&mut playground, &strip, work);
            assert_eq!(bits, expected(&strip));
            assert_eq!(found, kept, "{site:?}");
        }
    }

    #[test]
    fn the_spectrum_and_the_predictions_are_of_the_strip_at_hand() {
        let mut playground = Playground::default();
        for request in ["advance_spectrum", "advance_ensemble"] {
            let answer = ask(&mut playground, &json!({ "do": request, "work": 1 }));
            assert!(answer["error"].is_string());
        }
        let mut values = Vec::new();
        for seed in [1, 2] {
            let draw = json!({ "do": "draw", "length": 40, "width": 40, "origin":
                { "kind": "disorder", "model": 2, "parameter": 0.02, "seed": seed, "sample": 0 } });
            let strip = ask(&mut playground, &draw)["strip"].clone();
            ask(&mut playground, &json!({ "do": "begin", "strip": strip }));
            let work = 50_000_000;
            let answer = ask(
                &mut playground,
                &json!({ "do": "advance_spectrum", "work": work }),
            );
            let points = answer["points"].as_array().unwrap();
            let fermi = points
                .iter()
                .find(|point| point["energy"] == json!(0.0))
                .unwrap();
            let (_, bits) = solve(&mut playground, &strip, work);
            assert_eq!(fermi["transmission"]["bits"], json!(bits));
            let predict = json!({ "do": "predict", "predictor": "best-g", "budget": 449 });
            values.push(ask(&mut playground, &predict)["value"].as_f64().unwrap());
        }
        assert_ne!(values[0], values[1]);
    }

    #[test]
    fn maps_are_of_the_strip_at_hand_once_it_is_solved() {
        let mut playground = Playground::default();
        let mut strip = json!({ "length": 3, "width": 1, "onsite": [0.0, 1.0, 0.0] });
        let map = json!({ "do": "map", "kind": "gradient" });
        for energy in [1.0, 2.0] {
            strip["onsite"][1] = json!(energy);
            ask(&mut playground, &json!({ "do": "begin", "strip": strip }));
            let early = ask(&mut playground, &map);
            assert_eq!(early["error"], json!("no strip has been solved yet"));
            ask(
                &mut playground,
                &json!({ "do": "advance", "work": 1_000_000 }),
            );
            let found = ask(&mut playground, &map);
            // T = 1/(1 + ε²/4) at the band centre.
            let slope = -0.5 * energy / (1.0_f64 + 0.25 * energy * energy).powi(2);
            let sites = found["sites"].as_array().unwrap();
            assert!((sites[1].as_f64().unwrap() - slope).abs() < 1e-12);
            ask(&mut playground, &json!({ "do": "restart" }));
            assert!(ask(&mut playground, &map)["error"].is_string());
        }
        let wall = json!({ "length": 2, "width": 2, "onsite": [1e308, 1e308, 1e308, 1e308] });
        ask(&mut playground, &json!({ "do": "begin", "strip": wall }));
        let refused = ask(
            &mut playground,
            &json!({ "do": "advance", "work": 1_000_000 }),
        );
        let refused = refused["error"].as_str().unwrap();
        assert!(
            refused.starts_with("this strip cannot be solved: "),
            "{refused}"
        );
    }

    #[test]
    fn files_and_links_come_back() {
        let mut playground = Playground::default();
        let strip =
            json!({ "length": 2, "width": 3, "onsite": [0.0, 0.1, 5.0, -1.5, 0.0, 1e-300] });
        let clean = json!({ "kind": "clean" });
        let written = ask(
            &mut playground,
            &json!({ "do": "write_npy", "strip": strip }),
        );
        let read = json!({ "do": "read_npy", "bytes": written["bytes"] });
        let read = ask(&mut playground, &read);
        assert_eq!(read["strip"], strip);
        assert_eq!(
            (&read["samples"], &read["may_be_species"]),
            (&json!(1), &json!(false))
        );
        let write = json!({ "do": "write_link", "strip": strip, "origin": clean });
        let link = ask(&mut playground, &write)["link"].clone();
        let read = ask(&mut playground, &json!({ "do": "read_link", "link": link }));
        assert_eq!((&read["strip"], &read["origin"]), (&strip, &clean));
        let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2)}";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend([0, 1, 2, 3]);
        let read = ask(
            &mut playground,
            &json!({ "do": "read_npy", "bytes": bytes }),
        );
        assert_eq!(
            (&read["samples"], &read["may_be_species"]),
            (&json!(2), &json!(true))
        );
        assert_eq!(read["strip"]["onsite"], json!([0.0, 1.0]));
    }

    #[test]
    fn what_is_no_question_is_answered_in_words() {
        let mut playground = Playground::default();
        for (request, word) in [
            ("", "EOF"),
            ("[]", "do"),
            (r#"{"do":"dance"}"#, "unknown variant"),
            (r#"{"do":"advance"}"#, "work"),
            (r#"{"do":"advance","work":-1}"#, "-1"),
            (
                r#"{"do":"begin","strip":{"length":1,"width":1,"onsite":[]}}"#,
                "0 on-site energies",
            ),
            (
                r#"{"do":"begin","strip":{"length":1,"width":1,"onsite":[1e999]}}"#,
                "out of range",
            ),
            (
                r#"{"do":"predict","predictor":"best-g","budget":1}"#,
                "no strip",
            ),
            (
                r#"{"do":"predict","predictor":"best-h","budget":1}"#,
                "unknown variant",
            ),
            (r#"{"do":"read_npy","bytes":[1,2]}"#, "not a .npy file"),
            (r#"{"do":"read_link","link":"v=7"}"#, "version"),
            (r#"{"do":"self_test","part":99}"#, "no such part"),
            (r#"{"do":"map","kind":"ldos"}"#, "no strip has been solved"),
            (r#"{"do":"map","kind":"spin"}"#, "unknown variant"),
            (
                r#"{"do":"shape","length":3,"width":3,"shape":{"kind":"slit","energy":5,"opening":4}}"#,
                "opening",
            ),
        ] {
            let answer = playground.answer(request);
            assert!(
                answer.contains("error") && answer.contains(word),
                "{request}: {answer}"
            );
        }
    }
}
