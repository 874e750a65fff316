//! Bytes become a hybrid, with every check there is, and a hybrid becomes bytes.

use super::format::{
    Completion, HYBRID_MAGIC, HYBRID_VERSION, HybridCard, HybridFile, Lines, MAX_COEFFICIENT,
    MAX_LENGTH, MAX_WIDTH, Rung,
};
use super::head::HEAD_LEN;
use super::{SMALLEST_BUDGET, hybrid_workspace_len};
use crate::disorder::Ensemble;
use crate::inference::constants::Constants;
use crate::inference::envelope::{Envelope, Kind, seal};
use crate::inference::format::Span;
use crate::inference::write::{record_len, write_record};
use crate::inference::{Fault, ModelError, Target, WriteError};

/// A file of this version.
const fn kind(version: u16) -> Kind {
    let magic = HYBRID_MAGIC;
    Kind { magic, version }
}

/// A hybrid, borrowed from the bytes of its file.
///
/// # Example
/// ```
/// use landauer_core::hybrid::{Hybrid, HybridModel, hybrid_workspace_len};
///
/// let model = HybridModel::parse(landauer_models::HYBRID_GBAR.bytes())?;
/// let mut workspace = [0.0_f32; hybrid_workspace_len(40)];
/// let mut hybrid = Hybrid::new(&model, &mut workspace)?;
/// hybrid.self_test(&mut [0.0; 1600])?;
/// let clean = hybrid.predict_within(&[0.0; 1600], 40, 1_000_000)?; // Ḡ in units of G0
/// assert!(clean.exact && clean.multiply_adds <= 1_000_000 && clean.value > 30.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct HybridModel<'a> {
    card: HybridCard<'a>,
    constants: Constants<'a>,
}

impl<'a> HybridModel<'a> {
    /// Do these bytes begin as a hybrid's file does?
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&HYBRID_MAGIC)
    }

    /// Reads a hybrid's file and checks all of it: nothing that follows can go out of bounds or
    /// leave the range of `f32`.
    ///
    /// # Errors
    /// [`ModelError::NotAModel`], [`Length`](ModelError::Length),
    /// [`UnsupportedVersion`](ModelError::UnsupportedVersion), [`Checksum`](ModelError::Checksum);
    /// [`Card`](ModelError::Card); [`Rung`](ModelError::Rung).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let envelope = Envelope::open(bytes, kind(HYBRID_VERSION))?;
        let malformed = ModelError::Card(Fault::Malformed);
        let read = postcard::take_from_bytes(envelope.records);
        let (card, rest): (HybridCard<'_>, _) = read.map_err(|_| malformed)?;
        let too_new = card.disorder.oldest_version() > envelope.version;
        if too_new || envelope.more != 0 || !rest.is_empty() {
            return Err(malformed);
        }
        let constants = Constants::new(envelope.constants);
        check_card(&card).map_err(ModelError::Card)?;
        for (number, rung) in card.rungs.iter().enumerate() {
            let checked = check_rung(rung, number, card.target, constants);
            checked.map_err(|fault| ModelError::Rung {
                rung: number,
                fault,
            })?;
        }
        Ok(Self { card, constants })
    }

    /// Everything but the coefficients.
    #[must_use]
    pub const fn card(&self) -> &HybridCard<'a> {
        &self.card
    }

    /// Sites of its strips, length times width.
    #[must_use]
    pub fn sites(&self) -> usize {
        usize::from(self.card.length) * usize::from(self.card.width)
    }

    /// Elements of workspace that it needs: [`hybrid_workspace_len`] of its width.
    #[must_use]
    pub fn workspace_len(&self) -> usize {
        hybrid_workspace_len(usize::from(self.card.width))
    }

    /// The bias of its energies; 0 where there is but the Fermi energy.
    pub(super) const fn bias(&self) -> f64 {
        match self.card.target {
            Target::BiasAverage { bias } => bias,
            _ => 0.0,
        }
    }

    /// The f32 numbers of a span (which has been checked to hold whole numbers).
    pub(super) fn numbers(&self, span: Span) -> &'a [[u8; 4]] {
        self.constants.bytes(span).unwrap_or_default().as_chunks().0
    }
}

fn require(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}

fn check_card(card: &HybridCard<'_>) -> Result<(), Fault> {
    let full = !card.name.is_empty() && card.length > 0 && card.width > 0;
    require(full && !card.rungs.is_empty(), Fault::Empty)?;
    let small = card.length <= MAX_LENGTH && card.width <= MAX_WIDTH;
    require(small, Fault::OutOfRange)?;
    let averaged = matches!(
        card.target,
        Target::Conductance | Target::BiasAverage { .. }
    );
    require(averaged && card.target.is_valid(), Fault::Target)?;
    let known = Ensemble::new(card.disorder, card.concentration, 0).is_ok();
    require(known && card.disorder.has_impurities(), Fault::Disorder)?;
    let affordable = |budget| budget >= SMALLEST_BUDGET;
    let golden = card.golden.iter();
    require(
        golden.map(|golden| golden.budget).all(affordable),
        Fault::OutOfRange,
    )
}

fn check_rung(
    rung: &Rung,
    number: usize,
    target: Target,
    constants: Constants<'_>,
) -> Result<(), Fault> {
    let energies = rung.energies;
    require(!energies.is_empty(), Fault::Empty)?;
    // G has no bias, and so no grid.
    let fermi_only = energies.without_fermi().is_empty();
    let has_grid = matches!(target, Target::BiasAverage { .. });
    require(
        energies.is_known() && (has_grid || fermi_only),
        Fault::Target,
    )?;
    // Whatever is left can always be taken in by the first one.
    let always = rung.least == 0 && rung.head.is_some();
    require(number > 0 || always, Fault::OutOfRange)?;
    if let Some(head) = rung.head {
        check_numbers(head, HEAD_LEN, constants)?;
    }
    match rung.completion {
        Completion::Exact => require(energies.makes_up(target), Fault::Target),
        Completion::Local(lines) => {
            require(lines.nodes > 0, Fault::Empty)?;
            require(lines.step <= Lines::MAX_STEP, Fault::OutOfRange)?;
            let functions = energies.len().saturating_add(1);
            let numbers = functions.saturating_mul(usize::from(lines.nodes));
            check_numbers(lines.values, numbers, constants)
        }
    }
}

/// Are these `needed` numbers, all of them in range?
fn check_numbers(span: Span, needed: usize, constants: Constants<'_>) -> Result<(), Fault> {
    let bytes = constants.bytes(span).ok_or(Fault::Span)?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    require(
        rest.is_empty() && numbers.len() == needed,
        Fault::ListLength,
    )?;
    // A NaN is not in range either.
    let mut numbers = numbers.iter().map(|&number| f32::from_le_bytes(number));
    require(
        numbers.all(|number| number.abs() <= MAX_COEFFICIENT),
        Fault::OutOfRange,
    )
}

impl HybridFile<'_> {
    /// How many bytes the file takes.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`].
    pub fn encoded_len(&self) -> Result<usize, WriteError> {
        Envelope::len(record_len(self.card)?, self.constants.len())
    }

    /// Writes the file into `bytes`, which must be [`encoded_len`](Self::encoded_len) long; whether
    /// it makes sense, [`HybridModel::parse`] says.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn encode(&self, bytes: &mut [u8]) -> Result<(), WriteError> {
        let lengths = (0, record_len(self.card)?);
        let kind = kind(self.card.disorder.oldest_version());
        seal(bytes, kind, lengths, self.constants, |room| {
            write_record(self.card, room).map(|_| ())
        })
    }
}
