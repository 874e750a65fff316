//! `landauer device`: an instrument, asked and compared.

mod connection;
mod crosscheck;
mod info;
mod predict;
mod report;
mod selftest;
mod solve;
mod strips;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::output::Output;

/// Talk to an instrument: a microcontroller that runs the firmware `instrument`
///
/// It predicts conductances by a network and solves strips exactly in f32, to the bits of this
/// program; `crosscheck` proves it. Every answer comes with what it cost the device.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bash firmware-example/run instrument --port 4000   # in QEMU, in another terminal
  landauer device info --connect tcp:127.0.0.1:4000
  landauer device selftest --connect serial:/dev/ttyUSB0 --baud 921600
  landauer device predict --connect tcp:127.0.0.1:4000 --onsite lattices.npy --output g.npy
  landauer device solve --connect tcp:127.0.0.1:4000 --concentration 0.1 --samples 5 --bias 0.36
  landauer device crosscheck --connect tcp:127.0.0.1:4000 --model best-g --plot crosscheck.svg

Exit codes: 0 done; 2 wrong usage; 3 a strip that the device refuses, or a bad file; 4 no device, or
no answer; 5 a device with another model than --model, or of another release; 6 a device that fails
its self-test, computes other bits or answers what cannot be; 130 stopped by Ctrl-C.")]
pub(super) struct DeviceArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Info(info::InfoArguments),
    #[command(name = "selftest")]
    SelfTest(selftest::SelfTestArguments),
    Predict(predict::PredictArguments),
    Solve(solve::SolveArguments),
    Crosscheck(crosscheck::CrosscheckArguments),
}

impl DeviceArguments {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        match self.command {
            Command::Info(arguments) => arguments.run(output),
            Command::SelfTest(arguments) => arguments.run(output),
            Command::Predict(arguments) => arguments.run(output),
            Command::Solve(arguments) => arguments.run(output),
            Command::Crosscheck(arguments) => arguments.run(output),
        }
    }
}
