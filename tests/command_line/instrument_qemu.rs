//! The firmware `instrument` on a Cortex-M4F and a Cortex-M7 in QEMU, compared bit by bit.
//!
//! `tests/run qemu` builds the firmware and runs these tests; `LANDAUER_FIRMWARE` must name it.

use std::env;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use landauer_core::instrument::Counters;
use landauer_tests::command::{Finished, run};
use landauer_tests::vandal::{garbage, vandalise};
use serde_json::Value;

/// QEMU with the firmware, until it is dropped.
struct Board {
    qemu: Child,
    port: u16,
}

impl Board {
    /// Starts a machine and waits until its serial line can be reached.
    fn start(machine: &str, processor: &str) -> Self {
        let firmware = env::var_os("LANDAUER_FIRMWARE").expect("LANDAUER_FIRMWARE is set");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let serial = format!("tcp:127.0.0.1:{port},server=on,wait=off,nodelay=on");
        let mut command = Command::new("qemu-system-arm");
        command.args(["-machine", machine, "-cpu", processor, "-icount", "shift=0"]);
        command.args(["-display", "none", "-monitor", "none", "-serial", &serial]);
        command.arg("-kernel").arg(firmware).stdin(Stdio::null());
        let qemu = command.spawn().expect("qemu-system-arm can be started");
        let board = Self { qemu, port };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_mins(1), "QEMU has no port");
            thread::sleep(Duration::from_millis(50));
        }
        board
    }

    fn device(&self, what: &str, more: &str) -> Finished {
        let address = format!("tcp:127.0.0.1:{}", self.port);
        let arguments = ["device", what, "--json", "--connect", &address];
        run(arguments.into_iter().chain(more.split_whitespace()))
    }

    fn json(&self, what: &str, more: &str) -> Value {
        self.device(what, more).succeeded().json()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

fn check(machine: &str, processor: &str) {
    let board = Board::start(machine, processor);
    let info = board.json("info", "--network best-g");
    assert_eq!(info["frames"]["bad"], 0);
    assert_eq!(board.json("selftest", "")["self_test"], "passed");

    let address = ([127, 0, 0, 1], board.port).into();
    let small = vandalise(address, &garbage(4000, 20));
    assert!(small.cut > 100 && small.oversized == 0, "{small:?}");
    // Longer than any frame can be.
    let large = vandalise(address, &garbage(30_000, 0));
    let one_more = Counters {
        requests: small.requests + 1,
        oversized: 1,
        ..small
    };
    assert_eq!(large, one_more);

    let found = board.json("crosscheck", "--network best-g --samples 40 --average 2");
    assert_eq!(found["equal"], true, "{found:#}");
    assert_eq!(found["bad_frames"], large.bad_frames());
    let quantities = found["quantities"].as_array().expect("quantities");
    // G by the network; T and Ḡ by the solver.
    assert_eq!(quantities.len(), 3);
    for quantity in quantities {
        // The counter knows that QEMU counts instructions, and a number takes at least some.
        let cost = &quantity["cost"];
        assert_eq!(cost["unit"], "instructions", "{found:#}");
        assert!(cost["least"].as_u64() > Some(10_000), "{found:#}");
    }
    // Other energies, other strips, and what is refused.
    let other =
        "--network best-g --samples 5 --seed 9 --concentration 0.02 --energy 0.7 --average 0";
    assert_eq!(board.json("crosscheck", other)["equal"], true);
    let solved = board.json("solve", "--length 9 --width 7 --bias 0.36");
    assert_eq!(solved["strips"].as_array().map(Vec::len), Some(1));
    board
        .device("solve", "--length 41")
        .failed(3, &["1640 sites", "1600"]);
    board
        .device("info", "--network paper-cnn-g")
        .failed(5, &["paper-cnn-g", "best-g"]);
}

#[test]
#[ignore = "needs the firmware and QEMU: bash tests/run qemu"]
fn a_cortex_m4_computes_the_host_s_bits() {
    check("mps2-an386", "cortex-m4");
}

#[test]
#[ignore = "needs the firmware and QEMU: bash tests/run qemu"]
fn a_cortex_m7_computes_the_host_s_bits() {
    check("mps2-an500", "cortex-m7");
}
