//! Single numbers on the command line: counts, an energy, a bias. Each has one parser here, whose
//! error says what is needed.

use std::ops::RangeInclusive;

use clap::Arg;
use landauer_core::Compact;

/// A parser of whole numbers in a range. They may be written with an exponent, as 1e5 or 2.5e3, if
/// they are whole.
pub(super) fn count<T>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: TryFrom<u64>,
{
    move |text| {
        let (min, max) = (*range.start(), *range.end());
        let needed = match (min, max) {
            (0, u64::MAX) => "a whole number is needed, such as 1000 or 1e5".to_owned(),
            (_, u64::MAX) => {
                format!("a whole number of at least {min} is needed, such as 1000 or 1e5")
            }
            _ => format!("a whole number from {min} to {max} is needed"),
        };
        let refuse = |problem: &str| Err(format!("{problem}: {needed}"));
        let number = match whole(text) {
            Ok(number) => number,
            Err(NotWhole::NoNumber) => return Err(needed),
            Err(NotWhole::Negative) => return refuse("it is negative"),
            Err(NotWhole::Fraction) => return refuse("it is not a whole number"),
            Err(NotWhole::TooLarge) => return Err(format!("it is too large: at most {max}")),
        };
        if number < min {
            return refuse(&format!("it is below {min}"));
        }
        if number > max {
            return Err(format!("it is too large: at most {max}"));
        }
        T::try_from(number).map_err(|_| "it is too large for this machine".to_owned())
    }
}

/// Why a text is not a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotWhole {
    /// It is not a number.
    NoNumber,
    /// It is below zero.
    Negative,
    /// It has decimals.
    Fraction,
    /// It is 2⁶⁴ or more.
    TooLarge,
}

/// A whole number, with or without an exponent: 100000, 1e5, 2.5e3. Nothing is rounded.
pub(super) fn whole(text: &str) -> Result<u64, NotWhole> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.parse::<i64>().map_err(|_| NotWhole::NoNumber)?;
            (mantissa, exponent)
        }
        None => (text, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NotWhole::NoNumber);
    }
    // The number is `digits` times ten to the power `shift`, with a last digit that is not 0.
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let shift = exponent.saturating_sub(length(after.len()));
    let shift = shift.saturating_add(length(zeros));
    let digits = digits.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    if negative {
        return Err(NotWhole::Negative);
    }
    let shift = u32::try_from(shift).map_err(|_| {
        if shift < 0 {
            NotWhole::Fraction
        } else {
            NotWhole::TooLarge
        }
    })?;
    let number = digits.parse::<u64>().ok();
    let power = 10_u64.checked_pow(shift);
    let number = number
        .zip(power)
        .and_then(|(n, power)| n.checked_mul(power));
    number.ok_or(NotWhole::TooLarge)
}

/// An energy in units of t, with or without spaces around it.
pub(super) fn energy(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        // Only one zero.
        Ok(energy) if energy.is_finite() => Ok(energy + 0.0),
        _ => Err(format!("`{}` is not a finite number", text.trim())),
    }
}

/// A finite number.
pub(super) fn finite(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number + 0.0),
        _ => Err("a finite number is needed".to_owned()),
    }
}

/// An energy in units of t for a device, which computes in `f32`.
pub(super) fn energy_f32(text: &str) -> Result<f32, String> {
    match text.trim().parse::<f32>() {
        Ok(energy) if energy.is_finite() => Ok(energy + 0.0),
        _ => Err("a finite number is needed, which f32 can hold".to_owned()),
    }
}

/// A bias eV in units of t.
pub(super) fn bias(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(bias) if bias.is_finite() && bias > 0.0 => Ok(bias),
        Ok(0.0) => Err(
            "a bias eV above 0 is needed: without a bias, the conductance is T at E = 0".to_owned(),
        ),
        Ok(bias) if bias.is_finite() => Err(format!(
            "a bias eV above 0 is needed: Ḡ does not depend on its sign, give {}",
            Compact(-bias)
        )),
        _ => Err("a finite number above 0 is needed, the bias eV in t".to_owned()),
    }
}

