//! The protocol's bytes, and what readers do with any.

extern crate std;

use std::{format, vec};

use heapless::{String, Vec};
use proptest::prelude::*;

use super::frame::{FrameFault, Receiver, TooLong, receiver_len};
use super::message::REPLY;
use super::*;
use crate::disorder::{Concentration, DisorderModel, NUMBERED_MODELS, Species};
use crate::inference::Target;
use crate::inference::format::MAX_OUTPUTS;

/// The message of a frame.
fn message(frame: &[u8]) -> vec::Vec<u8> {
    let mut room = vec![0; receiver_len(frame.len())];
    let mut receiver = Receiver::new(&mut room);
    let mut found = vec![];
    for &byte in frame {
        if let Some(message) = receiver.push(byte) {
            found.push(message.unwrap().to_vec());
        }
    }
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn request_message(request: &Request<'_>) -> vec::Vec<u8> {
    let mut buffer = [0; 4096];
    let length = write_request(0xABCD, request, &mut buffer).unwrap();
    message(&buffer[..length])
}

fn strip() -> Strip<'static> {
    Strip {
        length: 300,
        width: 2,
        onsite: Onsite::Energies(&[7; 2400]),
    }
}

fn requests() -> [Request<'static>; 7] {
    [
        Request::Identity,
        Request::Counters,
        Request::SelfTest,
        Request::Predict { strip: strip() },
        Request::Transmission {
            strip: strip(),
            energy: -0.18,
        },
        Request::Conductance {
            strip: strip(),
            bias: 0.36,
        },
        Request::PredictWithin {
            strip: strip(),
            budget: u64::MAX,
        },
    ]
}

/// The longest identity there can be.
fn identity() -> Identity {
    let full = |text: &str| text.repeat(32);
    Identity {
        crate_version: String::try_from(&full("v")[..16]).unwrap(),
        board: String::try_from(&*full("b")).unwrap(),
        model: String::try_from(&*full("m")).unwrap(),
        model_len: u32::MAX,
        model_crc32c: u32::MAX,
        data_hash: [255; 32],
        length: u16::MAX,
        width: u16::MAX,
        disorder: DisorderModel::Impurities(
            Species::new(&[-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0]).unwrap(),
        ),
        concentration: Concentration::Fixed(0.1),
        counts: [u32::MAX; 2],
        targets: [Target::PAPER_BIAS_AVERAGE; MAX_OUTPUTS]
            .into_iter()
            .collect(),
        scratch_len: u32::MAX,
        solver: SolverLimits {
            sites: u32::MAX,
            workspace: u32::MAX,
        },
    }
}

#[test]
fn the_bytes_of_version_1_stay_as_they_are() {
    // Version, number, kind; the checksum is the frame's.
    assert_eq!(request_message(&Request::Identity), [1, 0xCD, 0xAB, 0]);
    let levels = [0.0, 5.0].into_iter().collect();
    let codes = &[0b0110][..];
    let strip = Strip {
        length: 2,
        width: 2,
        onsite: Onsite::Levels { levels, codes },
    };
    let found = request_message(&Request::Transmission { strip, energy: 1.0 });
    let levels = [2, 0, 0, 0, 0, 0, 0, 0xA0, 0x40];
    let expected = [
        &[1, 0xCD, 0xAB, 4, 2, 2, 1][..],
        &levels,
        &[1, 0b0110],
        &[0, 0, 0x80, 0x3F],
    ];
    assert_eq!(found, expected.concat());

    let strip = Strip {
        length: 1,
        width: 1,
        onsite: Onsite::Energies(&[7; 4]),
    };
    let budget = 300;
    let found = request_message(&Request::PredictWithin { strip, budget });
    let expected = [1, 0xCD, 0xAB, 6, 1, 1, 0, 4, 7, 7, 7, 7, 0xAC, 2];
    assert_eq!(found, expected);

    let mut buffer = [0; 64];
    let cost = Cost {
        count: 300,
        unit: CostUnit::Cycles,
    };
    let reply = Reply::Exact { value: 2.0, cost };
    let length = write_reply(1, &reply, &mut buffer).unwrap();
    let expected = [0x81, 1, 0, 4, 0, 0, 0, 0x40, 0xAC, 2, 1];
    assert_eq!(message(&buffer[..length]), expected);
    let reply = Reply::Estimate {
        value: 2.0,
        solved: 5,
        impurities: 6,
        energies: 2,
        exact: false,
        multiply_adds: 300,
        cost,
    };
    let length = write_reply(1, &reply, &mut buffer).unwrap();
    let expected = [
        0x81, 1, 0, 7, 0, 0, 0, 0x40, 5, 6, 2, 0, 0xAC, 2, 0xAC, 2, 1,
    ];
    assert_eq!(message(&buffer[..length]), expected);
}

