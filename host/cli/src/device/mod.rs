//! `landauer device`: requests to an instrument, and comparisons with it.

mod connection;
mod crosscheck;
mod info;
mod predict;
mod report;
mod selftest;
mod solve;
mod strips;

use clap::Args;

use super::failure::Failure;
use super::output::Output;

/// Talk to an instrument: a microcontroller that runs the firmware `instrument`
///
/// It predicts conductances with a network and solves strips exactly in f32, bit for bit like
/// this program; `crosscheck` verifies it. Every answer comes with its cost on the device.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bash firmware-example/run instrument --port 4000   # in QEMU, in another terminal
  landauer device info --connect tcp:127.0.0.1:4000
  landauer device selftest --connect serial:/dev/ttyUSB0 --baud 921600
  landauer device predict --connect tcp:127.0.0.1:4000 --onsite strips.npy --output g.npy
  landauer device solve --connect tcp:127.0.0.1:4000 --concentration 0.1 --samples 5 --bias 0.36
  landauer device crosscheck --connect tcp:127.0.0.1:4000 --network best-g --plot crosscheck.svg

Exit codes: 0 done; 2 wrong usage; 3 a strip that the device refuses, or invalid content of a
file; 4 no device, no answer, or another system error; 5 a device with another model than
--network, or of another release; 6 a device that fails its self-test, computes other bits or
gives impossible answers; 130 stopped by Ctrl-C.")]
pub(super) struct DeviceArguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    enum Command {
        Info = info::InfoArguments,
        #[command(name = "selftest")]
        SelfTest = selftest::SelfTestArguments,
        Predict = predict::PredictArguments,
        Solve = solve::SolveArguments,
        Crosscheck = crosscheck::CrosscheckArguments,
    }
}

impl DeviceArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        self.command.run(output)
    }
}