/// Lets an option take `-1` for its value, so that its parser can say what is wrong with that: for
/// clap it would be an unknown argument.
pub(super) fn take_negative_numbers(arg: Arg) -> Arg {
    // A flag may be an option of no value that means one if it is given (`--json`).
    let flag = arg
        .get_num_args()
        .is_some_and(|values| !values.takes_values());
    if arg.is_positional() || flag || !arg.get_action().takes_values() {
        return arg;
    }
    arg.allow_negative_numbers(true)
}

/// Is it a number, or a list of some, that stands where nothing belongs?
pub(super) fn looks_like_numbers(text: &str) -> bool {
    let parts = text.split([',', ':']).map(str::trim);
    let mut parts = parts.filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| part.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_have_an_exponent_and_are_exact() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("007", 7),
            ("1e5", 100_000),
            ("1E+5", 100_000),
            ("2.5e3", 2500),
            ("1.0", 1),
            ("1200e-2", 12),
            ("0.00012e5", 12),
            ("0e999999", 0),
            ("18446744073709551615", u64::MAX),
            ("1.8446744073709551615e19", u64::MAX),
            ("1e19", 10_000_000_000_000_000_000),
        ] {
            assert_eq!(whole(text), Ok(number), "{text}");
        }
        for (text, problem) in [
            ("", NotWhole::NoNumber),
            ("e5", NotWhole::NoNumber),
            (".", NotWhole::NoNumber),
            ("1e", NotWhole::NoNumber),
            ("1e5.0", NotWhole::NoNumber),
            ("nan", NotWhole::NoNumber),
            ("inf", NotWhole::NoNumber),
            ("1_000", NotWhole::NoNumber),
            ("--1", NotWhole::NoNumber),
            ("-1", NotWhole::Negative),
            ("-1e5", NotWhole::Negative),
            ("1.5", NotWhole::Fraction),
            ("1e-1", NotWhole::Fraction),
            ("1e-999999", NotWhole::Fraction),
            ("18446744073709551616", NotWhole::TooLarge),
            ("1e20", NotWhole::TooLarge),
            ("1e999999", NotWhole::TooLarge),
        ] {
            assert_eq!(whole(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn counts_say_what_is_wrong_with_others() {
        let problem = |text| count::<u64>(1..=u64::MAX)(text).unwrap_err();
        assert!(problem("-1").contains("negative"));
        assert!(problem("0").contains("below 1"));
        assert!(problem("1.5").contains("not a whole number"));
        assert!(problem("1e30").contains("at most 18446744073709551615"));
        assert!(problem("many").contains("such as 1000 or 1e5"));
        assert!(
            count::<u32>(1..=100)("1e5")
                .unwrap_err()
                .contains("at most 100")
        );
        assert_eq!(count::<u16>(1..=100)("1e2"), Ok(100));
    }

    #[test]
    fn energies_are_finite() {
        assert_eq!(energy("-0.18"), Ok(-0.18));
        assert_eq!(energy(" 0.1 "), Ok(0.1));
        assert!(energy("-0").unwrap().is_sign_positive());
        for text in ["", "x", "nan", "inf", "1e999", "0,1"] {
            assert!(energy(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_finite_too() {
        assert_eq!((finite(" -4.5"), energy_f32("0.1")), (Ok(-4.5), Ok(0.1)));
        for text in ["", "x", "nan", "inf", "-inf", "1e999"] {
            assert!(finite(text).is_err() && energy_f32(text).is_err(), "{text}");
        }
        assert!(finite("1e39").is_ok() && energy_f32("1e39").is_err());
    }

    #[test]
    fn a_bias_is_above_zero() {
        assert_eq!(bias(" 0.36"), Ok(0.36));
        assert!(bias("-0.3").unwrap_err().ends_with("give 0.3"));
        for text in ["0", "-0.0", "nan", "inf", "-inf", "x", ""] {
            assert!(bias(text).unwrap_err().contains("above 0"), "{text}");
        }
    }

    #[test]
    fn numbers_are_told_from_words() {
        for text in ["0", "-0.18", "0,", "0, 1", "1:2:3", "1e5"] {
            assert!(looks_like_numbers(text), "{text}");
        }
        for text in ["", ",", "-1x", "run", "--json", "a,1"] {
            assert!(!looks_like_numbers(text), "{text}");
        }
    }
}
