//! Where an instrument is, and the line to it.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serial2::SerialPort;

/// A read waits for so long at most, so that Ctrl-C is noticed.
const READ_TIMEOUT: Duration = Duration::from_millis(100);

/// A write may take so long: the largest request at 9600 baud, and some more.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a TCP connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where an instrument is.
///
/// # Example
/// ```
/// use landauer_device::Address;
/// let address: Address = "tcp:127.0.0.1:4000".parse()?;
/// assert_eq!(address, Address::Tcp("127.0.0.1:4000".to_owned()));
/// assert_eq!(address.to_string(), "tcp:127.0.0.1:4000");
/// # Ok::<(), landauer_device::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// `tcp:HOST:PORT`: an emulator, or a serial line behind a server.
    Tcp(String),
    /// `serial:PATH`: a serial port of this machine.
    Serial(PathBuf),
}

/// A text that is no [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither tcp:HOST:PORT nor serial:PATH")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (kind, place) = text.split_once(':').unwrap_or_default();
        let port = place.rsplit_once(':').map(|(host, port)| {
            let number = port.parse::<u16>().unwrap_or(0);
            !host.is_empty() && number > 0
        });
        match (kind, port) {
            ("tcp", Some(true)) => Ok(Self::Tcp(place.to_owned())),
            ("serial", _) if !place.is_empty() => Ok(Self::Serial(place.into())),
            _ => Err(AddressError(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(place) => write!(f, "tcp:{place}"),
            Self::Serial(path) => write!(f, "serial:{}", path.display()),
        }
    }
}

/// A line of bytes whose reads come back after [`READ_TIMEOUT`] at the latest.
pub(super) trait Line: Read + Write + Send {}

impl Line for TcpStream {}
impl Line for SerialPort {}

impl Address {
    /// Opens the line; `baud` is for serial ports.
    pub(super) fn open(&self, baud: u32) -> io::Result<Box<dyn Line>> {
        match self {
            Self::Tcp(place) => {
                let mut last = io::Error::new(io::ErrorKind::NotFound, "no such host");
                for address in place.to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                        Ok(stream) => {
                            stream.set_nodelay(true)?;
                            stream.set_read_timeout(Some(READ_TIMEOUT))?;
                            stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
                            return Ok(Box::new(stream));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            Self::Serial(path) => {
                let mut port = SerialPort::open(path, baud)?;
                port.set_read_timeout(READ_TIMEOUT)?;
                port.set_write_timeout(WRITE_TIMEOUT)?;
                // What was sent before anyone listened.
                port.discard_input_buffer()?;
                Ok(Box::new(port))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "tcp:127.0.0.1:4000",
            "tcp:[::1]:4000",
            "tcp:lab.example:65535",
            "serial:/dev/ttyUSB0",
            "serial:COM3",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "tcp",
            "tcp:",
            "tcp:4000",
            "tcp::4000",
            "tcp:host:0",
            "tcp:host:65536",
            "tcp:host:http",
            "serial:",
            "udp:host:4000",
            "/dev/ttyUSB0",
        ] {
            let found = text.parse::<Address>();
            assert_eq!(found, Err(AddressError(text.to_owned())));
        }
    }
}
