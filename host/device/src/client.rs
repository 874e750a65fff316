//! Sends requests to an instrument and waits for the replies.

use std::fmt;
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use landauer_core::hybrid::Estimate;
use landauer_core::inference::Target;
use landauer_core::instrument::frame::{FrameFault, Receiver};
use landauer_core::instrument::{
    Cost, CostUnit, Counters, Identity, MessageFault, REPLY_FRAME_LEN, Refusal, Reply, Request,
    Strip, read_reply, request_frame_len, write_request,
};

use super::address::Line;
use super::plausible::{self, Implausible};
use super::{Address, DeviceError};

/// Enough for a device to report its identity.
const GREETING: Duration = Duration::from_secs(2);

/// No more answers to earlier questions are waited for: as many as the most patient of earlier
/// processes may have left.
const MAX_LATE: u32 = 100;

/// How long and how often an instrument is asked.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long an answer may take.
    pub timeout: Duration,
    /// How often a question is sent before giving up; at least once.
    pub tries: u32,
}

impl Default for Patience {
    /// A minute, three times.
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(1),
            tries: 3,
        }
    }
}

/// An instrument at the other end of a line.
///
/// Frames that get lost or damaged on the way are sent again; nothing that is asked changes the
/// device, so that asking twice does no harm. A question without a timely answer is lost or still
/// to be answered, and the host cannot tell which: a question that comes after them waits for them
/// too, so that they do not pile up in front of a slow device.
///
/// An answer that a sound device cannot give is an error ([`DeviceError::Implausible`]).
pub struct Device {
    address: Address,
    line: Box<dyn Line>,
    patience: Patience,
    /// Does the user want to stop? Asked ten times a second.
    stop: Box<dyn Fn() -> bool + Send>,
    /// The number of the last question.
    number: u16,
    resent: u64,
    /// Questions that may still be answered, since nothing was heard of them.
    owed: u32,
    /// What it predicts.
    targets: Vec<Target>,
    /// What its first cost was counted in.
    unit: Option<CostUnit>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("address", &self.address)
            .field("patience", &self.patience)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What one look at the line brought.
enum Heard {
    Reply(Box<Reply>),
    /// The question was damaged on its way: ask again.
    AskAgain,
    /// Nothing but the answer to an earlier question.
    Late,
    Nothing,
}

/// What came and was no reply.
#[derive(Default)]
struct Noise {
    bytes: u64,
    echo: bool,
    late: u32,
}

impl Device {
    /// Opens the line (`baud` is for serial ports) and asks who is there; `stop` says whether the
    /// user wants to wait any longer.
    ///
    /// # Errors
    /// The line cannot be opened, no device answers, or it uses another protocol version.
    pub fn connect(
        address: &Address,
        baud: u32,
        patience: Patience,
        stop: impl Fn() -> bool + Send + 'static,
    ) -> Result<(Self, Identity), DeviceError> {
        let line = address.open(baud).map_err(|reason| DeviceError::Open {
            address: address.clone(),
            reason,
        })?;
        let mut device = Self {
            address: address.clone(),
            line,
            patience,
            stop: Box::new(stop),
            number: first_number(),
            resent: 0,
            owed: 0,
            targets: Vec::new(),
            unit: None,
        };
        let identity = device.identity()?;
        Ok((device, identity))
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// How many questions had to be sent again so far.
    #[must_use]
    pub const fn resent(&self) -> u64 {
        self.resent
    }

    /// Who are you?
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn identity(&mut self) -> Result<Identity, DeviceError> {
        let timeout = GREETING.min(self.patience.timeout);
        match self.ask(&Request::Identity, timeout)? {
            Reply::Identity(identity) => {
                self.believe(plausible::identity(&identity))?;
                self.targets = identity.targets.to_vec();
                Ok(identity)
            }
            other => Err(self.unexpected(&other, "report its identity")),
        }
    }

    /// How many frames came, and how many were bad?
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn counters(&mut self) -> Result<Counters, DeviceError> {
        match self.ask(&Request::Counters, self.patience.timeout)? {
            Reply::Counters(counters) => Ok(counters),
            other => Err(self.unexpected(&other, "count frames")),
        }
    }

    /// Predicts the golden samples of its model file; gives how many there are.
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn self_test(&mut self) -> Result<(u32, Cost), DeviceError> {
        match self.ask(&Request::SelfTest, self.patience.timeout)? {
            Reply::SelfTest { golden, cost } => {
                self.believe(plausible::golden(golden))?;
                Ok((golden, self.in_one_unit(cost)?))
            }
            other => Err(self.unexpected(&other, "test itself")),
        }
    }

    /// Predicts a strip, `[slice, row]` in units of t: `[target]` in units of G0/65536.
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn predict(
        &mut self,
        onsite: &[f32],
        width: usize,
    ) -> Result<(Vec<i32>, Cost), DeviceError> {
        let asked = self.ask_about(onsite, width, |strip| Request::Predict { strip });
        match asked? {
            Reply::Prediction { values, cost } => {
                self.believe(plausible::prediction(&values, &self.targets, width))?;
                Ok((values.to_vec(), self.in_one_unit(cost)?))
            }
            other => Err(self.unexpected(&other, "predict")),
        }
    }

    /// Predicts a strip, `[slice, row]` in units of t, by its hybrid, with at most
    /// `budget` multiply-adds.
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn predict_within(
        &mut self,
        onsite: &[f32],
        width: usize,
        budget: u64,
    ) -> Result<(Estimate<f32>, Cost), DeviceError> {
        let asked = self.ask_about(onsite, width, |strip| Request::PredictWithin {
            strip,
            budget,
        });
        match asked? {
            Reply::Estimate {
                value,
                solved,
                impurities,
                energies,
                exact,
                multiply_adds,
                cost,
            } => {
                let estimate = Estimate {
                    value,
                    solved,
                    impurities,
                    energies,
                    exact,
                    multiply_adds,
                };
                let target = self.targets.first().copied();
                let target = target.unwrap_or(Target::Conductance);
                let found = plausible::estimate(&estimate, onsite, width, target, budget);
                self.believe(found)?;
                Ok((estimate, self.in_one_unit(cost)?))
            }
            other => Err(self.unexpected(&other, "predict within a budget")),
        }
    }

    /// Solves a strip, `[slice, row]` in units of t, exactly in `f32`: T at this energy.
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn transmission(
        &mut self,
        onsite: &[f32],
        width: usize,
        energy: f32,
    ) -> Result<(f32, Cost), DeviceError> {
        let asked = self.ask_about(onsite, width, |strip| Request::Transmission {
            strip,
            energy,
        });
        self.exact(asked, |value| plausible::transmission(value, width, energy))
    }

    /// Solves a strip exactly in `f32` at the ten energies of a bias: Ḡ in units of G0.
    ///
    /// # Errors
    /// See [`DeviceError`].
    pub fn conductance(
        &mut self,
        onsite: &[f32],
        width: usize,
        bias: f64,
    ) -> Result<(f32, Cost), DeviceError> {
        let asked = self.ask_about(onsite, width, |strip| Request::Conductance { strip, bias });
        self.exact(asked, |value| plausible::conductance(value, width, bias))
    }

    fn exact(
        &mut self,
        asked: Result<Reply, DeviceError>,
        check: impl FnOnce(f32) -> Result<(), Implausible>,
    ) -> Result<(f32, Cost), DeviceError> {
        match asked? {
            Reply::Exact { value, cost } => {
                self.believe(check(value))?;
                Ok((value, self.in_one_unit(cost)?))
            }
            other => Err(self.unexpected(&other, "solve a strip exactly")),
        }
    }

    /// Refuses what no sound device can answer.
    fn believe(&self, checked: Result<(), Implausible>) -> Result<(), DeviceError> {
        checked.map_err(|what| DeviceError::Implausible {
            address: self.address.clone(),
            what,
        })
    }

    /// Refuses a cost that cannot be added to those before.
    fn in_one_unit(&mut self, cost: Cost) -> Result<Cost, DeviceError> {
        let checked = plausible::cost(cost, &mut self.unit);
        self.believe(checked)?;
        Ok(cost)
    }

    fn ask_about(
        &mut self,
        onsite: &[f32],
        width: usize,
        request: impl FnOnce(Strip<'_>) -> Request<'_>,
    ) -> Result<Reply, DeviceError> {
        let mut buffer = vec![0; 4 * onsite.len()];
        let strip = Strip::pack(onsite, width, &mut buffer);
        let sites = onsite.len();
        let strip = strip.ok_or(DeviceError::Strip { sites, width })?;
        self.ask(&request(strip), self.patience.timeout)
    }

    /// Sends a request until its reply comes, patience lasting.
    fn ask(&mut self, request: &Request<'_>, timeout: Duration) -> Result<Reply, DeviceError> {
        // 0 is the number of whatever has none.
        self.number = self.number.checked_add(1).unwrap_or(1);
        let sites = match request {
            Request::Predict { strip }
            | Request::PredictWithin { strip, .. }
            | Request::Transmission { strip, .. }
            | Request::Conductance { strip, .. } => strip.sites(),
            _ => 0,
        };
        let mut frame = vec![0; request_frame_len(sites)];
        let length = write_request(self.number, request, &mut frame);
        let length = length.map_err(|_| DeviceError::Strip { sites, width: 0 })?;
        frame.truncate(length);

        let mut room = [0; REPLY_FRAME_LEN];
        let mut receiver = Receiver::new(&mut room);
        let mut noise = Noise::default();
        let tries = self.patience.tries.max(1);
        // Of this question's copies, those that were sent and not answered.
        let mut open: u32 = 0;
        for attempt in 0..tries {
            if attempt > 0 {
                self.resent += 1;
            }
            open += 1;
            let sent = self.line.write_all(&frame);
            let sent = sent.and_then(|()| self.line.flush());
            sent.map_err(|reason| self.broken("sending a request", reason))?;
            let mut begin = Instant::now();
            // The device answers in order, and may still be at what came before.
            while begin.elapsed() < timeout.saturating_mul(self.owed.saturating_add(1)) {
                if (self.stop)() {
                    let address = self.address.clone();
                    return Err(DeviceError::Stopped { address });
                }
                match self.listen(&mut receiver, &mut noise)? {
                    Heard::Reply(reply) => {
                        // What came before is answered by now, or lost.
                        self.owed = open - 1;
                        return Ok(*reply);
                    }
                    Heard::AskAgain => {
                        open -= 1;
                        break;
                    }
                    Heard::Late => {
                        self.owed = self.owed.saturating_sub(1);
                        if noise.late <= MAX_LATE {
                            begin = Instant::now();
                        }
                    }
                    Heard::Nothing => {}
                }
            }
        }
        self.owed = self.owed.saturating_add(open);
        Err(DeviceError::NoReply {
            address: self.address.clone(),
            tries,
            waited: timeout,
            bytes: noise.bytes,
            echo: noise.echo,
            late: noise.late,
        })
    }

    /// Takes what is on the line, up to the reply.
    fn listen(
        &mut self,
        receiver: &mut Receiver<'_>,
        noise: &mut Noise,
    ) -> Result<Heard, DeviceError> {
        let mut bytes = [0; 256];
        let read = match self.line.read(&mut bytes) {
            Ok(0) => {
                let reason = io::Error::new(ErrorKind::UnexpectedEof, "the connection was closed");
                return Err(self.broken("waiting for an answer", reason));
            }
            Ok(read) => read,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
                ) =>
            {
                return Ok(Heard::Nothing);
            }
            Err(reason) => return Err(self.broken("waiting for an answer", reason)),
        };
        noise.bytes += read as u64;
        let mut heard = Heard::Nothing;
        for &byte in bytes.iter().take(read) {
            let Some(Ok(message)) = receiver.push(byte) else {
                continue;
            };
            match read_reply(message) {
                Ok((number, Reply::BadFrame { fault, .. })) => {
                    if number == self.number && fault == FrameFault::Malformed {
                        // It came whole, and was not understood.
                        return Err(self.unknown("do that"));
                    }
                    heard = Heard::AskAgain;
                }
                Ok((number, reply)) if number == self.number => {
                    return Ok(Heard::Reply(Box::new(reply)));
                }
                Err(MessageFault::Version { number, found }) if number == self.number => {
                    let address = self.address.clone();
                    return Err(DeviceError::Version { address, found });
                }
                Err(MessageFault::Direction) => noise.echo = true,
                Ok(_) => {
                    noise.late = noise.late.saturating_add(1);
                    if matches!(heard, Heard::Nothing) {
                        heard = Heard::Late;
                    }
                }
                // Nothing of ours.
                Err(_) => {}
            }
        }
        Ok(heard)
    }

    fn broken(&self, doing: &'static str, reason: io::Error) -> DeviceError {
        DeviceError::Line {
            address: self.address.clone(),
            doing,
            reason,
        }
    }

    fn unknown(&self, request: &'static str) -> DeviceError {
        DeviceError::Unknown {
            address: self.address.clone(),
            request,
        }
    }

    fn unexpected(&self, reply: &Reply, request: &'static str) -> DeviceError {
        match reply {
            Reply::Refused(Refusal::UnsupportedVersion { supported, .. }) => DeviceError::Version {
                address: self.address.clone(),
                found: *supported,
            },
            Reply::Refused(refusal) => DeviceError::Refused(*refusal),
            _ => self.unknown(request),
        }
    }
}

/// Another one in each process, so that the late answer to an earlier process is not taken for ours.
fn first_number() -> u16 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = now.map_or(0, |now| now.subsec_nanos());
    let [low, high, ..] = (nanoseconds / 100).to_le_bytes();
    u16::from_le_bytes([low, high])
}
