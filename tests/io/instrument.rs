//! Core's instrument: bytes in, bytes out, whatever the bytes are.

use landauer_core::hybrid::{Hybrid, HybridModel, SMALLEST_BUDGET};
use landauer_core::inference::{Model, ModelError, Target};
use landauer_core::instrument::frame::{FrameFault, Receiver};
use landauer_core::instrument::{
    Buffers, Counters, Instrument, Onsite, Refusal, Reply, Request, Service, Strip, Workspaces,
    read_reply, request_frame_len, write_request,
};
use landauer_core::transport::{conductance, reflection_workspace_len, transmission};
use landauer_core::{Concentration, DisorderModel, Ensemble, PAPER_BIAS};
use landauer_tests::fake_device::{self, BOARD, COST, Ticks};
use proptest::prelude::*;

/// The network of the README: model II, 40x40.
static BEST_G: &[u8] = include_bytes!("../../models/best-g.postcard");
/// The hybrid for G.
static HYBRID: &[u8] = include_bytes!("../../models/hybrid-g.postcard");
/// A small one: model I, 3x3.
static SMALL: &[u8] = include_bytes!("../../models/paper-dnn-3x3.postcard");

/// An instrument and the host's end of the line.
struct Bench {
    instrument: Instrument<'static>,
    clock: Ticks,
}

impl Bench {
    fn new(file: &'static [u8]) -> Self {
        Self {
            instrument: fake_device::instrument(file),
            clock: Ticks::default(),
        }
    }

    /// Everything that is answered to some bytes.
    fn send(&mut self, bytes: &[u8]) -> Vec<(u16, Reply)> {
        let mut room = [0; 1024];
        let mut receiver = Receiver::new(&mut room);
        let mut replies = Vec::new();
        for &byte in bytes {
            let Some(frame) = self.instrument.push(byte, &mut self.clock) else {
                continue;
            };
            let answers = frame.iter().filter_map(|&byte| {
                let message = receiver.push(byte)?;
                Some(read_reply(message.expect("a frame")).expect("a reply"))
            });
            replies.extend(answers);
        }
        replies
    }

    fn ask(&mut self, request: &Request<'_>) -> Reply {
        let mut replies = self.send(&frame(77, request));
        let Some((77, reply)) = replies.pop() else {
            panic!("{request:?} has no reply");
        };
        assert!(replies.is_empty());
        reply
    }
}

fn frame(number: u16, request: &Request<'_>) -> Vec<u8> {
    let mut buffer = vec![0; request_frame_len(2000)];
    let length = write_request(number, request, &mut buffer).unwrap();
    buffer.truncate(length);
    buffer
}

/// A sample's on-site energies.
fn sample(disorder: DisorderModel, number: u64, sites: usize) -> Vec<f32> {
    let ensemble = Ensemble::new(disorder, Concentration::Uniform, 12).unwrap();
    let mut onsite = vec![0.0; sites];
    ensemble.sample(number).fill_onsite(&mut onsite);
    onsite
}

#[test]
fn it_says_who_it_is() {
    let Reply::Identity(identity) = Bench::new(BEST_G).ask(&Request::Identity) else {
        panic!("no identity");
    };
    let model = Model::parse(BEST_G).unwrap();
    assert_eq!(identity.board, BOARD);
    assert_eq!(identity.model, "best-g");
    assert_eq!(identity.model_len as usize, BEST_G.len());
    // What the model card and other programs say of the file.
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    assert_eq!(identity.model_crc32c, crc.checksum(BEST_G));
    assert_eq!(identity.data_hash, model.card().data_hash);
    assert_eq!((identity.length, identity.width), (40, 40));
    assert_eq!(identity.disorder, DisorderModel::II);
    assert!(identity.targets.iter().copied().eq(model.targets()));
    assert_eq!(identity.scratch_len as usize, model.scratch_len());
    assert_eq!(identity.solver.sites, 1600);
}