#[test]
fn only_disorder_that_version_1_does_not_know_is_told_in_version_2() {
    let mut buffer = [0; REPLY_FRAME_LEN];
    let mut told = |disorder| {
        let mut identity = identity();
        identity.disorder = disorder;
        let reply = Reply::Identity(identity);
        let length = write_reply(1, &reply, &mut buffer).unwrap();
        let mut message = message(&buffer[..length]);
        assert_eq!(read_reply(&message), Ok((1, reply)));
        let version = message[0] & !REPLY;
        message[0] = REPLY | 1;
        (version, read_reply(&message))
    };
    for entry in &NUMBERED_MODELS[..4] {
        let (version, read) = told(entry.model);
        assert!(version == 1 && read.is_ok(), "{}", entry.numeral);
    }
    for disorder in [identity().disorder, DisorderModel::Given { bound: 2.0 }] {
        let (version, read) = told(disorder);
        assert_eq!(version, 2);
        assert_eq!(read, Err(MessageFault::Malformed { number: 1 }));
    }
}

#[test]
fn requests_come_back_and_are_no_replies() {
    for request in requests() {
        let message = request_message(&request);
        assert_eq!(read_request(&message), Ok((0xABCD, request)));
        assert_eq!(read_reply(&message), Err(MessageFault::Direction));
    }
}

#[test]
fn the_longest_messages_have_room() {
    for request in requests() {
        let sites = match &request {
            Request::Predict { .. }
            | Request::PredictWithin { .. }
            | Request::Transmission { .. }
            | Request::Conductance { .. } => 600,
            _ => 0,
        };
        let mut buffer = vec![0; request_frame_len(sites)];
        assert!(
            write_request(u16::MAX, &request, &mut buffer).is_ok(),
            "{request:?}"
        );
    }
    let mut values = Vec::new();
    values.resize(MAX_OUTPUTS, i32::MIN).unwrap();
    let cost = Cost {
        count: u64::MAX,
        unit: CostUnit::Nanoseconds,
    };
    for reply in [
        Reply::Identity(identity()),
        Reply::Prediction { values, cost },
        Reply::Estimate {
            value: f32::MAX,
            solved: u32::MAX,
            impurities: u32::MAX,
            energies: u32::MAX,
            exact: true,
            multiply_adds: u64::MAX,
            cost,
        },
        Reply::Refused(Refusal::SelfTest {
            golden: u32::MAX,
            target: u32::MAX,
            expected: i32::MIN,
            found: i32::MIN,
        }),
    ] {
        let mut buffer = [0; REPLY_FRAME_LEN];
        let length = write_reply(u16::MAX, &reply, &mut buffer).unwrap();
        assert_eq!(
            read_reply(&message(&buffer[..length])),
            Ok((u16::MAX, reply))
        );
    }
    let tight = write_reply(0, &Reply::Identity(identity()), &mut [0; 100]);
    assert_eq!(tight, Err(TooLong { room: 100 }));
}

#[test]
fn another_version_says_so_whatever_follows() {
    let fault = |found| MessageFault::Version {
        number: 0x0107,
        found,
    };
    assert_eq!(read_request(&[3, 7, 1]), Err(fault(3)));
    assert_eq!(read_reply(&[0x80, 7, 1, 99, 98]), Err(fault(0)));
}

#[test]
fn what_is_too_short_or_too_long_is_malformed() {
    let malformed = |number| Err(MessageFault::Malformed { number });
    for length in 0..3 {
        assert_eq!(read_request(&[1, 1][..length.min(2)]), malformed(0));
    }
    let sound = request_message(&requests()[4]);
    for length in 3..sound.len() {
        assert_eq!(
            read_request(&sound[..length]),
            malformed(0xABCD),
            "{length}"
        );
    }
    assert_eq!(
        read_request(&[&sound[..], &[0]].concat()),
        malformed(0xABCD)
    );
    assert_eq!(read_request(&[1, 0, 0, 250]), malformed(0));
}

#[test]
fn counters_add_up() {
    let mut counters = Counters::default();
    for (fault, times) in [
        (FrameFault::Cut, 1),
        (FrameFault::Checksum, 2),
        (FrameFault::Oversized { limit: 3 }, 3),
        (FrameFault::Malformed, 4),
    ] {
        (0..times).for_each(|_| counters.count(fault));
    }
    let Counters {
        cut,
        checksum,
        oversized,
        malformed,
        ..
    } = counters;
    assert_eq!([cut, checksum, oversized, malformed], [1, 2, 3, 4]);
    assert_eq!(counters.bad_frames(), 10);
    counters.cut = u32::MAX;
    assert_eq!(counters.bad_frames(), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_bytes_make_a_reader_fail_in_another_way(
        mut message in prop::collection::vec(any::<u8>(), 0..80), plausible in any::<bool>()
    ) {
        // Half of them get past the header.
        if let (true, [first, _, _, kind, ..]) = (plausible, &mut message[..]) {
            *first = if *kind & 1 == 0 { PROTOCOL_VERSION } else { PROTOCOL_VERSION | REPLY };
            *kind %= 8;
        }
        if let Ok((number, request)) = read_request(&message) {
            // What is understood is written so that it is understood again.
            let mut buffer = [0; 4096];
            let length = write_request(number, &request, &mut buffer).unwrap();
            let again = self::message(&buffer[..length]);
            let same = format!("{:?}", read_request(&again)) == format!("{:?}", Ok::<_, MessageFault>((number, request)));
            prop_assert!(same);
        }
        let _ = read_reply(&message);
    }
}
