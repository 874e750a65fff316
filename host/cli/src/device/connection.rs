//! Where the device is, and whether it is the right one.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use landauer_core::instrument::Identity;

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::model;
use crate::numbers;
use landauer_device::{Address, Device, DeviceError, Patience};
use landauer_learn::ModelFile;

/// How to reach the device.
#[derive(Debug, Args)]
pub(super) struct ConnectionArguments {
    /// Where the device is: tcp:HOST:PORT or serial:PATH
    #[arg(long, value_name = "ADDRESS")]
    connect: Address,
    /// Baud rate of a serial port, with 8 bits, no parity and 1 stop bit
    #[arg(long, value_name = "N", default_value_t = 115_200, value_parser = numbers::count::<u32>(300..=20_000_000))]
    baud: u32,
    /// How long one answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = parse_timeout)]
    timeout: f64,
    /// How many times a request is sent before giving up
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = numbers::count::<u32>(1..=100))]
    tries: u32,
}

fn parse_timeout(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds from 0.01 to 86400".to_owned()),
    }
}

/// A device, and its identity.
pub(super) struct Connected {
    pub(super) device: Device,
    pub(super) identity: Identity,
    pub(super) interrupt: Interrupt,
}

impl ConnectionArguments {
    /// Opens the line and asks for the identity.
    pub(super) fn connect(&self) -> Result<Connected, Failure> {
        let patience = Patience {
            timeout: Duration::from_secs_f64(self.timeout),
            tries: self.tries,
        };
        let interrupt = Interrupt::listen();
        let seen = interrupt.clone();
        let stop = move || seen.requested();
        let (device, identity) = Device::connect(&self.connect, self.baud, patience, stop)?;
        Ok(Connected {
            device,
            identity,
            interrupt,
        })
    }
}

/// The network that the device must have.
#[derive(Debug, Args)]
pub(super) struct OptionalNetworkArguments {
    /// Refuse a device without this network or hybrid: a model file, or the name of a model that comes
    /// with landauer
    #[arg(long, alias = "model", value_name = "FILE|NAME")]
    network: Option<PathBuf>,
}

impl OptionalNetworkArguments {
    /// Refuses a device with another model; gives the file's path, if one was named.
    pub(super) fn require(&self, identity: &Identity) -> Result<Option<String>, Failure> {
        let Some(path) = &self.network else {
            return Ok(None);
        };
        let model = model::open(path)?;
        require_same(model.file(), identity)?;
        Ok(Some(model.file().path().display().to_string()))
    }
}

/// Refuses a device whose model is not this file, byte for byte.
pub(super) fn require_same(file: &ModelFile, identity: &Identity) -> Result<(), DeviceError> {
    let crc32c = crc32c::crc32c(file.bytes());
    let length = u32::try_from(file.bytes().len()).unwrap_or(u32::MAX);
    if (crc32c, length) == (identity.model_crc32c, identity.model_len) {
        return Ok(());
    }
    Err(DeviceError::OtherModel {
        device: identity.model.to_string(),
        device_crc32c: identity.model_crc32c,
        device_len: identity.model_len,
        file: file.path().display().to_string(),
        file_crc32c: crc32c,
        file_len: length,
    })
}