#[test]
fn it_computes_what_core_computes() {
    for (file, disorder) in [
        (BEST_G, DisorderModel::II),
        (SMALL, Model::parse(SMALL).unwrap().card().disorder),
    ] {
        let mut bench = Bench::new(file);
        let model = Model::parse(file).unwrap();
        let (sites, width) = (model.sites(), usize::from(model.card().width));
        let mut workspace = vec![0.0; reflection_workspace_len(width)];
        let mut scratch = vec![0; model.scratch_len()];
        for number in 0..3 {
            let onsite = sample(disorder, number, sites);
            let mut buffer = vec![0; 4 * sites];
            let strip = Strip::pack(&onsite, width, &mut buffer).unwrap();
            let packed = matches!(strip.onsite, Onsite::Levels { .. });
            assert_eq!(packed, disorder == DisorderModel::II);

            let mut expected = vec![0; model.targets().len()];
            let predicted = model.predict_q16(&onsite, width, &mut scratch, &mut expected);
            predicted.unwrap();
            let strip = || strip.clone();
            match bench.ask(&Request::Predict { strip: strip() }) {
                Reply::Prediction { values, cost } => {
                    assert_eq!((&values[..], cost.count), (&expected[..], COST));
                }
                other => panic!("{other:?}"),
            }
            let energy = 0.1;
            let t = transmission(&onsite, width, energy, &mut workspace).unwrap();
            let g_bar = conductance(&onsite, width, PAPER_BIAS, &mut workspace).unwrap();
            let bias = PAPER_BIAS;
            for (request, expected) in [
                (
                    Request::Transmission {
                        strip: strip(),
                        energy,
                    },
                    t,
                ),
                (
                    Request::Conductance {
                        strip: strip(),
                        bias,
                    },
                    g_bar,
                ),
            ] {
                match bench.ask(&request) {
                    Reply::Exact { value, cost } => {
                        assert_eq!((value.to_bits(), cost.count), (expected.to_bits(), COST));
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        let golden = u32::try_from(model.card().golden.len()).unwrap();
        assert!(golden > 0);
        match bench.ask(&Request::SelfTest) {
            Reply::SelfTest { golden: found, .. } => assert_eq!(found, golden),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_self_test_that_fails_says_so() {
    // Another golden number, and the checksum that goes with it.
    let model = Model::parse(SMALL).unwrap();
    let span = model.card().golden[0].outputs;
    let constants = SMALL.len() - model.constants().as_bytes().len();
    let mut bytes = SMALL.to_vec();
    bytes[constants + span.offset as usize] ^= 1;
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&bytes[..20]);
    digest.update(&bytes[24..]);
    let sum = digest.finalize().to_le_bytes();
    bytes[20..24].copy_from_slice(&sum);
    let reply = Bench::new(bytes.leak()).ask(&Request::SelfTest);
    let Reply::Refused(Refusal::SelfTest {
        golden: 0,
        target: 0,
        expected,
        found,
    }) = reply
    else {
        panic!("{reply:?}");
    };
    assert_eq!(expected ^ found, 1);
}

fn ask_predict(strip: Strip<'_>) -> Request<'_> {
    Request::Predict { strip }
}

fn ask_solve(strip: Strip<'_>) -> Request<'_> {
    Request::Transmission { strip, energy: 0.0 }
}

fn ask_at_infinity(strip: Strip<'_>) -> Request<'_> {
    Request::Transmission {
        strip,
        energy: f32::INFINITY,
    }
}

fn ask_without_bias(strip: Strip<'_>) -> Request<'_> {
    Request::Conductance {
        strip,
        bias: f64::NAN,
    }
}

/// A request about a strip of such a size, all of whose sites have the same energy.
fn about(length: u16, width: u16, energy: f32, ask: fn(Strip<'_>) -> Request<'_>) -> Reply {
    let onsite = vec![energy; usize::from(length) * usize::from(width)];
    let mut buffer = vec![0; 4 * onsite.len()];
    let packed = Strip::pack(&onsite, width.max(1).into(), &mut buffer).unwrap();
    let strip = Strip {
        length,
        width,
        ..packed
    };
    Bench::new(BEST_G).ask(&ask(strip))
}

#[test]
fn what_cannot_be_computed_is_refused_with_the_numbers() {
    let (predict, solve) = (ask_predict, ask_solve);
    let expected = [40, 40];
    let (slice, row) = (0, 0);
    let (sites, room) = (1640, 1600);
    let (needed, found) = (
        u32::try_from(reflection_workspace_len(41)).unwrap(),
        u32::try_from(reflection_workspace_len(40)).unwrap(),
    );
    for (reply, refusal) in [
        (
            about(39, 40, 0.0, predict),
            Refusal::LatticeSize {
                expected,
                found: [39, 40],
            },
        ),
        (
            about(0, 0, 0.0, predict),
            Refusal::LatticeSize {
                expected,
                found: [0, 0],
            },
        ),
        (
            about(40, 40, 2.5, predict),
            Refusal::UnknownOnsite { slice, row },
        ),
        (
            about(40, 40, f32::NAN, predict),
            Refusal::UnknownOnsite { slice, row },
        ),
        (about(41, 40, 0.0, solve), Refusal::TooLarge { sites, room }),
        (
            about(2, 41, 0.0, solve),
            Refusal::TooWide {
                width: 41,
                needed,
                found,
            },
        ),
        (about(0, 7, 0.0, solve), Refusal::Empty),
        (about(7, 0, 0.0, solve), Refusal::Empty),
        (
            about(3, 2, f32::NAN, solve),
            Refusal::OnsiteNotFinite { slice, row },
        ),
        (about(3, 2, 0.0, ask_at_infinity), Refusal::EnergyNotFinite),
        (about(3, 2, 0.0, ask_without_bias), Refusal::EnergyNotFinite),
    ] {
        assert_eq!(reply, Reply::Refused(refusal));
    }
    // One size that the network was not made for is solved all the same.
    let solved = about(3, 2, 0.0, solve);
    assert!(
        matches!(solved, Reply::Exact { value: 2.0, .. }),
        "{solved:?}"
    );
}

#[test]
fn strips_whose_bytes_do_not_fit_their_size_are_refused() {
    let strip = Strip {
        length: 40,
        width: 40,
        onsite: Onsite::Energies(&[0; 100]),
    };
    let (needed, found) = (6400, 100);
    for request in [
        Request::Predict {
            strip: strip.clone(),
        },
        Request::Transmission { strip, energy: 0.0 },
    ] {
        let reply = Bench::new(BEST_G).ask(&request);
        assert_eq!(reply, Reply::Refused(Refusal::Packing { needed, found }));
    }
}

#[test]
fn the_largest_request_fits_and_a_larger_one_is_counted() {
    let mut bench = Bench::new(BEST_G);
    let strip = |bytes| Strip {
        length: 40,
        width: 40,
        onsite: Onsite::Energies(bytes),
    };
    let zeros = [0; 6500];
    let reply = bench.ask(&Request::Predict {
        strip: strip(&zeros[..6400]),
    });
    assert!(matches!(reply, Reply::Prediction { .. }), "{reply:?}");
    let too_long = frame(
        5,
        &Request::Predict {
            strip: strip(&zeros),
        },
    );
    let replies = bench.send(&too_long);
    let limit = 6435;
    let fault = FrameFault::Oversized { limit };
    assert_eq!(
        replies,
        [(
            0,
            Reply::BadFrame {
                fault,
                bad_frames: 1
            }
        )]
    );
    let Reply::Counters(counters) = bench.ask(&Request::Counters) else {
        panic!("no counters");
    };
    let expected = Counters {
        requests: 2,
        oversized: 1,
        ..Counters::default()
    };
    assert_eq!(counters, expected);
    assert_eq!(bench.instrument.counters(), expected);
}

#[test]
fn its_own_answers_are_not_answered() {
    let mut bench = Bench::new(SMALL);
    let request = frame(3, &Request::Counters);
    let mut answer = Vec::new();
    for &byte in &request {
        if let Some(frame) = bench.instrument.push(byte, &mut bench.clock) {
            answer = frame.to_vec();
        }
    }
    assert!(!answer.is_empty());
    assert_eq!(bench.send(&answer), []);
    assert_eq!(bench.instrument.counters().malformed, 1);
}

#[test]
fn memory_that_does_not_do_is_refused_at_the_beginning() {
    let model = Model::parse(BEST_G).unwrap();
    let make = |sites, scratch| {
        let workspaces = Workspaces {
            onsite: vec![0.0; sites].leak(),
            solver: &mut [],
            scratch: vec![0; scratch].leak(),
        };
        Service::new(BEST_G, BOARD, workspaces).map(|_| ())
    };
    let needed = model.scratch_len();
    assert_eq!(make(1600, needed), Ok(()));
    let found = needed - 1;
    assert_eq!(
        make(1600, found),
        Err(ModelError::ScratchTooShort { needed, found })
    );
    let too_small = make(1599, needed);
    assert!(matches!(
        too_small,
        Err(ModelError::LatticeSize { sites: 1599, .. })
    ));
    let workspaces = Workspaces {
        onsite: &mut [],
        solver: &mut [],
        scratch: &mut [],
    };
    let no_model = Service::new(&BEST_G[1..], BOARD, workspaces).err();
    assert_eq!(no_model, Some(ModelError::NotAModel));
    assert_eq!(Buffers::request_len(1600), 6439);
}

#[test]
fn a_hybrid_predicts_within_a_budget_what_core_does() {
    let mut bench = Bench::new(HYBRID);
    let Reply::Identity(identity) = bench.ask(&Request::Identity) else {
        panic!("no identity");
    };
    assert_eq!((&*identity.model, identity.scratch_len), ("hybrid-g", 0));
    assert_eq!(identity.targets[..], [Target::Conductance]);
    assert_eq!(identity.counts, [0, 1600]);
    assert!(matches!(
        bench.ask(&Request::SelfTest),
        Reply::SelfTest { golden: 6, .. }
    ));

    let model = HybridModel::parse(HYBRID).unwrap();
    let mut workspace = vec![0.0; model.workspace_len()];
    let mut hybrid = Hybrid::new(&model, &mut workspace).unwrap();
    let onsite = sample(DisorderModel::II, 3, 1600);
    let mut buffer = vec![0; 6400];
    let strip = Strip::pack(&onsite, 40, &mut buffer).unwrap();
    let within = |budget| Request::PredictWithin {
        strip: strip.clone(),
        budget,
    };
    for budget in [SMALLEST_BUDGET, 300_000, u64::MAX] {
        let expected = hybrid.predict_within(&onsite, 40, budget).unwrap();
        match bench.ask(&within(budget)) {
            Reply::Estimate {
                value,
                solved,
                exact,
                multiply_adds,
                cost,
                ..
            } => {
                assert_eq!((value, solved), (expected.value, expected.solved));
                assert_eq!(
                    (exact, multiply_adds),
                    (expected.exact, expected.multiply_adds)
                );
                assert_eq!(cost.count, COST);
            }
            other => panic!("{other:?}"),
        }
    }
    // What it does not do is said.
    let (needed, found) = (SMALLEST_BUDGET, 1);
    let small = Reply::Refused(Refusal::Budget { needed, found });
    assert_eq!(bench.ask(&within(1)), small);
    let predict = Request::Predict {
        strip: strip.clone(),
    };
    assert_eq!(bench.ask(&predict), Reply::Refused(Refusal::NoNetwork));
    let mut network = Bench::new(BEST_G);
    assert_eq!(network.ask(&within(1)), Reply::Refused(Refusal::NoHybrid));
    let other_size = Request::PredictWithin {
        strip: Strip {
            length: 3,
            width: 3,
            onsite: Onsite::Energies(&[0; 36]),
        },
        budget: 1_000_000,
    };
    let (expected, found) = ([40, 40], [3, 3]);
    let refused = Reply::Refused(Refusal::LatticeSize { expected, found });
    assert_eq!(bench.ask(&other_size), refused);
}

/// Bytes of all kinds: anything, zeros, sound frames, cut and damaged ones.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let onsite = Onsite::Energies(&[0; 36]);
    let strip = Strip {
        length: 3,
        width: 3,
        onsite,
    };
    let request = prop_oneof![
        Just(Request::Counters),
        Just(Request::Identity),
        Just(Request::Predict {
            strip: strip.clone()
        }),
        Just(Request::Transmission { strip, energy: 0.0 }),
    ];
    let sound = (any::<u16>(), request).prop_map(|(number, request)| frame(number, &request));
    let spoilt = (sound.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut frame, place, byte)| {
            let place = place.index(frame.len());
            frame[place] = byte;
            frame
        },
    );
    let cut = (sound.clone(), any::<prop::sample::Index>()).prop_map(|(mut frame, place)| {
        frame.truncate(place.index(frame.len()));
        frame
    });
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        Just(vec![0]),
        sound,
        spoilt,
        cut,
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn after_any_bytes_a_sound_request_is_answered(stream in stream()) {
        let mut bench = Bench::new(SMALL);
        let before = bench.send(&stream);
        let bad = before.iter().filter(|(_, reply)| matches!(reply, Reply::BadFrame { .. })).count();
        let counters = bench.instrument.counters();
        // A frame without an answer is one of another version or an echo.
        prop_assert!(bad <= counters.bad_frames() as usize);
        let mut replies = bench.send(&frame(4711, &Request::Identity));
        let (number, reply) = replies.pop().expect("an answer");
        prop_assert_eq!(number, 4711);
        prop_assert!(matches!(reply, Reply::Identity(_)));
        // What was left of the stream ends at the frame's first byte.
        prop_assert!(replies.len() <= 1);
    }
}
